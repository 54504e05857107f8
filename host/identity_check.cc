#include "host/identity_check.h"

#include "base/content_digest.h"

namespace exo {
namespace {

std::string then_and_now(const std::string& then, const std::string& now) {
  return " (then " + then + ", now " + now +
         "); put back what was there, or give what is new a version of its own";
}

bool stands(PhaseOutcome outcome) {
  return outcome == PhaseOutcome::kDone || outcome == PhaseOutcome::kUnderWay ||
         outcome == PhaseOutcome::kInterrupted;
}

void compare_sources(const RecordedVersion& record, const rollout::VersionToBringIn& version,
                     std::vector<std::string>& found) {
  const std::string algorithm = algorithm_to_compare(record.sources, version.sources);
  if (algorithm.empty() || record.sources.at(algorithm) == version.sources.at(algorithm)) return;
  found.push_back(to_text(version.key) + " was introduced with other files than those in its folder now" +
                  then_and_now(record.sources.at(algorithm), version.sources.at(algorithm)));
}

void compare_script(const RecordedVersion& record, const rollout::VersionToBringIn& version,
                    std::vector<std::string>& found) {
  for (const Phase phase : {Phase::kOffline, Phase::kOnline}) {
    const RecordedPhase& ran = record.of(phase);
    if (!stands(ran.outcome) || ran.digest.empty() || ran.digest == version.script->digest) continue;
    found.push_back(version.script->name + " is not the script that ran as the " +
                    std::string(to_string(phase)) + " phase of " + to_text(version.key) +
                    then_and_now(ran.digest, version.script->digest));
    return;
  }
}

}  // namespace

std::vector<std::string> second_contents(const RolloutRecord& record,
                                         const std::vector<rollout::VersionToBringIn>& versions) {
  std::vector<std::string> found;
  for (const rollout::VersionToBringIn& version : versions) {
    const RecordedVersion& recorded = record.of(version.key);
    if (!recorded.introduced) continue;
    compare_sources(recorded, version, found);
    if (version.script) compare_script(recorded, version, found);
  }
  return found;
}

}  // namespace exo
