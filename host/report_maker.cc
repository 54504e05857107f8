#include "host/report_maker.h"

#include <cmath>
#include <map>

namespace exo {
namespace {

std::string describe(const ScriptProgress& progress) {
  std::string text = std::to_string(static_cast<long long>(std::llround(progress.done)));
  if (progress.total > 0)
    text += " of " + std::to_string(static_cast<long long>(std::llround(progress.total)));
  if (!progress.note.empty()) text += ", " + progress.note;
  return text;
}

PhaseReport report_of(const PhaseStatus& phase) {
  return {.state = std::string(to_text(phase.state)),
          .run = phase.run,
          .attempt = phase.attempt,
          .reason = phase.reason,
          .progress = phase.progress ? describe(*phase.progress) : "",
          .decision = phase.decision};
}

}  // namespace

std::vector<VersionReport> make_version_reports(
    const std::vector<VersionStatus>& versions,
    const std::function<std::vector<InstanceReport>(const VersionKey&)>& instances) {
  std::vector<VersionReport> reports;
  std::map<std::string, std::size_t> newest_open;  // role → index; versions come oldest first
  for (const VersionStatus& version : versions) {
    if (version.gate == GateState::kOpen) newest_open[version.key.role] = reports.size();
    reports.push_back({.role = version.key.role,
                       .version = version.key.version,
                       .state = std::string(to_text(version.state)),
                       .gate = std::string(to_text(version.gate)),
                       .split = 0,
                       .flagged = version.flagged,
                       .reason = version.reason,
                       .instances = instances(version.key),
                       .offline = report_of(version.offline),
                       .online = report_of(version.online)});
  }
  for (const auto& [role, index] : newest_open) reports[index].split = 1;
  return reports;
}

std::vector<VersionReport> make_reports_of_missing(const std::vector<VersionStatus>& versions) {
  auto reports =
      make_version_reports(versions, [](const VersionKey&) { return std::vector<InstanceReport>{}; });
  for (VersionReport& report : reports) {
    report.gate = to_text(GateState::kHeld);
    report.split = 0;
    report.in_application = false;
  }
  return reports;
}

}  // namespace exo
