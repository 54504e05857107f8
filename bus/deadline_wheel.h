// When commands run out of time.
#pragma once

#include <array>
#include <cstdint>

#include "bus/command.h"

namespace exo::routing {

// Commands by their deadlines, in a ring of slots of a tenth of a second: adding and removing cost the same
// however many there are, and nothing is allocated. A command is due up to one slot late. Owns no command;
// one thread.
class DeadlineWheel {
 public:
  void add(Command& command);
  // Does nothing where the command is not in the wheel.
  void remove(Command& command);
  bool empty() const { return size_ == 0; }

  // Takes out the commands whose deadline has passed, one call after the other; null when none is left.
  Command* take_due(MonotonicTime now);

 private:
  static constexpr std::size_t kSlots = 1024;
  static constexpr std::chrono::milliseconds kSlotWidth{100};
  using List = LinkedList<Command, &Command::of_deadline>;

  static std::uint64_t tick_of(MonotonicTime time);
  List& list_for(const Command& command) { return slots_[command.deadline_tick % kSlots]; }

  std::array<List, kSlots> slots_;
  std::size_t size_ = 0;
  std::uint64_t hand_ = 0;       // the tick that is being looked at
  Command* position_ = nullptr;  // the next command to look at in the hand's slot
  bool within_slot_ = false;
};

}  // namespace exo::routing
