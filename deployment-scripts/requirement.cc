#include "deployment-scripts/requirement.h"

#include <algorithm>

#include "base/nearest_word.h"
#include "base/text.h"
#include "deployment-scripts/version_rollout.h"

namespace exo {
namespace {

using State = Requirement::State;

Requirement hopeless(const char* stage, std::string reason) {
  return {.state = State::kHopeless, .stage = stage, .reason = std::move(reason)};
}

Requirement waiting(std::string reason) {
  return {.state = State::kWaiting, .reason = std::move(reason)};
}

Requirement role_is_there(const rollout::Dependency& dependency, const AllVersions& all) {
  bool hope = false;
  for (const VersionRollout& other : all.versions) {
    if (other.key().role != dependency.role) continue;
    if (other.meets(dependency.until)) return {};
    if (other.state() != VersionState::kFailed) hope = true;
  }
  const std::string until(to_text(dependency.until));
  if (hope) return waiting("it waits for " + dependency.role + " to be " + until);
  return hopeless(kStageDependsOn, "it depends on " + dependency.role + " being " + until +
                                       ", but no version of it is, and all have failed");
}

// Whether the ledger alone says that it is enough: also of a version that the application holds no more.
bool is_met(const RequiredVersion& required, bool has_script, const RecordedVersion& record) {
  if (required.until == RequiredVersion::Until::kLive || !has_script) return record.live;
  return record.introduced && record.offline.settled() && record.online.settled() && !record.undo_open;
}

Requirement version_is_there(const VersionRollout& version, const RequiredVersion& required,
                             const AllVersions& all) {
  const RecordedVersion& record = all.record.of(required.version);
  const VersionRollout* other = all.find(required.version);
  const std::string name = to_text(required.version);
  const std::string it_requires = "it requires " + name + ", which ";
  if (other == nullptr) {
    if (is_met(required, record.has_script, record)) return {};
    return hopeless(kStageRequires, it_requires + "is not in the application and is not live here");
  }
  if (all.circles.count({version.key(), required.version}) > 0) {
    return hopeless(kStageRequires, it_requires + "requires it in turn");
  }
  const bool wants_script =
      required.until == RequiredVersion::Until::kScriptDone && other->version().script.has_value();
  if (wants_script ? is_met(required, true, record) : other->state() == VersionState::kLive) return {};
  if (other->state() == VersionState::kFailed) return hopeless(kStageRequires, it_requires + "failed");
  if (wants_script && other->state() == VersionState::kLive && !other->runs_again(Phase::kOnline, record)) {
    return hopeless(kStageRequires, it_requires + "is live, but its script is not done");
  }
  return waiting("it waits for " +
                 (wants_script ? "the script of " + name + " to be done" : name + " to be live"));
}

// What the application has instead.
struct Known {
  std::vector<std::string> roles;
  std::vector<std::string> versions;  // of the role that is meant
};

Known known_beside(const VersionKey& wanted, const std::vector<rollout::VersionToBringIn>& versions) {
  Known known;
  for (const rollout::VersionToBringIn& each : versions) {
    if (known.roles.empty() || known.roles.back() != each.key.role) known.roles.push_back(each.key.role);
    if (each.key.role == wanted.role) known.versions.push_back(each.key.version);
  }
  return known;
}

Mistake missing(const RequiredVersion& required, const Known& known, const std::string& environment) {
  const std::string name = to_text(required.version);
  const std::string& role = required.version.role;
  const bool is_live_enough = required.until == RequiredVersion::Until::kLive;
  std::string message = in_quotes(name) + " is not in the application, and " +
                        (is_live_enough ? "not live in " : "its script is not done in ") + environment +
                        ", so that it could never come in; ";
  Mistake mistake{.file = required.place.file,
                  .line = required.place.line,
                  .key = required.place.key,
                  .value = printable(name)};
  if (known.versions.empty()) {
    mistake.nearest = nearest_word(role, known.roles);
    message += "there is no service " + in_quotes(role) + did_you_mean(role, known.roles);
  } else {
    message += "add its folder to " + role +
               " in application.yml, or name one that is there: " + join_for_people(known.versions, " or ");
  }
  mistake.message = message;
  return mistake;
}

std::string others_before(const VersionRollout& version, Phase phase, const AllVersions& all) {
  std::vector<std::string> names;
  for (const VersionKey& key : runs_after(version.version())) {
    const VersionRollout* other = all.find(key);
    if (other == nullptr || all.circles.count({version.key(), key}) > 0) continue;
    if (other->runs_again(phase, all.record.of(key))) names.push_back(to_text(key));
  }
  if (names.empty()) return "";
  return "its " + std::string(to_string(phase)) + " script runs after that of " + join_for_people(names);
}

}  // namespace

const VersionRollout* AllVersions::find(const VersionKey& key) const {
  const auto place = places.find(key);
  return place == places.end() ? nullptr : &versions[place->second];
}

Requirement requirement_of(const VersionRollout& version, const AllVersions& all) {
  std::vector<Requirement> found;
  for (const rollout::Dependency& dependency : version.version().dependencies) {
    found.push_back(role_is_there(dependency, all));
  }
  if (!all.record.of(version.key()).live) {
    for (const RequiredVersion& required : required_by(version.version())) {
      found.push_back(version_is_there(version, required, all));
    }
  }
  const auto worst = std::max_element(
      found.begin(), found.end(),
      [](const Requirement& left, const Requirement& right) { return left.state < right.state; });
  return worst == found.end() ? Requirement{} : *worst;
}

std::vector<Mistake> missing_requirements(const std::vector<rollout::VersionToBringIn>& versions,
                                          const RolloutRecord& record, const std::string& environment) {
  std::set<VersionKey> there;
  for (const rollout::VersionToBringIn& version : versions) there.insert(version.key);
  std::vector<Mistake> mistakes;
  for (const rollout::VersionToBringIn& version : versions) {
    if (record.of(version.key).live) continue;
    for (const RequiredVersion& required : required_by(version)) {
      const RecordedVersion& recorded = record.of(required.version);
      if (there.contains(required.version) || is_met(required, recorded.has_script, recorded)) continue;
      const Known known = known_beside(required.version, versions);
      const bool is_told = required.until == RequiredVersion::Until::kScriptDone && known.versions.empty();
      if (!is_told) mistakes.push_back(missing(required, known, environment));
    }
  }
  return mistakes;
}

PhaseOrder order_of(const VersionRollout& version, const AllVersions& all) {
  return {.offline = others_before(version, Phase::kOffline, all),
          .online = others_before(version, Phase::kOnline, all)};
}

}  // namespace exo
