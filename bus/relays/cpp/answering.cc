#include "bus/relays/cpp/answering.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/check.h"

namespace exo::relaying {

namespace {

constexpr std::string_view kHandlerFailed = "handler-failed";

std::string too_large(std::string_view name, std::size_t size, std::size_t limit) {
  return "the reply `" + std::string(name) + "` has " + std::to_string(size) + " bytes, at most " +
         std::to_string(limit) + " go into one message: stream it in pages";
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
  pending->acknowledged = pending->remembers = header.acknowledged;
  all_.emplace(header.sequence, pending);
  if (header.acknowledged) running_.emplace(pending->id, pending);
  ++under_way_;
  return pending;
}

bool Answering::delivered_again(const HeaderView& header) {
  if (!header.acknowledged) return false;
  if (const auto found = running_.find(std::string(header.id)); found != running_.end()) {
    deliver_to(Pending(found->second), header);
    return true;
  }
  const auto* reply = completed_.find(header.id);
  if (reply != nullptr) answer_from(*reply, header);
  return reply != nullptr;
}

// It is not run twice; this delivery is completed with the one that runs.
void Answering::deliver_to(const Pending& running, const HeaderView& header) {
  ++under_way_;
  if (running->sequence != 0) {
    running->further_sequences.push_back(header.sequence);
    return;
  }
  running->sequence = header.sequence;
  all_.emplace(header.sequence, running);
  // Its asker has lost what came over the former connection.
  for (const ReplyPage& page : running->given) running->waiting.push_back(page.share());
  if (!running->given.empty()) enter_pages(running);
  send_waiting(running);
  if (running->source && !running->completed) streams_.push_back(running);
}

void Answering::answer_from(const std::vector<ReplyPage>& reply, const HeaderView& header) {
  const auto again = std::make_shared<PendingAnswer>();
  again->owner = this;
  again->sequence = header.sequence;
  again->id = header.id;
  again->expects = header.expects;
  again->unbounded = header.sender == "exo";
  again->answered = true;
  all_.emplace(header.sequence, again);
  ++under_way_;
  for (const ReplyPage& page : reply) again->waiting.push_back(page.share());
  if (reply.empty()) return report_handled(*again);
  enter_pages(again);
  send_waiting(again);
}

Result<void> Answering::reply(const Pending& pending, std::string_view name, const Value& payload,
                              bool more) {
  if (pending->completed || pending->answered || pending->source) return {};
  if (pending->expects == Expects::kNone || pending->cancelled) {
    if (!more) report_handled(*pending);
    return {};
  }
  if (!more) pending->answered = true;
  if (sink_.hold_back(pending, name, payload, more)) return {};
  return reply_now(pending, name, payload, more);
}

Result<void> Answering::reply_now(const Pending& pending, std::string_view name, const Value& payload,
                                  bool more) {
  if (pending->owner != this || pending->completed) return {};
  Payload bytes = encode_payload(payload);
  const std::size_t limit = sink_.frame_limit();
  if (bytes.size() > limit) {
    fail(pending, kHandlerFailed, too_large(name, bytes.size(), limit));
    return {};
  }
  auto given = give(pending, name, std::move(bytes), more);
  if (given.ok() || more) return given;
  fail(pending, given.error().code, given.error().message);
  return {};
}

Result<void> Answering::give(const Pending& pending, std::string_view name, Payload payload, bool more) {
  const bool waits = pending->sequence != 0 && (!pending->waiting.empty() || !has_room(*pending));
  if (waits) return keep(pending, name, std::move(payload), more);
  if (pending->remembers) remember(*pending, name, payload, more);
  if (pending->sequence == 0) {  // it is sent when the command is delivered again
    if (!pending->remembers) {
      abandon(*pending);
    } else if (!more) {
      report_handled(*pending);
    }
    return {};
  }
  if (more && !pending->unbounded) enter_pages(pending);
  send_page(*pending, name, std::move(payload), more);
  return {};
}

// Until its asker takes it.
Result<void> Answering::keep(const Pending& pending, std::string_view name, Payload payload, bool more) {
  if (auto room = sink_.take_room(payload.size(), name); !room.ok()) return room;
  if (pending->remembers) remember(*pending, name, payload, more);
  if (more) enter_pages(pending);
  pending->waiting.push_back(
      {.name = std::string(name), .payload = std::move(payload), .more = more, .charged = true});
  return {};
}

void Answering::drop_waiting(PendingAnswer& pending) {
  for (const ReplyPage& page : std::exchange(pending.waiting, {})) {
    if (page.charged) sink_.give_room(page.payload.size());
  }
}

void Answering::enter_pages(const Pending& pending) {
  if (pending->in_pages) return;
  pending->in_pages = true;
  in_pages_.emplace(pending->id, pending);
}

void Answering::remember(PendingAnswer& pending, std::string_view name, const Payload& payload, bool more) {
  pending.given.push_back({std::string(name), payload.share(), more});
  const std::size_t bytes = payload.size() + name.size();
  pending.given_bytes += bytes;
  given_bytes_ += bytes;
  if (given_bytes_ > completed_.limit_bytes()) stop_remembering(pending);
}

void Answering::stop_remembering(PendingAnswer& pending) {
  given_bytes_ -= pending.given_bytes;
  pending.given_bytes = 0;
  pending.given.clear();
  pending.remembers = false;
}

void Answering::send_page(PendingAnswer& pending, std::string_view name, Payload payload, bool more) {
  HeaderView header;
  header.kind = Kind::kReply;
  header.name = name;
  header.response_to = pending.id;
  header.more = more;
  header.page = pending.pages_sent++;
  pending.stalled.reset();
  sink_.send_reply(header, std::move(payload));
  if (!more) report_handled(pending);
}

void Answering::stream(const Pending& pending, std::string_view name, PageSource source) {
  if (pending->completed || pending->answered || pending->source) return;
  if (pending->expects == Expects::kNone || pending->cancelled) return report_handled(*pending);
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
  } catch (...) {
    page = Error{std::string(kHandlerFailed), "an exception that is no std::exception"};
  }
  if (pending->owner != this || pending->completed) return;
  if (!page.ok()) return fail(pending, kHandlerFailed, page.error().message);
  const bool more = page.value().more;
  Payload bytes = encode_payload(Value(std::move(page.value().items)));
  if (const std::size_t limit = sink_.frame_limit(); bytes.size() > limit) {
    return fail(pending, kHandlerFailed, too_large(pending->stream_name, bytes.size(), limit));
  }
  if (!more) pending->answered = true;
  const auto given = give(pending, pending->stream_name, std::move(bytes), more);
  EXO_CHECK(given.ok());  // a page is only made where it need not wait
  if (more) streams_.push_back(pending);
}

void Answering::give_up_stalled(MonotonicTime now) {
  if (in_pages_.empty() || now < next_stall_check_) return;
  next_stall_check_ = now + std::min<std::chrono::milliseconds>(stall_limit_ / 8, std::chrono::seconds(1));
  std::vector<Pending> stalled;
  for (const auto& [id, pending] : in_pages_) {
    const bool has_more = !pending->waiting.empty() || pending->source;
    if (!has_more || has_room(*pending)) continue;
    if (!pending->stalled) pending->stalled = now;
    if (now - *pending->stalled >= stall_limit_) stalled.push_back(pending);
  }
  for (const Pending& pending : stalled) {
    fail(pending, "expired",
         "its asker took no page for " + std::to_string(stall_limit_.count() / 1000) + " s");
  }
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
    if (page.charged) sink_.give_room(page.payload.size());
    send_page(*pending, page.name, std::move(page.payload), page.more);
  }
}

Answering::Pending Answering::find(std::string_view id) const {
  if (const auto found = in_pages_.find(std::string(id)); found != in_pages_.end()) return found->second;
  const auto found =
      std::find_if(all_.begin(), all_.end(), [id](const auto& each) { return each.second->id == id; });
  return found == all_.end() ? nullptr : found->second;
}

void Answering::cancel(std::string_view id) {
  const Pending pending = find(id);
  if (pending == nullptr || pending->cancelled) return;
  pending->cancelled = true;
  drop_waiting(*pending);
  stop_remembering(*pending);
  const auto on_cancelled = std::exchange(pending->on_cancelled, nullptr);
  if (pending->source || pending->answered) {
    pending->answered = true;
    report_handled(*pending);
  }
  if (!on_cancelled) return;
  try {
    on_cancelled();
  } catch (const std::exception& failure) {
    fail(pending, kHandlerFailed, failure.what());
  } catch (...) {
    fail(pending, kHandlerFailed, "an exception that is no std::exception");
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
  if (pending->expects == Expects::kNone || pending->cancelled) return report_handled(*pending);
  fail(pending, kHandlerFailed,
       "the handler of `" + pending->name + "` ended without the reply that it was asked for");
}

void Answering::fail(const Pending& pending, std::string_view code, std::string_view reason) {
  if (pending->completed) return;
  pending->answered = true;
  if (pending->sequence != 0) sink_.send_failed(pending->sequence, code, reason);
  for (const std::uint64_t sequence : pending->further_sequences) sink_.send_failed(sequence, code, reason);
  forget(*pending);
}

void Answering::report_handled(PendingAnswer& pending) {
  if (pending.sequence != 0) handled_.push_back(pending.sequence);
  handled_.insert(handled_.end(), pending.further_sequences.begin(), pending.further_sequences.end());
  if (pending.remembers) completed_.add(pending.id, std::move(pending.given));
  forget(pending);
}

// Drops what was still to be sent; the last thing that happens to a command. May destroy `pending`'s other
// owners, so its caller must hold one.
void Answering::forget(PendingAnswer& pending) {
  under_way_ -= (pending.sequence == 0 ? 0 : 1) + pending.further_sequences.size();
  if (pending.in_pages) in_pages_.erase(pending.id);
  all_.erase(pending.sequence);
  abandon(pending);
}

// Its handle has no effect from now on.
void Answering::abandon(PendingAnswer& pending) {
  pending.completed = true;
  drop_waiting(pending);
  pending.on_cancelled = nullptr;
  stop_remembering(pending);
  if (pending.acknowledged) running_.erase(pending.id);
}

void Answering::take_handled(std::vector<std::uint64_t>& sequences) {
  sequences.clear();
  sequences.swap(handled_);
}

void Answering::connection_lost() {
  const auto delivered = std::exchange(all_, {});
  in_pages_.clear();
  streams_.clear();
  handled_.clear();
  under_way_ = 0;
  for (const auto& [sequence, pending] : delivered) {
    drop_waiting(*pending);
    pending->further_sequences.clear();
    pending->sequence = 0;
    pending->in_pages = false;
    pending->stalled.reset();
    pending->pages_sent = 0;
    pending->pages_allowed = kPagesUnasked;
    if (pending->remembers && !pending->answered) continue;
    // What was given in full is complete: only its sending was cut off.
    if (pending->remembers) completed_.add(pending->id, std::move(pending->given));
    pending->owner = nullptr;
    abandon(*pending);
  }
}

void Answering::abandon_all() {
  connection_lost();
  for (const auto& [id, pending] : std::exchange(running_, {})) {
    pending->owner = nullptr;
    abandon(*pending);
  }
}

}  // namespace exo::relaying
