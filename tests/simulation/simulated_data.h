// What production writes, and what the versions of a role have stored of it: upserts by key, whose values
// only rise, so that of two values of a key the greater one is the newer.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "deployment-scripts/version_key.h"

namespace exo {

inline constexpr std::size_t kKeys = 2;

struct Upsert {
  std::size_t key = 0;
  std::uint64_t value = 0;
};

using Stored = std::array<std::uint64_t, kKeys>;  // by key; 0: nothing

// Outlives hosts and instances.
class SimulatedData {
 public:
  Upsert next(std::size_t key) { return {key % kKeys, ++last_}; }
  Stored& of(const VersionKey& version) { return stored_[version]; }
  void apply(const VersionKey& version, const Upsert& upsert) { of(version)[upsert.key] = upsert.value; }

 private:
  std::uint64_t last_ = 0;
  std::map<VersionKey, Stored> stored_;
};

// "1:42;", as a command's payload holds it.
std::string to_payload(const Upsert& upsert);
Upsert parse_upsert(std::string_view payload);

}  // namespace exo
