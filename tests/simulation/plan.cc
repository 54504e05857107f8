#include "tests/simulation/plan.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "deployment-scripts/script_message.h"

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

std::optional<ThrottleSettings> make_throttle(Random& random) {
  if (random.chance(1, 2)) return std::nullopt;
  ThrottleSettings throttle;
  if (random.chance(1, 2)) throttle.rate = Rate{random.chance(1, 2) ? 500u : 10u};
  if (throttle.rate && random.chance(1, 3)) return throttle;
  throttle.when = P99Signal{.message = "todo.ask", .above = milliseconds{50}, .place = {}};
  throttle.slow_to = Rate{random.chance(1, 2) ? 0u : 20u};
  throttle.good_for = milliseconds{random.below(5000)};
  return throttle;
}

PhaseSettings make_settings(Random& random) {
  PhaseSettings settings;
  settings.timeout = seconds{20 + random.below(100)};
  settings.stall = seconds{5 + random.below(20)};
  settings.attempts = 1 + static_cast<unsigned>(random.below(3));
  settings.pauses = {milliseconds{random.below(2000)}};
  if (random.chance(1, 4)) settings.on_interrupted = OnInterrupted::kAsk;
  settings.throttle = make_throttle(random);
  return settings;
}

PlannedVersion make_version(Random& random, VersionKey key) {
  PlannedVersion version{.key = std::move(key)};
  version.has_script = random.chance(2, 3);
  version.handles_offline = random.chance(4, 5);
  version.handles_online = !version.handles_offline || random.chance(4, 5);
  version.handles_undo = random.chance(4, 5);
  version.handles_verify = random.chance(1, 4);
  version.settings = {make_settings(random), make_settings(random)};
  if (random.chance(1, 2)) version.settings.offline.follow = {version.key.role + ".ask"};
  version.asks_to_follow = version.settings.offline.follow.empty() && random.chance(1, 4);
  return version;
}

std::vector<rollout::Dependency> make_dependencies(Random& random, const std::string& role) {
  using Until = rollout::Dependency::Until;
  std::vector<rollout::Dependency> dependencies;
  for (const std::string earlier : {"todo", "todo-search"}) {
    if (earlier == role || role == "todo") break;
    if (!random.chance(1, 4)) continue;
    const Until until = random.one_of(std::vector<Until>{Until::kStarted, Until::kReady, Until::kLive});
    dependencies.push_back({earlier, until});
  }
  return dependencies;
}

void move_one(Random& random, std::vector<PlannedVersion>& from, std::vector<PlannedVersion>& to) {
  if (from.empty()) return;
  const auto chosen = from.begin() + static_cast<std::ptrdiff_t>(random.below(from.size()));
  to.push_back(std::move(*chosen));
  from.erase(chosen);
}

}  // namespace

std::vector<std::string> PlannedVersion::handles() const {
  std::vector<std::string> names{"something.else"};
  if (handles_offline) names.push_back(script_message_name(key, Phase::kOffline, ScriptWord::kStart));
  if (handles_online) names.push_back(script_message_name(key, Phase::kOnline, ScriptWord::kStart));
  if (handles_undo) names.push_back(script_message_name(key, Phase::kUndo, ScriptWord::kStart));
  if (handles_verify) names.push_back(script_message_name(key, Phase::kVerify, ScriptWord::kStart));
  return names;
}

Script PlannedVersion::script() const {
  const std::string name = "deployment-scripts/" + key.role + "-" + key.version;
  return Script{.brings_in = key,
                .name = name + ".js",
                .may_undo = true,
                .may_verify = true,
                .settings = settings,
                .settings_file = name + ".yml",
                .digest = "d",
                .digest_algorithm = "sha256/lf"};
}

const PlannedVersion* Plan::find(const VersionKey& key) const {
  const auto found = std::find_if(versions.begin(), versions.end(),
                                  [&](const PlannedVersion& version) { return version.key == key; });
  return found == versions.end() ? nullptr : &*found;
}

// What nobody of the application is cannot be depended on: its reader refuses that.
bool Plan::has_role(const std::string& role) const {
  return std::any_of(versions.begin(), versions.end(),
                     [&](const PlannedVersion& version) { return version.key.role == role; });
}

rollout::Begin Plan::begin(const std::string& host) const {
  rollout::Begin begin{.host = host, .environment = "local", .who = "simulation"};
  for (const PlannedVersion& version : versions) {
    rollout::VersionToBringIn to_bring_in{.key = version.key};
    for (const std::string& required : version.required) {
      to_bring_in.required_versions.push_back({.version = {version.key.role, required}, .place = {}});
    }
    for (const rollout::Dependency& dependency : version.dependencies) {
      if (has_role(dependency.role)) to_bring_in.dependencies.push_back(dependency);
    }
    if (version.has_script) to_bring_in.script = version.script();
    begin.versions.push_back(std::move(to_bring_in));
  }
  for (const PlannedVersion& version : absent) {
    if (version.has_script) begin.other_scripts.push_back(version.script());
  }
  return begin;
}

const std::vector<VersionKey>& all_versions() {
  static const std::vector<VersionKey> kAll{
      {"todo", "1.0.0"}, {"todo-search", "0.0.1"}, {"todo-search", "0.0.2"}, {"web", "2.0.0-beta.1"}};
  return kAll;
}

namespace {

// Two versions of one role alone: the older one serves, and the newer one follows what it gets. What happens
// between them happens more often than in the midst of others.
Plan make_hand_over(Random& random) {
  Plan plan;
  for (const VersionKey& key : all_versions()) {
    PlannedVersion version = make_version(random, key);
    const bool is_newer = key.version == "0.0.2";
    if (is_newer) {
      version.has_script = version.handles_offline = true;
      if (!version.asks_to_follow) version.settings.offline.follow = {key.role + ".ask"};
    } else if (key.role == "todo-search") {
      version.has_script = false;
    }
    (key.role == "todo-search" ? plan.versions : plan.absent).push_back(std::move(version));
  }
  return plan;
}

}  // namespace

Plan make_plan(Random& random) {
  if (random.chance(1, 4)) return make_hand_over(random);
  Plan plan;
  for (const VersionKey& key : all_versions()) {
    PlannedVersion version = make_version(random, key);
    version.dependencies = make_dependencies(random, key.role);
    if (key.version == "0.0.2" && random.chance(1, 3)) version.required = {"0.0.1"};
    (random.chance(2, 3) ? plan.versions : plan.absent).push_back(std::move(version));
  }
  return plan;
}

std::size_t change_plan(Random& random, Plan& plan) {
  std::size_t appeared = 0;
  for (PlannedVersion& version : plan.versions) {
    if (!version.has_script && random.chance(1, 3)) {
      version.has_script = true;
      ++appeared;
    } else if (version.has_script && random.chance(1, 20)) {
      version.has_script = false;
    }
  }
  if (random.chance(1, 3)) move_one(random, plan.absent, plan.versions);
  if (random.chance(1, 10)) move_one(random, plan.versions, plan.absent);
  return appeared;
}

}  // namespace exo
