// Has a script look whether what its phases did is there, and waits until it has.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "deployment-scripts/decision.h"
#include "host/host_line.h"
#include "host/state_folder.h"

namespace exo {

struct VerificationOutcome {
  std::string run;
  std::uint64_t attempt = 0;
  std::string state;   // "done": the effect is there; "failed": it is not; "interrupted": nobody knows
  std::string reason;  // empty exactly when it is there

  bool holds() const { return state == "done"; }
  bool found_out() const { return state != "interrupted"; }
};

// `wanted` is a decision of the verb kVerify. Waits as long as the script may take, as its settings say. The
// ledger keeps what was found. Errors: those of record_decisions(), of view_status(), and `no-answer` when
// the host was gone before it had an answer.
Result<VerificationOutcome> verify_script(const StateFolder& state, const Decision& wanted);
Result<VerificationOutcome> verify_script(const RemoteBus& bus, const Decision& wanted);

// One object, for machines.
std::string to_json(const VersionKey& version, const VerificationOutcome& outcome);

}  // namespace exo
