// An id, or the name of an activity, with its hash.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace exo::routing {

// A message's id and activity are looked for in several places: each is hashed once for all of them. A view:
// it lives as long as its text.
struct HashedId {
  HashedId(std::string_view id) : text(id), hash(hash_of(id)) {}
  HashedId(const std::string& id) : HashedId(std::string_view(id)) {}
  HashedId(const char* id) : HashedId(std::string_view(id)) {}
  HashedId(std::string_view id, std::uint64_t its_hash) : text(id), hash(its_hash) {}

  // 0 for no text, and for no other.
  static std::uint64_t hash_of(std::string_view id) {
    return id.empty() ? 0 : std::max<std::uint64_t>(std::hash<std::string_view>{}(id), 1);
  }

  std::string_view text;
  std::uint64_t hash;
};

}  // namespace exo::routing
