#include "deployment-scripts/lock_table.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/text.h"

namespace exo {
namespace {

constexpr unsigned kEpochShift = 32;

Result<void> check_key(const std::string& key) {
  if (key.empty()) return Error{"malformed", "a lock has a key, which is not empty"};
  if (key.size() <= kMaxLockKeyBytes) return {};
  return Error{"malformed", "the key of a lock has at most " + std::to_string(kMaxLockKeyBytes) +
                                " bytes; this one begins " + in_quotes(key.substr(0, 40))};
}

}  // namespace

Result<std::optional<LockTable::Grant>> LockTable::ask(Request request) {
  if (const auto sound = check_key(request.key); !sound) return sound.error();
  if (const auto found = queues_.find(request.key); found != queues_.end()) {
    const Queue& queue = found->second;
    const auto same = [&](const Request& other) {
      return other.holder == request.holder && other.id == request.id;
    };
    const auto known = std::find_if(queue.requests.begin(), queue.requests.end(), same);
    if (known == queue.requests.begin()) return std::optional(Grant{*known, queue.number});
    if (known != queue.requests.end()) return std::optional<Grant>();
  }
  if (count() >= kMaxLockRequests) {
    return Error{"overloaded", std::to_string(kMaxLockRequests) + " locks are held or waited for already"};
  }
  Queue& queue = queues_[request.key];
  queue.requests.push_back(std::move(request));
  if (queue.requests.size() > 1) return std::optional<Grant>();
  return std::optional(grant(queue));
}

std::vector<LockTable::Grant> LockTable::release(const std::string& holder, const std::string& id) {
  return take_out([&](const Request& request) { return request.holder == holder && request.id == id; });
}

std::vector<LockTable::Grant> LockTable::gone(const std::string& holder) {
  return take_out([&](const Request& request) { return request.holder == holder; });
}

std::vector<LockTable::Request> LockTable::expire(MonotonicTime now) {
  std::vector<Request> late;
  for (auto& [key, queue] : queues_) {
    const auto waiting = queue.requests.begin() + 1;
    const auto first_late = std::stable_partition(waiting, queue.requests.end(), [&](const Request& request) {
      return !request.until || *request.until > now;
    });
    late.insert(late.end(), std::make_move_iterator(first_late),
                std::make_move_iterator(queue.requests.end()));
    queue.requests.erase(first_late, queue.requests.end());
  }
  return late;
}

std::optional<MonotonicTime> LockTable::next_expiry() const {
  std::optional<MonotonicTime> earliest;
  for (const auto& [key, queue] : queues_) {
    for (auto request = queue.requests.begin() + 1; request != queue.requests.end(); ++request) {
      if (request->until && (!earliest || *request->until < *earliest)) earliest = request->until;
    }
  }
  return earliest;
}

std::vector<LockTable::Standing> LockTable::of(const std::string& holder) const {
  std::vector<Standing> all;
  for (const auto& [key, queue] : queues_) {
    for (const Request& request : queue.requests) {
      if (request.holder != holder) continue;
      const bool has_it = &request == &queue.requests.front();
      all.push_back({.key = key,
                     .number = has_it ? queue.number : 0,
                     .held_by = has_it ? "" : queue.requests.front().name});
    }
  }
  return all;
}

std::string LockTable::held_by(const std::string& key) const {
  const auto found = queues_.find(key);
  return found == queues_.end() ? "" : found->second.requests.front().name;
}

LockTable::Grant LockTable::grant(Queue& queue) {
  EXO_CHECK(epoch_ >> kEpochShift == 0 && (grants_ + 1) >> kEpochShift == 0);
  queue.number = (epoch_ << kEpochShift) | ++grants_;
  return {queue.requests.front(), queue.number};
}

// The first request that stays gets the lock where one before it has left.
template <typename Leaves>
std::vector<LockTable::Grant> LockTable::take_out(const Leaves& leaves) {
  std::vector<Grant> grants;
  for (auto entry = queues_.begin(); entry != queues_.end();) {
    Queue& queue = entry->second;
    const bool is_free = leaves(queue.requests.front());
    std::erase_if(queue.requests, leaves);
    if (is_free && !queue.requests.empty()) grants.push_back(grant(queue));
    entry = queue.requests.empty() ? queues_.erase(entry) : std::next(entry);
  }
  return grants;
}

std::size_t LockTable::count() const {
  std::size_t sum = 0;
  for (const auto& [key, queue] : queues_) sum += queue.requests.size();
  return sum;
}

}  // namespace exo
