#include "bus/affinity.h"

#include <functional>

namespace exo::routing {

std::uint64_t Affinity::key_of(std::string_view activity, const RoleState& role) {
  return std::hash<std::string_view>{}(activity) ^ ((role.index + 1) * 0xD6E8FEB86659FD93U);
}

std::uint32_t Affinity::find_entry(std::uint64_t key) const {
  return index_.find(key, [&](std::uint32_t entry) { return at(entry).key == key; });
}

Affinity::Tie Affinity::find(std::string_view activity, const RoleState& role) {
  const std::uint32_t found = find_entry(key_of(activity, role));
  if (found == kNone) return {};
  use(found);
  const Entry& entry = at(found);
  if (entry.times_closed != entry.version->times_closed) return {};
  return {entry.version, entry.instance};
}

void Affinity::remember(std::string_view activity, VersionState& version, std::uint64_t instance) {
  const std::uint64_t key = key_of(activity, *version.role);
  std::uint32_t found = find_entry(key);
  if (found == kNone) {
    found = new_entry(key);
  } else {
    use(found);
  }
  at(found).version = &version;
  at(found).instance = static_cast<std::uint32_t>(instance);  // so many are never started
  at(found).times_closed = version.times_closed;
}

std::uint32_t Affinity::new_entry(std::uint64_t key) {
  std::uint32_t entry = oldest_;
  if (size_ < limit_) {
    if (size_ % kChunk == 0) chunks_.push_back(std::make_unique<Entry[]>(kChunk));
    entry = static_cast<std::uint32_t>(size_++);
  } else {
    index_.remove(at(entry).key, entry);
    unlink(at(entry));
  }
  at(entry).key = key;
  index_.insert(key, entry);
  link_newest(entry);
  return entry;
}

void Affinity::use(std::uint32_t entry) {
  if (entry == newest_) return;
  unlink(at(entry));
  link_newest(entry);
}

void Affinity::unlink(const Entry& entry) {
  (entry.newer == kNone ? newest_ : at(entry.newer).older) = entry.older;
  (entry.older == kNone ? oldest_ : at(entry.older).newer) = entry.newer;
}

void Affinity::link_newest(std::uint32_t entry) {
  at(entry).newer = kNone;
  at(entry).older = newest_;
  (newest_ == kNone ? oldest_ : at(newest_).newer) = entry;
  newest_ = entry;
}

}  // namespace exo::routing
