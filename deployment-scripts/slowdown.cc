#include "deployment-scripts/slowdown.h"

#include <utility>

namespace exo {

Slowdown::Change Slowdown::take(const LoadSample& sample, MonotonicTime now) {
  if (!settings_ || !settings_->when) return Change::kNone;
  passed_ = now;
  const bool was_troubled = std::exchange(is_troubled_, !sample.trouble.empty());
  if (is_troubled_ && !was_troubled) trouble_ = sample.trouble;
  return sample.load == LoadSample::Load::kSlow ? slow(sample, now) : good(now);
}

Slowdown::Change Slowdown::slow(const LoadSample& sample, MonotonicTime now) {
  good_since_.reset();
  because_ = last_cause_ = sample.because;
  if (began_) return Change::kNone;
  began_ = now;
  ++times_;
  return Change::kBegan;
}

Slowdown::Change Slowdown::good(MonotonicTime now) {
  if (!began_) return Change::kNone;
  if (!good_since_) good_since_ = now;
  if (now - *good_since_ < settings_->good_for) return Change::kNone;
  last_ = now - *began_;
  total_ += last_;
  began_.reset();
  good_since_.reset();
  because_.clear();
  return Change::kEnded;
}

std::optional<Rate> Slowdown::at_most() const {
  if (!settings_) return std::nullopt;
  if (!is_slowed()) return settings_->rate;
  return settings_->rate ? slower_of(*settings_->rate, settings_->slow_to) : settings_->slow_to;
}

std::string Slowdown::take_trouble() {
  return std::exchange(trouble_, "");
}

MonotonicTime::duration Slowdown::total() const {
  return began_ ? total_ + (passed_ - *began_) : total_;
}

}  // namespace exo
