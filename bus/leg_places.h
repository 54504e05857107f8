// Where each leg is.
#pragma once

#include "bus/commands.h"
#include "bus/fleet.h"
#include "bus/flow_control.h"
#include "bus/watch.h"

namespace exo::routing {

// Moves legs between the queues of roles, versions and instances and the hands of instances, and keeps all
// counts that depend on it: a leg's state, its instance's room, its role's queued bytes, its sender's credit.
// Decides nothing. One thread.
class LegPlaces {
 public:
  LegPlaces(Commands& commands, FlowControl& flow, Watch& watch)
      : commands_(commands), flow_(flow), watch_(watch) {}

  // The leg is in no place.
  void wait(Leg& leg);
  void park(Leg& leg);
  // For `only` where it is not null, else for any instance of the version.
  void queue(Leg& leg, VersionState& version, Instance* only);
  // Numbers the delivery.
  void hand_over(Leg& leg, Instance& instance);

  // The instance has handled the leg; it stays in its hands for the replies.
  void answer(Leg& leg);
  // Takes the leg from wherever it is; idempotent.
  void leave(Leg& leg);

 private:
  static void unpark(Leg& leg);
  void no_longer_under_way(Leg& leg);

  Commands& commands_;
  FlowControl& flow_;
  Watch& watch_;
};

}  // namespace exo::routing
