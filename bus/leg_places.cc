#include "bus/leg_places.h"

namespace exo::routing {

void LegPlaces::wait(Leg& leg) {
  leg.state = LegState::kWaiting;
  leg.role->waiting.insert(leg);
  flow_.queued(leg);
  watch_.queued(leg);
}

void LegPlaces::park(Leg& leg) {
  leg.state = LegState::kParked;
  leg.parked_sender = leg.command->sender ? leg.command->sender->number : 0;
  leg.role->parked.insert(leg);
  ++leg.role->parked_senders[leg.parked_sender];
  flow_.queued(leg);
  watch_.queued(leg);
}

void LegPlaces::unpark(Leg& leg) {
  RoleState& role = *leg.role;
  role.parked.remove(leg);
  const auto of_sender = role.parked_senders.find(leg.parked_sender);
  if (--of_sender->second == 0) role.parked_senders.erase(of_sender);
}

void LegPlaces::queue(Leg& leg, VersionState& version, Instance* only) {
  leg.state = LegState::kQueued;
  leg.version = &version;
  leg.instance = only;
  (only ? only->queue : version.queue).insert(leg);
  flow_.queued(leg);
  watch_.queued(leg);
}

void LegPlaces::hand_over(Leg& leg, Instance& instance) {
  leg.state = LegState::kDelivered;
  leg.version = instance.version;
  leg.instance = &instance;
  leg.sequence = ++instance.last_sequence;
  ++instance.under_way;
  instance.bytes_under_way += leg.command->payload_bytes;
  instance.legs.push_back(leg);
  commands_.add_delivery(leg);
}

void LegPlaces::no_longer_under_way(Leg& leg) {
  commands_.remove_delivery(leg);
  Instance& instance = *leg.instance;
  EXO_CHECK(instance.under_way > 0 && instance.bytes_under_way >= leg.command->payload_bytes);
  --instance.under_way;
  instance.bytes_under_way -= leg.command->payload_bytes;
}

void LegPlaces::answer(Leg& leg) {
  EXO_CHECK(leg.state == LegState::kDelivered);
  no_longer_under_way(leg);
  leg.state = LegState::kAnswering;
}

void LegPlaces::leave(Leg& leg) {
  switch (leg.state) {
    case LegState::kPlaced:
    case LegState::kSettled:
      return;
    case LegState::kParked:
      unpark(leg);
      flow_.left_queue(leg);
      watch_.left_queue(leg);
      break;
    case LegState::kWaiting:
      leg.role->waiting.remove(leg);
      flow_.left_queue(leg);
      watch_.left_queue(leg);
      break;
    case LegState::kQueued:
      (leg.instance ? leg.instance->queue : leg.version->queue).remove(leg);
      flow_.left_queue(leg);
      watch_.left_queue(leg);
      break;
    case LegState::kDelivered:
      no_longer_under_way(leg);
      leg.instance->legs.remove(leg);
      break;
    case LegState::kAnswering:
      leg.instance->legs.remove(leg);
      break;
  }
  leg.state = LegState::kPlaced;
}

}  // namespace exo::routing
