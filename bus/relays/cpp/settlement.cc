#include "bus/relays/cpp/settlement.h"

#include "base/check.h"

namespace exo::relaying {

void Settlement::begin(std::uint64_t number) {
  if (open_.empty()) first_ = number;
  EXO_CHECK(number >= first_ + open_.size());
  // Numbers that were skipped belong to nothing that needs settling.
  open_.resize(number - first_, false);
  open_.push_back(true);
}

void Settlement::settle(std::uint64_t number) {
  if (number < first_ || number >= first_ + open_.size()) return;
  open_[number - first_] = false;
  while (!open_.empty() && !open_.front()) {
    open_.pop_front();
    ++first_;
  }
}

}  // namespace exo::relaying
