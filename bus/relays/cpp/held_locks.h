// The locks that a relay holds, which it restates when it registers again.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
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
  // When nobody has it any more. False where it was not held.
  bool remove(std::string_view id);
  // Those with this id: one, or none.
  std::vector<Lost> lose(std::string_view id, const Error& loss);
  std::vector<Lost> lose_all(const Error& loss);
  // Of a lock that was lost, until it is removed.
  std::optional<Error> loss_of(std::string_view id) const;
  // With the relay: none is held any more, and none is lost by that.
  void end();
  std::vector<RestatedLock> restated() const;

 private:
  std::map<std::string, Lost, std::less<>> locks_;
  std::map<std::string, Error, std::less<>> losses_;  // for who asks later
};

}  // namespace exo::relaying
