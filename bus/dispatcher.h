// Gets commands to instances, now or as soon as one has room.
#pragma once

#include <string_view>
#include <vector>

#include "bus/following.h"
#include "bus/outcomes.h"
#include "bus/placement.h"

namespace exo::routing {

// Places legs and delivers them. What a full instance cannot take waits in the queue of its version, in order
// of arrival; what an activity has tied to one instance waits for that one. Between two instances the order
// is kept.
//
// After a call that may settle a leg, the leg and its command may be gone. One thread.
class Dispatcher {
 public:
  Dispatcher(Commands& commands, Fleet& fleet, Placement& placement, Affinity& affinity, Following& following,
             LegPlaces& places, Outcomes& outcomes, Outbox& outbox, Notices& notices, Watch& watch,
             const Now& now)
      : commands_(commands),
        fleet_(fleet),
        placement_(placement),
        affinity_(affinity),
        following_(following),
        places_(places),
        outcomes_(outcomes),
        outbox_(outbox),
        notices_(notices),
        watch_(watch),
        now_(now) {}

  // Makes a leg for each role that receives the name, and places it.
  void dispatch(Command& command, const RoutingTable::Name& name);
  // The same for one of them.
  void dispatch_to(Command& command, const RoutingTable::ReceivingRole& role);
  // Delivers a command of exo, whatever the instance's window.
  void deliver_from_exo(Command& command, std::string_view name, Instance& instance);

  // The instance has room, or may have: gives it what waits for it.
  void pump(Instance& instance);
  // Another table is in effect: everything that waits is placed again.
  void place_all_again();
  // What was parked and waits for no record any more goes on.
  void pass_recorded();
  // The instance takes no more: what waits for it alone is placed again.
  void release_queue(Instance& instance);
  // The instance has lost its connection. What it had under way is placed again where it is acknowledged,
  // else answered; what others wait for is answered.
  void lose(Instance& instance, std::string_view reason);
  // Nobody waits for the commands of this sender any more. Those of a script that nobody has yet are dropped.
  void forget_sender(Instance& sender);
  // Its sender wants to hear no more of it: what nobody has yet is dropped.
  void cancel(Command& command);
  // Answers what has waited beyond its deadline.
  void expire();

 private:
  void place(Leg& leg, const RoutingTable::ReceivingRole& role);
  void place_past_following(Leg& leg, const RoutingTable::ReceivingRole& role);
  void place_again(Leg& leg);
  const RoutingTable::ReceivingRole* receiving_role(const Leg& leg) const;
  void receive_no_more(Leg& leg);
  void place_in(Leg& leg, const Placing& placing);
  void deliver(Leg& leg, Instance& instance, std::string_view receiver_name);
  void lose_leg(Leg& leg, const std::string& reason);
  bool is_late(const Command& command) const;
  void expire(Command& command);
  void expire(Leg& leg, const char* why);
  std::size_t drop_unsent(Command& command);
  static Instance* least_busy(VersionState& version);
  static Payload payload_for_delivery(const Leg& leg);

  Commands& commands_;
  Fleet& fleet_;
  Placement& placement_;
  Affinity& affinity_;
  Following& following_;
  LegPlaces& places_;
  Outcomes& outcomes_;
  Outbox& outbox_;
  Notices& notices_;
  Watch& watch_;
  const Now& now_;
  std::vector<Leg*> moving_;
};

}  // namespace exo::routing
