// Commands that scripts follow, and what waits for them.
//
// While a follow is in the table, a leg that is for production and of a followed name is parked: the host
// gets a copy of its command, with a number, and the leg goes on to its receiver when the host has said that
// all up to that number are durable. Where the follow holds back, there are no copies, and the leg waits for
// another table.
//
//     taken ──▶ parked, copied ── recorded() ──▶ placed like any other
//       │          ▲
//       └──▶ parked, held back ── a table that opens the gate, or holds back no more ──▶ as if it were taken
//       now
//
// Between two instances the order is kept: behind a parked leg every other of its sender for that role is
// parked too, and a role's parked legs leave in the order in which they came. Nobody else waits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/commands.h"
#include "bus/fleet.h"
#include "bus/follow_events.h"
#include "bus/now.h"
#include "bus/outbox.h"
#include "bus/placement.h"

namespace exo::routing {

// Decides who waits; where they wait is for LegPlaces, and where they go for the Dispatcher. One thread.
class Following {
 public:
  Following(Fleet& fleet, Commands& commands, Placement& placement, Outbox& outbox, const Now& now)
      : fleet_(fleet), commands_(commands), placement_(placement), outbox_(outbox), now_(now) {}

  // The fleet has another table in effect; what waits is placed again after this.
  void adopt_table();
  // Whether the leg, which is in no place, is to be parked. Hands out the copy that it needs.
  bool keeps(Leg& leg, const RoutingTable::ReceivingRole& role);
  // All copies up to this number are durable.
  void recorded(std::uint64_t number) { recorded_ = number; }
  // A parked leg that waits for nothing any more; null when there is none.
  Leg* next_free();
  // Tells the host of each follow for which everything that was under way before it is handled, and of what
  // the others wait for.
  void look_for_beginnings();

 private:
  struct Follow {
    std::string run;
    RoleState* role = nullptr;
    VersionState* brings_in = nullptr;
    // Public, interned by the Fleet, without those of nobody; each with the serial of when it was first
    // there.
    std::unordered_map<const std::string*, std::uint64_t> names;
    bool is_known = false;       // was in the table before
    std::uint64_t began_at = 0;  // another one begins anew, for names of nobody, too
    std::uint64_t replay = 0;
    bool held_back = false;
    std::uint64_t barrier = 0;  // the last arrival before it
    bool begun = false;         // and told
    FollowWaits waits = {};     // as told last
  };

  Follow make(const FollowRoutes& routes);
  void renew(Follow& follow, const Follow& wanted);
  Follow* find(const std::string& run);
  static bool has_same_names(const Follow& left, const Follow& right);
  static bool follows(const Follow& follow, const Leg& leg);
  // Whether it has no copy for it.
  bool wants(const Follow& follow, const Leg& leg) const;
  bool is_behind(const Leg& leg) const;
  void hand_out(Leg& leg, std::vector<std::string> runs);
  // A leg that is to be handled before it begins; null when there is none.
  const Leg* under_way(const Follow& follow) const;
  void tell_wait(Follow& follow, const Leg& leg);
  bool is_under_way(const Follow& follow, const Leg& leg) const;

  Fleet& fleet_;
  Commands& commands_;
  Placement& placement_;
  Outbox& outbox_;
  const Now& now_;
  std::vector<Follow> follows_;
  std::uint64_t last_serial_ = 0;
  std::uint64_t last_copy_ = 0;
  std::uint64_t recorded_ = 0;
};

}  // namespace exo::routing
