// Locks by key: who holds which, and who waits for it.
//
// A lock keeps two scripts, or two instances, from doing the same thing at the same time, also when they
// belong to two versions. It is held until it is given back or its holder has gone; who waits gets it in the
// order of asking.
//
// A holder may be stopped for longer than anybody waits, be taken for gone, and go on. So each grant has a
// number that is higher than that of every grant before it, those of earlier hosts included: its upper half
// is the ledger's epoch, which rises with each host. Whoever stores something under a lock stores the number
// with it, and refuses a lower one (a *fencing token*).
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace exo {

inline constexpr std::size_t kMaxLockKeyBytes = 255;  // a name, not data
// Locks that are held or waited for at a time; more is a program that gives none back.
inline constexpr std::size_t kMaxLockRequests = 10'000;

// Pure: reads no clock. Used by one thread at a time.
class LockTable {
 public:
  struct Request {
    std::string holder;    // the instance that asks: when it has gone its locks are free
    std::string name;      // its role on the bus, for people
    std::string id;        // names the request among those of its holder
    std::string activity;  // of its message; comes back with the grant
    std::string key;
    std::optional<MonotonicTime> until;  // it is not wanted any more from then on; absent: it waits for ever
  };
  struct Grant {
    Request request;
    std::uint64_t number = 0;
  };
  // How one request stands.
  struct Standing {
    std::string key;
    std::uint64_t number = 0;  // of the grant; 0: it waits
    std::string held_by;       // the name of who has it, while it waits
  };

  // `epoch` is that of this host's ownership of the ledger, below 2^32.
  explicit LockTable(std::uint64_t epoch) : epoch_(epoch) {}

  // The grant, or nothing when it has to wait. The same request again (its id) is the one that is known.
  // Errors: `malformed` (a key that is empty or too long), `overloaded` (too many requests).
  Result<std::optional<Grant>> ask(Request request);
  // Gives the lock back, or ceases to wait; nothing when there is no such request. What is granted by that
  // follows.
  std::vector<Grant> release(const std::string& holder, const std::string& id);
  // The holder has gone.
  std::vector<Grant> gone(const std::string& holder);
  // Takes out who has waited too long.
  std::vector<Request> expire(MonotonicTime now);
  std::optional<MonotonicTime> next_expiry() const;

  // Those that this holder has or waits for, by key.
  std::vector<Standing> of(const std::string& holder) const;
  // The name of who has it; empty: nobody.
  std::string held_by(const std::string& key) const;

 private:
  // Never empty; the first has the lock.
  struct Queue {
    std::uint64_t number = 0;  // of the first one's grant
    std::deque<Request> requests;
  };
  using Queues = std::map<std::string, Queue>;

  Grant grant(Queue& queue);
  template <typename Leaves>
  std::vector<Grant> take_out(const Leaves& leaves);
  std::size_t count() const;

  std::uint64_t epoch_;
  std::uint64_t grants_ = 0;
  Queues queues_;  // by key
};

}  // namespace exo
