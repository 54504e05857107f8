#include "bus/relays/cpp/outbox.h"

#include <algorithm>

#include "base/check.h"

namespace exo::relaying {

namespace {

// What a command costs beside its payload: its texts and its places in queues.
// What a command takes of the process's memory beside its payload and its name, as measured.
constexpr std::size_t kOverheadBytes = 390;
constexpr std::size_t kAnswerBytes = 330;  // and where somebody waits for its answer
constexpr std::size_t kOnTheWayBytes = 8U * 1024 * 1024;
// So many gaps are left among the commands sent before they are closed.
constexpr std::size_t kGaps = 1024;

const OutgoingRoute kNeedsNoCredit;

bool is_past(const OutgoingCommand& command, MonotonicTime now) {
  return command.deadline && *command.deadline <= now;
}

bool given_before(const Outbox::Command& left, const Outbox::Command& right) {
  return left->number < right->number;
}

// Whether it was there.
bool erase_from(std::deque<Outbox::Command>& queue, const Outbox::Command& command) {
  const auto found = std::find(queue.begin(), queue.end(), command);
  if (found == queue.end()) return false;
  queue.erase(found);
  return true;
}

}  // namespace

std::size_t OutgoingCommand::footprint() const {
  const std::size_t answer = expects == Expects::kNone ? 0 : kAnswerBytes;
  return payload.size() + name.size() + kOverheadBytes + answer;
}

Result<void> Outbox::check_room(std::size_t bytes, std::string_view name) const {
  if (held_ + others_ < limits_.messages && held_bytes_ + bytes <= limits_.bytes) return {};
  return Error{"overloaded", "`" + std::string(name) + "`: " + std::to_string(held_ + others_) +
                                 " messages (" + std::to_string(held_bytes_) +
                                 " bytes) already wait for the bus; send at the pace of the receivers"};
}

Result<void> Outbox::take_room(std::size_t bytes, std::string_view name) {
  if (auto room = check_room(bytes, name); !room.ok()) return room;
  ++others_;
  held_bytes_ += bytes;
  return {};
}

void Outbox::give_room(std::size_t bytes) {
  EXO_CHECK(others_ > 0);
  --others_;
  held_bytes_ -= bytes;
  ++released_;
}

Result<void> Outbox::add(const Command& command) {
  if (auto room = check_room(command->footprint(), command->name); !room.ok()) return room;
  ++held_;
  held_bytes_ += command->footprint();
  enqueue(command);
  return {};
}

void Outbox::enqueue(const Command& command) {
  if (!routed_) {
    unrouted_.push_back(command);
    return;
  }
  const auto found = command->for_exo ? routes_.end() : routes_.find(command->name);
  command->route = found == routes_.end() ? &kNeedsNoCredit : &found->second;
  if (command->route->queues.empty()) free_.push_back(command);
  for (OutgoingQueue* queue : command->route->queues) {
    queue->waiting.push_back(command);
    look_at(*queue);
  }
}

bool Outbox::withdraw(const Command& command) {
  bool waited = erase_from(unrouted_, command) || erase_from(free_, command);
  if (!waited && !command->sent && command->route != nullptr) {
    for (OutgoingQueue* queue : command->route->queues) {
      waited = erase_from(queue->waiting, command) || waited;
      look_at(*queue);
    }
  }
  if (waited) release(*command);
  return waited;
}

void Outbox::look_at(OutgoingQueue& queue) {
  if (queue.to_look_at) return;
  queue.to_look_at = true;
  to_look_at_.push_back(&queue);
}

std::vector<Outbox::Command> Outbox::take_waiting() {
  std::vector<Command> waiting(unrouted_.begin(), unrouted_.end());
  waiting.insert(waiting.end(), free_.begin(), free_.end());
  unrouted_.clear();
  free_.clear();
  for (auto& [role, queue] : queues_) {
    waiting.insert(waiting.end(), queue.waiting.begin(), queue.waiting.end());
    queue.waiting.clear();
  }
  std::sort(waiting.begin(), waiting.end(), given_before);
  waiting.erase(std::unique(waiting.begin(), waiting.end()), waiting.end());
  return waiting;
}

void Outbox::set_routes(const Routes& routes) {
  const auto waiting = take_waiting();
  routes_.clear();
  for (const auto& [name, receivers] : routes.names) {
    auto& queues = routes_[name].queues;
    for (const auto& receiver : receivers) queues.push_back(&queues_[receiver]);
  }
  for (const auto& name : routes.acknowledged) routes_[name].acknowledged = true;
  routed_ = true;
  for (const auto& command : waiting) enqueue(command);
}

void Outbox::set_grants(const std::vector<std::pair<std::string, std::uint64_t>>& grants) {
  for (const auto& [role, granted] : grants) {
    OutgoingQueue& queue = queues_[role];
    queue.granted = granted;
    look_at(queue);
  }
}

bool Outbox::may_go(const OutgoingQueue& queue) {
  if (queue.waiting.empty()) return false;
  const Command& first = queue.waiting.front();
  const auto& queues = first->route->queues;
  return std::all_of(queues.begin(), queues.end(), [&first](const OutgoingQueue* each) {
    return each->sent < each->granted && each->waiting.front() == first;
  });
}

Outbox::Command Outbox::next() {
  if (on_the_way_bytes_ >= kOnTheWayBytes) return nullptr;
  if (!free_.empty()) return free_.front();
  while (!to_look_at_.empty()) {
    OutgoingQueue& queue = *to_look_at_.back();
    if (may_go(queue)) return queue.waiting.front();
    queue.to_look_at = false;
    to_look_at_.pop_back();
  }
  return nullptr;
}

void Outbox::sent(const Command& next) {
  EXO_CHECK(!next->sent);
  next->sent = true;
  on_the_way_bytes_ += next->payload.size();
  sent_.push_back({++sent_total_, next->number, next->payload.size(), next});
  if (!free_.empty()) {
    free_.pop_front();
    return;
  }
  for (OutgoingQueue* queue : sent_.back().command->route->queues) {  // `next` may be the one in a queue
    queue->waiting.pop_front();
    ++queue->sent;
    look_at(*queue);
  }
}

void Outbox::release(OutgoingCommand& command) {
  --held_;
  ++released_;
  held_bytes_ -= command.footprint();
  command.payload = Payload();
}

void Outbox::accepted(std::uint64_t total, const std::function<void(std::uint64_t number)>& each) {
  const std::uint64_t until = std::min(total, sent_total_);
  while (accepted_ < until) {
    const Sent& sent = sent_[sent_.size() - unaccepted_sent()];
    ++accepted_;
    ++unsettled_;
    on_the_way_bytes_ -= sent.bytes;
    each(sent.number);
  }
}

void Outbox::settle(Sent& sent) {
  if (sent.command == nullptr) return;
  release(*sent.command);
  sent.command = nullptr;
  --unsettled_;
  ++gaps_;
}

void Outbox::settled(const std::vector<OrdinalRange>& ordinals) {
  told_settled_ = true;
  for (const auto& [first, last] : ordinals) {
    const auto begin =
        std::lower_bound(sent_.begin(), sent_.end(), first,
                         [](const Sent& sent, auto ordinal) { return sent.ordinal < ordinal; });
    const std::uint64_t until = std::min(last, accepted_);
    for (auto sent = begin; sent != sent_.end() && sent->ordinal <= until; ++sent) settle(*sent);
  }
  drop_settled();
}

void Outbox::settled_untold() {
  if (told_settled_) return;
  settled({{1, accepted_}});
  told_settled_ = false;
}

// One command that takes long must not keep the places of all that came after it.
void Outbox::drop_settled() {
  for (; !sent_.empty() && sent_.front().command == nullptr; --gaps_) sent_.pop_front();
  if (gaps_ < kGaps || gaps_ * 2 < sent_.size()) return;
  const auto is_gap = [](const Sent& sent) { return sent.command == nullptr; };
  sent_.erase(std::remove_if(sent_.begin(), sent_.end(), is_gap), sent_.end());
  gaps_ = 0;
}

std::vector<Outbox::Command> Outbox::take_expired(MonotonicTime now) {
  std::vector<Command> expired;
  const auto take_heads = [&](std::deque<Command>& queue) {
    while (!queue.empty() && is_past(*queue.front(), now)) {
      expired.push_back(queue.front());
      withdraw(expired.back());
    }
  };
  take_heads(unrouted_);
  take_heads(free_);
  for (auto& [role, queue] : queues_) take_heads(queue.waiting);
  return expired;
}

std::vector<Outbox::Command> Outbox::take_unaccepted() {
  std::vector<Command> all;
  for (std::size_t left = unaccepted_sent(); left > 0; --left) {
    all.push_back(sent_[sent_.size() - left].command);
  }
  sent_.resize(sent_.size() - all.size());
  sent_total_ = accepted_;
  on_the_way_bytes_ = 0;
  const auto waiting = take_waiting();
  all.insert(all.end(), waiting.begin(), waiting.end());
  for (const auto& command : all) release(*command);
  return all;
}

std::vector<Outbox::Command> Outbox::take_unsettled() {
  std::vector<Command> unsettled;
  for (Sent& sent : sent_) {
    if (sent.ordinal > accepted_ || sent.command == nullptr) continue;
    unsettled.push_back(sent.command);
    settle(sent);
  }
  drop_settled();
  return unsettled;
}

bool Outbox::is_acknowledged(const OutgoingCommand& command) const {
  const auto route = routes_.find(command.name);
  return route != routes_.end() && route->second.acknowledged;
}

bool Outbox::has_given_up(std::uint64_t number) const {
  return std::any_of(sent_.begin(), sent_.end(), [number](const Sent& sent) {
    return sent.command != nullptr && sent.command->number == number && sent.command->given_up;
  });
}

std::vector<Outbox::Command> Outbox::connection_lost(
    const std::function<bool(const OutgoingCommand&)>& wanted, bool all_acknowledged) {
  std::vector<Command> lost;
  std::vector<Command> kept = take_waiting();
  for (const auto& [ordinal, number, bytes, command] : sent_) {
    if (command == nullptr) continue;
    const bool accepted = ordinal <= accepted_;
    if (accepted) command->redelivered = true;
    const bool repeats = !accepted || all_acknowledged || is_acknowledged(*command);
    if (wanted(*command) && repeats && !command->begun) {
      kept.push_back(command);
      continue;
    }
    if (wanted(*command)) lost.push_back(command);
    release(*command);
  }
  // Sent in one order, given in another: the order in which they were given is what receivers may rely on.
  std::sort(kept.begin(), kept.end(), given_before);
  for (const auto& command : kept) {
    command->sent = false;
    command->route = nullptr;
  }
  unrouted_.assign(kept.begin(), kept.end());
  routed_ = false;
  sent_.clear();
  sent_total_ = accepted_ = 0;
  on_the_way_bytes_ = 0;
  gaps_ = unsettled_ = 0;
  told_settled_ = false;
  routes_.clear();
  queues_.clear();
  to_look_at_.clear();
  return lost;
}

}  // namespace exo::relaying
