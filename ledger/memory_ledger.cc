#include "ledger/memory_ledger.h"

#include <algorithm>
#include <utility>

#include "ledger/ledger_error.h"

namespace exo {
namespace {

ChainEnd end_of(const MemoryStore& store) {
  return store.events.empty() ? ChainEnd{} : chain_end(store.events.back());
}

}  // namespace

MemoryLedger::MemoryLedger(std::shared_ptr<MemoryStore> store)
    : store_(std::move(store)), epoch_(++store_->epoch), end_(end_of(*store_)) {}

void MemoryLedger::fail_append(AppendFault fault) {
  faults_.push_back(std::move(fault));
}

const AppendFault* MemoryLedger::take_fault() {
  const auto due =
      std::find_if(faults_.begin(), faults_.end(), [](const AppendFault& fault) { return fault.after == 0; });
  if (due != faults_.end()) {
    due_ = std::move(*due);
    faults_.erase(due);
    return &due_;
  }
  for (AppendFault& fault : faults_) --fault.after;
  return nullptr;
}

Result<LedgerEvent> MemoryLedger::append(std::uint64_t expected_position, LedgerEvent event) {
  if (auto checked = check_event(event); !checked) return checked.error();
  if (auto there = check_place(); !there) return there.error();
  if (const ChainEnd stored = end_of(*store_); stored != end_) {
    const bool tried_again = expected_position == end_.sequence && same_content(store_->events.back(), event);
    end_ = stored;
    if (tried_again) return store_->events.back();
  }
  if (expected_position != end_.sequence) {
    return ledger_failure(ledger_error::kPositionMismatch, "the ledger is at position " +
                                                               std::to_string(end_.sequence) + ", not " +
                                                               std::to_string(expected_position));
  }
  seal(event, end_, epoch_);
  const AppendFault* const fault = take_fault();
  if (fault == nullptr || fault->effect == FaultEffect::kRecorded) store_->events.push_back(event);
  if (fault != nullptr) return fault->error;
  end_ = chain_end(event);
  return event;
}

Result<std::vector<LedgerEvent>> MemoryLedger::read(std::uint64_t from_sequence, std::size_t limit) {
  const std::size_t size = store_->events.size();
  const std::size_t first = std::min<std::size_t>(from_sequence == 0 ? 0 : from_sequence - 1, size);
  const std::size_t last = first + std::min(limit, size - first);
  ChainEnd end = first == 0 ? ChainEnd{} : chain_end(store_->events[first - 1]);
  for (std::size_t i = first; i < last; ++i) {
    if (auto linked = check_link(end, store_->events[i]); !linked) return linked.error();
    end = chain_end(store_->events[i]);
  }
  const auto begin = store_->events.begin();
  return std::vector<LedgerEvent>(begin + static_cast<std::ptrdiff_t>(first),
                                  begin + static_cast<std::ptrdiff_t>(last));
}

// There is no place from which memory could be removed.
Result<void> MemoryLedger::check_place() {
  if (store_->epoch == epoch_) return {};
  return ledger_failure(ledger_error::kEpochStale,
                        "the ledger was taken over by another host (epoch " + std::to_string(store_->epoch) +
                            ", this host has epoch " + std::to_string(epoch_) + ")");
}

Result<void> MemoryLedger::verify() {
  ChainEnd end;
  for (const LedgerEvent& event : store_->events) {
    if (auto linked = check_link(end, event); !linked) return linked;
    end = chain_end(event);
  }
  return {};
}

}  // namespace exo
