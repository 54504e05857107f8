// What a person does about the ledger of one environment: see whether it is whole, keep all of it or a note
// of it elsewhere, and begin it anew with what is whole where it is refused.
//
// All but recover_ledger() only read, and work whether a host runs or not.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "host/state_folder.h"
#include "ledger/event.h"
#include "ledger/ledger_checkpoint.h"
#include "ledger/ledger_repair.h"

namespace exo {

// A ledger of which everything was checked and holds.
struct WholeLedger {
  std::uint64_t events = 0;
  std::optional<LedgerEvent> last;  // nullopt exactly when events is 0
};

// Checks structure, tables, every hash and the head. Where `against` names a file, also that the ledger still
// holds what that file notes: one of checkpoint_ledger() or export_ledger(). The error is the fault, and says
// how to get out of it; its word is its code alone.
Result<WholeLedger> verify_ledger(const StateFolder& state, const std::string& against = "");

// Gives each event as a line of JSON to `write`. Errors: the fault, and those of `write`.
Result<void> export_ledger(const StateFolder& state,
                           const std::function<Result<void>(std::string_view line)>& write);

// Names the last event of a ledger that is whole. Error "absent" where there is none.
Result<LedgerCheckpoint> checkpoint_ledger(const StateFolder& state);

struct LedgerRecovery {
  LedgerRepair repair;
  std::vector<std::string> interrupted;  // "todo-search-0.0.1-online-1 attempt 2": was under way
};

// What a person wants to be done about a ledger that is refused.
struct LedgerWayOut {
  std::string reason;        // not empty
  std::string from;          // an export, or a folder with a copy of the ledger's files; empty: none
  bool begins_anew = false;  // also where nothing is whole, so that every script runs again
};

// Begins the ledger anew with what is whole of it (ledger/ledger_repair.h), and records what was under way as
// interrupted. nullopt: it is whole, and was left alone.
Result<std::optional<LedgerRecovery>> recover_ledger(const StateFolder& state, const LedgerWayOut& chosen);

// The same refusal, with its word where it is one of docs/operations.md, and the command that leads out of it
// where there is one.
Error with_way_out(const Error& refusal, const StateFolder& state);

// "exo ledger verify --application FOLDER", with the environment where it is not `local`.
std::string command_about(const StateFolder& state, const std::string& verb);

}  // namespace exo
