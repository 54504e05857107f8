// What `exo ledger verify` and `exo ledger repair` print. The JSON form is a contract with machines: keys may
// be added, never changed.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "host/ledger_recovery.h"
#include "host/state_folder.h"

namespace exo {

// Lines for people, each with its end.
std::string to_text(const WholeLedger& whole, const StateFolder& state);
// One object: ledger, whole, events, hash, fault (the code) and found (the sentence).
std::string to_json(const Result<WholeLedger>& whole, const StateFolder& state);

// Lines for people, each with its end; nullopt: there was nothing to repair.
std::string to_text(const std::optional<LedgerRecovery>& recovery, const StateFolder& state);
// One object: repaired, and where something was: fault, found, position, loss_known, lost_from, lost_to,
// moved_to and interrupted.
std::string to_json(const std::optional<LedgerRecovery>& recovery, const StateFolder& state);

}  // namespace exo
