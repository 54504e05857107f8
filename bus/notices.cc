#include "bus/notices.h"

#include <algorithm>
#include <utility>

namespace exo::routing {
namespace {

constexpr std::chrono::seconds kPauseBetweenNotices{1};

}  // namespace

void Notices::add(NoticeKind kind, std::string text, MonotonicTime now) {
  Held& held = held_.at(static_cast<std::size_t>(kind));
  held.text = std::move(text);
  ++held.count;
  if (now >= held.quiet_until) report(held, now);
}

void Notices::tick(MonotonicTime now) {
  for (Held& held : held_) {
    if (held.count > 0 && now >= held.quiet_until) report(held, now);
  }
}

bool Notices::pending() const {
  return std::any_of(held_.begin(), held_.end(), [](const Held& held) { return held.count > 0; });
}

void Notices::report(Held& held, MonotonicTime now) {
  if (held.count > 1) held.text += " (and " + std::to_string(held.count - 1) + " more like it)";
  outbox_.report(BrokerNotice{std::move(held.text)});
  held = {{}, 0, now + kPauseBetweenNotices};
}

}  // namespace exo::routing
