// Whether what the application holds is what was brought into a hosted environment under the same versions.
//
// In `local` a difference is drift, which is told and changes nothing. Elsewhere a version is one content for
// good: a second one under its number is refused, so that nobody has to ask which of them serves.
#pragma once

#include <string>
#include <vector>

#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"

namespace exo {

// A sentence for each version that was introduced with other files than those that are there now, and for
// each script that is not the one that ran. A script whose last attempt has failed may be mended: nothing
// stands by what it did. What cannot be compared (no digest then, or none now) is passed over.
std::vector<std::string> second_contents(const RolloutRecord& record,
                                         const std::vector<rollout::VersionToBringIn>& versions);

}  // namespace exo
