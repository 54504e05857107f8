// What senders are told about their commands: credit, acceptance, delivery.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "bus/fleet.h"
#include "bus/now.h"
#include "bus/outbox.h"
#include "bus/wire/control.h"

namespace exo::routing {

// Keeps the books of every sender's credit and of every role's queued bytes, and writes `credit` and
// `delivered` messages: a few for many commands, when the broker has worked its input off. One thread.
class FlowControl {
 public:
  struct Limits {
    std::uint64_t window = 1024;                        // commands of one sender for one role
    std::uint64_t window_bytes = 8 * 1024 * 1024;       // and their payloads, by what it sent lately
    std::uint64_t first_window = 4;                     // commands, before that is known
    std::uint64_t most_bytes = 64 * 1024 * 1024;        // of one sender for one role, before it is refused
    std::uint64_t all_windows = 16'384;                 // together, before windows become smaller
    std::uint64_t all_window_bytes = 32 * 1024 * 1024;  // likewise
    std::uint64_t role_queue_bytes = 32 * 1024 * 1024;  // beyond it nobody gets credit for the role
  };

  FlowControl(Fleet& fleet, Outbox& outbox, Limits limits, const Now& now)
      : fleet_(fleet), outbox_(outbox), limits_(limits), now_(now) {}

  CreditLedger new_ledger() const {
    return CreditLedger({.window = limits_.window,
                         .window_bytes = limits_.window_bytes,
                         .first_window = limits_.first_window,
                         .most_bytes = limits_.most_bytes});
  }

  // The sender's command has come; it is the one of number `sender.accepted`.
  void accept(Instance& sender, std::size_t payload_bytes);
  // The command that has come last is settled already: refused, or exo's.
  void settled_at_once(Instance& sender);
  // The command is settled. What came on an earlier connection of its sender is not told.
  void settled(const Command& command);
  // Takes the credit that the name costs. False when the sender has outrun it for one of the roles.
  [[nodiscard]] bool take(Instance& sender, const RoutingTable::Name& name, std::size_t payload_bytes);
  // Of a sender that has outrun its credit: what it has sent and been granted, and what to do.
  std::string describe_overrun(Instance& sender, const RoutingTable::Name& name);
  // The leg has come into, or has left, one of its role's queues.
  void queued(const Leg& leg);
  void left_queue(const Leg& leg);
  // The sender is to hear that its command is delivered.
  void delivered(const Command& command);

  // Sends the sender the routes of the table in effect, where they are not those that it knows, and the
  // credit that comes with them.
  void publish_routes(Instance& sender);

  // Tells what is worth a message now.
  void flush();
  // Tells everything that has not been told.
  void flush_all();
  bool pending() const { return !dirty_.empty() || !paced_.empty(); }
  // Time has passed: who is held to a pace may have more.
  void tick();
  // The instance's connection is gone: what it was to be told is forgotten.
  void forget(Instance& sender);

 private:
  void mark(Instance& sender);
  bool adopt_pace(Instance& sender);
  void keep_pace(Instance& sender) const;
  void count_sender(Instance& sender, bool sends);
  std::uint64_t share_of(std::uint64_t all, std::uint64_t smallest, std::uint64_t largest) const;
  void share_windows(Instance& sender) const;
  static bool has_news(const Instance& sender, std::uint64_t step);
  std::vector<const RoleState*> roles_reached(const Routes& routes) const;
  // Where nothing is granted, only after so many more are accepted or settled; 0: at all events.
  void tell_credit(Instance& sender, std::uint64_t step);
  void tell_delivered(Instance& sender);
  void flush(std::uint64_t step);

  Fleet& fleet_;
  Outbox& outbox_;
  Limits limits_;
  const Now& now_;
  std::size_t senders_ = 0;       // connected, with something that they may send
  std::vector<Instance*> paced_;  // scripts whose credit grows with time
  std::vector<Instance*> dirty_;
  std::vector<Instance*> still_dirty_;
};

}  // namespace exo::routing
