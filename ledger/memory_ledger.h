// A ledger in memory, for tests and simulations: the port's rules without a disk, and with failures on
// demand.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "ledger/chain.h"
#include "ledger/ledger.h"

namespace exo {

// What survives a simulated host: hand the same store to the next MemoryLedger to simulate a restart. Owned
// by the test; used by one thread at a time.
struct MemoryStore {
  std::vector<LedgerEvent> events;
  std::uint64_t epoch = 0;
};

// Whether the event of a failed append is in the store nevertheless.
enum class FaultEffect {
  kNotRecorded,  // a full disk
  kRecorded,  // its bytes were written, and then making them known failed: found when tried again or reopened
};

struct AppendFault {
  std::uint64_t after = 0;  // how many appends succeed before the one that fails
  Error error;              // what it returns, e.g. code "disk-full"
  FaultEffect effect = FaultEffect::kNotRecorded;
};

// Making one raises the store's epoch, which fences off those made before. Used by one thread at a time.
class MemoryLedger final : public Ledger {
 public:
  explicit MemoryLedger(std::shared_ptr<MemoryStore> store = std::make_shared<MemoryStore>());

  // Faults add up: each counts the appends from now on that come as far as the disk.
  void fail_append(AppendFault fault);

  Result<LedgerEvent> append(std::uint64_t expected_position, LedgerEvent event) override;
  Result<std::vector<LedgerEvent>> read(std::uint64_t from_sequence, std::size_t limit) override;
  Result<void> check_place() override;
  Result<void> verify() override;
  std::uint64_t position() const override { return end_.sequence; }
  std::uint64_t epoch() const override { return epoch_; }

  const std::shared_ptr<MemoryStore>& store() const { return store_; }

 private:
  // The fault that is due, if any; counts this append for all others.
  const AppendFault* take_fault();

  std::shared_ptr<MemoryStore> store_;
  std::uint64_t epoch_;
  ChainEnd end_;  // of the events acknowledged to this owner; the store may hold one more
  std::vector<AppendFault> faults_;
  AppendFault due_;
};

}  // namespace exo
