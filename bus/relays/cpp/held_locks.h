// The locks that a relay holds, which it restates when it registers again.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bus/relays/cpp/lock.h"
#include "bus/wire/control.h"

namespace exo::relaying {

// By the id of the exo.lock. For one thread; says nothing to anybody.
class HeldLocks {
 public:
  struct Lost {
    RestatedLock lock;
    OnLockLost on_lost;  // null where nobody wants to hear of it
  };

  void add(const RestatedLock& lock) { locks_[lock.id] = {lock, nullptr}; }
  bool has(std::string_view id) const { return locks_.find(id) != locks_.end(); }
  // For what is held; each call replaces the one before.
  void on_lost(std::string_view id, OnLockLost callback);
  // False where it was not held.
  bool remove(std::string_view id);
  // Those with this id: one, or none.
  std::vector<Lost> lose(std::string_view id);
  std::vector<Lost> lose_all();
  std::vector<RestatedLock> restated() const;

 private:
  std::map<std::string, Lost, std::less<>> locks_;
};

}  // namespace exo::relaying
