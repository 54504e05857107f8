// What is brought in: one version of one role.
#pragma once

#include <compare>
#include <string>

namespace exo {

// Names a service version. A value; orders by text, so that it can be a map's key.
struct VersionKey {
  std::string role;
  std::string version;

  auto operator<=>(const VersionKey&) const = default;
};

// "todo-search@0.0.1", as people write it.
inline std::string to_text(const VersionKey& key) {
  return key.role + "@" + key.version;
}

}  // namespace exo
