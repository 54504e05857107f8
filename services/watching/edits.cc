#include "services/watching/edits.h"

#include <algorithm>
#include <utility>

namespace exo {

void Edits::touch(MonotonicTime now) {
  if (!first_) first_ = now;
  last_ = now;
}

void Edits::written(const std::string& name, MonotonicTime now) {
  if (!seen_.contains(name)) return;
  open_.insert(name);
  touch(now);
}

void Edits::closed(const std::string& name, MonotonicTime now) {
  if (seen_.contains(name)) placed(name, now);
}

void Edits::placed(const std::string& name, MonotonicTime now) {
  open_.erase(name);
  touch(now);
}

void Edits::missed(MonotonicTime now) {
  open_.clear();  // that they were closed may be what was missed
  touch(now);
}

std::optional<MonotonicTime> Edits::look_at() const {
  if (!first_) return std::nullopt;
  const MonotonicTime longest = *first_ + kLongestEdit;
  return open_.empty() ? std::min(last_ + kQuiet, longest) : longest;
}

std::vector<std::string> Edits::looked(FileDigests now) {
  passed_over();
  std::vector<std::string> changed;
  for (const auto& [name, digest] : now) {
    const auto then = seen_.find(name);
    if (then == seen_.end() || then->second != digest) changed.push_back(name);
  }
  for (const auto& [name, digest] : seen_) {
    if (!now.contains(name)) changed.push_back(name);
  }
  std::sort(changed.begin(), changed.end());
  seen_ = std::move(now);
  return changed;
}

void Edits::passed_over() {
  first_.reset();
  open_.clear();
}

}  // namespace exo
