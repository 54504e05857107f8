// Which scripts `exo baseline` takes for done: those of a fleet that was deployed before exo.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "deployment-scripts/decision.h"
#include "host/script_list.h"

namespace exo {

struct BaselinePlan {
  std::vector<Decision> decisions;  // without who and why; one for each version
  std::vector<std::string> left;    // sentences about what is left as it is
};

// `names` are roles or ROLE@VERSION; none: all. A version is taken when a phase of its script was never
// begun; error `usage` where a name means no script, or one that is named as ROLE@VERSION has begun or is
// over. Pure.
Result<BaselinePlan> plan_baseline(const ScriptList& list, const std::vector<std::string>& names);

}  // namespace exo
