#include "host/identity_check.h"

#include <utility>

#include "base/content_digest.h"

namespace exo {
namespace {

std::string then_and_now(const std::string& then, const std::string& now) {
  return " (then " + then + ", now " + now +
         "); put back what was there, or give what is new a version of its own";
}

// Where the developer's own files are: what differs there is told, and no more.
constexpr const char* kLocalEnvironment = "local";

// A skipped phase, or one that is to be run again, stands by nothing that it did.
bool stands(PhaseOutcome outcome) {
  return outcome == PhaseOutcome::kDone || outcome == PhaseOutcome::kAbsent ||
         outcome == PhaseOutcome::kUnderWay || outcome == PhaseOutcome::kInterrupted;
}

Phase last_phase(const RecordedVersion& record) {
  return record.online.digest_position > record.offline.digest_position ? Phase::kOnline : Phase::kOffline;
}

// The phase that people know the script by: the first that it ran in.
Phase named_phase(const RecordedVersion& record, const std::string& digest) {
  const bool is_same = record.offline.digest == digest;
  return is_same ? Phase::kOffline : Phase::kOnline;
}

void compare_sources(const RecordedVersion& record, const rollout::VersionToBringIn& version,
                     std::vector<std::string>& found) {
  const std::string algorithm = algorithm_to_compare(record.sources, version.sources);
  if (algorithm.empty() || record.sources.at(algorithm) == version.sources.at(algorithm)) return;
  found.push_back(to_text(version.key) + " was introduced with other files than " +
                  (algorithm == kDigestOfArtifact ? "its artifact has" : "those in its folder now") +
                  then_and_now(record.sources.at(algorithm), version.sources.at(algorithm)));
}

}  // namespace

bool has_one_content(const std::string& environment) {
  return environment != kLocalEnvironment;
}

std::optional<std::string> second_script(const RecordedVersion& record, const Script& script) {
  if (record.undo_open) return std::nullopt;  // what takes it back may be another
  const RecordedPhase& last = record.of(last_phase(record));
  if (!stands(last.outcome) || last.digest.empty() || last.digest == script.digest) return std::nullopt;
  return script.name + " is not the script that ran as the " +
         std::string(to_string(named_phase(record, last.digest))) + " phase of " + to_text(script.brings_in) +
         then_and_now(last.digest, script.digest);
}

Result<void> check_script(const RecordedVersion& record, const Script& script,
                          const std::string& environment) {
  if (!has_one_content(environment)) return {};
  auto second = second_script(record, script);
  return second ? Result<void>(Error{"changed", *std::move(second)}) : Result<void>();
}

std::vector<std::string> second_contents(const RolloutRecord& record,
                                         const std::vector<rollout::VersionToBringIn>& versions) {
  std::vector<std::string> found;
  for (const rollout::VersionToBringIn& version : versions) {
    const RecordedVersion& recorded = record.of(version.key);
    if (!recorded.introduced) continue;
    compare_sources(recorded, version, found);
    if (!version.script) continue;
    if (auto second = second_script(recorded, *version.script)) found.push_back(*std::move(second));
  }
  return found;
}

std::vector<std::string> known_as_artifacts_only(const RolloutRecord& record,
                                                 const std::vector<rollout::VersionToBringIn>& versions) {
  std::vector<std::string> found;
  for (const rollout::VersionToBringIn& version : versions) {
    const ContentDigests& then = record.of(version.key).sources;
    if (then.empty() || !algorithm_to_compare(then, version.sources).empty()) continue;
    if (then.contains(kDigestOfArtifact))
      found.push_back(to_text(version.key) +
                      " was introduced from an artifact that its folder was not the same as "
                      "then; exo host runs it from there");
  }
  return found;
}

}  // namespace exo
