#include "bus/pacer.h"

#include <algorithm>

#include "base/check.h"

namespace exo::routing {

bool Pacer::limit(std::optional<Rate> rate, MonotonicTime now) {
  if (rate == rate_) return false;
  rate_ = rate;
  saved_ = is_running() ? rate_->each() : std::chrono::nanoseconds{0};
  refilled_ = now;
  return true;
}

void Pacer::refill(MonotonicTime now) {
  if (!is_running()) return;
  const std::chrono::nanoseconds most =
      std::max<std::chrono::nanoseconds>(std::chrono::seconds{1}, rate_->each());
  saved_ = std::min<std::chrono::nanoseconds>(saved_ + (now - refilled_), most);
  refilled_ = now;
}

void Pacer::spend() {
  if (is_running()) saved_ -= rate_->each();
}

std::uint64_t Pacer::left() const {
  EXO_CHECK(rate_.has_value());
  if (!is_running() || saved_ <= std::chrono::nanoseconds{0}) return 0;
  return static_cast<std::uint64_t>(saved_ / rate_->each());
}

}  // namespace exo::routing
