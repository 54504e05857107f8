// The application of a simulation, as one host finds it: which versions there are, which have scripts, and
// what their scripts handle. It changes between two hosts.
#pragma once

#include <string>
#include <vector>

#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/script.h"
#include "tests/simulation/random.h"

namespace exo {

struct PlannedVersion {
  VersionKey key;
  bool has_script = false;
  bool handles_offline = true;
  bool handles_online = true;
  bool handles_undo = true;  // where it does not, that shows only when its script is asked
  bool handles_verify = false;
  bool asks_to_follow = false;  // its script does, while it runs
  ScriptSettings settings;
  std::vector<std::string> required;
  std::vector<rollout::Dependency> dependencies;  // on roles of the plan that come before its own: no circles

  // What its script registers.
  std::vector<std::string> handles() const;
  Script script() const;
};

struct Plan {
  std::vector<PlannedVersion> versions;
  std::vector<PlannedVersion> absent;  // of the same roles, not in the application now

  const PlannedVersion* find(const VersionKey& key) const;
  bool has_role(const std::string& role) const;
  rollout::Begin begin(const std::string& host) const;
};

// Every version that a plan may have.
const std::vector<VersionKey>& all_versions();

Plan make_plan(Random& random);
// What a developer may do between two hosts: add a script or take one away, add a version or take one away.
// Returns how many scripts appeared for versions that had none.
std::size_t change_plan(Random& random, Plan& plan);

}  // namespace exo
