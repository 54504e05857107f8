// Locks by key, which the host gives out to deployment scripts and services of every version.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "base/result.h"

namespace exo {

namespace relaying {
class RelayCore;
}

struct LockOptions {
  // How long to wait for it; zero: kDefaultTimeout, and for deployment scripts without end.
  std::chrono::milliseconds timeout{0};
};

// Called once, with `lock-lost`.
using OnLockLost = std::function<void(const Error&)>;

// A lock that this program holds, until the object is destroyed or release() is called, or until the process
// or the relay ends. Movable. For the relay's thread.
//
// It is held on while the bus is lost, and restated to the next. What another was given meanwhile is lost:
// that is told as soon as this program hears of it, which may be late. So each grant has a number that is
// higher than that of every grant before it, those of earlier hosts included. Whoever stores something under
// the lock stores the number with it, and refuses a lower one: then a program that was stopped, and goes on
// after the lock went to another, does no harm.
class Lock {
 public:
  Lock() = default;
  Lock(Lock&& other) noexcept { *this = std::move(other); }
  Lock& operator=(Lock&& other) noexcept;
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
  ~Lock() { release(); }

  const std::string& key() const { return key_; }
  std::uint64_t number() const { return number_; }
  // False once it was released, or is known to be lost.
  bool held() const;
  // Tells of its loss. Without it that is an unhandled error (Relay::on_unhandled_error), which ends the
  // attempt of a deployment script. Where it is lost already, the callback is called before this returns.
  // Nothing where it was released, or ended with the relay.
  void on_lost(OnLockLost callback) const;
  // Idempotent.
  void release();

 private:
  friend class Relay;
  std::weak_ptr<relaying::RelayCore> core_;
  std::string key_;
  std::string id_;  // of the exo.lock
  std::uint64_t number_ = 0;
};

// Called once, with the lock or with the Error that ended the waiting: `expired`, `bus-lost`, `cancelled`,
// `closed`.
using OnLock = std::function<void(Result<Lock>)>;

}  // namespace exo
