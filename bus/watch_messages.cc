#include "bus/watch_messages.h"

#include <algorithm>
#include <unordered_map>
#include <utility>

#include "bus/wire/packer.h"
#include "bus/wire/tokens.h"

namespace exo::routing {
namespace {

// Writes a map whose entries are only known while they are written: its head, of fixed size, is filled in at
// the end.
class MapWriter {
 public:
  explicit MapWriter(std::string& out) : out_(out), head_(out.size()), stream_{out}, packer_(stream_) {
    out_.append("\xde\0\0", 3);  // map 16
  }
  ~MapWriter() {
    out_[head_ + 1] = static_cast<char>(entries_ >> 8U);
    out_[head_ + 2] = static_cast<char>(entries_ & 0xffU);
  }
  MapWriter(const MapWriter&) = delete;
  MapWriter& operator=(const MapWriter&) = delete;

  Packer& key(std::string_view key) {
    ++entries_;
    pack_string(packer_, key);
    return packer_;
  }
  void text(std::string_view key, std::string_view value) {
    if (!value.empty()) pack_string(this->key(key), value);
  }
  void text(std::string_view key, const std::string* value) {
    if (value) text(key, std::string_view(*value));
  }
  void number(std::string_view key, std::uint64_t value) {
    if (value != 0) pack_number(this->key(key), value);
  }
  void flag(std::string_view key, bool value) {
    if (value) pack_flag(this->key(key), true);
  }
  void binary(std::string_view key, std::string_view bytes) {
    Packer& packer = this->key(key);
    packer.pack_bin(static_cast<std::uint32_t>(bytes.size()));
    packer.pack_bin_body(bytes.data(), static_cast<std::uint32_t>(bytes.size()));
  }

 private:
  std::string& out_;
  std::size_t head_;
  StringStream stream_;
  Packer packer_;
  unsigned entries_ = 0;
};

bool is_name(std::string_view wanted, std::string_view name) {
  if (!wanted.ends_with('*')) return name == wanted;
  return name.starts_with(wanted.substr(0, wanted.size() - 1));
}

bool is_end(const TapFilter& filter, std::string_view role, std::string_view version) {
  return (filter.role.empty() || role == filter.role) &&
         (filter.version.empty() || version == filter.version);
}

std::uint64_t unix_time_of(MonotonicTime time, const Now& now) {
  if (time == MonotonicTime{}) return 0;
  const auto ago = std::chrono::duration_cast<std::chrono::nanoseconds>(now.monotonic - time).count();
  return now.unix_time.nanoseconds - static_cast<std::uint64_t>(ago);
}

// The hops by the ids of their commands, to find what caused others.
using HopsById = std::unordered_multimap<std::uint64_t, const Hop*>;

const Hop* parent_of(const Hop& hop, const HopsById& hops) {
  const Hop* found = nullptr;
  const auto [first, last] = hops.equal_range(hop.cause);
  for (auto each = first; each != last && hop.cause != 0; ++each) {
    if (each->second == &hop) continue;
    if (each->second->receiver == hop.sender) return each->second;
    found = each->second;
  }
  return found;
}

void encode_hop(const Hop& hop, const Hop* parent, const Meters& codes, const Now& now, std::string& out) {
  MapWriter map(out);
  map.number("number", hop.number);
  map.number("parent", parent ? parent->number : 0);
  map.flag("causeUnknown", hop.cause != 0 && !parent);
  map.text("id", hop.id.view());
  map.text("sender", hop.sender);
  map.text("senderVersion", hop.sender_version);
  map.text("name", hop.name);
  map.text("receiverName", hop.receiver_name);
  map.text("receiver", hop.receiver);
  map.text("receiverVersion", hop.version);
  map.number("taken", unix_time_of(hop.taken, now));
  map.number("delivered", unix_time_of(hop.delivered, now));
  map.number("handled", unix_time_of(hop.handled, now));
  map.text("reply", hop.reply);
  map.number("replies", hop.replies);
  map.number("firstReply", unix_time_of(hop.first_reply, now));
  map.number("lastReply", unix_time_of(hop.last_reply, now));
  map.number("deliveries", hop.deliveries);
  map.number("failed", unix_time_of(hop.failed, now));
  if (hop.failed != MonotonicTime{}) map.text("code", std::string_view(codes.code(hop.code)));
}

Error malformed(const std::string& why) {
  return Error{"malformed", "payload: " + why};
}

// Calls `take(key, token)` for each entry whose value is a text or a flag.
template <typename Take>
Result<void> read_map(std::string_view payload, Take&& take) {
  std::vector<Token> tokens;
  constexpr std::size_t kTokens = 64;
  const auto read = read_tokens(std::as_bytes(std::span(payload)), {.nesting = 2, .tokens = kTokens}, tokens);
  if (!read) return read.error();
  TokenCursor cursor(tokens);
  const Token& map = cursor.next();
  if (map.type != Token::Type::kMap) return malformed("it must be a map");
  for (std::uint64_t left = map.number; left > 0; --left) {
    const Token& key = cursor.next();
    take(key.bytes, cursor.peek());
    cursor.skip();
  }
  return {};
}

void set_text(std::string& text, const Token& value) {
  if (value.type == Token::Type::kString) text = value.bytes;
}

}  // namespace

bool wants(const TapFilter& filter, const SeenMessage& message) {
  if (!filter.activity.empty() && message.activity != filter.activity) return false;
  if (!filter.name.empty() && !is_name(filter.name, message.name) &&
      !is_name(filter.name, message.receiver_name)) {
    return false;
  }
  return is_end(filter, message.sender, message.sender_version) ||
         is_end(filter, message.receiver, message.receiver_version);
}

void encode_seen(const SeenMessage& message, bool with_payload, std::string& out) {
  MapWriter map(out);
  map.text("kind", to_string(message.kind));
  map.number("at", message.at_ns);
  map.text("sender", message.sender);
  map.text("senderVersion", message.sender_version);
  map.text("name", message.name);
  map.text("receiverName", message.receiver_name);
  map.text("receiver", message.receiver);
  map.text("receiverVersion", message.receiver_version);
  map.text("id", message.id);
  map.text("responseTo", message.response_to);
  map.text("activityId", message.activity);
  map.text("code", message.code);
  map.text("reason", shortened_reason(message.reason));
  map.flag("redelivered", message.redelivered);
  map.flag("more", message.more);
  map.number("page", message.page);
  if (!message.payload) return;
  map.number("payloadBytes", message.payload->size());
  if (!with_payload || message.payload->size() > kTappedPayloadLimitBytes) return;
  map.text("contentType", to_string(message.content_type));
  map.binary("payload", message.payload->text());
}

Payload encode_tapped(std::string_view messages, std::uint32_t count, std::uint64_t left_out) {
  std::string bytes;
  bytes.reserve(messages.size() + 64);
  {
    MapWriter map(bytes);
    map.number("leftOut", left_out);
    map.key("messages").pack_array(count);
    bytes.append(messages);
  }
  return Payload(std::string_view(bytes));
}

Payload encode_trace(std::span<const Hop* const> hops, const TraceFrame& frame, const Meters& codes,
                     const Now& now) {
  HopsById by_id;
  for (const Hop* hop : hops) by_id.emplace(HashedId::hash_of(hop->id.view()), hop);
  std::string bytes;
  {
    MapWriter map(bytes);
    map.number("leftOut", frame.left_out);
    map.number("overwritten", frame.overwritten);
    map.number("reachesBackTo", unix_time_of(frame.reaches_back_to, now));
    map.key("hops").pack_array(static_cast<std::uint32_t>(hops.size()));
    for (const Hop* hop : hops) encode_hop(*hop, parent_of(*hop, by_id), codes, now, bytes);
  }
  return Payload(std::string_view(bytes));
}

Result<TapFilter> decode_tap(std::string_view payload) {
  TapFilter filter;
  const auto read = read_map(payload, [&](std::string_view key, const Token& value) {
    if (key == "role") set_text(filter.role, value);
    if (key == "name") set_text(filter.name, value);
    if (key == "activity") set_text(filter.activity, value);
    if (key == "version") set_text(filter.version, value);
    if (key == "payloads") filter.payloads = value.type == Token::Type::kBool && value.number != 0;
  });
  if (!read) return read.error();
  return filter;
}

Result<std::string> decode_trace(std::string_view payload) {
  std::string activity;
  const auto read = read_map(payload, [&](std::string_view key, const Token& value) {
    if (key == "activity") set_text(activity, value);
  });
  if (!read) return read.error();
  if (activity.empty()) return malformed("`activity` is missing");
  return activity;
}

}  // namespace exo::routing
