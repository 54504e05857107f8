#include "deployment-scripts/first_wave.h"

#include <algorithm>
#include <map>
#include <utility>

#include "deployment-scripts/script_order.h"

namespace exo {
namespace {

// Each answer is found once; a question that comes up again while it is being answered is a circle.
class Wave {
 public:
  Wave(const std::vector<VersionRollout>& versions, const RolloutRecord& record)
      : versions_(versions), record_(record) {}

  bool goes_live_first(const VersionRollout& version) {
    if (version.script_pending(record_.of(version.key()))) return false;
    return starts_first(version);
  }

 private:
  bool starts_first(const VersionRollout& version) {
    const auto [answer, is_new] = starts_first_.emplace(version.key(), true);
    if (is_new) {
      const bool found = dependencies_start_first(version) && required_go_live_first(version);
      starts_first_[version.key()] = found;
    }
    return starts_first_[version.key()];
  }

  bool dependencies_start_first(const VersionRollout& version) {
    const auto& all = version.version().dependencies;
    return std::all_of(all.begin(), all.end(),
                       [this](const rollout::Dependency& dependency) { return is_there_first(dependency); });
  }

  bool is_there_first(const rollout::Dependency& dependency) {
    return std::any_of(versions_.begin(), versions_.end(), [&](const VersionRollout& other) {
      if (other.key().role != dependency.role) return false;
      if (other.meets(dependency.until)) return true;
      if (other.state() == VersionState::kFailed) return false;
      return dependency.until == rollout::Dependency::Until::kLive ? goes_live_first(other)
                                                                   : starts_first(other);
    });
  }

  bool required_go_live_first(const VersionRollout& version) {
    if (record_.of(version.key()).live) return true;
    const std::vector<RequiredVersion> all = required_by(version.version());
    return std::all_of(all.begin(), all.end(), [&](const RequiredVersion& required) {
      const auto other = std::find_if(versions_.begin(), versions_.end(), [&](const VersionRollout& each) {
        return each.key() == required.version;
      });
      return other == versions_.end() || goes_live_first(*other);
    });
  }

  const std::vector<VersionRollout>& versions_;
  const RolloutRecord& record_;
  std::map<VersionKey, bool> starts_first_;
};

}  // namespace

std::vector<VersionKey> first_wave(const std::vector<VersionRollout>& versions, const RolloutRecord& record) {
  Wave wave(versions, record);
  std::vector<VersionKey> first;
  for (const VersionRollout& version : versions) {
    if (wave.goes_live_first(version)) first.push_back(version.key());
  }
  return first;
}

}  // namespace exo
