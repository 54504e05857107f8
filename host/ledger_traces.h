// What shows that an environment had a ledger where no file of one is there.
//
// A host makes its ledger before it starts its keeper, and records that it has started before any process is.
// So neither a crash nor a power cut leaves the record of a process without a ledger: whoever finds one had a
// ledger, whose files were deleted or left behind. A host that died before its first event has left the
// folders, the ledger's files, a key, a log of its own and an empty keeper.jsonl, and none of these is
// counted. Neither are data and artifacts, which may be kept, or be put back, without a ledger.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "host/state_folder.h"
#include "ledger/sqlite_ledger.h"

namespace exo {

// "keeper.jsonl tells how 4 processes ended; logs/todo-0.0.1.log and 2 more; …"; nullopt: nothing has run.
// Blocks on the disk.
std::optional<std::string> traces_of_processes(const StateFolder& state);

// Error "ledger-missing" where processes have left traces; for where no file of a ledger is there.
Result<void> may_begin_ledger(const StateFolder& state);

// SqliteLedger::open_for_reading(), which says "absent" only where nothing has run. Other errors as there,
// and "ledger-missing" as above.
Result<std::unique_ptr<SqliteLedger>> open_ledger_for_reading(const StateFolder& state);

}  // namespace exo
