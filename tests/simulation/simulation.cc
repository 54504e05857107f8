#include "tests/simulation/simulation.h"

#include "base/check.h"
#include "tests/simulation/world.h"

namespace exo {

const char* to_text(Mutation mutation) {
  switch (mutation) {
    case Mutation::kNone:
      return "none";
    case Mutation::kOpenGateBeforeAppend:
      return "open the gate before the append";
    case Mutation::kPretendAppended:
      return "pretend that a refused event was appended";
    case Mutation::kIgnoreRunLock:
      return "ignore the run lock";
    case Mutation::kReportExitTooEarly:
      return "report an exit too early";
    case Mutation::kForgetDone:
      return "forget that a phase is done";
    case Mutation::kIgnoreFailedMessages:
      return "ignore failed messages";
    case Mutation::kSwallowFailures:
      return "swallow failures";
    case Mutation::kCloseNeighbours:
      return "close the neighbours of a failed version";
  }
  EXO_CHECK(false);
}

SimulationReport simulate(const SimulationOptions& options) {
  return World(options).run();
}

}  // namespace exo
