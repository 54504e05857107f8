// What the keepers of earlier hosts have seen of attempts that the ledger holds as under way.
#pragma once

#include <string>
#include <vector>

#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"
#include "services/keeper/exit_records.h"

namespace exo {

// The process of an attempt has this id, with a random end that no other has. The keeper's records go by it.
std::string instance_id_of(const rollout::AttemptId& id, const std::string& random);

// Of each attempt under way, the end that `exits` holds; none of those that nobody saw end.
std::vector<rollout::SeenExit> seen_exits(const RolloutRecord& record, const std::vector<ExitRecord>& exits);

}  // namespace exo
