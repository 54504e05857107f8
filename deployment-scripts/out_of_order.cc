#include "deployment-scripts/out_of_order.h"

#include <optional>

#include "base/semantic_version.h"

namespace exo {

std::string out_of_order(const VersionKey& version, const RolloutRecord& record) {
  const auto own = parse_semantic_version(version.version);
  if (!own) return "";
  SemanticVersion highest = own.value();
  std::optional<VersionKey> found;
  for (const auto& [key, recorded] : record.versions()) {
    if (key.role != version.role || !recorded.introduced) continue;
    const auto other = parse_semantic_version(key.version);
    if (!other || compare_precedence(other.value(), highest) <= 0) continue;
    highest = other.value();
    found = key;
  }
  return found ? "out of order: " + to_text(*found) + " was introduced before it" : "";
}

}  // namespace exo
