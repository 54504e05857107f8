// One schedule of the rollout core against a world that fails in every way it can: a ledger that refuses,
// scripts that crash, hang, lie and leave, messages that are lost, late, doubled or nobody's, hosts that are
// killed between any two actions, applications that change between two hosts.
//
// Everything runs in one thread and is chosen by one seed. After every action the world checks the design's
// invariants against what it knows itself: its own fold of the ledger, and what the scripts really did.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace exo {

// A deliberate fault in the host's part, to prove that the checks see it.
enum class Mutation {
  kNone,
  kOpenGateBeforeAppend,  // publishes an open gate, then writes it down
  kPretendAppended,       // goes on as if a refused event were in the ledger
  kIgnoreRunLock,         // starts a script although another process of its phase still runs
  kReportExitTooEarly,    // reports the exit of a process that it has only told to end
  kForgetDone,            // a new host overlooks that a phase is done
  kIgnoreFailedMessages,  // a script's done counts though its messages were not delivered
  kSwallowFailures,       // keeps announcements of failures to itself
  kCloseNeighbours,       // holds everything when one version has failed
};

inline constexpr Mutation kAllMutations[] = {
    Mutation::kOpenGateBeforeAppend, Mutation::kPretendAppended, Mutation::kIgnoreRunLock,
    Mutation::kReportExitTooEarly,   Mutation::kForgetDone,      Mutation::kIgnoreFailedMessages,
    Mutation::kSwallowFailures,      Mutation::kCloseNeighbours,
};

const char* to_text(Mutation mutation);

// How far a schedule got, so that a test can see that the schedules are not all the same.
struct SimulationReport {
  std::string violation;  // empty: all invariants held
  std::string trace;      // of the whole schedule; only where asked for
  std::size_t events = 0;
  std::size_t crashes = 0;
  std::size_t failed_attempts = 0;
  std::size_t interrupted_attempts = 0;
  std::size_t lock_waits = 0;
  std::size_t refused_appends = 0;
  std::size_t late_scripts = 0;  // a script that appeared for a version without one
  std::size_t live = 0;
  std::size_t failed = 0;
};

struct SimulationOptions {
  std::uint64_t seed = 0;
  Mutation mutation = Mutation::kNone;
  enum class Trace { kNo, kYes } trace = Trace::kNo;
};

SimulationReport simulate(const SimulationOptions& options);

}  // namespace exo
