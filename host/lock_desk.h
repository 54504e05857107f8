// Gives out locks to whoever asks for them over the bus: deployment scripts and services.
//
// clang-format off
//   exo.lock   {key, timeoutMs}  → exo.locked   {key, number}   once it is theirs; `expired` where that took
//                                                               longer than timeoutMs (absent: they wait)
//   exo.unlock {key, lock}       → exo.unlocked {key}           `lock` is the id of the exo.lock; also for one
//                                                               that is waited for, or is not theirs any more
// clang-format on
//
// A lock is free as soon as its holder's connection or process has ended. Who comes in again restates what it
// has, to this host or to the next (deployment-scripts/lock_table.h); what it has lost it is told by an error
// with the code `lock-lost` that answers the exo.lock.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "bus/broker.h"
#include "bus/events.h"
#include "deployment-scripts/lock_table.h"
#include "host/journal.h"

namespace exo {

// Used by the host's thread; broker and journal outlive it.
class LockDesk {
 public:
  // `inherited` are the processes that an earlier host has left: no lock is given out before each of them has
  // come in, or ended.
  LockDesk(Broker& broker, Journal& journal, std::uint64_t epoch, std::set<std::string> inherited)
      : broker_(broker), journal_(journal), table_(epoch, std::move(inherited)) {}

  // True when it was about a lock; it is answered then, or will be. Not for operators, who hold none.
  bool take(const MessageToExo& message, MonotonicTime now);
  void registered(const InstanceRegistered& event);
  // The instance's connection has ended; its process may go on.
  void disconnected(const std::string& instance);
  // The process has ended, be it an instance or not.
  void gone(const std::string& process);
  // Answers who has waited too long.
  void tick(MonotonicTime now);
  std::optional<MonotonicTime> wake_at() const { return table_.next_expiry(); }

  // What an instance has and waits for.
  std::vector<LockTable::Standing> of(const std::string& instance) const { return table_.of(instance); }

 private:
  void lock(const MessageToExo& message, MonotonicTime now);
  void unlock(const MessageToExo& message);
  // Why nobody is given the key just now: somebody has it, or some are awaited.
  std::string why_not(const std::string& key) const;
  void note_freed(const std::string& instance);
  void tell(const LockTable::Loss& loss);
  void tell(const std::vector<LockTable::Grant>& grants);
  void tell(const LockTable::Grant& grant);
  void refuse(const std::string& instance, const std::string& name, const std::string& id,
              const Error& error);

  Broker& broker_;
  Journal& journal_;
  LockTable table_;
};

}  // namespace exo
