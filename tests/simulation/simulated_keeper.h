// What the keeper knows of the processes of scripts: how each ended, as it records that for the next host.
// Under `exo host` it outlives its host, and under `exo run` it ends with it; either way it ends the scripts
// of a host that is gone.
#pragma once

#include <cstddef>
#include <map>
#include <set>
#include <vector>

#include "base/wait_status.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/version_key.h"
#include "services/keeper/exit_records.h"

namespace exo {

class SimulatedKeeper {
 public:
  // The process of the attempt has ended. Where it is not recorded, the keeper was killed with it.
  enum class Recorded { kNo, kYes };
  void ended(const rollout::AttemptId& id, const WaitStatus& status, EndedBy by, Recorded recorded);

  // What a host that begins reads; it knows by `record` which attempts are under way.
  std::vector<rollout::SeenExit> read(const RolloutRecord& record);

  // Whether the host that read last has read that the attempt failed by itself.
  bool was_read_as_failed(const rollout::AttemptId& id) const;
  // Whether its process ended by itself and without success, as it really was.
  bool really_failed(const rollout::AttemptId& id) const;

  // The instances that it keeps from one host to the next.
  std::set<VersionKey> kept;

 private:
  std::vector<ExitRecord> records_;
  std::map<rollout::AttemptId, bool> failed_;  // by itself and without success
  std::set<rollout::AttemptId> read_as_failed_;
};

}  // namespace exo
