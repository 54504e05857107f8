// A person's decision on its way from a command line to the host.
//
//   exo.script {verb, role, version, phase, reason, who, rate}  → exo.script {"events":[…]}, as of
//   exo.history
//
// `rate` is "off" or as "100/s", of a throttle, and null otherwise. `phase` is null where it is not named.
// `who` counts where the bus does not know whose key it was that let the person in.
#pragma once

#include <string>

#include "base/result.h"
#include "bus/relays/cpp/value.h"
#include "deployment-scripts/decision.h"

namespace exo {

inline constexpr char kDecisionMessage[] = "exo.script";

Value to_value(const Decision& decision);
// From JSON text; `script` stays empty. Error `malformed` when it is something else, or names nobody.
Result<Decision> decision_from_json(const std::string& text);

}  // namespace exo
