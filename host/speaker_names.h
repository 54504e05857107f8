// Who stands before each line of a fleet's output.
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "deployment-scripts/version_key.h"

namespace exo {

// A service is known by its role: "todo". Where several versions of it write side by side, each is known by
// its whole name: "todo-search@0.0.2". A value.
class SpeakerNames {
 public:
  explicit SpeakerNames(const std::vector<VersionKey>& versions);

  std::string of(const VersionKey& version) const;
  // The length of the longest name of the versions that it was made with.
  std::size_t width() const { return width_; }

 private:
  std::map<std::string, std::set<std::string>> versions_;  // by role
  std::size_t width_ = 0;
};

}  // namespace exo
