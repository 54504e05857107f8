// The ledger of an environment in which no host runs, in the hands of a command that records what a person
// has decided.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "deployment-scripts/rollout_record.h"
#include "host/state_folder.h"
#include "ledger/event.h"
#include "ledger/sqlite_ledger.h"

namespace exo {

// Keeps every host from starting as long as it lives, which is to be short. Movable; one thread.
class OwnedLedger {
 public:
  // Makes the ledger where there is none yet. Errors: `not-allowed` in another user's environment, `owned`
  // where somebody holds it, and what is wrong with the ledger, with the way out.
  static Result<OwnedLedger> open(const StateFolder& state);

  const RolloutRecord& record() const { return record_; }
  // With host and time, and `who` where it names nobody.
  Result<LedgerEvent> append(LedgerEvent event, const std::string& who);

 private:
  OwnedLedger(std::unique_ptr<SqliteLedger> ledger, std::string id);
  Result<void> replay();

  std::unique_ptr<SqliteLedger> ledger_;
  std::string id_;
  RolloutRecord record_;
};

}  // namespace exo
