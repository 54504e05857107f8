// What a verb of the command line can learn about an environment: from its host over the bus while one runs,
// else from its ledger, which is opened read-only: also while a host holds the environment that has no bus
// yet, because it waits for the processes of an earlier one.
#pragma once

#include <functional>
#include <string>

#include "base/result.h"
#include "host/host_line.h"
#include "host/state_folder.h"
#include "host/status_report.h"

namespace exo {

// The status of the environment; without any version when nothing has run in it yet. Error `no-answer` when a
// host holds the environment but does not answer within ten seconds, otherwise what the ledger refused.
Result<StatusReport> view_status(const StateFolder& state);

// The same of a host elsewhere, which alone is asked; errors of HostLine.
Result<StatusReport> view_status(const RemoteBus& bus);
Result<void> view_history(const RemoteBus& bus, const std::function<void(const std::string&)>& line);

// Calls `line` with each event of the ledger, oldest first, as a line of JSON. Errors as above; lines given
// before an error are good.
Result<void> view_history(const StateFolder& state, const std::function<void(const std::string&)>& line);

}  // namespace exo
