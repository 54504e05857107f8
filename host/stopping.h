// Ends an environment's host from outside, and its fleet: what `exo stop` does.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"
#include "host/operator_desk.h"
#include "host/state_folder.h"

namespace exo {

// Asks the host to stop and waits until it has ended, which is when the environment's ledger is free; a host
// that ended by itself meanwhile has ended. Services that outlive it are ended then, where they are to end,
// and so are those that no host has. Gives a sentence about what was done. Errors: `no-host` when nothing
// runs, `expired` when it has not ended within the time (it goes on stopping), and what the host refuses.
Result<std::string> stop_environment(const StateFolder& state, ServicesAtStop services,
                                     std::chrono::milliseconds within);

}  // namespace exo
