// Which instance an activity already talks to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "bus/fleet.h"
#include "bus/hashed_id.h"

namespace exo::routing {

// Remembers, for an activity and a role, the version that the activity was routed to and the instance there.
// Up to a limit; then, of some that were made at about the same time, the least recently used makes room. A
// tie ends when its version's gate has closed in between; the caller checks whether the gate is open now.
// Activities are kept as 64-bit hashes: two that collide share their tie, which harms nobody. One thread.
//
// Every message of a new activity makes a tie, so ties are small (24 bytes, and 4 for finding them) and
// making one touches little memory.
class Affinity {
 public:
  explicit Affinity(const Fleet& fleet, std::size_t limit = 1'000'000);

  struct Tie {
    VersionState* version = nullptr;  // null: none known
    std::uint64_t instance = 0;       // Instance::number; 0: none yet
  };
  // Marks the tie as just used.
  Tie find(const HashedId& activity, const RoleState& role);
  // The same of an activity that begins now, whose tie need not be looked for: none.
  Tie begin(const HashedId& activity, const RoleState& role) {
    missing_ = key_of(activity, role);
    return {};
  }
  // find() and remember() will soon be called: most of their time is waiting for memory that is fetched now.
  void prepare(const HashedId& activity, const RoleState& role) const {
    __builtin_prefetch(&chains_[chain_of(key_of(activity, role))], 1);
  }
  void remember(const HashedId& activity, const VersionState& version, std::uint64_t instance);
  std::size_t size() const { return size_; }

 private:
  static constexpr std::uint32_t kNone = UINT32_MAX;
  // Of so many neighbours one makes room: they are looked at together, and in memory they are together.
  static constexpr std::size_t kNeighbours = 16;
  static constexpr std::size_t kChunk = 4096;

  struct Entry {
    std::uint64_t key = 0;
    std::uint32_t next = kNone;  // of its chain
    std::uint32_t used = 0;      // when, in uses of any tie
    std::uint32_t instance = 0;
    std::uint32_t opening = 0;  // VersionState::opening when the tie was made
  };

  Entry& at(std::uint32_t entry) const { return chunks_[entry / kChunk][entry % kChunk]; }
  static std::uint64_t key_of(const HashedId& activity, const RoleState& role);
  std::size_t chain_of(std::uint64_t key) const { return key & (chains_.size() - 1); }
  std::uint32_t find_entry(std::uint64_t key) const;
  std::uint32_t new_entry(std::uint64_t key);
  std::uint32_t make_room();
  void unchain(std::uint32_t entry);

  const Fleet& fleet_;
  std::size_t limit_;
  std::vector<std::uint32_t> chains_;             // the first entry of each; a power of two of them
  std::vector<std::unique_ptr<Entry[]>> chunks_;  // never moved: a copy of them all would be large
  std::size_t size_ = 0;
  std::size_t next_room_ = 0;  // where to look for who makes room
  std::uint32_t uses_ = 0;     // so far; goes round
  std::uint64_t missing_ = 0;  // not there by the latest find() or begin(), nor made since; 0: not known
};

}  // namespace exo::routing
