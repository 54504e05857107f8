// The commands of a relay that the broker has not settled yet: waiting for credit, sent, or accepted.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
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

struct OutgoingRoute;

// One command as the application gave it.
struct OutgoingCommand {
  std::uint64_t number = 0;  // counts the relay's commands; later ones have higher numbers
  std::string name;
  std::string activity_id;  // empty: the broker uses the command's id
  std::string caused_by;    // the command in whose handler it is sent; empty: none
  std::string version;
  Expects expects = Expects::kNone;
  ContentType content_type = ContentType::kMsgpack;
  std::optional<MonotonicTime> deadline;
  std::uint64_t handled_errors = 0;
  bool for_exo = false;      // needs no credit
  bool redelivered = false;  // a bus that was lost had accepted it, and may have delivered it
  bool sent = false;         // on this connection
  bool given_up = false;     // its asker wants to hear no more of it
  bool begun = false;        // a part of its reply has come, and more is to come
  Payload payload;
  const OutgoingRoute* route = nullptr;  // where it waits; the Outbox's

  std::size_t footprint() const;  // bytes that it counts against the outbox's limit
};

// A role's commands in the order in which it gets them.
struct OutgoingQueue {
  std::uint64_t granted = 0;
  std::uint64_t sent = 0;
  bool to_look_at = false;  // exactly when the Outbox is to look at it
  std::deque<std::shared_ptr<OutgoingCommand>> waiting;
};

// Where commands of one name go.
struct OutgoingRoute {
  std::vector<OutgoingQueue*> queues;  // empty: they need no credit
  bool acknowledged = false;           // delivered at least once by every receiver
};

// Decides which command may go next, and keeps each until it is settled. A pure value: no socket, no clock.
// For one thread.
//
// Each command takes one credit of every role that receives its name. Commands wait per role, and one goes
// when it is the first in the queues of all its roles and each has credit: so a slow role holds up no other,
// and what two roles get stays in the order in which it was given. Until the first routes are known
// everything waits.
//
// Of what is sent and not accepted the payloads have 8 MiB at most, and one more: credit counts commands, and
// the broker can take it back only before it is used.
//
// What was sent is numbered from 1 on each connection; the broker tells how many it has accepted, and which
// of these are settled. A broker that does not tell what is settled has settled what it has accepted.
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
  // Something of this name that is kept elsewhere and counts against the limits, too.
  Result<void> take_room(std::size_t bytes, std::string_view name);
  void give_room(std::size_t bytes);
  // Whether anything counts, and how often something has ceased to.
  bool keeps_anything() const { return held_ + others_ > 0; }
  std::uint64_t released() const { return released_; }
  // Takes out a command that waits. False, and without effect, when it does not wait any more.
  bool withdraw(const Command& command);
  void set_routes(const Routes& routes);
  void set_grants(const std::vector<std::pair<std::string, std::uint64_t>>& grants);

  // The next command that may be sent, or null; it stays where it is until sent() is called for it.
  Command next();
  void sent(const Command& next);

  // The broker has taken over the first `total` commands of those sent. Calls `each` with the numbers of
  // those that it had not yet, in their order.
  void accepted(std::uint64_t total, const std::function<void(std::uint64_t number)>& each);
  // Of those accepted, these are settled, and taken out.
  void settled(const std::vector<OrdinalRange>& ordinals);
  // It has said what it has accepted and nothing of what is settled: everything, unless it has told that
  // before.
  void settled_untold();

  // Takes out the commands at the heads of queues whose deadline has passed.
  std::vector<Command> take_expired(MonotonicTime now);
  // Takes out everything that the broker has not accepted, as when the relay is closed.
  std::vector<Command> take_unaccepted();
  // Takes out what was accepted and is not settled.
  std::vector<Command> take_unsettled();

  // Everything waits again, in the order in which it was given: what was not accepted, and, as redelivered,
  // what was accepted and not settled where its name is acknowledged or `all_acknowledged`. The rest is taken
  // out and returned; what is not `wanted` any more is just taken out.
  std::vector<Command> connection_lost(const std::function<bool(const OutgoingCommand&)>& wanted,
                                       bool all_acknowledged);

  // Whether the broker still has this command, which was given up since it was sent.
  bool has_given_up(std::uint64_t number) const;

  // Commands that the broker has not accepted.
  std::size_t unaccepted() const { return held_ - unsettled_; }
  // Those that it has accepted and not settled.
  std::size_t unsettled() const { return unsettled_; }

 private:
  struct Sent {
    std::uint64_t ordinal;
    // Of the command, kept here: it is far away by the time that it is accepted.
    std::uint64_t number;
    std::size_t bytes;  // of its payload
    Command command;    // null once it is settled
  };

  void enqueue(const Command& command);
  void look_at(OutgoingQueue& queue);
  static bool may_go(const OutgoingQueue& queue);
  Result<void> check_room(std::size_t bytes, std::string_view name) const;
  void release(OutgoingCommand& command);
  void settle(Sent& sent);
  void drop_settled();
  bool is_acknowledged(const OutgoingCommand& command) const;
  // What waits anywhere, in the order in which it was given; all queues are empty afterwards.
  std::vector<Command> take_waiting();
  std::size_t unaccepted_sent() const { return static_cast<std::size_t>(sent_total_ - accepted_); }

  Limits limits_;
  bool routed_ = false;
  std::unordered_map<std::string, OutgoingQueue> queues_;  // by role; stable addresses
  std::unordered_map<std::string, OutgoingRoute> routes_;  // by name; stable addresses
  std::vector<OutgoingQueue*> to_look_at_;                 // whose first command may be able to go
  std::deque<Command> free_;                               // those that need no credit
  std::deque<Command> unrouted_;                           // all, until routes are known
  std::deque<Sent> sent_;                                  // by ordinal; the last are unaccepted
  std::uint64_t sent_total_ = 0;
  std::uint64_t accepted_ = 0;
  std::size_t on_the_way_bytes_ = 0;  // payloads sent and not accepted
  bool told_settled_ = false;         // on this connection
  std::size_t gaps_ = 0;              // elements of sent_ without a command
  std::size_t held_ = 0;
  std::size_t held_bytes_ = 0;
  std::size_t unsettled_ = 0;
  std::size_t others_ = 0;  // kept elsewhere
  std::uint64_t released_ = 0;
};

}  // namespace exo::relaying
