// What production sends under one host, and what its broker does with commands that a script follows: it
// parks them, hands out copies, lets them go on when those are recorded, and holds them back before a gate
// opens.
//
// It follows bus/following.h, whose own code is tested in tests/bus: here it is the neighbour of the desk.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bus/follow_events.h"
#include "tests/simulation/simulated_broker.h"
#include "tests/simulation/simulated_data.h"

namespace exo {

class SimulatedEnvironment;

// What the broker says to the desk, in this order.
using FollowEvent =
    std::variant<FollowedCommand, FollowedSettled, FollowBegun, FollowWaits, FollowHeldBack, ReplaySettled>;

class SimulatedTraffic {
 public:
  SimulatedTraffic(SimulatedEnvironment& environment, const SimulatedBroker& broker)
      : environment_(environment), broker_(broker) {}

  // What the host has told the broker.
  void table_in_effect();
  void recorded(std::uint64_t number);
  void replay(ReplayedCommand command);

  // One write of production to the role.
  void send(const std::string& role);
  // The instances of the version have died, and what they were at work on may have been done or not.
  void lose(const VersionKey& version);
  // The bus is gone, and everything on it.
  void sever();

  // One receiver handles one command, and what has expired is given up. `ready` may take replayed ones.
  void work(const std::set<VersionKey>& ready);
  bool has_work() const;
  // Writes that wait for a table, or for the disk.
  bool holds_anything() const;

  bool has_events() const { return !events_.empty(); }
  FollowEvent take_event();

 private:
  struct Write {
    std::string role;
    Upsert upsert;
    std::uint64_t arrival = 0;
    MonotonicTime deadline;
    std::uint64_t copy = 0;                           // 0: none
    std::uint64_t followed_through = 0;               // the serial of the newest follow that has a copy
    std::map<std::string, std::uint64_t> copied_for;  // runs, and when what they follow began
    bool is_slow = false;                             // its handler
    bool never_ends = false;                          // its handler
  };
  struct Follow {
    std::string run;
    VersionKey version;
    std::set<std::string> commands;
    bool held_back = false;
    std::uint64_t began_at = 0;
    std::uint64_t replay = 0;
    std::uint64_t serial = 0;
    std::uint64_t barrier = 0;  // the last arrival before it
    bool begun = false;
  };

  void renew(Follow& follow, const FollowRoutes& routes);
  bool wants(const Follow& follow, const Write& write) const;
  void place(Write write);
  // Whether it is to be parked; hands out the copy that it needs.
  bool keeps(Write& write);
  void hand_out(Write& write, std::vector<std::string> runs);
  void pass_on();
  void deliver(Write write);
  void settle(const Write& write, bool applied);
  void expire();
  void look_for_beginnings();
  bool is_under_way(const Follow& follow, const VersionKey& version, const Write& write) const;
  void handle(const VersionKey& version);
  void handle_replayed();
  void apply(const VersionKey& version, const Upsert& upsert);

  SimulatedEnvironment& environment_;
  const SimulatedBroker& broker_;
  std::vector<Follow> follows_;
  std::map<std::string, std::deque<Write>> parked_;   // by role
  std::map<VersionKey, std::deque<Write>> at_work_;   // by receiver
  std::deque<ReplayedCommand> replayed_;              // in the order in which they are handled
  std::map<std::string, std::uint64_t> replayed_to_;  // the last record of each replay, by its ids' prefix
  std::deque<FollowEvent> events_;
  std::uint64_t last_arrival_ = 0;
  std::uint64_t last_serial_ = 0;
  std::uint64_t last_copy_ = 0;
  std::uint64_t recorded_ = 0;
  bool is_severed_ = false;
};

}  // namespace exo
