#include "host/unsettled_records.h"

#include <algorithm>

namespace exo {

void UnsettledRecords::add(std::uint64_t sequence, MonotonicTime now, MonotonicTime settled_by) {
  records_[sequence] = {.since = now, .settled_by = settled_by};
}

void UnsettledRecords::settle(std::uint64_t sequence, MonotonicTime now) {
  const auto found = records_.find(sequence);
  if (found == records_.end()) return;
  last_took_ = now - found->second.since;
  records_.erase(found);
}

void UnsettledRecords::expire(MonotonicTime now) {
  while (!records_.empty() && records_.begin()->second.settled_by <= now) records_.erase(records_.begin());
}

std::uint64_t UnsettledRecords::settled_through(std::uint64_t last) const {
  return records_.empty() ? last : records_.begin()->first - 1;
}

// Where each takes long, production waits that long anyway.
bool UnsettledRecords::is_stuck(MonotonicTime now) const {
  const auto patience = std::max<MonotonicTime::duration>(kPatience, 2 * last_took_);
  return !records_.empty() && now - records_.begin()->second.since > patience;
}

std::optional<MonotonicTime> UnsettledRecords::expires_at() const {
  return records_.empty() ? std::nullopt : std::optional(records_.begin()->second.settled_by);
}

}  // namespace exo
