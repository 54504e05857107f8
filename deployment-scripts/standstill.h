// Which versions do not move before a person lets them.
#pragma once

#include <vector>

#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/version_rollout.h"

namespace exo {

// Whether nothing more is to be waited for: each version is live or has failed, or is paused, or waits for
// another that is. Pure, and of this moment.
bool all_at_rest(const std::vector<VersionRollout>& versions, const RolloutRecord& record);

}  // namespace exo
