// Gives out locks to whoever asks for them over the bus: deployment scripts and services.
//
//   exo.lock   {key, timeoutMs}  → exo.locked   {key, number}   once it is theirs; `expired` where that took
//                                                               longer than timeoutMs (absent: they wait)
//   exo.unlock {key, lock}       → exo.unlocked {key}           `lock` is the id of the exo.lock; also for a
//   lock
//                                                               that is waited for, or is not theirs any more
//
// A lock is free as soon as its holder's connection or process has ended.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
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
  LockDesk(Broker& broker, Journal& journal, std::uint64_t epoch)
      : broker_(broker), journal_(journal), table_(epoch) {}

  // True when it was about a lock; it is answered then, or will be. Not for operators, who hold none.
  bool take(const MessageToExo& message, MonotonicTime now);
  // The instance's connection or process has ended.
  void gone(const std::string& instance);
  // Answers who has waited too long.
  void tick(MonotonicTime now);
  std::optional<MonotonicTime> wake_at() const { return table_.next_expiry(); }

  // What an instance has and waits for.
  std::vector<LockTable::Standing> of(const std::string& instance) const { return table_.of(instance); }

 private:
  void lock(const MessageToExo& message, MonotonicTime now);
  void unlock(const MessageToExo& message);
  void tell(const std::vector<LockTable::Grant>& grants);
  void tell(const LockTable::Grant& grant);
  void refuse(const std::string& instance, const std::string& name, const std::string& id,
              const Error& error);

  Broker& broker_;
  Journal& journal_;
  LockTable table_;
};

}  // namespace exo
