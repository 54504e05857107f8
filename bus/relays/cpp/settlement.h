// Which of a script's commands are settled: the measure of "done means done".
#pragma once

#include <cstdint>
#include <deque>

namespace exo::relaying {

// Remembers numbers that count upwards until each is settled; tells whether all below a number are. Uses one
// byte for each from the first unsettled one on. A pure value.
class Settlement {
 public:
  // The next command: `number` must be higher than all before.
  void begin(std::uint64_t number);
  // Settling twice, or what never began, changes nothing.
  void settle(std::uint64_t number);
  // Whether every command with a number below this one is settled.
  bool all_settled_below(std::uint64_t number) const { return open_.empty() || first_ >= number; }

 private:
  std::uint64_t first_ = 0;  // of open_'s first element, which is unsettled
  std::deque<bool> open_;    // true: begun and not settled
};

}  // namespace exo::relaying
