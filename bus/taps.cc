#include "bus/taps.h"

#include <algorithm>

#include "bus/instance.h"

namespace exo::routing {

bool Taps::ask(const Instance& asker, const TapFilter& filter, const HeaderView& question,
               MonotonicTime now) {
  auto tap = std::find_if(taps_.begin(), taps_.end(), [&](const Tap& t) { return t.asker == &asker; });
  if (tap == taps_.end()) {
    if (taps_.size() == kLimit) return false;
    tap = taps_.insert(taps_.end(), Tap{.asker = &asker});
  }
  tap->filter = filter;
  tap->question = question.id;
  tap->name = question.name;
  tap->asked = now;
  return true;
}

void Taps::forget(const Instance& asker) {
  std::erase_if(taps_, [&](const Tap& tap) { return tap.asker == &asker; });
}

void Taps::see(const SeenMessage& message) {
  for (Tap& tap : taps_) {
    if (!wants(tap.filter, message)) continue;
    if (tap.messages.size() >= kLimitBytes) {
      ++tap.left_out;
      continue;
    }
    encode_seen(message, tap.filter.payloads, tap.messages);
    ++tap.count;
  }
}

void Taps::answer(const Now& now) {
  for (Tap& tap : taps_) {
    if (tap.question.empty()) continue;
    if (tap.count > 0 || now.monotonic - tap.asked >= kEmptyAfter) answer(tap, now);
  }
}

void Taps::answer(Tap& tap, const Now& now) {
  const std::string id = "exo-tap-" + std::to_string(++answers_);
  HeaderView header;
  header.kind = Kind::kReply;
  header.name = tap.name;
  header.id = id;
  header.response_to = tap.question;
  header.activity_id = tap.question;
  header.sender = "exo";
  header.timestamp_ns = now.unix_time.nanoseconds;
  outbox_.send(tap.asker->connection, header, encode_tapped(tap.messages, tap.count, tap.left_out));
  tap.question.clear();
  tap.messages.clear();
  tap.count = 0;
  tap.left_out = 0;
}

}  // namespace exo::routing
