// Which versions go live before any deployment script starts.
#pragma once

#include <vector>

#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/version_key.h"
#include "deployment-scripts/version_rollout.h"

namespace exo {

// Those that no pending script holds up: neither an own one, nor one of a version that they require, nor one
// of a role that must be there before they, or those that they wait for, are started. Pure, and of this
// moment: when the one version fails that a role would have had without a script, those that depend on it
// wait for a script after all. What waits for itself in a circle counts, since it fails.
std::vector<VersionKey> first_wave(const std::vector<VersionRollout>& versions, const RolloutRecord& record);

}  // namespace exo
