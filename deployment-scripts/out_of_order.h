// A version that is introduced after a higher one of its role. Nothing forbids that: which version comes
// before which is declared (script_order.h), and versions that say nothing of each other come in as they are
// added. But whoever wrote the lower one may have thought that the higher one's script would find its work
// done, so it is said: by a plan, when it happens, and in the ledger.
#pragma once

#include <string>

#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/version_key.h"

namespace exo {

// "out of order: todo@0.0.3 was introduced before it", of the highest such version; empty where there is
// none. Versions that differ in what follows a "+" alone are in no order. Pure.
std::string out_of_order(const VersionKey& version, const RolloutRecord& record);

}  // namespace exo
