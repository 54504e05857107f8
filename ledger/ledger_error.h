// The words by which a ledger refuses: few, stable, and the same from every implementation.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace exo::ledger_error {

// From append(). The ledger is as it was, and stays usable.
inline constexpr std::string_view kPositionMismatch = "position-mismatch";  // another event came first
inline constexpr std::string_view kEpochStale = "epoch-stale";  // another host owns the ledger now: for good
inline constexpr std::string_view kRemoved = "removed";         // its files were deleted, moved or replaced
inline constexpr std::string_view kReadOnly = "read-only";      // opened for reading, or may not be written
inline constexpr std::string_view kMalformed = "malformed";     // the event is not one
inline constexpr std::string_view kTooLarge = "too-large";
// From append() and open(). The environment failed: the same append may be tried again (see ledger.h).
inline constexpr std::string_view kDiskFull = "disk-full";
inline constexpr std::string_view kDiskReadOnly = "disk-read-only";  // the file system became read-only
inline constexpr std::string_view kIo = "io";
inline constexpr std::string_view kBusy = "busy";  // another program holds a lock on the database

// From open().
inline constexpr std::string_view kOwned = "owned";    // another host has it; the message names its pid
inline constexpr std::string_view kAbsent = "absent";  // nothing was ever recorded here, or no such folder

// From open(), verify() and read(): what the files say cannot be trusted. docs/ledger.md says what to do.
inline constexpr std::string_view kHeadMissing = "head-missing";
inline constexpr std::string_view kHeadDamaged = "head-damaged";  // wrong size, or no whole slot
inline constexpr std::string_view kLedgerMissing =
    "ledger-missing";  // the head names events, the file is gone
inline constexpr std::string_view kLedgerBehind =
    "ledger-behind";  // it ends before the event that the head names
inline constexpr std::string_view kLedgerDiffers =
    "ledger-differs";  // another event where the head's should be
inline constexpr std::string_view kLedgerAltered = "ledger-altered";  // the chain of hashes breaks
inline constexpr std::string_view kLedgerDamaged = "ledger-damaged";  // not a database, or not a ledger's
inline constexpr std::string_view kFormatNewer = "format-newer";      // written by a newer exo

// From repairing: no event is whole, and nobody has said that the ledger shall begin with none.
inline constexpr std::string_view kNothingWhole = "nothing-whole";

// From comparing a ledger with what was kept of it elsewhere (ledger_checkpoint.h, ledger_export.h).
inline constexpr std::string_view kLedgerSetBack = "ledger-set-back";     // it ends before what was noted
inline constexpr std::string_view kLedgerRewritten = "ledger-rewritten";  // another event is in its place
inline constexpr std::string_view kExportDamaged = "export-damaged";      // the exported lines do not hold

}  // namespace exo::ledger_error

namespace exo {

Error ledger_failure(std::string_view code, std::string message);

// The Error for a system call that failed with `error_number` while `doing` ("cannot write /a/ledger.head"):
// code disk-full, read-only, absent or io.
Error ledger_system_failure(std::string_view doing, int error_number);

// disk-full for every errno that room on the disk would mend, a quota and a limit on file sizes included.
std::string_view ledger_code_for(int error_number);

}  // namespace exo
