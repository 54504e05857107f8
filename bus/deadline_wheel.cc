#include "bus/deadline_wheel.h"

#include <algorithm>

namespace exo::routing {

std::uint64_t DeadlineWheel::tick_of(MonotonicTime time) {
  const auto since_start = std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch());
  return static_cast<std::uint64_t>(std::max<std::int64_t>(since_start.count(), 0) / kSlotWidth.count());
}

void DeadlineWheel::add(Command& command) {
  // Never behind the hand, where it would be found a whole round later.
  command.deadline_tick = std::max(tick_of(command.deadline), within_slot_ ? hand_ + 1 : hand_);
  list_for(command).push_back(command);
  ++size_;
}

void DeadlineWheel::remove(Command& command) {
  if (!List::contains_link(command)) return;
  if (position_ == &command) position_ = List::next(command);
  list_for(command).remove(command);
  --size_;
}

Command* DeadlineWheel::take_due(MonotonicTime now) {
  const std::uint64_t last = tick_of(now);
  // A round of the whole ring sees every command once, however long nobody has asked.
  if (last >= kSlots && hand_ < last - kSlots + 1) {
    hand_ = last - kSlots + 1;
    within_slot_ = false;
  }
  for (; size_ > 0 && hand_ <= last; ++hand_, within_slot_ = false) {
    if (!within_slot_) position_ = slots_[hand_ % kSlots].front();
    within_slot_ = true;
    while (Command* command = position_) {
      position_ = List::next(*command);
      if (command->deadline > now) continue;
      remove(*command);
      return command;
    }
    if (hand_ == last) break;
  }
  within_slot_ = false;
  return nullptr;
}

}  // namespace exo::routing
