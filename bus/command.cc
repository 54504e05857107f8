#include "bus/command.h"

#include <memory>

#include "bus/leg_queue.h"

namespace exo::routing {

void Leg::clear() {
  const std::uint32_t kept_slot = slot;
  EXO_CHECK(!place.linked);
  *this = Leg{};
  slot = kept_slot;
}

void Command::clear() {
  EXO_CHECK(!of_sender.linked && !of_scope.linked && !of_deadline.linked && !unanswered.linked);
  const std::uint32_t kept_slot = slot;
  std::string kept_capacity = std::move(pin);
  kept_capacity.clear();
  std::destroy_at(this);
  std::construct_at(this);
  slot = kept_slot;
  pin = std::move(kept_capacity);
}

void LegQueue::insert(Leg& leg) {
  Leg* before = legs_.back();
  while (before && before->command->arrival > leg.command->arrival) before = InstanceLegs::previous(*before);
  legs_.insert_after(before, leg);
}

}  // namespace exo::routing
