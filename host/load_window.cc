#include "host/load_window.h"

#include "base/duration.h"

namespace exo {

void LoadWindow::add(const LoadReport& report, MonotonicTime now) {
  while (!slices_.empty() && slices_.front().at <= now - signal_.within) slices_.pop_front();
  if (report.ended.count() > 0) slices_.push_back({.at = now, .ended = report.ended});
  waiting_ = report.waiting;
}

LoadSample LoadWindow::sample() const {
  constexpr double kShare = 0.99;
  Histogram all = waiting_;
  for (const Slice& slice : slices_) all.add(slice.ended);
  const auto p99 = all.quantile(kShare);
  if (p99 <= signal_.above) return {};
  return {
      .load = LoadSample::Load::kSlow,
      .because = signal_.message + " p99 " + format_duration(p99) + " > " + format_duration(signal_.above),
      .trouble = ""};
}

}  // namespace exo
