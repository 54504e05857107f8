// What became of rollouts in the format that machines which build software read: JUnit's.
#pragma once

#include <string>

#include "host/rollout_report.h"

namespace exo {

// A suite for each version, in which each phase of its script is a case, and that the version came in is one;
// and one for the command that writes its own report, where there is one. What was skipped or is under way is
// `skipped`, what was interrupted an `error`. Pure; ends in a line end.
std::string report_as_junit(const RolloutReport& report, const ReportSubject& subject);

}  // namespace exo
