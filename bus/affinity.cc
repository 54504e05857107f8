#include "bus/affinity.h"

#include <algorithm>
#include <bit>

namespace exo::routing {

Affinity::Affinity(const Fleet& fleet, std::size_t limit)
    : fleet_(fleet), limit_(limit), chains_(std::bit_ceil(limit), kNone) {}

// The chain is chosen by the low bits, so the role must change all of them.
std::uint64_t Affinity::key_of(const HashedId& activity, const RoleState& role) {
  return activity.hash ^ ((role.index + 1) * 0xD6E8FEB86659FD93U);
}

std::uint32_t Affinity::find_entry(std::uint64_t key) const {
  std::uint32_t entry = chains_[chain_of(key)];
  while (entry != kNone && at(entry).key != key) entry = at(entry).next;
  return entry;
}

Affinity::Tie Affinity::find(const HashedId& activity, const RoleState& role) {
  const std::uint64_t key = key_of(activity, role);
  const std::uint32_t found = find_entry(key);
  missing_ = found == kNone ? key : 0;
  if (found == kNone) return {};
  Entry& entry = at(found);
  entry.used = ++uses_;
  VersionState& version = fleet_.opened(entry.opening);
  if (entry.opening != version.opening) return {};
  return {&version, entry.instance};
}

void Affinity::remember(const HashedId& activity, const VersionState& version, std::uint64_t instance) {
  const std::uint64_t key = key_of(activity, *version.role);
  std::uint32_t found = key == missing_ ? kNone : find_entry(key);
  if (found == kNone) found = new_entry(key);
  missing_ = 0;
  Entry& entry = at(found);
  entry.used = ++uses_;
  entry.instance = static_cast<std::uint32_t>(instance);  // so many are never started
  entry.opening = version.opening;
}

std::uint32_t Affinity::new_entry(std::uint64_t key) {
  std::uint32_t entry = 0;
  if (size_ < limit_) {
    if (size_ % kChunk == 0) chunks_.push_back(std::make_unique<Entry[]>(std::min(kChunk, limit_ - size_)));
    entry = static_cast<std::uint32_t>(size_++);
  } else {
    entry = make_room();
  }
  std::uint32_t& chain = chains_[chain_of(key)];
  at(entry).key = key;
  at(entry).next = chain;
  chain = entry;
  return entry;
}

// Entries are made in the order of their places, and later in the order in which room is made: neighbours are
// of about the same age.
std::uint32_t Affinity::make_room() {
  const auto age = [this](std::size_t entry) { return uses_ - at(static_cast<std::uint32_t>(entry)).used; };
  std::size_t oldest = next_room_;
  for (std::size_t i = 1; i < std::min(kNeighbours, limit_); ++i) {
    const std::size_t neighbour = (next_room_ + i) % limit_;
    if (age(neighbour) > age(oldest)) oldest = neighbour;
  }
  next_room_ = (next_room_ + 1) % limit_;
  unchain(static_cast<std::uint32_t>(oldest));
  return static_cast<std::uint32_t>(oldest);
}

void Affinity::unchain(std::uint32_t entry) {
  std::uint32_t* link = &chains_[chain_of(at(entry).key)];
  while (*link != entry) link = &at(*link).next;
  *link = at(entry).next;
}

}  // namespace exo::routing
