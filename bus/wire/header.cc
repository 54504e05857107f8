#include "bus/wire/header.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "base/check.h"
#include "bus/wire/tokens.h"

namespace exo {

namespace {

constexpr std::array<std::string_view, 19> kKindNames = {
    "register", "registered", "refused", "routes",    "credit", "command", "reply",
    "handled",  "failed",     "error",   "delivered", "window", "ping",    "pong",
    "drain",    "draining",   "goodbye", "cancel",    "pack"};
constexpr std::array<std::string_view, 3> kExpectsNames = {"none", "one", "many"};
constexpr std::array<std::string_view, 3> kContentTypeNames = {"msgpack", "json", "raw"};

enum class Field : std::uint8_t {
  kKind,
  kName,
  kId,
  kActivityId,
  kResponseTo,
  kVersion,
  kSender,
  kSenderVersion,
  kTimestamp,
  kContentType,
  kTimeoutMs,
  kExpects,
  kSequence,
  kRedelivered,
  kAcknowledged,
  kMore,
  kPage,
  kPages,
  kHandledErrors,
  kCausedBy,
  kCode,
  kReason,
};

// In the order of Field, which is also the order in which keys are written.
constexpr std::array<std::string_view, 22> kKeys = {
    "kind",          "name",          "id",           "activityId",  "responseTo", "version",
    "sender",        "senderVersion", "timestamp",    "contentType", "timeoutMs",  "expects",
    "sequence",      "redelivered",   "acknowledged", "more",        "page",       "pages",
    "handledErrors", "causedBy",      "code",         "reason"};

Error malformed(std::string_view key, std::string_view why) {
  std::string message = "header: ";
  if (!key.empty()) message.append("`").append(key).append("` ");
  return Error{"malformed", message.append(why)};
}

// Names and roles are shown on terminals, so control characters have no place in them.
bool is_word(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char letter) {
    const auto byte = static_cast<unsigned char>(letter);
    return byte < 0x20 || byte == 0x7f;
  });
}

// Writes the values of known keys into a header, one at a time. Each function returns null, or what is wrong.
class HeaderReader {
 public:
  explicit HeaderReader(HeaderView& header) : header_(header) {}

  const char* read(Field field, const Token& token) {
    switch (field) {
      case Field::kKind:
        return read_choice(token, kKindNames, header_.kind);
      case Field::kName:
        return read_word(token, header_.name);
      case Field::kId:
        return read_id(token, header_.id);
      case Field::kActivityId:
        return read_id(token, header_.activity_id);
      case Field::kResponseTo:
        return read_id(token, header_.response_to);
      case Field::kVersion:
        return read_word(token, header_.version);
      case Field::kSender:
        return read_word(token, header_.sender);
      case Field::kSenderVersion:
        return read_word(token, header_.sender_version);
      case Field::kTimestamp:
        return read_number(token, header_.timestamp_ns);
      case Field::kContentType:
        return read_choice(token, kContentTypeNames, header_.content_type);
      case Field::kTimeoutMs:
        return read_number(token, header_.timeout_ms.emplace());
      case Field::kExpects:
        return read_choice(token, kExpectsNames, header_.expects);
      case Field::kSequence:
        return read_number(token, header_.sequence);
      case Field::kRedelivered:
        return read_flag(token, header_.redelivered);
      case Field::kAcknowledged:
        return read_flag(token, header_.acknowledged);
      case Field::kMore:
        return read_flag(token, header_.more);
      case Field::kPage:
        return read_number(token, header_.page);
      case Field::kPages:
        return read_number(token, header_.pages);
      case Field::kHandledErrors:
        return read_number(token, header_.handled_errors);
      case Field::kCausedBy:
        return read_id(token, header_.caused_by);
      case Field::kCode:
        return read_word(token, header_.code);
      case Field::kReason:
        return read_text(token, header_.reason);
    }
    return nullptr;
  }

 private:
  static const char* read_text(const Token& token, std::string_view& text) {
    if (token.type != Token::Type::kString) return "must be a string";
    text = token.bytes;
    return nullptr;
  }
  static const char* read_word(const Token& token, std::string_view& word) {
    std::string_view text;
    if (const char* wrong = read_text(token, text)) return wrong;
    if (text.size() > kNameLimitBytes) return "is longer than 255 bytes";
    if (!is_word(text)) return "has a control character";
    word = text;  // only now: what was refused must not be echoed in the answer
    return nullptr;
  }
  static const char* read_id(const Token& token, std::string_view& id) {
    std::string_view text;
    if (const char* wrong = read_text(token, text)) return wrong;
    if (!is_id(text)) return "must be 1 to 64 bytes of printable ASCII without spaces";
    id = text;
    return nullptr;
  }
  static const char* read_number(const Token& token, std::uint64_t& number) {
    if (token.type != Token::Type::kUnsigned) return "must be an unsigned integer";
    number = token.number;
    return nullptr;
  }
  static const char* read_flag(const Token& token, bool& flag) {
    if (token.type != Token::Type::kBool) return "must be true or false";
    flag = token.number != 0;
    return nullptr;
  }
  template <typename Enum, std::size_t kCount>
  static const char* read_choice(const Token& token, const std::array<std::string_view, kCount>& names,
                                 Enum& choice) {
    std::string_view text;
    if (const char* wrong = read_text(token, text)) return wrong;
    const auto found = std::find(names.begin(), names.end(), text);
    if (found == names.end()) return "has a value that this protocol does not know";
    choice = static_cast<Enum>(found - names.begin());
    return nullptr;
  }

  HeaderView& header_;
};

// Where a known key is in kKeys; kKeys.size() for others. Looks first where the caller expects it: most
// headers have their keys in the order of Field.
std::size_t find_key(std::string_view key, std::size_t expected) {
  for (std::size_t index = expected; index < kKeys.size(); ++index) {
    if (kKeys[index] == key) return index;
  }
  return static_cast<std::size_t>(std::find(kKeys.begin(), kKeys.end(), key) - kKeys.begin());
}

// The keys of a header, each at most once.
Result<void> read_fields(TokenCursor& cursor, std::uint64_t count, HeaderView& header) {
  HeaderReader reader(header);
  std::uint32_t seen = 0;
  std::size_t expected = 0;
  for (; count > 0; --count) {
    const Token& key = cursor.next();
    if (key.type != Token::Type::kString) return malformed("", "every key must be a string");
    const std::size_t index = find_key(key.bytes, expected);
    if (index == kKeys.size()) {
      cursor.skip();
      continue;
    }
    expected = index + 1;
    if (cursor.peek().type == Token::Type::kNil) {
      cursor.skip();
      continue;
    }
    const std::uint32_t bit = std::uint32_t{1} << index;
    if ((seen & bit) != 0) return malformed(kKeys[index], "is there twice");
    seen |= bit;
    if (const char* wrong = reader.read(static_cast<Field>(index), cursor.peek())) {
      return malformed(kKeys[index], wrong);
    }
    cursor.skip();
  }
  if ((seen & 1) == 0) return malformed("kind", "is missing");
  return {};
}

// Counts the keys of a header or writes them: both must agree on which are there.
template <typename Visit>
void for_each_present(const HeaderView& header, Visit&& visit) {
  const auto text = [&visit](Field field, std::string_view value) {
    if (!value.empty()) visit(field, value);
  };
  const auto number = [&visit](Field field, std::uint64_t value) {
    if (value != 0) visit(field, value);
  };
  visit(Field::kKind, to_string(header.kind));
  text(Field::kName, header.name);
  text(Field::kId, header.id);
  text(Field::kActivityId, header.activity_id);
  text(Field::kResponseTo, header.response_to);
  text(Field::kVersion, header.version);
  text(Field::kSender, header.sender);
  text(Field::kSenderVersion, header.sender_version);
  number(Field::kTimestamp, header.timestamp_ns);
  if (header.content_type != ContentType::kMsgpack) {
    visit(Field::kContentType, to_string(header.content_type));
  }
  if (header.timeout_ms) visit(Field::kTimeoutMs, *header.timeout_ms);
  if (header.expects != Expects::kNone) visit(Field::kExpects, to_string(header.expects));
  number(Field::kSequence, header.sequence);
  if (header.redelivered) visit(Field::kRedelivered, true);
  if (header.acknowledged) visit(Field::kAcknowledged, true);
  if (header.more) visit(Field::kMore, true);
  number(Field::kPage, header.page);
  number(Field::kPages, header.pages);
  number(Field::kHandledErrors, header.handled_errors);
  text(Field::kCausedBy, header.caused_by);
  text(Field::kCode, header.code);
  text(Field::kReason, shortened_reason(header.reason));
}

// What for_each_present() calls: first to learn how much there is to write, at most, then to write it.
// Writing straight into place is several times as fast as msgpack's packer, and a header is written for every
// message.
struct FieldMeasure {
  std::uint32_t count = 0;
  std::size_t bytes = 0;

  // A key has at most 15 bytes, a number 8, and what says their types and sizes 4.
  void operator()(Field, std::string_view value) { add(19 + value.size()); }
  void operator()(Field, std::uint64_t) { add(27); }
  void operator()(Field, bool) { add(19); }
  void add(std::size_t more) {
    ++count;
    bytes += more;
  }
};

class FieldWriter {
 public:
  explicit FieldWriter(char* at) : at_(at) {}

  const char* end() const { return at_; }
  void map(std::uint32_t count) {
    if (count < 16) return byte(0x80U | count);
    byte(0xde);
    big_endian(count, 2);
  }
  void operator()(Field field, std::string_view value) {
    text(kKeys[static_cast<std::size_t>(field)]);
    text(value);
  }
  void operator()(Field field, std::uint64_t value) {
    text(kKeys[static_cast<std::size_t>(field)]);
    number(value);
  }
  void operator()(Field field, bool value) {
    text(kKeys[static_cast<std::size_t>(field)]);
    byte(value ? 0xc3 : 0xc2);
  }

 private:
  void byte(std::uint64_t value) { *at_++ = static_cast<char>(value); }
  void big_endian(std::uint64_t value, unsigned bytes) {
    while (bytes-- > 0) byte(value >> (8U * bytes) & 0xFFU);
  }
  void text(std::string_view text) {
    if (text.size() < 32) {
      byte(0xa0U | text.size());
    } else if (text.size() < 256) {
      byte(0xd9);
      byte(text.size());
    } else {
      byte(0xda);
      big_endian(text.size(), 2);
    }
    at_ = std::copy(text.begin(), text.end(), at_);
  }
  // In its shortest form.
  void number(std::uint64_t value) {
    if (value < 128) return byte(value);
    unsigned power = 0;
    while (power < 3 && value >> (8U << power) != 0) ++power;
    byte(0xccU + power);
    big_endian(value, 1U << power);
  }

  char* at_;
};

// The values that headers are made of, read where they lie.
class PlainCursor {
 public:
  explicit PlainCursor(std::span<const std::byte> bytes) : rest_(bytes) {}

  bool at_end() const { return rest_.empty(); }
  // False for what is no small map.
  bool read_map(std::uint64_t& count) {
    std::uint64_t first = 0;
    if (!read_number(1, first) || (first & 0xF0U) != 0x80) return false;
    count = first & 0x0FU;
    return true;
  }
  // False for what is no text, unsigned number, flag or nil, or is cut off.
  bool read(Token& token) {
    std::uint64_t first = 0;
    if (!read_number(1, first)) return false;
    if (first < 0x80) return number(token, first);
    if ((first & 0xE0U) == 0xa0) return text(token, first & 0x1FU);
    switch (first) {
      case 0xc0:
        token.type = Token::Type::kNil;
        return true;
      case 0xc2:
      case 0xc3:
        token.type = Token::Type::kBool;
        token.number = first & 1U;
        return true;
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        token.type = Token::Type::kUnsigned;
        return read_number(std::size_t{1} << (first - 0xcc), token.number);
      case 0xd9:
      case 0xda: {
        std::uint64_t size = 0;
        return read_number(std::size_t{1} << (first - 0xd9), size) && text(token, size);
      }
      default:
        return false;
    }
  }

 private:
  static bool number(Token& token, std::uint64_t value) {
    token.type = Token::Type::kUnsigned;
    token.number = value;
    return true;
  }
  bool text(Token& token, std::size_t size) {
    if (rest_.size() < size) return false;
    token.type = Token::Type::kString;
    token.bytes = {reinterpret_cast<const char*>(rest_.data()), size};
    rest_ = rest_.subspan(size);
    return true;
  }
  bool read_number(std::size_t bytes, std::uint64_t& value) {
    if (rest_.size() < bytes) return false;
    value = 0;
    for (std::size_t i = 0; i < bytes; ++i) value = value << 8U | std::to_integer<std::uint64_t>(rest_[i]);
    rest_ = rest_.subspan(bytes);
    return true;
  }

  std::span<const std::byte> rest_;
};

// Reads what relays write: a small map of scalars without a fault, which every message has. False for
// anything else; what was read is then worth nothing, and the reading by tokens says what it is or what is
// wrong.
bool read_plainly(std::span<const std::byte> frame, HeaderView& header) {
  PlainCursor cursor(frame);
  HeaderReader reader(header);
  std::uint64_t count = 0;
  std::uint32_t seen = 0;
  std::size_t expected = 0;
  Token key{};
  Token value{};
  if (!cursor.read_map(count)) return false;
  for (; count > 0; --count) {
    if (!cursor.read(key) || key.type != Token::Type::kString || !cursor.read(value)) return false;
    const std::size_t index = find_key(key.bytes, expected);
    if (index == kKeys.size()) continue;
    expected = index + 1;
    if (value.type == Token::Type::kNil) continue;
    const std::uint32_t bit = std::uint32_t{1} << index;
    if ((seen & bit) != 0 || reader.read(static_cast<Field>(index), value)) return false;
    seen |= bit;
  }
  return cursor.at_end() && (seen & 1) != 0;
}

Result<void> require(bool present, const HeaderView& header, Field field) {
  if (present) return {};
  return malformed(kKeys[static_cast<std::size_t>(field)],
                   std::string("is missing, which `").append(to_string(header.kind)).append("` needs"));
}

}  // namespace

std::string_view to_string(Kind kind) {
  return kKindNames[static_cast<std::size_t>(kind)];
}

std::string_view to_string(Expects expects) {
  return kExpectsNames[static_cast<std::size_t>(expects)];
}

std::string_view to_string(ContentType type) {
  return kContentTypeNames[static_cast<std::size_t>(type)];
}

bool is_id(std::string_view text) {
  return !text.empty() && text.size() <= kIdLimitBytes &&
         std::all_of(text.begin(), text.end(), [](char letter) { return letter > 0x20 && letter < 0x7f; });
}

Result<void> decode_header(std::span<const std::byte> frame, HeaderView& header) {
  header = HeaderView{};
  if (frame.size() > kHeaderLimitBytes) {
    return Error{"too-large", "header: " + std::to_string(frame.size()) + " bytes, at most " +
                                  std::to_string(kHeaderLimitBytes) + " are allowed"};
  }
  if (read_plainly(frame, header)) return {};
  header = HeaderView{};
  thread_local std::vector<Token> tokens;
  if (auto read = read_tokens(frame, TokenLimits{}, tokens); !read.ok()) {
    return malformed("", read.error().message);
  }
  TokenCursor cursor(tokens);
  const Token& map = cursor.next();
  if (map.type != Token::Type::kMap) return malformed("", "it is not a map");
  return read_fields(cursor, map.number, header);
}

Result<void> check_required(const HeaderView& header) {
  const bool with_name = header.kind == Kind::kCommand || header.kind == Kind::kReply;
  const bool with_response_to =
      header.kind == Kind::kReply || header.kind == Kind::kWindow || header.kind == Kind::kCancel;
  const bool with_code =
      header.kind == Kind::kError || header.kind == Kind::kFailed || header.kind == Kind::kRefused;
  const std::array<std::pair<bool, Field>, 6> required = {{
      {with_name && header.name.empty(), Field::kName},
      {with_name && header.id.empty(), Field::kId},
      {with_response_to && header.response_to.empty(), Field::kResponseTo},
      {with_code && header.code.empty(), Field::kCode},
      {header.kind == Kind::kFailed && header.sequence == 0, Field::kSequence},
      {header.kind == Kind::kWindow && header.pages == 0, Field::kPages},
  }};
  for (const auto& [missing, field] : required) {
    if (auto present = require(!missing, header, field); !present.ok()) return present;
  }
  return {};
}

std::string_view shortened_reason(std::string_view reason) {
  if (reason.size() <= kReasonLimitBytes) return reason;
  std::size_t end = kReasonLimitBytes;
  const auto continues_a_character = [&](std::size_t at) {
    return (static_cast<unsigned char>(reason[at]) & 0xC0U) == 0x80U;
  };
  while (end > 0 && continues_a_character(end)) --end;
  return reason.substr(0, end);
}

void encode_header(const HeaderView& header, std::string& out) {
  FieldMeasure measure;
  for_each_present(header, measure);
  constexpr std::size_t kMapBytes = 3;
  const std::size_t at_most = kMapBytes + measure.bytes;
  EXO_CHECK(at_most <= UINT16_MAX);  // so every length fits two bytes
  if (out.size() < at_most) out.resize(at_most);
  FieldWriter writer(out.data());
  writer.map(measure.count);
  for_each_present(header, writer);
  out.resize(static_cast<std::size_t>(writer.end() - out.data()));
  EXO_CHECK(out.size() <= kHeaderLimitBytes);
}

std::string render_flow(std::string_view sender, std::string_view name, std::string_view receiver_name,
                        std::string_view receiver) {
  std::string line;
  line.append(sender).append(" --[ ").append(name);
  if (receiver_name != name) line.append(" ]-[ ").append(receiver_name);
  return line.append(" ]-> ").append(receiver);
}

}  // namespace exo
