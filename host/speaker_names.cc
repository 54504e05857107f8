#include "host/speaker_names.h"

#include <algorithm>

namespace exo {

SpeakerNames::SpeakerNames(const std::vector<VersionKey>& versions) {
  for (const VersionKey& version : versions) versions_[version.role].insert(version.version);
  for (const VersionKey& version : versions) width_ = std::max(width_, of(version).size());
}

std::string SpeakerNames::of(const VersionKey& version) const {
  const auto known = versions_.find(version.role);
  const bool several = known != versions_.end() && known->second.size() > 1;
  return several ? to_text(version) : version.role;
}

}  // namespace exo
