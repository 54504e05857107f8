#include "host/seen_exits.h"

#include <algorithm>

namespace exo {
namespace {

bool has_succeeded(const WaitStatus& status) {
  return status.signal() == 0 && status.code() == 0;
}

rollout::SeenExit to_seen(const rollout::AttemptId& id, const ExitRecord& record) {
  const ProcessExited& exited = record.exited;
  const bool failed = record.by == EndedBy::kItself && !has_succeeded(exited.status);
  return {.exit = {.id = id,
                   .status = exited.status.describe(),
                   .last_lines = exited.last_lines,
                   .log = record.log,
                   .use = {.duration_ms = exited.duration_ms,
                           .peak_memory_kib = exited.max_resident_kib,
                           .user_ms = exited.user_ms,
                           .system_ms = exited.system_ms}},
          .effect = failed ? rollout::SeenExit::Effect::kFailed : rollout::SeenExit::Effect::kUnknown};
}

}  // namespace

std::string instance_id_of(const rollout::AttemptId& id, const std::string& random) {
  return id.run + "-" + std::to_string(id.attempt) + "-" + random;
}

std::vector<rollout::SeenExit> seen_exits(const RolloutRecord& record, const std::vector<ExitRecord>& exits) {
  std::vector<rollout::SeenExit> seen;
  for (const auto& [key, version] : record.versions()) {
    for (const Phase phase : kTriedPhases) {
      const RecordedPhase& attempt = version.of(phase);
      if (attempt.outcome != PhaseOutcome::kUnderWay) continue;
      const rollout::AttemptId id{.run = attempt.run, .attempt = attempt.attempt};
      const std::string beginning = instance_id_of(id, "");
      // The newest: after a repair an attempt may have the number of one that was lost.
      const auto found = std::find_if(exits.rbegin(), exits.rend(), [&](const ExitRecord& each) {
        return each.exited.id.starts_with(beginning) &&
               each.exited.id.find('-', beginning.size()) == std::string::npos;
      });
      if (found != exits.rend()) seen.push_back(to_seen(id, *found));
    }
  }
  return seen;
}

}  // namespace exo
