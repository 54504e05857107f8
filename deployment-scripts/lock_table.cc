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
    const bool has_it = known == queue.requests.begin() && queue.is_held();
    if (has_it) return std::optional(Grant{*known, queue.number});
    if (known != queue.requests.end()) return std::optional<Grant>();
  }
  if (count() >= kMaxLockRequests) {
    return Error{"overloaded", std::to_string(kMaxLockRequests) + " locks are held or waited for already"};
  }
  Queue& queue = queues_[request.key];
  queue.requests.push_back(std::move(request));
  if (queue.requests.size() > 1 || !awaited_.empty()) return std::optional<Grant>();
  return std::optional(grant(queue));
}

std::vector<LockTable::Grant> LockTable::release(const std::string& holder, const std::string& id) {
  return take_out([&](const Request& request) { return request.holder == holder && request.id == id; });
}

LockTable::Restated LockTable::registered(const std::string& holder, const std::string& name,
                                          const std::vector<Claim>& claims) {
  Restated outcome;
  std::set<std::string> held;  // ids
  const std::size_t before = count();
  for (const Claim& claim : claims) {
    const bool fits = before + held.size() < kMaxLockRequests;
    auto lost = fits ? restate(holder, name, claim, outcome.losses) : Loss{holder, claim, ""};
    if (lost) {
      outcome.losses.push_back(std::move(*lost));
    } else {
      held.insert(claim.id);
    }
  }
  awaited_.erase(holder);
  std::erase_if(left_, [&](const auto& entry) { return entry.second.holder == holder; });
  outcome.grants = take_out(
      [&](const Request& request) { return request.holder == holder && !held.contains(request.id); });
  return outcome;
}

std::vector<LockTable::Grant> LockTable::disconnected(const std::string& holder) {
  for (const auto& [key, queue] : queues_) {
    if (queue.is_held_by(holder)) left_[key] = Left{holder, queue.requests.front().id, queue.number};
  }
  return take_out([&](const Request& request) { return request.holder == holder; });
}

std::vector<LockTable::Grant> LockTable::gone(const std::string& holder) {
  awaited_.erase(holder);
  std::erase_if(left_, [&](const auto& entry) { return entry.second.holder == holder; });
  return take_out([&](const Request& request) { return request.holder == holder; });
}

std::vector<LockTable::Request> LockTable::expire(MonotonicTime now) {
  std::vector<Request> late;
  for (auto entry = queues_.begin(); entry != queues_.end();) {
    Queue& queue = entry->second;
    const auto waiting = queue.requests.begin() + (queue.is_held() ? 1 : 0);
    const auto first_late = std::stable_partition(waiting, queue.requests.end(), [&](const Request& request) {
      return !request.until || *request.until > now;
    });
    late.insert(late.end(), std::make_move_iterator(first_late),
                std::make_move_iterator(queue.requests.end()));
    queue.requests.erase(first_late, queue.requests.end());
    entry = queue.requests.empty() ? queues_.erase(entry) : std::next(entry);
  }
  return late;
}

std::optional<MonotonicTime> LockTable::next_expiry() const {
  std::optional<MonotonicTime> earliest;
  for (const auto& [key, queue] : queues_) {
    for (const Request& request : queue.requests) {
      const bool has_it = queue.is_held() && &request == &queue.requests.front();
      if (!has_it && request.until && (!earliest || *request.until < *earliest)) earliest = request.until;
    }
  }
  return earliest;
}

std::vector<LockTable::Standing> LockTable::of(const std::string& holder) const {
  std::vector<Standing> all;
  for (const auto& [key, queue] : queues_) {
    for (const Request& request : queue.requests) {
      if (request.holder != holder) continue;
      const bool has_it = queue.is_held() && &request == &queue.requests.front();
      all.push_back({.key = key, .number = has_it ? queue.number : 0, .held_by = has_it ? "" : held_by(key)});
    }
  }
  return all;
}

bool LockTable::is_held(const std::string& key) const {
  const auto found = queues_.find(key);
  return found != queues_.end() && found->second.is_held();
}

std::string LockTable::held_by(const std::string& key) const {
  if (is_held(key)) return queues_.at(key).requests.front().name;
  return awaited_.empty() ? "" : *awaited_.begin();
}

// Nothing where the claim stands. Whom it beats, who has restated the same key, goes to `beaten`.
std::optional<LockTable::Loss> LockTable::restate(const std::string& holder, const std::string& name,
                                                  const Claim& claim, std::vector<Loss>& beaten) {
  const bool has_holder = is_held(claim.key);
  if (has_holder) {
    const Queue& queue = queues_.at(claim.key);
    const bool is_same = queue.is_held_by(holder) && queue.number == claim.number;
    if (is_same && queue.requests.front().id == claim.id) return std::nullopt;
    if (claim.number <= queue.number) return Loss{holder, claim, held_by(claim.key)};
  }
  if (!may_restate(holder, claim)) return Loss{holder, claim, has_holder ? held_by(claim.key) : ""};
  Queue& queue = queues_[claim.key];
  if (has_holder) {
    const Request& other = queue.requests.front();
    beaten.push_back({.holder = other.holder, .claim = {claim.key, other.id, queue.number}, .held_by = name});
    queue.requests.pop_front();
  }
  queue.requests.push_front({.holder = holder,
                             .name = name,
                             .id = claim.id,
                             .activity = "",
                             .key = claim.key,
                             .until = std::nullopt});
  queue.number = claim.number;
  left_.erase(claim.key);
  return std::nullopt;
}

// From a holder that is awaited whatever an earlier host can have granted; from all others what they left.
bool LockTable::may_restate(const std::string& holder, const Claim& claim) const {
  if (!check_key(claim.key)) return false;
  const auto left = left_.find(claim.key);
  if (awaited_.contains(holder)) {
    const bool is_older = left != left_.end() && left->second.number >= claim.number;
    return claim.number != 0 && claim.number >> kEpochShift < epoch_ && !is_older;
  }
  return left != left_.end() && left->second.holder == holder && left->second.id == claim.id &&
         left->second.number == claim.number;
}

LockTable::Grant LockTable::grant(Queue& queue) {
  EXO_CHECK(epoch_ >> kEpochShift == 0 && (grants_ + 1) >> kEpochShift == 0);
  queue.number = (epoch_ << kEpochShift) | ++grants_;
  left_.erase(queue.requests.front().key);
  return {queue.requests.front(), queue.number};
}

// The first request that stays gets the lock where nobody has it any more, and nobody is awaited.
template <typename Leaves>
std::vector<LockTable::Grant> LockTable::take_out(const Leaves& leaves) {
  std::vector<Grant> grants;
  for (auto entry = queues_.begin(); entry != queues_.end();) {
    Queue& queue = entry->second;
    if (queue.is_held() && leaves(queue.requests.front())) queue.number = 0;
    std::erase_if(queue.requests, leaves);
    const bool is_due = !queue.is_held() && awaited_.empty() && !queue.requests.empty();
    if (is_due) grants.push_back(grant(queue));
    entry = queue.requests.empty() ? queues_.erase(entry) : std::next(entry);
  }
  return grants;
}

std::size_t LockTable::count() const {
  std::size_t sum = left_.size();
  for (const auto& [key, queue] : queues_) sum += queue.requests.size();
  return sum;
}

}  // namespace exo
