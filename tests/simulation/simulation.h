// One schedule of the rollout core, the ledger's port and the gate against a world that fails in every way it
// can: a disk that is full, refuses, or keeps what it refused; scripts that crash, hang, lie and leave;
// messages that are lost, late, doubled or nobody's; tables that take effect late; clocks that jump; hosts
// that are killed or stopped between any two actions, and second hosts that take over from them while they
// still go on; applications that change between two hosts.
//
// Everything runs in one thread and is chosen by one seed. After every action the world checks the design's
// invariants (invariants.h) against what it knows itself: its own fold of the ledger, and what the scripts
// really did.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "tests/simulation/mutation.h"

namespace exo {

// How far a schedule got, so that a test can see that the schedules are not all the same.
struct SimulationReport {
  std::string violation;  // empty: all invariants held
  std::string trace;      // of the whole schedule; only where asked for
  std::size_t events = 0;
  std::size_t crashes = 0;
  std::size_t failed_attempts = 0;
  std::size_t interrupted_attempts = 0;
  std::size_t decisions = 0;  // of people, that were recorded
  std::size_t lock_waits = 0;
  std::size_t refused_appends = 0;
  std::size_t late_scripts = 0;    // a script that appeared for a version without one
  std::size_t take_overs = 0;      // a second host took the environment over
  std::size_t stale_refusals = 0;  // what a host wanted to append or start after that
  std::size_t deliveries = 0;      // messages of production that reached a version
  std::size_t writes = 0;          // of production, that a version may follow
  std::size_t copies = 0;          // of them, handed out to be recorded
  std::size_t replayed = 0;
  std::size_t filled = 0;      // versions whose gate opened when they had all that they follow
  std::size_t exits_read = 0;  // that the keeper saw while no host was there
  std::size_t late_deeds =
      0;                   // what a host that was taken over from was about to do to the logs when it slept
  std::size_t slowed = 0;  // scripts, since production suffered
  std::size_t live = 0;
  std::size_t failed = 0;
};

struct SimulationOptions {
  std::uint64_t seed = 0;
  Mutation mutation = Mutation::kNone;
  enum class Trace { kNo, kYes } trace = Trace::kNo;
};

SimulationReport simulate(const SimulationOptions& options);

void add(const SimulationReport& one, SimulationReport& sum);
// "120 events, 3 crashes, …".
std::string describe(const SimulationReport& report);

// What a person is to know of a violation: what, which command shows it again, and its trace.
std::string explain(const SimulationOptions& options);

}  // namespace exo
