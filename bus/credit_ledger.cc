#include "bus/credit_ledger.h"

#include <algorithm>

#include "base/check.h"

namespace exo::routing {

CreditLedger::Account& CreditLedger::account(std::size_t role) {
  if (role >= accounts_.size()) accounts_.resize(role + 1);
  return accounts_[role];
}

void CreditLedger::share_window(std::uint64_t window, std::uint64_t bytes) {
  shared_window_ = window;
  shared_bytes_ = bytes;
}

std::uint64_t CreditLedger::window_by_bytes(const Account& account) const {
  const std::uint64_t left = shared_bytes_ > account.queued_bytes ? shared_bytes_ - account.queued_bytes : 0;
  const std::uint64_t window = account.queued + left / std::max<std::uint64_t>(account.mean_bytes, 1);
  return std::clamp(window, std::min(kSmallestWindow, limits_.window), limits_.window);
}

std::uint64_t CreditLedger::window(const Account& account) const {
  constexpr std::uint64_t kGrowth = 8;
  const std::uint64_t known = limits_.first_window + kGrowth * account.sent;
  return std::min({window_by_bytes(account), shared_window_, known});
}

std::uint64_t CreditLedger::unused(const Account& account) {
  return account.granted > account.sent ? account.granted - account.sent : 0;
}

bool CreditLedger::may_take(const Account& account, std::size_t payload_bytes) const {
  if (account.queued_bytes + payload_bytes > limits_.most_bytes && account.queued > 0) return false;
  if (account.sent < account.promised) return true;
  const bool fits = account.beyond_bytes == 0 || account.beyond_bytes + payload_bytes <= limits_.window_bytes;
  return fits && account.sent < account.promised + limits_.window;
}

bool CreditLedger::take(std::size_t role, std::size_t payload_bytes) {
  Account& account = this->account(role);
  if (!may_take(account, payload_bytes)) return false;
  if (account.sent >= account.promised) account.beyond_bytes += payload_bytes;
  const std::uint64_t mean = account.sent++ == 0 ? payload_bytes : account.mean_bytes;
  // A mean that follows the last few dozen payloads; a large one counts at once.
  account.mean_bytes = std::max<std::uint64_t>((mean * 15 + payload_bytes) / 16, payload_bytes / 2);
  return true;
}

void CreditLedger::queued(std::size_t role, std::size_t payload_bytes) {
  Account& account = this->account(role);
  ++account.queued;
  account.queued_bytes += payload_bytes;
}

void CreditLedger::left_queue(std::size_t role, std::size_t payload_bytes) {
  Account& account = this->account(role);
  EXO_CHECK(account.queued > 0 && account.queued_bytes >= payload_bytes);
  --account.queued;
  account.queued_bytes -= payload_bytes;
}

void CreditLedger::grant(Account& account, std::uint64_t total) {
  account.granted = total;
  account.promised = std::max(account.promised, total);
  account.changed = true;
}

void CreditLedger::open(std::size_t role) {
  Account& account = this->account(role);
  account.routed = true;
  account.beyond_bytes = 0;
  if (most_unused_) return;  // it is granted as its pace allows
  const std::uint64_t most = account.sent + 4 * limits_.window;
  grant(account, std::min(std::max(account.granted, account.sent) + window(account), most));
}

void CreditLedger::close_all() {
  for (Account& account : accounts_) account.routed = false;
}

std::size_t CreditLedger::routed() const {
  return static_cast<std::size_t>(std::count_if(accounts_.begin(), accounts_.end(),
                                                [](const Account& account) { return account.routed; }));
}

// In steps of half of what there may be, as without a pace.
bool CreditLedger::grant_by_pace(Account& account) {
  const std::uint64_t window = this->window(account);
  const std::uint64_t room = std::min(window > account.queued ? window - account.queued : 0, *most_unused_);
  const std::uint64_t unused = this->unused(account);
  const bool wants_more = account.routed && unused < room && (unused == 0 || room - unused >= room / 2);
  if (wants_more) account.beyond_bytes = 0;
  if (wants_more || unused > *most_unused_) grant(account, account.sent + room);
  return account.changed;
}

bool CreditLedger::top_up(std::size_t role) {
  Account& account = this->account(role);
  if (most_unused_) return grant_by_pace(account);
  const std::uint64_t window = this->window(account);
  const std::uint64_t unused = this->unused(account);
  const std::uint64_t room = window > account.queued ? window - account.queued : 0;
  if (account.routed && room > unused && room - unused >= window / 2) {
    account.beyond_bytes = 0;
    grant(account, account.sent + room);
  }
  return take_back(role);
}

bool CreditLedger::take_back(std::size_t role) {
  Account& account = this->account(role);
  if (most_unused_ && unused(account) > *most_unused_) grant(account, account.sent + *most_unused_);
  const std::uint64_t window = window_by_bytes(account);
  const std::uint64_t unused = this->unused(account);
  const std::uint64_t room = window > account.queued ? window - account.queued : 0;
  if (unused > room && unused - room > window / 2) grant(account, account.sent + room);
  return account.changed;
}

void CreditLedger::restart() {
  for (Account& account : accounts_) {
    account.granted = account.promised = 0;
    account.sent = 0;
    account.beyond_bytes = 0;
    account.routed = false;
    account.changed = false;
  }
}

}  // namespace exo::routing
