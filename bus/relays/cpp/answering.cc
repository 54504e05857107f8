#include "bus/relays/cpp/answering.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace exo::relaying {

namespace {

constexpr std::string_view kHandlerFailed = "handler-failed";

std::string too_large(std::string_view name, std::size_t size) {
  return "the reply `" + std::string(name) + "` has " + std::to_string(size) + " bytes, at most " +
         std::to_string(kPayloadLimitBytes) + " go into one message: stream it in pages";
}

}  // namespace

Payload encode_payload(const Value& value) {
  thread_local std::string bytes;
  bytes.clear();
  value.encode(bytes);
  Payload payload{std::string_view(bytes)};
  // One huge payload must not keep its bytes for the life of the thread.
  constexpr std::size_t kKeptBytes = 1024 * 1024;
  if (bytes.capacity() > kKeptBytes) std::string().swap(bytes);
  return payload;
}

Answering::Pending Answering::begin(const HeaderView& header) {
  auto pending = std::make_shared<PendingAnswer>();
  pending->owner = this;
  pending->sequence = header.sequence;
  pending->id = header.id;
  pending->name = header.name;
  pending->activity_id = header.activity_id;
  pending->expects = header.expects;
  pending->unbounded = header.sender == "exo";
  all_.emplace(header.sequence, pending);
  ++under_way_;
  return pending;
}

void Answering::reply(const Pending& pending, std::string_view name, const Value& payload, bool more) {
  if (pending->completed || pending->answered || pending->source) return;
  if (pending->expects == Expects::kNone) {
    if (!more) report_handled(*pending);
    return;
  }
  if (!more) pending->answered = true;
  if (sink_.hold_back(pending, name, payload, more)) return;
  reply_now(pending, name, payload, more);
}

void Answering::reply_now(const Pending& pending, std::string_view name, const Value& payload, bool more) {
  if (pending->owner != this || pending->completed) return;
  Payload bytes = encode_payload(payload);
  if (bytes.size() > kPayloadLimitBytes) return fail(pending, kHandlerFailed, too_large(name, bytes.size()));
  give(pending, name, std::move(bytes), more);
}

void Answering::give(const Pending& pending, std::string_view name, Payload payload, bool more) {
  if (more && !pending->unbounded) in_pages_.emplace(pending->id, pending);
  if (!pending->waiting.empty() || !has_room(*pending)) {
    pending->waiting.push_back({std::string(name), std::move(payload), more});
    return;
  }
  send_page(*pending, name, std::move(payload), more);
}

void Answering::send_page(PendingAnswer& pending, std::string_view name, Payload payload, bool more) {
  HeaderView header;
  header.kind = Kind::kReply;
  header.name = name;
  header.response_to = pending.id;
  header.more = more;
  header.page = pending.pages_sent++;
  sink_.send_reply(header, std::move(payload));
  if (!more) report_handled(pending);
}

void Answering::stream(const Pending& pending, std::string_view name, PageSource source) {
  if (pending->completed || pending->answered || pending->source) return;
  if (pending->expects == Expects::kNone) return report_handled(*pending);
  pending->stream_name = name;
  pending->source = std::move(source);
  streams_.push_back(pending);
}

bool Answering::advance_one_stream() {
  while (!streams_.empty()) {
    const Pending pending = std::move(streams_.front());
    streams_.pop_front();
    if (pending->owner != this || pending->completed) continue;
    // Without room it leaves the round; set_window() brings it back.
    if (!pending->waiting.empty() || !has_room(*pending)) continue;
    make_page(pending);
    return true;
  }
  return false;
}

void Answering::make_page(const Pending& pending) {
  Result<Page> page = Page{};
  try {
    page = pending->source();
  } catch (const std::exception& failure) {
    page = Error{std::string(kHandlerFailed), failure.what()};
  }
  if (pending->owner != this || pending->completed) return;
  if (!page.ok()) return fail(pending, kHandlerFailed, page.error().message);
  const bool more = page.value().more;
  Payload bytes = encode_payload(Value(std::move(page.value().items)));
  if (bytes.size() > kPayloadLimitBytes) {
    return fail(pending, kHandlerFailed, too_large(pending->stream_name, bytes.size()));
  }
  if (!more) pending->answered = true;
  give(pending, pending->stream_name, std::move(bytes), more);
  if (more) streams_.push_back(pending);
}

void Answering::set_window(std::string_view id, std::uint64_t pages) {
  const auto found = in_pages_.find(std::string(id));
  if (found == in_pages_.end()) return;
  const Pending pending = found->second;
  pending->pages_allowed = std::max(pending->pages_allowed, pages);
  send_waiting(pending);
  const bool in_round = std::find(streams_.begin(), streams_.end(), pending) != streams_.end();
  if (pending->source && !pending->completed && !in_round) streams_.push_back(pending);
}

void Answering::send_waiting(const Pending& pending) {
  while (!pending->waiting.empty() && has_room(*pending)) {
    auto page = std::move(pending->waiting.front());
    pending->waiting.pop_front();
    send_page(*pending, page.name, std::move(page.payload), page.more);
  }
}

bool Answering::asker_gone(std::string_view id) {
  const auto found = in_pages_.find(std::string(id));
  if (found == in_pages_.end()) return false;
  const Pending pending = found->second;
  pending->answered = true;
  report_handled(*pending);
  return true;
}

void Answering::complete(const Pending& pending) {
  if (pending->completed || pending->answered || pending->source) return;
  report_handled(*pending);
}

void Answering::released(const Pending& pending) {
  if (pending->completed || pending->answered || pending->source) return;
  if (pending->expects == Expects::kNone) return report_handled(*pending);
  fail(pending, kHandlerFailed,
       "the handler of `" + pending->name + "` ended without the reply that it was asked for");
}

void Answering::fail(const Pending& pending, std::string_view code, std::string_view reason) {
  if (pending->completed) return;
  pending->answered = true;
  sink_.send_failed(pending->sequence, code, reason);
  forget(*pending);
}

void Answering::report_handled(PendingAnswer& pending) {
  handled_.push_back(pending.sequence);
  forget(pending);
}

// Drops what was still to be sent; the last thing that happens to a command. May destroy `pending`'s other
// owners, so its caller must hold one.
void Answering::forget(PendingAnswer& pending) {
  pending.completed = true;
  pending.waiting.clear();
  --under_way_;
  if (pending.pages_sent > 0) in_pages_.erase(pending.id);
  all_.erase(pending.sequence);
}

void Answering::take_handled(std::vector<std::uint64_t>& sequences) {
  sequences.clear();
  sequences.swap(handled_);
}

void Answering::abandon_all() {
  for (auto& [sequence, pending] : all_) {
    pending->owner = nullptr;
    pending->completed = true;
    pending->waiting.clear();
  }
  all_.clear();
  in_pages_.clear();
  streams_.clear();
  handled_.clear();
  under_way_ = 0;
}

}  // namespace exo::relaying
