#include "bus/relays/cpp/held_locks.h"

#include <utility>

namespace exo::relaying {

void HeldLocks::on_lost(std::string_view id, OnLockLost callback) {
  const auto found = locks_.find(id);
  if (found != locks_.end()) found->second.on_lost = std::move(callback);
}

bool HeldLocks::remove(std::string_view id) {
  if (const auto lost = losses_.find(id); lost != losses_.end()) losses_.erase(lost);
  const auto found = locks_.find(id);
  if (found == locks_.end()) return false;
  const auto removed = locks_.extract(found);  // whose callback may own locks, which are removed when it goes
  return true;
}

std::vector<HeldLocks::Lost> HeldLocks::lose(std::string_view id, const Error& loss) {
  std::vector<Lost> lost;
  const auto found = locks_.find(id);
  if (found == locks_.end()) return lost;
  losses_.emplace(found->first, loss);
  lost.push_back(std::move(found->second));
  locks_.erase(found);
  return lost;
}

std::vector<HeldLocks::Lost> HeldLocks::lose_all(const Error& loss) {
  std::vector<Lost> lost;
  for (auto& [id, each] : std::exchange(locks_, {})) {
    losses_.emplace(id, loss);
    lost.push_back(std::move(each));
  }
  return lost;
}

std::optional<Error> HeldLocks::loss_of(std::string_view id) const {
  const auto lost = losses_.find(id);
  return lost == losses_.end() ? std::nullopt : std::optional(lost->second);
}

void HeldLocks::end() {
  const auto ended =
      std::exchange(locks_, {});  // whose callbacks may own locks, which are removed when they go
}

std::vector<RestatedLock> HeldLocks::restated() const {
  std::vector<RestatedLock> all;
  all.reserve(locks_.size());
  for (const auto& [id, each] : locks_) all.push_back(each.lock);
  return all;
}

}  // namespace exo::relaying
