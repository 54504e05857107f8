// How long production's commands of one name took within the last seconds.
#pragma once

#include <chrono>
#include <deque>

#include "base/clock.h"
#include "bus/load.h"
#include "deployment-scripts/slowdown.h"
#include "deployment-scripts/throttle_settings.h"

namespace exo {

// A value: what the broker has told, as long as it is within the window. Some two kilobytes a report; holds
// no more reports than come within one window. One thread.
class LoadWindow {
 public:
  explicit LoadWindow(P99Signal signal) : signal_(std::move(signal)) {}

  const P99Signal& signal() const { return signal_; }
  // Reports come in order, each with what ended since the one before; the first one's is of nobody knows when
  // and has no traffic.
  void add(const LoadReport& report, MonotonicTime now);
  // Of all within the window, those that wait included. Without any it is good.
  LoadSample sample() const;

 private:
  struct Slice {
    MonotonicTime at;
    Histogram ended;
  };

  P99Signal signal_;
  std::deque<Slice> slices_;  // none without traffic
  Histogram waiting_;
};

}  // namespace exo
