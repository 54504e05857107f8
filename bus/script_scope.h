// What belongs to one running deployment script: its commands, its barrier, what is told of it.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "bus/command.h"
#include "bus/events.h"
#include "bus/outbox.h"
#include "bus/pacer.h"

namespace exo::routing {

// The commands of a script and those that the version it brings in sends within the script's activity count
// for one scope, from when they are taken over until they are settled. Its messages `…-done` and
// `…-checkpoint` wait here until all commands that came before them are settled. Belongs to the script's
// Instance; one thread.
class ScriptScope {
 public:
  static constexpr std::size_t kBarriers = 64;  // a script saves its state, and goes on when that is done
  static constexpr std::size_t kBarrierBytes = 16 * 1024 * 1024;

  // `allowance`: of Admission.
  ScriptScope(std::string instance, Outbox& outbox, std::optional<std::uint64_t> allowance = {})
      : instance_(std::move(instance)), outbox_(outbox), allowance_(allowance) {}
  // Commands that are still unsettled count for nobody from then on.
  ~ScriptScope();
  ScriptScope(const ScriptScope&) = delete;
  ScriptScope& operator=(const ScriptScope&) = delete;

  void take(Command& command);
  // The command's last leg has come to an end. Barriers that it held up go to the host.
  void settle(Command& command);
  // A command that arrived then, taken over or refused, has failed: once for each.
  void fail(std::uint64_t arrival);

  // The Error is for the script: too many such messages wait, or too many bytes. One is always taken.
  Result<void> room_for(std::size_t payload_bytes) const;
  // A message for the host, sent after the commands that arrived before `arrival`.
  void pass_when_settled(MessageToExo message, std::uint64_t arrival);

  void see_flow(std::string_view sender, std::string_view name, std::string_view receiver_name,
                std::string_view receiver);
  // The script's connection has ended: tells the totals, and counts anew.
  void end_flows();

  // One of the script's own commands has been taken; those of the version that it brings in cost nothing. To
  // be called before the command can be settled.
  void spend() {
    if (allowance_ && *allowance_ > 0) --*allowance_;
  }
  // Nothing that the script says is heard any more, but what its commands under way need to be settled.
  bool spent() const { return allowance_ == std::uint64_t{0}; }

  // Of the script's own commands; those of the version that it brings in have none.
  Pacer& pacer() { return pacer_; }

  // The script has ended: messages that still wait are never passed on.
  void end();

  // A message of the activity has moved.
  void move() { ++moved_; }
  // Reports activity, if there was any; the caller sees to the pace.
  void report_activity();
  bool active() const { return moved_ != reported_; }

  // Unsettled, in order of arrival.
  ScopeCommands& commands() { return commands_; }

 private:
  struct Barrier {
    std::uint64_t arrival = 0;
    MessageToExo message;
  };
  struct Flow {
    FlowSeen seen;
    bool matches(std::string_view sender, std::string_view name, std::string_view receiver) const {
      return seen.name == name && seen.receiver == receiver && seen.sender == sender;
    }
  };
  static constexpr std::size_t kFlowKinds = 1000;  // a script has a few; more would be data in names

  void pass_barriers();
  void tell_when_spent();

  std::string instance_;
  Outbox& outbox_;
  ScopeCommands commands_;
  std::deque<Barrier> barriers_;
  std::size_t barrier_bytes_ = 0;
  std::uint64_t failed_ = 0;
  std::vector<Flow> flows_;
  std::size_t last_flow_ = 0;  // the most likely one
  std::uint64_t moved_ = 0;
  std::uint64_t reported_ = 0;
  Pacer pacer_;
  std::optional<std::uint64_t> allowance_;  // commands that are left to the script
  bool told_spent_ = false;
};

}  // namespace exo::routing
