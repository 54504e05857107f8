#include "host/dry_run_summary.h"

#include <algorithm>
#include <cstddef>

#include "base/text.h"

namespace exo {
namespace {

std::size_t count(const std::vector<DryRun>& dry_runs, DryRun::State state) {
  return static_cast<std::size_t>(
      std::count_if(dry_runs.begin(), dry_runs.end(), [&](const DryRun& run) { return run.state == state; }));
}

std::string dry_runs_of(std::size_t number) {
  return std::to_string(number) + (number == 1 ? " dry run" : " dry runs");
}

std::vector<std::string> names_of(const std::vector<DryRun>& dry_runs, DryRun::State state) {
  std::vector<std::string> names;
  for (const DryRun& run : dry_runs) {
    if (run.state == state) names.push_back(to_text(run.version));
  }
  return names;
}

// "greeter@0.0.2 and web@1.0.0 were not dry-run".
std::string not_made(const std::vector<DryRun>& dry_runs) {
  const std::vector<std::string> names = names_of(dry_runs, DryRun::State::kNotMade);
  if (names.empty()) return "";
  return join_for_people(names) + (names.size() == 1 ? " was" : " were") + " not dry-run";
}

// "the dry run of greeter@0.0.2 was cancelled".
std::string cut_short(const std::vector<DryRun>& dry_runs, DryRun::State state, const std::string& deed) {
  const std::vector<std::string> names = names_of(dry_runs, state);
  if (names.empty()) return "";
  return (names.size() == 1 ? "the dry run of " : "the dry runs of ") + join_for_people(names) +
         (names.size() == 1 ? " was " : " were ") + deed;
}

std::string failed_versions(const std::vector<VersionStatus>& versions) {
  std::vector<std::string> names;
  for (const VersionStatus& version : versions) {
    if (version.state == VersionState::kFailed) names.push_back(to_text(version.key));
  }
  if (names.empty()) return "";
  return join_for_people(names) + (names.size() == 1 ? " is" : " are") + " held";
}

}  // namespace

DryRunSummary summary_of(const std::vector<DryRun>& dry_runs, const std::vector<VersionStatus>& versions) {
  const std::size_t failed = count(dry_runs, DryRun::State::kFailed);
  const std::size_t made = failed + count(dry_runs, DryRun::State::kSucceeded);
  std::vector<std::string> parts;
  if (dry_runs.empty()) parts.emplace_back("no script has anything left to run");
  if (failed > 0) parts.push_back(std::to_string(failed) + " of " + dry_runs_of(made) + " failed");
  if (failed == 0 && made > 0) parts.push_back(dry_runs_of(made) + " succeeded");
  const std::string cancelled = cut_short(dry_runs, DryRun::State::kCancelled, "cancelled");
  const std::string interrupted = cut_short(dry_runs, DryRun::State::kInterrupted, "interrupted");
  for (const std::string& part : {cancelled, interrupted, not_made(dry_runs), failed_versions(versions)}) {
    if (!part.empty()) parts.push_back(part);
  }
  const bool all_there = failed_versions(versions).empty();
  const bool all_ended = cancelled.empty() && interrupted.empty();
  return {.is_good = failed == 0 && all_ended && all_there, .text = join(parts, ", ")};
}

}  // namespace exo
