// What can still be read of a ledger whose files cannot be trusted: the events from the first up to where the
// chain of hashes breaks or the disk ends.
//
// An event with a hash that joins the one before is what was written, wherever it is found; so nothing else
// of the files is believed: not the triggers, not the head, not that the database is whole.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "ledger/chain.h"

namespace exo {

struct SalvagedEvents {
  ChainEnd whole;           // the last event that joins all before it; all zero: not even the first does
  std::uint64_t found = 0;  // how many events the database claims to hold; at least whole.sequence
  std::uint64_t epoch = 0;  // the highest that it knows of
};

// Gives each whole event of the database in `folder` to `take`, in their order. A file that is missing, or is
// no database, gives none. Errors: those of `take`, "format-newer", and "busy", "io" and the like, behind
// which whole events may still be.
Result<SalvagedEvents> salvage_events(const std::string& folder,
                                      const std::function<Result<void>(const LedgerEvent&)>& take);

}  // namespace exo
