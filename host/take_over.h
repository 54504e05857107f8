// Ending the host that has an environment, so that another may go on in its place.
//
// The kernel says who it is: the process that `ledger.lock` names and that has that very file open. It is
// held by a pidfd from before that was found, so that no other process that got its number since can be
// meant. A host that answers is asked to stop; one that has been stopped (SIGSTOP), and one that does not end
// in time, is killed. What it has started is ended by its keeper then, whose lock a new host waits for before
// it starts anything.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/result.h"
#include "host/state_folder.h"
#include "ledger/ownership.h"

namespace exo {

struct TakenOver {
  Owner owner;
  std::string how;  // "stopped" when it ended as it was asked to, else "killed"
};

// What the ledger keeps of it with the start of the new host: {"tookOver":{"host","pid","how"}}.
std::string to_details(const TakenOver& taken);

// nullopt where no host has the environment. `say` is told what is done, a line each. Waits for the host's
// end for half a minute at most; a signal that would stop this process ends the wait ("interrupted"). Errors:
// "owned" where it runs on another machine, is another user's, or cannot be told from others.
Result<std::optional<TakenOver>> take_over(const StateFolder& state,
                                           const std::function<void(const std::string&)>& say);

}  // namespace exo
