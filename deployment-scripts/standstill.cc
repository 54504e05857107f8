#include "deployment-scripts/standstill.h"

#include <algorithm>
#include <set>

#include "deployment-scripts/script_order.h"

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
    if (version.state() == VersionState::kFailed || !asked.insert(version.key()).second) return false;
    if (version.is_paused(record_.of(version.key()))) return true;
    if (version.settled()) return false;
    if (version.state() == VersionState::kStaged) return stands_staged(version, asked);
    const bool waits_for_nobody = version.is_only_tried(record_.of(version.key()));
    return !waits_for_nobody && stands_behind_a_script(version, asked);
  }

  bool stands_staged(const VersionRollout& version, const std::set<VersionKey>& asked) const {
    const auto& dependencies = version.version().dependencies;
    const std::vector<RequiredVersion> required = required_by(version.version());
    return std::any_of(dependencies.begin(), dependencies.end(),
                       [&](const auto& dependency) { return stands_for(dependency, asked); }) ||
           std::any_of(required.begin(), required.end(), [&](const RequiredVersion& each) {
             const VersionRollout* other = find(each.version);
             const bool is_enough = other != nullptr && other->state() == VersionState::kLive &&
                                    each.until == RequiredVersion::Until::kLive;
             return other != nullptr && !is_enough && stands(*other, asked);
           });
  }

  // Its script is to run after another's.
  bool stands_behind_a_script(const VersionRollout& version, const std::set<VersionKey>& asked) const {
    const Phase next = record_.of(version.key()).offline.settled() ? Phase::kOnline : Phase::kOffline;
    if (!version.runs_again(next, record_.of(version.key()))) return false;
    const std::vector<VersionKey> before = runs_after(version.version());
    return !version.running() && std::any_of(before.begin(), before.end(), [&](const VersionKey& key) {
      const VersionRollout* other = find(key);
      return other != nullptr && other->runs_again(next, record_.of(key)) && stands(*other, asked);
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
