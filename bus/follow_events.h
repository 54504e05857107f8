// What the broker tells the host of commands that a script follows, and the host the broker of those that are
// replayed. Values.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bus/wire/header.h"
#include "bus/wire/payload.h"

namespace exo {

// The host is to record a command before it is delivered, for each of these runs, and then to call
// Broker::recorded().
struct FollowedCommand {
  std::uint64_t number = 0;  // ascending, from 1
  std::vector<std::string> runs;
  std::string name;  // public
  ContentType content_type = ContentType::kMsgpack;
  Payload payload;
  // Its deadline: what has become of it is known by then, or told to nobody. max(): known at last.
  MonotonicTime settled_by{};
};

// What has become of a followed command. Not applied: it never reached its receiver, or that refused it.
// Where nobody knows, it counts as applied.
struct FollowedSettled {
  std::uint64_t number = 0;
  bool applied = false;
};

// From now on every command that the run follows comes as a FollowedCommand, and what was delivered before is
// handled.
struct FollowBegun {
  std::string run;
  std::uint64_t began_at = 0;  // that of its FollowRoutes
};

// FollowBegun has to wait for the handler of a command that the instance has had since before. Said when it
// begins to wait, and again when it waits for another.
struct FollowWaits {
  std::string run;
  std::string instance;
  std::string name;           // of the command, public
  bool has_deadline = false;  // when it has passed, nobody waits for the handler any more

  bool operator==(const FollowWaits&) const = default;
};

// No FollowedCommand comes for the run any more, unless a later table holds back no longer.
struct FollowHeldBack {
  std::string run;
  std::uint64_t replay = 0;  // that of its FollowRoutes
};

// A recorded command, sent to the version that a script brings in, as a message of that script. Delivered at
// least once; ReplaySettled follows.
struct ReplayedCommand {
  std::string id;  // unique in the host's life
  std::string activity_id;
  std::string role;
  std::string version;
  std::string name;  // public
  ContentType content_type = ContentType::kMsgpack;
  Payload payload;
};

struct ReplaySettled {
  std::string id;
  std::string code;  // of the error; empty: handled
  std::string reason;
};

}  // namespace exo
