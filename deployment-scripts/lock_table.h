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
//
// Holders may outlive the host that gave them their locks. Each says again what it holds when it comes in to
// the next one, and until all whom that has inherited have come in, or ended, nobody is given anything:
//
//   awaited ── registered: what it restates is its own ──▶ in ◀── registered: what it left, if nobody had
//      │                                                   │      it since ──┐
//      │                                                   └─ disconnected: free, and remembered
//      └── gone ──▶ (forgotten) ◀── gone ── any of these
//
// Of two who restate one key the higher number has it, and the other has lost it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
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
  // What a holder says that it has: the lock that it was granted upon the request `id`.
  struct Claim {
    std::string key;
    std::string id;
    std::uint64_t number = 0;
  };
  struct Loss {
    std::string holder;
    Claim claim;
    std::string held_by;  // the name of who has it instead; empty: nobody may have it now
  };
  struct Restated {
    std::vector<Loss> losses;
    std::vector<Grant> grants;
  };
  // How one request stands.
  struct Standing {
    std::string key;
    std::uint64_t number = 0;  // of the grant; 0: it waits
    std::string held_by;       // whom it waits for: see held_by()
  };

  // `epoch` is that of this host's ownership of the ledger, below 2^32; `awaited` are the holders, or whoever
  // may be one, that an earlier host has left.
  explicit LockTable(std::uint64_t epoch, std::set<std::string> awaited = {})
      : epoch_(epoch), awaited_(std::move(awaited)) {}

  // The grant, or nothing when it has to wait. The same request again (its id) is the one that is known.
  // Errors: `malformed` (a key that is empty or too long), `overloaded` (too many requests).
  Result<std::optional<Grant>> ask(Request request);
  // Gives the lock back, or ceases to wait; nothing when there is no such request. What is granted by that
  // follows.
  std::vector<Grant> release(const std::string& holder, const std::string& id);
  // The holder has a connection, and says what it has. What it does not restate is not its own any more.
  Restated registered(const std::string& holder, const std::string& name, const std::vector<Claim>& claims);
  // The holder has no connection; it may come back.
  std::vector<Grant> disconnected(const std::string& holder);
  // The holder has ended.
  std::vector<Grant> gone(const std::string& holder);
  // Takes out who has waited too long.
  std::vector<Request> expire(MonotonicTime now);
  std::optional<MonotonicTime> next_expiry() const;

  // Those that this holder has or waits for, by key.
  std::vector<Standing> of(const std::string& holder) const;
  // The name of who has it; where nobody has and some are awaited, the first of these; empty: nobody.
  std::string held_by(const std::string& key) const;
  bool is_held(const std::string& key) const;
  const std::set<std::string>& awaited() const { return awaited_; }

 private:
  // Never empty; the first has the lock, unless `number` is 0: then all wait for who is awaited.
  struct Queue {
    std::uint64_t number = 0;  // of the first one's grant
    std::deque<Request> requests;

    bool is_held() const { return number != 0; }
    bool is_held_by(const std::string& holder) const {
      return is_held() && requests.front().holder == holder;
    }
  };
  using Queues = std::map<std::string, Queue>;
  // A lock that its holder had when its connection ended; nobody was given its key since.
  struct Left {
    std::string holder;
    std::string id;
    std::uint64_t number = 0;
  };

  std::optional<Loss> restate(const std::string& holder, const std::string& name, const Claim& claim,
                              std::vector<Loss>& beaten);
  bool may_restate(const std::string& holder, const Claim& claim) const;
  Grant grant(Queue& queue);
  template <typename Leaves>
  std::vector<Grant> take_out(const Leaves& leaves);
  std::size_t count() const;

  std::uint64_t epoch_;
  std::uint64_t grants_ = 0;
  std::set<std::string> awaited_;
  Queues queues_;                     // by key
  std::map<std::string, Left> left_;  // by key, each of a holder that has not ended
};

}  // namespace exo
