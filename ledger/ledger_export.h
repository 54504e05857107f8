// All events of a ledger as lines of JSON (ledger/event_json.h): to keep elsewhere, to read without exo, to
// check a ledger against, and to bring one back from.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "ledger/chain.h"
#include "ledger/ledger.h"

namespace exo {

// Gives each line with its end to `write`; returns the last event's link. Each event is checked before it is
// given. Errors: those of Ledger::read, and of `write`, after which nothing more is given.
Result<ChainEnd> export_events(Ledger& ledger,
                               const std::function<Result<void>(std::string_view line)>& write);

// Reads such lines from a file and gives each event, checked against the one before, to `take`. Codes
// "export-damaged" (the message names the line and what is wrong), "absent", "io", "format-newer", and those
// of `take`.
Result<ChainEnd> read_export(const std::string& file,
                             const std::function<Result<void>(const LedgerEvent&)>& take);

// The same of a file of such lines or of a folder with a copy of a ledger's files, which is read where it is.
// "export-damaged" is also a copy of which not every event is whole.
Result<ChainEnd> read_backup(const std::string& path,
                             const std::function<Result<void>(const LedgerEvent&)>& take);

}  // namespace exo
