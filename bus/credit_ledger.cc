#include "bus/credit_ledger.h"

#include <algorithm>

#include "base/check.h"

namespace exo::routing {

CreditLedger::Account& CreditLedger::account(std::size_t role) {
  if (role >= accounts_.size()) accounts_.resize(role + 1);
  return accounts_[role];
}

std::uint64_t CreditLedger::window(const Account& account) const {
  const std::uint64_t by_bytes = window_bytes_ / std::max<std::uint64_t>(account.mean_bytes, 1);
  return std::clamp(by_bytes, std::min(kSmallestWindow, shared_window_), shared_window_);
}

bool CreditLedger::take(std::size_t role, std::size_t payload_bytes) {
  Account& account = this->account(role);
  if (account.sent >= account.granted + window_) return false;
  ++account.sent;
  // A mean that follows the last few dozen payloads; a large one counts at once.
  account.mean_bytes =
      std::max<std::uint64_t>((account.mean_bytes * 15 + payload_bytes) / 16, payload_bytes / 4);
  return true;
}

void CreditLedger::left_queue(std::size_t role) {
  Account& account = this->account(role);
  EXO_CHECK(account.queued > 0);
  --account.queued;
}

void CreditLedger::open(std::size_t role) {
  Account& account = this->account(role);
  account.routed = true;
  account.granted =
      std::min(std::max(account.granted, account.sent) + shared_window_, account.sent + 4 * window_);
  account.changed = true;
}

void CreditLedger::close_all() {
  for (Account& account : accounts_) account.routed = false;
}

bool CreditLedger::top_up(std::size_t role) {
  Account& account = this->account(role);
  const std::uint64_t window = this->window(account);
  const std::uint64_t unused = account.granted > account.sent ? account.granted - account.sent : 0;
  const std::uint64_t room = window > account.queued ? window - account.queued : 0;
  if (account.routed && room > unused && room - unused >= window / 2) {
    account.granted = account.sent + room;
    account.changed = true;
  }
  return account.changed;
}

void CreditLedger::restart() {
  for (Account& account : accounts_) {
    account.granted = 0;
    account.sent = 0;
    account.routed = false;
    account.changed = false;
  }
}

}  // namespace exo::routing
