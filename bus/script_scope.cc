#include "bus/script_scope.h"

#include <utility>

namespace exo::routing {

ScriptScope::~ScriptScope() {
  while (Command* command = commands_.front()) {
    commands_.remove(*command);
    command->scope = nullptr;
  }
}

void ScriptScope::take(Command& command) {
  command.scope = this;
  commands_.push_back(command);
  move();
}

void ScriptScope::settle(Command& command) {
  commands_.remove(command);
  command.scope = nullptr;
  move();
  pass_barriers();
  tell_when_spent();
}

void ScriptScope::tell_when_spent() {
  if (!spent() || !commands_.empty() || std::exchange(told_spent_, true)) return;
  outbox_.report(AllowanceSpent{instance_});
}

void ScriptScope::fail(std::uint64_t arrival) {
  ++failed_;
  move();
  for (Barrier& barrier : barriers_) {
    if (arrival < barrier.arrival) ++barrier.message.failed_messages;
  }
}

Result<void> ScriptScope::room_for(std::size_t payload_bytes) const {
  const bool fits = barriers_.size() < kBarriers && barrier_bytes_ + payload_bytes <= kBarrierBytes;
  if (fits || barriers_.empty()) return {};
  return Error{"overloaded", std::to_string(barriers_.size()) + " checkpoints (" +
                                 std::to_string(barrier_bytes_) +
                                 " bytes) of this script wait until its commands before them are settled"};
}

void ScriptScope::end() {
  barriers_.clear();
  barrier_bytes_ = 0;
}

void ScriptScope::pass_when_settled(MessageToExo message, std::uint64_t arrival) {
  barrier_bytes_ += message.payload.size();
  message.failed_messages = failed_;
  barriers_.push_back({arrival, std::move(message)});
  pass_barriers();
}

void ScriptScope::pass_barriers() {
  while (!barriers_.empty()) {
    const Command* oldest = commands_.front();
    if (oldest && oldest->arrival < barriers_.front().arrival) return;
    barrier_bytes_ -= barriers_.front().message.payload.size();
    outbox_.report(std::move(barriers_.front().message));
    barriers_.pop_front();
  }
}

void ScriptScope::see_flow(std::string_view sender, std::string_view name, std::string_view receiver_name,
                           std::string_view receiver) {
  if (last_flow_ >= flows_.size() || !flows_[last_flow_].matches(sender, name, receiver)) {
    last_flow_ = 0;
    while (last_flow_ < flows_.size() && !flows_[last_flow_].matches(sender, name, receiver)) ++last_flow_;
    if (last_flow_ == kFlowKinds) return;
    if (last_flow_ == flows_.size()) {
      flows_.push_back(
          {{std::string(sender), std::string(name), std::string(receiver_name), std::string(receiver), 1}});
      outbox_.report(flows_.back().seen);
      return;
    }
  }
  ++flows_[last_flow_].seen.count;
}

void ScriptScope::end_flows() {
  for (const Flow& flow : flows_) {
    if (flow.seen.count > 1) outbox_.report(flow.seen);
  }
  flows_.clear();
}

void ScriptScope::report_activity() {
  if (!active()) return;
  reported_ = moved_;
  outbox_.report(ScriptActive{instance_, moved_});
}

}  // namespace exo::routing
