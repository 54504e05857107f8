#include "bus/relays/cpp/held_locks.h"

#include <utility>

namespace exo::relaying {

void HeldLocks::on_lost(std::string_view id, OnLockLost callback) {
  const auto found = locks_.find(id);
  if (found != locks_.end()) found->second.on_lost = std::move(callback);
}

bool HeldLocks::remove(std::string_view id) {
  return !lose(id).empty();
}

std::vector<HeldLocks::Lost> HeldLocks::lose(std::string_view id) {
  std::vector<Lost> lost;
  const auto found = locks_.find(id);
  if (found == locks_.end()) return lost;
  lost.push_back(std::move(found->second));
  locks_.erase(found);
  return lost;
}

std::vector<HeldLocks::Lost> HeldLocks::lose_all() {
  std::vector<Lost> lost;
  for (auto& [id, each] : std::exchange(locks_, {})) lost.push_back(std::move(each));
  return lost;
}

std::vector<RestatedLock> HeldLocks::restated() const {
  std::vector<RestatedLock> all;
  all.reserve(locks_.size());
  for (const auto& [id, each] : locks_) all.push_back(each.lock);
  return all;
}

}  // namespace exo::relaying
