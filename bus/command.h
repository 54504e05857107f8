// What the router remembers of a command until it is finished.
//
// A command that is taken over becomes one Command with one Leg for each receiving role. A leg is placed (it
// waits, or goes to an instance), delivered, and settled: handled, or failed. The first leg that fails
// answers the sender with an error, but a request's only when no other leg may still answer it; the command
// is settled when all its legs are. A command that expects replies is kept beyond that, until its last reply,
// its deadline, or its asker is gone.
//
//   placed ──▶ parked ────┐ until its copy is recorded: see Following
//     │ ▲                 │
//     ├──▶ waiting ───────┤ a version of the role is starting
//     │ ▲                 │
//     │ └── new table ────┤
//     ├──▶ queued ────────┤ every instance has its window full
//     ▼                   ▼
//   delivered ──────▶ answering ──▶ settled      (answering: handled, while replies are still expected)
//     └─ receiver lost: placed again where the command is acknowledged, else settled with an error
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "bus/hashed_id.h"
#include "bus/linked_list.h"
#include "bus/now.h"
#include "bus/short_text.h"
#include "bus/wire/payload.h"

namespace exo::routing {

struct Command;
struct Instance;
struct Meter;
struct RoleState;
class ScriptScope;
struct VersionState;

enum class LegState : std::uint8_t { kPlaced, kParked, kWaiting, kQueued, kDelivered, kAnswering, kSettled };

// One receiving role's part of a command. Owned by Commands.
struct Leg {
  std::uint32_t slot = 0;
  LegState state = LegState::kPlaced;
  bool redelivered = false;
  bool acknowledged = false;  // delivered again when its receiver dies
  bool answered = false;      // has sent its last reply
  bool seen_failed = false;   // by the Watch
  Command* command = nullptr;
  Leg* sibling = nullptr;           // the command's next leg
  RoleState* role = nullptr;        // null: sent by exo to one instance
  VersionState* version = nullptr;  // chosen when queued or delivered
  Instance* instance =
      nullptr;  // in state kQueued: the only one that it may go to, null: any; else who has it
  const std::string* receiver_name = nullptr;  // in the table in effect; valid until another is
  std::uint64_t tied_to = 0;   // Instance::number in the tie of its activity, when it was queued; 0: none
  std::uint64_t sequence = 0;  // of the delivery; 0 before
  MonotonicTime delivered{};
  bool replied = false;     // at least once
  std::uint64_t pages = 0;  // replies so far
  std::uint64_t hop = 0;    // its number in the TraceRing
  Meter* meter = nullptr;   // of its route, as far as that is known; null before, and for exo's own
  bool passed = false;      // has gone on to its receivers' places, so that no parked leg is before it
  std::uint64_t copy = 0;   // the number of the copy that the host got; 0: none
  std::uint64_t followed_through = 0;  // Follows up to this serial have got one, where they wanted one
  std::uint64_t parked_sender = 0;     // Instance::number, while it is parked; 0: none
  Link<Leg> place;                     // in a queue, or among its instance's legs

  void clear();
};

// Why a leg has failed, in the words for the sender.
struct Failure {
  std::string code;
  std::string reason;
};

// Owned by Commands.
struct Command {
  static constexpr std::uint64_t kPagesUnasked = 8;

  std::uint32_t slot = 0;
  std::uint64_t arrival = 0;  // numbers all commands in the order in which they came
  MonotonicTime taken{};
  std::uint64_t cause = 0;  // HashedId::hash of what caused it; 0: nothing that is known
  ShortText id;
  std::uint64_t id_hash = 0;
  ShortText activity;
  std::uint64_t activity_hash = 0;
  const std::string* name = nullptr;            // public; interned by the Fleet. Null: sent by exo
  const std::string* sender_role = nullptr;     // interned by the Fleet
  const std::string* sender_version = nullptr;  // interned by the Fleet
  Instance* sender = nullptr;                   // null: exo, or an instance that is gone
  std::uint64_t connection = 0;                 // the sender's number of the connection that it came on
  std::uint64_t ordinal = 0;                    // its place among the commands of that connection, from 1
  ScriptScope* scope = nullptr;       // the script that it counts for; null: none, or that script is gone
  VersionState* brings_in = nullptr;  // what that script brings in; null: none
  std::string pin;                    // the version asked for; empty: none
  Payload payload;                    // while a leg may still have to be delivered
  std::size_t payload_bytes = 0;
  Expects expects = Expects::kNone;
  ContentType content_type = ContentType::kMsgpack;
  bool acknowledged = false;          // a script's: all its legs are, and the sender hears of its completion
  bool redelivered = false;           // its sender has sent it before, on a bus that was lost
  bool replayed = false;              // a recorded one, sent for a script: exo hears what becomes of it
  bool is_first_of_activity = false;  // begins it; so nothing is known of the activity before it is placed
  bool keeps_payload = false;         // a leg may have to be delivered again
  bool reply_dropped = false;         // an answer came while nobody waited for it
  bool cancelled = false;  // its sender wants to hear no more of it: has said so, or its deadline has passed
  bool failed = false;     // its sender has got an error
  bool has_deadline = false;
  bool reply_open = false;           // the asker waits for a reply
  std::unique_ptr<Failure> failure;  // of the first leg that failed while another could answer; null: none
  std::uint64_t pages_allowed = kPagesUnasked;  // that its asker takes, of each of its legs
  MonotonicTime deadline{};
  std::uint64_t deadline_tick = 0;  // its place in the DeadlineWheel
  Leg* legs = nullptr;
  std::uint32_t unsettled = 0;    // legs
  std::uint32_t undelivered = 0;  // legs that still need the payload
  Link<Command> of_sender;        // among its sender's commands
  Link<Command> of_scope;         // among its script's unsettled commands, in order of arrival
  Link<Command> of_deadline;
  Link<Command> unanswered;  // settled, and kept only because a reply may come

  HashedId hashed_activity() const { return {activity.view(), activity_hash}; }
  void set_activity(const HashedId& which) {
    activity = ShortText(which.text);
    activity_hash = which.hash;
  }
  void clear();
};

using InstanceLegs = LinkedList<Leg, &Leg::place>;
using SenderCommands = LinkedList<Command, &Command::of_sender>;
using ScopeCommands = LinkedList<Command, &Command::of_scope>;

}  // namespace exo::routing
