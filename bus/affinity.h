// Which instance an activity already talks to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "bus/fleet.h"
#include "bus/hash_index.h"

namespace exo::routing {

// Remembers, for an activity and a role, the version that the activity was routed to and the instance there.
// Holds the most recently used ties up to a limit. A tie ends when its version's gate has closed in between;
// the caller checks whether the gate is open now. Activities are kept as 64-bit hashes: two that collide
// share their tie, which harms nobody. One thread.
class Affinity {
 public:
  explicit Affinity(std::size_t limit = 1'000'000) : limit_(limit) {}

  struct Tie {
    VersionState* version = nullptr;  // null: none known
    std::uint64_t instance = 0;       // Instance::number; 0: none yet
  };
  // Marks the tie as just used.
  Tie find(std::string_view activity, const RoleState& role);
  // find() and remember() will soon be called: most of their time is waiting for memory that is fetched now.
  void prepare(std::string_view activity, const RoleState& role) const {
    index_.prefetch(key_of(activity, role));
  }
  void remember(std::string_view activity, VersionState& version, std::uint64_t instance);
  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kNone = HashIndex::kNone;
  struct Entry {
    std::uint64_t key = 0;
    VersionState* version = nullptr;
    std::uint32_t instance = 0;
    std::uint32_t times_closed = 0;  // of the version, when the tie was made
    std::uint32_t newer = kNone;
    std::uint32_t older = kNone;
  };
  static constexpr std::size_t kChunk = 4096;

  Entry& at(std::uint32_t entry) const { return chunks_[entry / kChunk][entry % kChunk]; }
  static std::uint64_t key_of(std::string_view activity, const RoleState& role);
  std::uint32_t find_entry(std::uint64_t key) const;
  std::uint32_t new_entry(std::uint64_t key);
  void use(std::uint32_t entry);
  void unlink(const Entry& entry);
  void link_newest(std::uint32_t entry);

  std::size_t limit_;
  HashIndex index_;
  std::vector<std::unique_ptr<Entry[]>> chunks_;  // never moved: a copy of them all would be large
  std::size_t size_ = 0;
  std::uint32_t newest_ = kNone;
  std::uint32_t oldest_ = kNone;
};

}  // namespace exo::routing
