#include "deployment-scripts/script_order.h"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>

#include "base/nearest_word.h"
#include "base/text.h"

namespace exo {
namespace {

using rollout::VersionToBringIn;

// One version waits for another: "requires web@2.0.0".
struct Wait {
  VersionKey on;
  std::string words;
};

// Where a version, or its script, says that it waits for the other.
const NamedVersion* named_by(const VersionToBringIn& version, const VersionKey& other) {
  const ScriptSettings none;
  const ScriptSettings& settings = version.script ? version.script->settings : none;
  for (const auto* names : {&settings.after, &settings.required, &version.required_versions}) {
    for (const NamedVersion& name : *names) {
      if (name.version == other) return &name;
    }
  }
  return nullptr;
}

// The versions of an application, each with what it waits for.
class WaitingVersions {
 public:
  explicit WaitingVersions(const std::vector<VersionToBringIn>& versions) {
    for (const VersionToBringIn& version : versions) versions_[version.key] = &version;
  }

  const std::map<VersionKey, const VersionToBringIn*>& all() const { return versions_; }

  // All of these are waited for.
  std::vector<Wait> waits(const VersionToBringIn& version) const {
    std::vector<Wait> all;
    for (const RequiredVersion& required : required_by(version)) {
      if (versions_.count(required.version) > 0) all.push_back({required.version, "requires"});
    }
    for (const VersionKey& key : runs_after(version)) {
      const auto other = versions_.find(key);
      if (other != versions_.end() && other->second->script) all.push_back({key, "runs after"});
    }
    return all;
  }

  // The versions of a role, of which one is enough.
  std::vector<VersionKey> versions_of(const std::string& role) const {
    std::vector<VersionKey> keys;
    for (const auto& [key, version] : versions_) {
      if (key.role == role) keys.push_back(key);
    }
    return keys;
  }

 private:
  std::map<VersionKey, const VersionToBringIn*> versions_;
};

// Finds what waits for itself. A version comes in when all comes in that it waits for.
class CircleFinder {
 public:
  explicit CircleFinder(const WaitingVersions& versions) : versions_(versions) {}

  // The versions of one circle, each with the words that lead to the next; empty when there is none left.
  std::vector<std::pair<VersionKey, Wait>> next() {
    let_in();
    const auto stuck = std::find_if(versions_.all().begin(), versions_.all().end(),
                                    [&](const auto& each) { return !comes_in(each.first); });
    if (stuck == versions_.all().end()) return {};
    std::vector<std::pair<VersionKey, Wait>> way;
    VersionKey key = stuck->first;
    while (true) {
      const auto seen =
          std::find_if(way.begin(), way.end(), [&](const auto& step) { return step.first == key; });
      if (seen != way.end()) {
        way.erase(way.begin(), seen);
        break;
      }
      const Wait wait = first_stuck(*versions_.all().at(key));
      way.emplace_back(key, wait);
      key = wait.on;
    }
    for (const auto& [member, wait] : way) in_.insert(member);  // said once
    return way;
  }

 private:
  bool comes_in(const VersionKey& key) const { return in_.count(key) > 0; }

  bool comes_in(const VersionToBringIn& version) const {
    const std::vector<Wait> waits = versions_.waits(version);
    const bool all_come =
        std::all_of(waits.begin(), waits.end(), [this](const Wait& wait) { return comes_in(wait.on); });
    return all_come && std::all_of(version.dependencies.begin(), version.dependencies.end(),
                                   [this](const auto& each) { return role_comes_in(each.role); });
  }

  // A role that nobody is of is the business of those who read service.yml.
  bool role_comes_in(const std::string& role) const {
    const std::vector<VersionKey> keys = versions_.versions_of(role);
    return keys.empty() ||
           std::any_of(keys.begin(), keys.end(), [this](const VersionKey& key) { return comes_in(key); });
  }

  void let_in() {
    for (bool moved = true; moved;) {
      moved = false;
      for (const auto& [key, version] : versions_.all()) {
        if (comes_in(key) || !comes_in(*version)) continue;
        in_.insert(key);
        moved = true;
      }
    }
  }

  Wait first_stuck(const VersionToBringIn& version) const {
    for (Wait& wait : versions_.waits(version)) {
      if (!comes_in(wait.on)) return std::move(wait);
    }
    for (const rollout::Dependency& dependency : version.dependencies) {
      if (role_comes_in(dependency.role)) continue;
      return {versions_.versions_of(dependency.role).front(), "depends on"};
    }
    return {version.key, "waits for"};
  }

  const WaitingVersions& versions_;
  std::set<VersionKey> in_;
};

Mistake mistake_at(const NamedVersion& name, const std::string& message) {
  return {.file = name.place.file,
          .line = name.place.line,
          .key = name.place.key,
          .value = printable(to_text(name.version)),
          .message = naming(to_text(name.version), message)};
}

// At the first place of the circle that names a version; none where all of it is `depends-on`, which the
// reader of service.yml refuses.
std::optional<Mistake> circle_mistake(const WaitingVersions& versions,
                                      std::vector<std::pair<VersionKey, Wait>> circle) {
  for (std::size_t i = 0; i < circle.size(); ++i) {
    const NamedVersion* name = named_by(*versions.all().at(circle.front().first), circle.front().second.on);
    if (name == nullptr) {
      std::rotate(circle.begin(), circle.begin() + 1, circle.end());
      continue;
    }
    std::string way = to_text(circle.front().first);
    for (std::size_t step = 0; step < circle.size(); ++step) {
      way +=
          (step == 0 ? " " : ", which ") + circle[step].second.words + " " + to_text(circle[step].second.on);
    }
    return mistake_at(*name, way + ", so that none could go first; leave one of them out");
  }
  return std::nullopt;
}

std::optional<Mistake> mistake_of_name(const NamedVersion& name, const VersionKey& version,
                                       const std::vector<std::string>& roles) {
  if (name.version == version) {
    return mistake_at(name, "a script cannot wait for itself; name another version, or leave it out");
  }
  if (std::find(roles.begin(), roles.end(), name.version.role) != roles.end()) return std::nullopt;
  Mistake mistake = mistake_at(name, "there is no service " + in_quotes(name.version.role) +
                                         "; name a version of one of application.yml" +
                                         did_you_mean(name.version.role, roles));
  mistake.nearest = nearest_word(name.version.role, roles);
  return mistake;
}

}  // namespace

std::vector<RequiredVersion> required_by(const rollout::VersionToBringIn& version) {
  std::vector<RequiredVersion> all;
  for (const NamedVersion& required : version.required_versions) {
    all.push_back({required.version, RequiredVersion::Until::kLive, required.place});
  }
  if (!version.script) return all;
  for (const NamedVersion& required : version.script->settings.required) {
    all.push_back({required.version, RequiredVersion::Until::kScriptDone, required.place});
  }
  return all;
}

std::vector<VersionKey> runs_after(const rollout::VersionToBringIn& version) {
  std::vector<VersionKey> keys;
  if (!version.script) return keys;
  for (const NamedVersion& name : version.script->settings.after) keys.push_back(name.version);
  return keys;
}

std::set<std::pair<VersionKey, VersionKey>> circles_of(
    const std::vector<rollout::VersionToBringIn>& versions) {
  const WaitingVersions waiting(versions);
  std::set<std::pair<VersionKey, VersionKey>> circles;
  for (const auto& each_version : waiting.all()) {
    const VersionKey& from = each_version.first;
    for (const Wait& wait : waiting.waits(*each_version.second)) {
      std::set<VersionKey> seen;
      const std::function<bool(const VersionKey&)> leads_back = [&](const VersionKey& key) {
        if (key == from) return true;
        if (!seen.insert(key).second) return false;
        const std::vector<Wait> next = waiting.waits(*waiting.all().at(key));
        return std::any_of(next.begin(), next.end(), [&](const Wait& each) { return leads_back(each.on); });
      };
      if (leads_back(wait.on)) circles.emplace(from, wait.on);
    }
  }
  return circles;
}

std::vector<Mistake> wrong_order(const std::vector<rollout::VersionToBringIn>& versions) {
  std::vector<std::string> roles;
  for (const VersionToBringIn& version : versions) {
    if (std::find(roles.begin(), roles.end(), version.key.role) == roles.end())
      roles.push_back(version.key.role);
  }
  std::vector<Mistake> mistakes;
  for (const VersionToBringIn& version : versions) {
    if (!version.script) continue;
    const ScriptSettings& settings = version.script->settings;
    for (const auto* names : {&settings.after, &settings.required}) {
      for (const NamedVersion& name : *names) {
        if (auto mistake = mistake_of_name(name, version.key, roles)) mistakes.push_back(std::move(*mistake));
      }
    }
  }
  if (!mistakes.empty()) return mistakes;  // a script that names itself is a circle, too
  const WaitingVersions waiting(versions);
  CircleFinder finder(waiting);
  for (auto circle = finder.next(); !circle.empty(); circle = finder.next()) {
    if (auto mistake = circle_mistake(waiting, std::move(circle))) mistakes.push_back(std::move(*mistake));
  }
  return mistakes;
}

}  // namespace exo
