// What the supervision core is told and what it asks for, as plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <variant>

namespace exo::supervision {

// A service version, by name.
struct Key {
  std::string role;
  std::string version;
  auto operator<=>(const Key&) const = default;
};

// How an instance that ended by itself is started again.
struct RestartRules {
  std::chrono::milliseconds pause{500};  // before the first restart, doubled with each further one
  std::chrono::milliseconds longest_pause{30'000};
  std::chrono::milliseconds steady_after{60'000};  // ready for so long, it begins with the first pause again

  bool operator==(const RestartRules&) const = default;
};

inline constexpr std::chrono::milliseconds kDefaultStopWithin{10'000};

// ---- events

// The version is to run from now on, until Unwanted. Said again it changes the rules of what comes later.
struct Wanted {
  Key key;
  std::chrono::milliseconds readiness{60'000};  // how long an instance may take until it is ready
  RestartRules restarts;
  std::chrono::milliseconds stop_within = kDefaultStopWithin;  // from SIGTERM to SIGKILL
  // An instance that an earlier host has started, and that runs: nothing is started. Empty: there is none.
  std::string running = {};
};
struct Unwanted {
  Key key;
};
// What the version runs has changed: its instance is stopped, and another started.
struct RestartAsked {
  Key key;
};
// Nothing is to run any more. Final: what is wanted later is ignored.
struct StopEverything {};

struct InstanceStarted {
  std::string instance;
};
struct InstanceFailedToStart {
  std::string instance;
  std::string reason;
};
// Its relay has registered, and whatever else its service asks for holds.
struct InstanceReady {
  std::string instance;
};
// It was ready and is not now, but its process lives, e.g. its relay went silent.
struct InstanceNotReady {
  std::string instance;
};
// Its process has ended, wanted or not.
struct InstanceExited {
  std::string instance;
  std::string how;  // "exit code 1"
};
// Nothing but time has passed.
struct Tick {};

using Event = std::variant<Wanted, Unwanted, RestartAsked, StopEverything, InstanceStarted,
                           InstanceFailedToStart, InstanceReady, InstanceNotReady, InstanceExited, Tick>;

// ---- actions

// InstanceStarted or InstanceFailedToStart is to follow.
struct StartInstance {
  Key key;
  std::string instance;      // new, never met before
  std::uint64_t number = 0;  // counts the version's instances from 1
};
// SIGTERM now, SIGKILL after `grace`; InstanceExited or InstanceFailedToStart is to follow.
struct StopInstance {
  std::string instance;
  std::chrono::milliseconds grace;
};
// To be told to people; nothing needs to be done.
struct ReportRestart {
  Key key;
  std::string instance;  // the one that has ended
  std::string how;
  std::chrono::milliseconds pause;  // until the next one is started
};
// Said once per deadline. The instance may still become ready, and is neither stopped nor forgotten.
struct ReportNotReadyInTime {
  Key key;
  std::string instance;
  std::chrono::milliseconds readiness;
};
// It outlives SIGKILL, e.g. since it waits for a dead disk. It stays in state stopping.
struct ReportStopOverdue {
  Key key;
  std::string instance;
};
// After StopEverything, once: no instance is left.
struct ReportEverythingStopped {};

using Action = std::variant<StartInstance, StopInstance, ReportRestart, ReportNotReadyInTime,
                            ReportStopOverdue, ReportEverythingStopped>;

}  // namespace exo::supervision
