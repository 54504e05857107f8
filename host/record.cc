#include "host/record.h"

#include <algorithm>
#include <utility>

#include "ledger/ledger_error.h"

namespace exo {

Result<void> Record::replay() {
  constexpr std::size_t kPage = 1000;
  for (std::uint64_t next = parts_.rollout.position() + 1;;) {
    const auto events = parts_.ledger.read(next, kPage);
    if (!events) return events.error();
    if (events.value().empty()) return {};
    for (const LedgerEvent& event : events.value()) parts_.rollout.apply(event);
    next = events.value().back().sequence + 1;
  }
}

Result<RolloutRecord> replayed(Ledger& ledger) {
  constexpr std::size_t kPage = 1000;
  RolloutRecord record;
  for (;;) {
    const auto events = ledger.read(record.position() + 1, kPage);
    if (!events) return events.error();
    if (events.value().empty()) return record;
    for (const LedgerEvent& event : events.value()) record.apply(event);
  }
}

Result<void> Record::append(LedgerEvent event) {
  if (event.who.empty()) event.who = parts_.who;
  event.host = parts_.host;
  // What was refused may be on the disk all the same; the ledger knows the same event again, and takes it
  // once.
  event.at = refused_ ? refused_->at : UnixTime{};
  if (!refused_ || !(event == *refused_)) event.at = parts_.clock();
  const auto appended = parts_.ledger.append(parts_.rollout.position(), event);
  if (appended) {
    refused_.reset();
    parts_.rollout.apply(appended.value());
    return {};
  }
  if (appended.error().code == ledger_error::kPositionMismatch) {
    if (const auto caught_up = replay(); !caught_up) return caught_up;
  }
  refused_ = std::move(event);
  return appended.error();
}

bool is_lost_for_good(const Error& refusal) {
  const auto& codes = {ledger_error::kEpochStale,   ledger_error::kRemoved,  ledger_error::kReadOnly,
                       ledger_error::kMalformed,    ledger_error::kTooLarge, ledger_error::kLedgerAltered,
                       ledger_error::kLedgerDamaged};
  return std::find(codes.begin(), codes.end(), refusal.code) != codes.end();
}

}  // namespace exo
