// A way out for a ledger that is refused: what is whole of it becomes a new ledger, and nothing is thrown
// away.
//
// The new ledger is made beside the old one, in `ledger.repair`, complete with its head and with an event
// `ledger-repaired` that says who did it and why, where what is whole ends and what was lost. Then the two
// change places: the old files go to a folder `ledger.damaged-<time>`, under the names that they had.
// Wherever that is cut short, what is left is refused by name as before, never taken for a new and empty
// ledger; and repairing it again goes on from there.
//
//   making ──▶ old head kept ──▶ head in place ──▶ old files kept ──▶ database in place
//   (old ledger as it was)      (the head names an event that only the new database holds: refused)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "ledger/ledger.h"
#include "ledger/ownership.h"

namespace exo {

struct LedgerRepairRequest {
  std::string folder;
  Owner owner;         // usually this_process(id)
  std::string who;     // the person
  std::string reason;  // theirs; not empty
  UnixTime at;
  // A file of exported events or a folder with a copy of the ledger's files, to go on from where it holds
  // more than the ledger does; empty: none.
  std::string exported;
  // Also where no event is whole: the ledger begins with none, and nobody knows any more what has run.
  bool begin_anew = false;
  // Why there must have been a ledger where no file of one is; nullopt: nothing says so.
  std::optional<Error> missing;
  // Called when a step above has been taken, with its name, so that a test can end the process there.
  std::function<void(std::string_view step)> reached;
};

struct LedgerRepair {
  std::string fault;           // the code by which the ledger was refused
  std::string found;           // the sentence about it
  std::uint64_t position = 0;  // the last event that was whole; 0: none was
  // What is known to have been there after it: the first and the last event, 0 where there was none.
  std::uint64_t lost_from = 0;
  std::uint64_t lost_to = 0;
  bool loss_known = true;  // false: nothing says how far the ledger went
  std::string moved_to;    // folder with the old files
};

// Whether such a refusal is one that repairing leads out of.
bool can_be_repaired(std::string_view code);

// nullopt when the ledger is whole: then nothing is touched. Takes the ledger's lock while it works. Codes:
// "owned" while a host has it, "absent" where there is none, "nothing-whole" where no event would be kept of
// some and that is not asked for, those of a ledger that cannot be repaired ("format-newer", "busy", "io",
// …), "export-damaged", "disk-full" and "not-writable"; then the old ledger is as it was.
Result<std::optional<LedgerRepair>> repair_ledger(const LedgerRepairRequest& request);

}  // namespace exo
