#include "tests/simulation/simulated_ledger.h"

#include <limits>
#include <string>
#include <utility>

#include "ledger/ledger_error.h"

namespace exo {
namespace {

constexpr std::uint64_t kNoPosition = std::numeric_limits<std::uint64_t>::max();

Error disk_full() {
  return ledger_failure(ledger_error::kDiskFull, "no space left on device");
}

ChainEnd end_of(const std::vector<LedgerEvent>& events) {
  return events.empty() ? ChainEnd{} : chain_end(events.back());
}

}  // namespace

SimulatedDisk::Failure SimulatedDisk::choose_failure() {
  if (calm_ || !(full_ || random_.chance(1, 40))) return Failure::kNone;
  ++refused_;
  switch (random_.below(4)) {
    case 0:
      return Failure::kRecorded;
    case 1:
      return Failure::kFoundAfterCrash;
    default:
      return Failure::kNotRecorded;
  }
}

void SimulatedDisk::bring_back_what_was_written() {
  const auto found = std::exchange(written_, std::nullopt);
  if (found && found->previous_hash == end_of(store_->events).hash &&
      found->sequence == store_->events.size() + 1) {
    store_->events.push_back(*found);
  }
}

SimulatedLedger::SimulatedLedger(SimulatedDisk& disk)
    : disk_(disk), ledger_((disk.bring_back_what_was_written(), disk.store_)) {}

Result<LedgerEvent> SimulatedLedger::append(std::uint64_t expected_position, LedgerEvent event) {
  const SimulatedDisk::Failure failure = is_stale() ? SimulatedDisk::Failure::kNone : disk_.choose_failure();
  if (failure != SimulatedDisk::Failure::kNone) return fail(failure, expected_position, event);
  return append_mutated(expected_position, event);
}

Result<LedgerEvent> SimulatedLedger::append_mutated(std::uint64_t expected_position,
                                                    const LedgerEvent& event) {
  if (disk_.mutation_ == Mutation::kAppendTwice) return append_again(expected_position, event);
  if (disk_.mutation_ == Mutation::kAcceptStaleEpoch && is_stale()) return append_as_owner(event);
  return ledger_.append(expected_position, event);
}

// What the store holds beyond this host's position is passed over, and not compared.
Result<LedgerEvent> SimulatedLedger::append_again(std::uint64_t expected_position, const LedgerEvent& event) {
  if (is_stale() || disk_.events().size() <= position()) return ledger_.append(expected_position, event);
  static_cast<void>(ledger_.append(kNoPosition, event));
  return ledger_.append(position(), event);
}

Result<LedgerEvent> SimulatedLedger::append_as_owner(const LedgerEvent& event) {
  const std::uint64_t epoch = std::exchange(disk_.store_->epoch, ledger_.epoch());
  static_cast<void>(ledger_.append(kNoPosition, event));
  auto appended = ledger_.append(position(), event);
  disk_.store_->epoch = epoch;
  return appended;
}

Result<LedgerEvent> SimulatedLedger::fail(SimulatedDisk::Failure failure, std::uint64_t expected_position,
                                          const LedgerEvent& event) {
  // What is there already needs no room.
  if (disk_.events().size() > position()) return append_mutated(expected_position, event);
  const bool recorded = failure == SimulatedDisk::Failure::kRecorded;
  LedgerEvent written = sealed(event);
  if (!recorded && disk_.mutation_ == Mutation::kPretendAppended) return written;
  ledger_.fail_append({.after = 0,
                       .error = disk_full(),
                       .effect = recorded ? FaultEffect::kRecorded : FaultEffect::kNotRecorded});
  auto refused = ledger_.append(expected_position, event);
  if (failure == SimulatedDisk::Failure::kFoundAfterCrash) disk_.written_ = std::move(written);
  return refused;
}

LedgerEvent SimulatedLedger::sealed(LedgerEvent event) const {
  seal(event, end_of(disk_.events()), ledger_.epoch());
  return event;
}

Result<std::vector<LedgerEvent>> SimulatedLedger::read(std::uint64_t from_sequence, std::size_t limit) {
  auto events = ledger_.read(from_sequence, limit);
  if (events) mutate_history(disk_.mutation_, events.value());
  return events;
}

}  // namespace exo
