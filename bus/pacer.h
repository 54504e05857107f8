// How many commands a script may send just now.
#pragma once

#include <cstdint>
#include <optional>

#include "base/clock.h"
#include "base/rate.h"

namespace exo::routing {

// Time that has passed, saved up to one second, or to one command where each takes longer; a command costs
// what its rate gives it. Who has sent more than was there owes it, and waits so much longer. Begins with one
// command, since who is slowed down is to be slower at once. Part of one ScriptScope; one thread.
class Pacer {
 public:
  // From now on; nullopt: as many as there is room for. True when that is another than before.
  bool limit(std::optional<Rate> rate, MonotonicTime now);
  bool is_limited() const { return rate_.has_value(); }
  // Time alone changes how many are left.
  bool is_running() const { return rate_ && !rate_->is_none(); }

  void refill(MonotonicTime now);
  void spend();
  // Whole commands; 0 too while something is owed. Of one that is limited.
  std::uint64_t left() const;

 private:
  std::optional<Rate> rate_;
  std::chrono::nanoseconds saved_{0};
  MonotonicTime refilled_{};
};

}  // namespace exo::routing
