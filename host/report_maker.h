// The report that `exo status` shows, made of what the rollout core and the fleet say. Pure.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "deployment-scripts/lock_table.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_status.h"
#include "host/script_progress.h"
#include "host/status_report.h"

namespace exo {

// `instances` gives the instances of one version; may give none.
std::vector<VersionReport> make_version_reports(
    const std::vector<VersionStatus>& versions,
    const std::function<std::vector<InstanceReport>(const VersionKey&)>& instances);

// Adds to running phases how they get on.
void add_progress(const std::vector<PhaseProgress>& phases, std::vector<VersionReport>& versions);
// Adds to running phases the locks that their attempts have and wait for, which `locks` knows.
void add_locks(const std::function<std::vector<LockTable::Standing>(const rollout::AttemptId&)>& locks,
               std::vector<VersionReport>& versions);

// Of versions that were introduced, and that the application does not hold any more: whatever the ledger says
// of their gates, nothing runs behind them.
std::vector<VersionReport> make_reports_of_missing(const std::vector<VersionStatus>& versions);

}  // namespace exo
