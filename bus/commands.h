// The commands that are not finished.
#pragma once

#include <cstddef>
#include <cstdint>

#include "bus/command.h"
#include "bus/deadline_wheel.h"
#include "bus/hash_index.h"
#include "bus/pool.h"

namespace exo::routing {

// Owns all Commands and Legs, and finds them by a command's id and by a delivery's number. Records are used
// again, so that a message costs no allocation. One thread.
class Commands {
 public:
  // A command with this id; there is none such yet. The caller fills in the rest.
  Command& add(const HashedId& id);
  Leg& add_leg(Command& command);
  // The command is in no list but this store's and its sender's; its legs are in none.
  void remove(Command& command);

  // Null when there is none, or where it is finished.
  Command* find(const HashedId& id);
  // The leg that was delivered to this instance with this sequence and is not handled yet.
  Leg* find_delivery(std::uint64_t instance_number, std::uint64_t sequence);
  void add_delivery(const Leg& leg);
  void remove_delivery(const Leg& leg);

  DeadlineWheel& deadlines() { return deadlines_; }
  // Settled commands that only wait for a reply, the oldest first.
  LinkedList<Command, &Command::unanswered>& unanswered() { return unanswered_; }
  std::size_t size() const { return ids_.size(); }

  std::uint64_t next_arrival() { return ++last_arrival_; }
  std::uint64_t last_arrival() const { return last_arrival_; }

 private:
  Pool<Command> commands_;
  Pool<Leg> legs_;
  HashIndex ids_;
  HashIndex deliveries_;
  DeadlineWheel deadlines_;
  LinkedList<Command, &Command::unanswered> unanswered_;
  std::uint64_t last_arrival_ = 0;
};

}  // namespace exo::routing
