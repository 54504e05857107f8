// Finds records by a hash of their key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"

namespace exo::routing {

// Maps hashes to numbers of records that are kept elsewhere (open addressing, linear probing). Several
// records may have one hash: the caller's predicate tells them apart. Allocates when it grows, never for a
// lookup, an insertion or a removal besides. One thread.
class HashIndex {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  HashIndex() : slots_(kSmallest) {}

  // The first record with this hash for which `matches(record)` holds; kNone where there is none.
  template <typename Matches>
  std::uint32_t find(std::uint64_t hash, Matches matches) const {
    const std::uint32_t short_hash = shorten(hash);
    for (std::size_t i = short_hash & mask();; i = (i + 1) & mask()) {
      const Slot& slot = slots_[i];
      if (slot.record == kNone) return kNone;
      if (slot.hash == short_hash && matches(slot.record)) return slot.record;
    }
  }

  // The record will soon be asked for.
  void prefetch(std::uint64_t hash) const { __builtin_prefetch(&slots_[shorten(hash) & mask()], 1); }

  void insert(std::uint64_t hash, std::uint32_t record) {
    if ((used_ + 1) * 3 > slots_.size() * 2) grow();
    put({shorten(hash), record});
    ++used_;
  }

  // The record was inserted with this hash.
  void remove(std::uint64_t hash, std::uint32_t record) {
    std::size_t hole = shorten(hash) & mask();
    while (slots_[hole].record != record) {
      EXO_CHECK(slots_[hole].record != kNone);
      hole = (hole + 1) & mask();
    }
    --used_;
    close_hole(hole);
  }

  std::size_t size() const { return used_; }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    std::uint32_t record = kNone;
  };
  static constexpr std::size_t kSmallest = 64;

  static std::uint32_t shorten(std::uint64_t hash) {
    return static_cast<std::uint32_t>((hash * 0x9E3779B97F4A7C15U) >> 32U);
  }
  std::size_t mask() const { return slots_.size() - 1; }

  void put(Slot slot) {
    std::size_t i = slot.hash & mask();
    while (slots_[i].record != kNone) i = (i + 1) & mask();
    slots_[i] = slot;
  }

  // Moves back what a probe would no longer find once `hole` is empty.
  void close_hole(std::size_t hole) {
    for (std::size_t i = (hole + 1) & mask(); slots_[i].record != kNone; i = (i + 1) & mask()) {
      const std::size_t home = slots_[i].hash & mask();
      if (((i - home) & mask()) < ((i - hole) & mask())) continue;
      slots_[hole] = slots_[i];
      hole = i;
    }
    slots_[hole] = {};
  }

  void grow() {
    std::vector<Slot> old(slots_.size() * 2);
    old.swap(slots_);
    for (const Slot& slot : old) {
      if (slot.record != kNone) put(slot);
    }
  }

  std::vector<Slot> slots_;
  std::size_t used_ = 0;
};

}  // namespace exo::routing
