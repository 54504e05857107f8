// The commands of a relay on their way to the broker: waiting for credit, or sent and not yet accepted.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "bus/wire/control.h"
#include "bus/wire/header.h"

namespace exo::relaying {

// One command as the application gave it.
struct OutgoingCommand {
  std::uint64_t number = 0;  // counts the relay's commands; later ones have higher numbers
  std::string name;
  std::string id;
  std::string activity_id;  // empty: the broker uses `id`
  std::string caused_by;    // the command in whose handler it is sent; empty: none
  std::string version;
  Expects expects = Expects::kNone;
  ContentType content_type = ContentType::kMsgpack;
  std::optional<MonotonicTime> deadline;
  std::uint64_t handled_errors = 0;
  bool for_exo = false;  // needs no credit
  Payload payload;

  std::size_t footprint() const;  // bytes that it counts against the outbox's limit
};

// Decides which command may go next. A pure value: no socket, no clock. For one thread.
//
// Each command takes one credit of every role that receives its name. Commands wait per role, and one goes
// when it is the first in the queues of all its roles and each has credit: so a slow role holds up no other,
// and what two roles get stays in the order in which it was given. Until the first routes are known
// everything waits; after connection_lost() everything not accepted waits again, in the order in which it was
// given.
class Outbox {
 public:
  using Command = std::shared_ptr<OutgoingCommand>;
  struct Limits {
    std::size_t messages = 1'000'000;
    std::size_t bytes = 256U * 1024 * 1024;
  };

  explicit Outbox(Limits limits) : limits_(limits) {}

  // Error code `overloaded` when it is full; then nothing has changed.
  Result<void> add(const Command& command);
  void set_routes(const Routes& routes);
  void set_grants(const std::vector<std::pair<std::string, std::uint64_t>>& grants);

  // The next command that may be sent, or null; it stays where it is until sent() is called for it.
  Command next();
  void sent();

  // Takes out what the broker has taken over: all but the last of those sent, counted from the connection's
  // begin. Returns them in the order in which they were sent.
  std::vector<Command> accepted(std::uint64_t total);
  // Takes out the commands at the heads of queues whose deadline has passed.
  std::vector<Command> take_expired(MonotonicTime now);
  // Takes out everything, as when the relay is closed.
  std::vector<Command> take_all();
  void connection_lost();

  bool empty() const { return held_ == 0; }
  // Commands held, waiting and unaccepted together.
  std::size_t size() const { return held_; }

 private:
  struct Role {
    std::uint64_t granted = 0;
    std::uint64_t sent = 0;
    bool to_look_at = false;  // exactly when it is in to_look_at_
    std::deque<Command> waiting;
  };

  void enqueue(const Command& command);
  void look_at(Role& role);
  bool may_go(const Role& role);
  void release(const Command& command);
  // What waits anywhere, in the order in which it was given; all queues are empty afterwards.
  std::vector<Command> take_waiting();
  const std::vector<Role*>& roles_of(const OutgoingCommand& command) const;

  Limits limits_;
  bool routed_ = false;
  std::unordered_map<std::string, Role> roles_;  // stable addresses
  std::unordered_map<std::string, std::vector<Role*>> routes_;
  std::vector<Role*> to_look_at_;  // roles whose first command may be able to go
  std::deque<Command> free_;       // those that need no credit
  std::deque<Command> unrouted_;   // all, until routes are known
  std::deque<Command> unaccepted_;
  std::uint64_t accepted_ = 0;
  std::size_t held_ = 0;
  std::size_t held_bytes_ = 0;
};

}  // namespace exo::relaying
