#include "tests/simulation/simulated_keeper.h"

#include "host/seen_exits.h"

namespace exo {

void SimulatedKeeper::ended(const rollout::AttemptId& id, const WaitStatus& status, EndedBy by,
                            Recorded recorded) {
  failed_[id] = by == EndedBy::kItself && !status.success();
  if (recorded == Recorded::kNo) return;
  ExitRecord record{.exited = {.id = instance_id_of(id, "x1"), .status = status}, .role = "script", .by = by};
  record.exited.last_lines = {"bye"};
  record.log = "/logs/run.log";
  records_.push_back(std::move(record));
}

std::vector<rollout::SeenExit> SimulatedKeeper::read(const RolloutRecord& record) {
  std::vector<rollout::SeenExit> seen = seen_exits(record, records_);
  read_as_failed_.clear();
  for (const rollout::SeenExit& each : seen) {
    if (really_failed(each.exit.id)) read_as_failed_.insert(each.exit.id);
  }
  return seen;
}

bool SimulatedKeeper::was_read_as_failed(const rollout::AttemptId& id) const {
  return read_as_failed_.count(id) > 0;
}

bool SimulatedKeeper::really_failed(const rollout::AttemptId& id) const {
  const auto found = failed_.find(id);
  return found != failed_.end() && found->second;
}

}  // namespace exo
