// What came of the dry runs of a host that made nothing else.
#pragma once

#include <string>
#include <vector>

#include "deployment-scripts/dry_runs.h"
#include "deployment-scripts/rollout_status.h"

namespace exo {

struct DryRunSummary {
  // Every dry run that was begun has succeeded, and no version has failed. One that was not made, since its
  // script cannot or something is to be run before, is no failure.
  bool is_good = false;
  std::string text;  // "2 dry runs succeeded, web@1.0.0 was not dry-run"
};

DryRunSummary summary_of(const std::vector<DryRun>& dry_runs, const std::vector<VersionStatus>& versions);

}  // namespace exo
