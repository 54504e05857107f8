#include "deployment-scripts/standstill.h"

#include <algorithm>
#include <set>

namespace exo {
namespace {

class Standstill {
 public:
  Standstill(const std::vector<VersionRollout>& versions, const RolloutRecord& record)
      : versions_(versions), record_(record) {}

  bool rests(const VersionRollout& version) const { return version.settled() || stands(version, {}); }

 private:
  // `asked`: whoever waits for itself in a circle does not stand still; it fails.
  bool stands(const VersionRollout& version, std::set<VersionKey> asked) const {
    if (version.settled() || !asked.insert(version.key()).second) return false;
    if (version.is_paused(record_.of(version.key()))) return true;
    if (version.state() != VersionState::kStaged) return false;
    const auto& dependencies = version.version().dependencies;
    const auto& required = version.version().required_versions;
    return std::any_of(dependencies.begin(), dependencies.end(),
                       [&](const auto& dependency) { return stands_for(dependency, asked); }) ||
           std::any_of(required.begin(), required.end(), [&](const std::string& text) {
             const VersionRollout* other = find({version.key().role, text});
             return other != nullptr && stands(*other, asked);
           });
  }

  // It waits for a role of which nobody comes any further by itself, though not all have failed.
  bool stands_for(const rollout::Dependency& dependency, const std::set<VersionKey>& asked) const {
    bool any_stands = false;
    for (const VersionRollout& other : versions_) {
      if (other.key().role != dependency.role) continue;
      if (other.meets(dependency.until)) return false;
      if (other.settled()) continue;
      if (!stands(other, asked)) return false;
      any_stands = true;
    }
    return any_stands;
  }

  const VersionRollout* find(const VersionKey& key) const {
    const auto found = std::find_if(versions_.begin(), versions_.end(),
                                    [&](const VersionRollout& each) { return each.key() == key; });
    return found == versions_.end() ? nullptr : &*found;
  }

  const std::vector<VersionRollout>& versions_;
  const RolloutRecord& record_;
};

}  // namespace

bool all_at_rest(const std::vector<VersionRollout>& versions, const RolloutRecord& record) {
  const Standstill standstill(versions, record);
  return std::all_of(versions.begin(), versions.end(),
                     [&](const VersionRollout& version) { return standstill.rests(version); });
}

}  // namespace exo
