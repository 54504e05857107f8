#include "host/report_maker.h"

#include <chrono>
#include <cmath>
#include <map>
#include <utility>

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
          .decision = phase.decision,
          .paused = phase.paused,
          .throttled = phase.throttled,
          .rate = phase.at_most ? to_string(*phase.at_most) : "",
          .throttled_to = phase.throttled_to ? to_string(*phase.throttled_to) : "",
          .slowed = phase.slowed};
}

PaceReport pace_of(const PhaseProgress& phase) {
  const auto to_ms = [](std::chrono::nanoseconds time) {
    return static_cast<std::int64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
  };
  PaceReport pace{.per_second = phase.per_second, .quiet_ms = to_ms(phase.quiet), .text = pace_text(phase)};
  if (phase.left) pace.left_ms = to_ms(*phase.left);
  if (!phase.progress) return pace;
  pace.done = phase.progress->done;
  if (phase.progress->total > 0) pace.total = phase.progress->total;
  pace.note = phase.progress->note;
  return pace;
}

template <typename Do>
void for_each_running(std::vector<VersionReport>& versions, const Do& act) {
  for (VersionReport& version : versions) {
    for (PhaseReport* phase : {&version.offline, &version.online, &version.undo, &version.verify}) {
      if (phase->state == to_text(ScriptState::kRunning)) act(*phase);
    }
  }
}

}  // namespace

void add_progress(const std::vector<PhaseProgress>& phases, std::vector<VersionReport>& versions) {
  for_each_running(versions, [&](PhaseReport& report) {
    for (const PhaseProgress& phase : phases) {
      if (phase.run == report.run && phase.attempt == report.attempt) report.pace = pace_of(phase);
    }
  });
}

void add_locks(const std::function<std::vector<LockTable::Standing>(const rollout::AttemptId&)>& locks,
               std::vector<VersionReport>& versions) {
  for_each_running(versions, [&](PhaseReport& report) {
    for (LockTable::Standing& each : locks({report.run, report.attempt})) {
      report.locks.push_back(
          {.key = std::move(each.key), .number = each.number, .held_by = std::move(each.held_by)});
    }
  });
}

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
                       .online = report_of(version.online),
                       .undo = report_of(version.undo),
                       .verify = report_of(version.verify)});
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
