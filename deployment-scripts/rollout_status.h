// What the rollout core knows of each version: for `exo status` and for the routing table.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/rate.h"
#include "deployment-scripts/version_key.h"
#include "deployment-scripts/version_state.h"

namespace exo {

// What a running script said last about how far it is.
struct ScriptProgress {
  double done = 0;
  double total = 0;  // 0 when unknown
  std::string note;

  bool operator==(const ScriptProgress&) const = default;
};

struct PhaseStatus {
  ScriptState state = ScriptState::kNone;
  std::string run;            // empty when no attempt was started
  std::uint64_t attempt = 0;  // the last one started; 0 exactly when `run` is empty
  std::string reason;         // why the last attempt failed or was interrupted, else empty
  std::string log;            // of the last attempt that failed, where known
  std::string
      decision;        // a person's since the last attempt: "marked done by kim: it is all there"; else empty
  std::string paused;  // it stands still, "by kim: it slows the shop down"; else empty
  std::optional<Rate> at_most;  // how many commands its script may send, by all that bounds it, but a pause
  std::string throttled;        // a person's word that bounds it, as of `paused`; empty: none
  std::optional<Rate> throttled_to;        // there exactly when `throttled` is
  std::string slowed;                      // why its settings slow it down just now; empty: they do not
  std::optional<ScriptProgress> progress;  // of the running attempt
  // When the running attempt, at work, has moved a message or said something last.
  std::optional<MonotonicTime> heard_at{};

  bool operator==(const PhaseStatus&) const = default;
};

struct VersionStatus {
  VersionKey key;
  VersionState state = VersionState::kStaged;
  // What a routing table made now must say. Open only when the ledger holds that the gate was opened; held
  // already before the ledger holds that it was closed.
  GateState gate = GateState::kHeld;
  // True in starting, preparing and shifting: production messages may wait for it within their deadline,
  // where no other version of the role can take them.
  bool starting = false;
  bool flagged = false;  // live, but its online phase has failed or was interrupted for good
  std::string reason;    // why it failed, or else what it waits for; not empty when `state` is kFailed
  PhaseStatus offline;
  PhaseStatus online;
  PhaseStatus undo;  // `none` where nobody has decided it
  PhaseStatus
      verify;  // the last verification: done, failed or interrupted, or running; `none` where none was made

  bool operator==(const VersionStatus&) const = default;
};

}  // namespace exo
