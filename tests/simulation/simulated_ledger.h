// The ledger of a simulated host: the port's rules (expected position, epoch, ownership) as memory keeps
// them, over a disk that fails when the schedule wants it to.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "ledger/memory_ledger.h"
#include "tests/simulation/mutation.h"
#include "tests/simulation/random.h"

namespace exo {

// The disk of one environment, which outlives its hosts. An append that it refuses may have reached it all
// the same: then it is found when it is tried again, or when the ledger is opened the next time.
class SimulatedDisk {
 public:
  SimulatedDisk(Random& random, Mutation mutation) : random_(random), mutation_(mutation) {}

  void set_full(bool full) { full_ = full; }
  bool is_full() const { return full_; }
  // Nothing fails from now on.
  void set_calm(bool calm) { calm_ = calm; }

  const std::vector<LedgerEvent>& events() const { return store_->events; }
  std::uint64_t epoch() const { return store_->epoch; }
  std::size_t refused() const { return refused_; }

 private:
  friend class SimulatedLedger;
  enum class Failure { kNone, kNotRecorded, kRecorded, kFoundAfterCrash };

  Failure choose_failure();
  // As SQLite finds a commit that it had given up, unless another was written over it.
  void bring_back_what_was_written();

  Random& random_;
  Mutation mutation_;
  std::shared_ptr<MemoryStore> store_ = std::make_shared<MemoryStore>();
  std::optional<LedgerEvent> written_;  // by a commit that failed; only a crash brings it back
  bool full_ = false;
  bool calm_ = false;
  std::size_t refused_ = 0;
};

// Opening one takes the environment over from whoever had it.
class SimulatedLedger final : public Ledger {
 public:
  explicit SimulatedLedger(SimulatedDisk& disk);

  Result<LedgerEvent> append(std::uint64_t expected_position, LedgerEvent event) override;
  Result<std::vector<LedgerEvent>> read(std::uint64_t from_sequence, std::size_t limit) override;
  Result<void> check_place() override { return ledger_.check_place(); }
  Result<void> verify() override { return ledger_.verify(); }
  std::uint64_t position() const override { return ledger_.position(); }
  std::uint64_t epoch() const override { return ledger_.epoch(); }

  bool is_stale() const { return disk_.epoch() != epoch(); }

 private:
  Result<LedgerEvent> append_mutated(std::uint64_t expected_position, const LedgerEvent& event);
  Result<LedgerEvent> append_again(std::uint64_t expected_position, const LedgerEvent& event);
  Result<LedgerEvent> append_as_owner(const LedgerEvent& event);
  Result<LedgerEvent> fail(SimulatedDisk::Failure failure, std::uint64_t expected_position,
                           const LedgerEvent& event);
  LedgerEvent sealed(LedgerEvent event) const;

  SimulatedDisk& disk_;
  MemoryLedger ledger_;
};

}  // namespace exo
