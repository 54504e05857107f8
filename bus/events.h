// What the host tells the broker, and what the broker tells the host. Values without behaviour, made on one
// thread and taken on the other.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/clock.h"
#include "bus/follow_events.h"
#include "bus/load.h"
#include "bus/traffic.h"
#include "bus/wire/control.h"
#include "bus/wire/header.h"
#include "bus/wire/payload.h"

namespace exo {

enum class PeerKind { kInstance, kScript, kOperator };

// Somebody who may register. For kOperator, `instance` is ignored: whoever registers as exo-operator, with an
// instance that begins "operator-" and this token, is let in, any number of them.
struct Admission {
  std::string instance;
  std::string role;
  std::string version;
  std::string token;  // not empty
  PeerKind kind = PeerKind::kInstance;
  // False: it gets messages of exo alone until Broker::set_ready() says that it is ready.
  bool ready_at_once = true;
  // Of kScript, for tests of scripts: after so many of its own commands it is heard no more, as if it had
  // been killed then; see AllowanceSpent. Absent: it may say what it likes.
  std::optional<std::uint64_t> allowance = {};
  // Of CURVE. Over TCP it registers with this key alone, and nobody else with this key; empty: not over TCP.
  std::string public_key = {};
};

// A person, or a machine of theirs, who may join over TCP as exo-operator; the key is the proof.
struct OperatorKey {
  std::string who;  // as the ledger records them
  std::string public_key;

  bool operator==(const OperatorKey&) const = default;
};

// Whether an instance is to be given messages of the fleet.
struct InstanceReadiness {
  std::string instance;
  bool ready = false;
};

// A message from `exo` to one instance: a command (its own id), a reply or an error (to a command that came
// as MessageToExo, named by response_to). What an instance that is not connected misses: a command is
// answered by a MessageToExo with the kind kError; a reply or an error is dropped with a notice.
struct ExoMessage {
  Kind kind = Kind::kCommand;  // kCommand, kReply or kError
  std::string instance;
  std::string name;
  std::string
      id;  // of a command: unique in the host's life; of a reply: the broker makes one where it is empty
  std::string response_to;
  std::string activity_id;
  std::string code;    // kError only
  std::string reason;  // kError only
  Expects expects = Expects::kNone;
  ContentType content_type = ContentType::kMsgpack;
  bool more = false;
  std::uint64_t page = 0;
  Payload payload;
};

struct InstanceRegistered {
  std::string instance;
  std::string role;
  std::string version;
  PeerKind kind = PeerKind::kInstance;
  std::uint64_t connection = 0;  // 1 for the instance's first
  std::vector<std::string> handles;
  std::string relay;
  std::string who;                  // of an operator over TCP: whose key it is; empty for all others
  std::vector<RestatedLock> locks;  // that it says it has
};

// A registered instance has no connection any more: "goodbye", "silence", "protocol fault", or a sentence
// that says how it was lost. Not sent for what dismiss() ends. A process that the host admitted may register
// again.
struct InstanceLost {
  std::string instance;
  std::string reason;
};

// An instance that is connected has said nothing for three heartbeats, which a relay's pings rule out: it is
// stopped, or so busy that it hears nothing. With `silent` false: it has spoken again. Nothing else is done
// about it here; the host may take its readiness away.
struct InstanceSilent {
  std::string instance;
  bool silent = true;
};

// A command or a reply to `exo`; or, with the kind kError, the failure of a command from `exo` (`response_to`
// is its id, `code` and `reason` say why). A command of exo that completes without an error is not reported.
struct MessageToExo {
  std::string instance;
  std::string role;
  PeerKind peer = PeerKind::kInstance;
  Kind kind = Kind::kCommand;
  std::string name;
  std::string id;
  std::string response_to;
  std::string activity_id;
  std::string code;
  std::string reason;
  Expects expects = Expects::kNone;
  ContentType content_type = ContentType::kMsgpack;
  bool more = false;  // of a reply: further pages, or replies, follow
  Payload payload;
  // Of a script's …-done and …-checkpoint: how many of the commands before it failed, and how many such
  // errors its own code took care of. failed_messages > handled_errors fails the attempt.
  std::uint64_t failed_messages = 0;
  std::uint64_t handled_errors = 0;
};

// The broker routes by the table of this position from now on.
struct TableInEffect {
  std::uint64_t position = 0;
};

// A kind of message that a script causes. Comes with count 1 when the pair (name, receiver) is first seen in
// this connection of the script, and once more with the total when that connection ends, if it is more
// than 1. Replies to the script come the same way, with the script as the receiver.
struct FlowSeen {
  std::string sender;         // role
  std::string name;           // public
  std::string receiver_name;  // the receiver's own name for it
  std::string receiver;       // role
  std::uint64_t count = 0;
};

// Messages of this script's activity moved since the last such event; at most ten a second for each script.
struct ScriptActive {
  std::string instance;
  std::uint64_t messages = 0;  // commands, replies and completions of its activity so far
};

// A script has sent as many commands as its admission allows, and all of them are settled. What it says
// besides was not heard.
struct AllowanceSpent {
  std::string instance;
};

// Something for the log: dropped replies, malformed peers. Rate-limited; repeated ones are counted in the
// text.
struct BrokerNotice {
  std::string text;
};

// What has gone over the bus until now: the answer to Broker::ask_for_traffic().
struct TrafficSeen {
  Traffic traffic;
};

// How long production's commands take: the answer to Broker::measure_load(), in the order of its names.
struct LoadSeen {
  std::vector<LoadReport> reports;
};

using BrokerEvent =
    std::variant<InstanceRegistered, InstanceLost, InstanceSilent, MessageToExo, TableInEffect, FlowSeen,
                 ScriptActive, AllowanceSpent, BrokerNotice, TrafficSeen, LoadSeen, FollowedCommand,
                 FollowedSettled, FollowBegun, FollowWaits, FollowHeldBack, ReplaySettled>;

}  // namespace exo
