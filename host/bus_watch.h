// What `exo tap` and `exo trace` ask of the bus of a running host.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "base/result.h"
#include "bus/relays/cpp/value.h"
#include "host/activity_trace.h"
#include "host/host_line.h"
#include "host/state_folder.h"

namespace exo {

// Which messages somebody wants to see. Empty texts want everything.
struct TapWish {
  enum class Payloads : std::uint8_t { kLeftOut, kShown };

  std::string role;  // of the sender or the receiver
  std::string name;  // public or the receiver's own; "todo.*" is all that begin so
  std::string activity;
  std::string version;  // of the sender or the receiver; with a role, that role's
  Payloads payloads = Payloads::kLeftOut;
};

// Messages in the order in which the bus moved them, and how many were left out before the next because they
// came faster than they were taken. False: enough.
using TakeTapped = std::function<bool(const Value::List& messages, std::uint64_t left_out)>;

// Calls `take` with what goes over the bus, now and then with nothing, until it returns false, SIGINT,
// SIGTERM or SIGHUP arrives (which the caller has blocked), or the host ends (then an Error). `begun` is
// called when nothing is missed from then on.
Result<void> tap(const StateFolder& state, const TapWish& wish, const std::function<void()>& begun,
                 const TakeTapped& take);
// The same of a bus elsewhere.
Result<void> tap(const RemoteBus& bus, const TapWish& wish, const std::function<void()>& begun,
                 const TakeTapped& take);

// What the bus remembers of an activity. Errors: `no-host`, and those of HostLine.
Result<ActivityTrace> trace_activity(const StateFolder& state, const std::string& activity);
Result<ActivityTrace> trace_activity(const RemoteBus& bus, const std::string& activity);

}  // namespace exo
