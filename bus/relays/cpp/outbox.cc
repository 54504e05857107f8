#include "bus/relays/cpp/outbox.h"

#include <algorithm>

#include "base/check.h"

namespace exo::relaying {

namespace {

// What a command costs beside its payload: its texts and its places in queues.
constexpr std::size_t kOverheadBytes = 200;

bool is_past(const OutgoingCommand& command, MonotonicTime now) {
  return command.deadline && *command.deadline <= now;
}

}  // namespace

std::size_t OutgoingCommand::footprint() const {
  return payload.size() + name.size() + kOverheadBytes;
}

Result<void> Outbox::add(const Command& command) {
  if (held_ >= limits_.messages || held_bytes_ + command->footprint() > limits_.bytes) {
    return Error{"overloaded", "`" + command->name + "`: " + std::to_string(held_) + " messages (" +
                                   std::to_string(held_bytes_) +
                                   " bytes) already wait for the bus; send at the pace of the receivers"};
  }
  ++held_;
  held_bytes_ += command->footprint();
  enqueue(command);
  return {};
}

const std::vector<Outbox::Role*>& Outbox::roles_of(const OutgoingCommand& command) const {
  static const std::vector<Role*> kNone;
  const auto found = routes_.find(command.name);
  return command.for_exo || found == routes_.end() ? kNone : found->second;
}

void Outbox::enqueue(const Command& command) {
  if (!routed_) {
    unrouted_.push_back(command);
    return;
  }
  const auto& roles = roles_of(*command);
  if (roles.empty()) free_.push_back(command);
  for (Role* role : roles) {
    role->waiting.push_back(command);
    look_at(*role);
  }
}

void Outbox::look_at(Role& role) {
  if (role.to_look_at) return;
  role.to_look_at = true;
  to_look_at_.push_back(&role);
}

std::vector<Outbox::Command> Outbox::take_waiting() {
  std::vector<Command> waiting(unrouted_.begin(), unrouted_.end());
  waiting.insert(waiting.end(), free_.begin(), free_.end());
  unrouted_.clear();
  free_.clear();
  for (auto& [name, role] : roles_) {
    waiting.insert(waiting.end(), role.waiting.begin(), role.waiting.end());
    role.waiting.clear();
  }
  const auto by_number = [](const Command& left, const Command& right) {
    return left->number < right->number;
  };
  std::sort(waiting.begin(), waiting.end(), by_number);
  waiting.erase(std::unique(waiting.begin(), waiting.end()), waiting.end());
  return waiting;
}

void Outbox::set_routes(const Routes& routes) {
  const auto waiting = take_waiting();
  routes_.clear();
  for (const auto& [name, receivers] : routes.names) {
    auto& roles = routes_[name];
    for (const auto& receiver : receivers) roles.push_back(&roles_[receiver]);
  }
  routed_ = true;
  for (const auto& command : waiting) enqueue(command);
}

void Outbox::set_grants(const std::vector<std::pair<std::string, std::uint64_t>>& grants) {
  for (const auto& [name, granted] : grants) {
    Role& role = roles_[name];
    role.granted = granted;
    look_at(role);
  }
}

bool Outbox::may_go(const Role& role) {
  if (role.waiting.empty()) return false;
  const Command& first = role.waiting.front();
  const auto& roles = roles_of(*first);
  return std::all_of(roles.begin(), roles.end(), [&first](const Role* each) {
    return each->sent < each->granted && each->waiting.front() == first;
  });
}

Outbox::Command Outbox::next() {
  if (!free_.empty()) return free_.front();
  while (!to_look_at_.empty()) {
    Role& role = *to_look_at_.back();
    if (may_go(role)) return role.waiting.front();
    role.to_look_at = false;
    to_look_at_.pop_back();
  }
  return nullptr;
}

void Outbox::sent() {
  const Command command = next();
  EXO_CHECK(command != nullptr);
  unaccepted_.push_back(command);
  if (!free_.empty()) {
    free_.pop_front();
    return;
  }
  for (Role* role : roles_of(*command)) {
    role->waiting.pop_front();
    ++role->sent;
    look_at(*role);
  }
}

void Outbox::release(const Command& command) {
  --held_;
  held_bytes_ -= command->footprint();
}

std::vector<Outbox::Command> Outbox::accepted(std::uint64_t total) {
  std::vector<Command> taken;
  for (; accepted_ < total && !unaccepted_.empty(); ++accepted_) {
    release(unaccepted_.front());
    taken.push_back(std::move(unaccepted_.front()));
    unaccepted_.pop_front();
  }
  return taken;
}

std::vector<Outbox::Command> Outbox::take_expired(MonotonicTime now) {
  std::vector<Command> expired;
  const auto take_heads = [&](std::deque<Command>& queue) {
    while (!queue.empty() && is_past(*queue.front(), now)) {
      expired.push_back(std::move(queue.front()));
      queue.pop_front();
    }
  };
  take_heads(unrouted_);
  take_heads(free_);
  for (auto& [name, role] : roles_) {
    while (!role.waiting.empty() && is_past(*role.waiting.front(), now)) {
      const Command command = role.waiting.front();
      expired.push_back(command);
      for (Role* each : roles_of(*command)) {
        each->waiting.erase(std::find(each->waiting.begin(), each->waiting.end(), command));
        look_at(*each);
      }
    }
  }
  for (const auto& command : expired) release(command);
  return expired;
}

std::vector<Outbox::Command> Outbox::take_all() {
  std::vector<Command> all(unaccepted_.begin(), unaccepted_.end());
  unaccepted_.clear();
  const auto waiting = take_waiting();
  all.insert(all.end(), waiting.begin(), waiting.end());
  for (const auto& command : all) release(command);
  return all;
}

void Outbox::connection_lost() {
  auto all = take_waiting();
  unrouted_.assign(unaccepted_.begin(), unaccepted_.end());
  unaccepted_.clear();
  unrouted_.insert(unrouted_.end(), all.begin(), all.end());
  // Sent in one order, given in another: the order in which they were given is what receivers may rely on.
  std::sort(unrouted_.begin(), unrouted_.end(),
            [](const Command& left, const Command& right) { return left->number < right->number; });
  routed_ = false;
  accepted_ = 0;
  routes_.clear();
  roles_.clear();
  to_look_at_.clear();
}

}  // namespace exo::relaying
