// What a host writes into its ledger, and reads from it.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "deployment-scripts/rollout.h"
#include "deployment-scripts/rollout_record.h"
#include "ledger/event.h"
#include "ledger/ledger.h"

namespace exo {

// Keeps the rollout and the ledger at one position: what is appended is applied, and nothing else is. All
// parts must outlive it. For the host's thread.
class Record {
 public:
  struct Parts {
    Ledger& ledger;
    Rollout& rollout;
    std::string who;   // types the command that runs
    std::string host;  // its id
    std::function<UnixTime()> clock = unix_now;
  };
  explicit Record(Parts parts) : parts_(std::move(parts)) {}

  // Applies what is there and was not applied yet.
  Result<void> replay();
  // The event with who (where it names nobody), host and time. An error leaves the rollout as it is, and the
  // same event may be appended again: the ledger takes it once.
  Result<void> append(LedgerEvent event);

 private:
  Parts parts_;
  std::optional<LedgerEvent> refused_;  // the last event that the ledger did not take
};

// Whether the ledger is no longer this host's, or can no longer be trusted: nothing may be decided any more.
bool is_lost_for_good(const Error& refusal);

// All that a ledger holds, replayed.
Result<RolloutRecord> replayed(Ledger& ledger);

}  // namespace exo
