// What `exo plan` shows: what the next `exo run` would do, in order, and why.
//
// The JSON form is a contract with machines (keys may be added, never changed):
//   {"application","environment","host":{"pid","since"}|null,
//    "steps":[{"step","role","version","phase","what","why"}]}
// with null where there is none.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "deployment-scripts/rollout_plan.h"
#include "host/state_folder.h"
#include "ledger/ownership.h"

namespace exo {

struct PlanView {
  std::string application;
  std::string environment;
  std::optional<Owner> host;  // one that runs now, and may do some of it before another does
  std::vector<PlanStep> steps;
};

// Reads the application and the ledger, and writes nothing. Errors: `mistakes`, for which exo run would not
// start either; `changed` for another content where it is hosted; those of the ledger.
Result<PlanView> view_plan(const StateFolder& state);

std::string to_json(const PlanView& plan);
// Lines, each ended, of at most `columns` characters; 0: as long as they are.
std::string to_text(const PlanView& plan, std::size_t columns);

}  // namespace exo
