// Supervision: which instances should run, be started again, or stop. A pure core: it asks no clock, starts
// no process and sends no signal; it is told what happened and says what to do.
//
// A service version that is wanted has at all times one slot, in one of these states:
//
//             Wanted                    InstanceReady
//   (none) ───────────▶ starting ──────────────────────▶ ready
//                        ▲  │ ▲ └───── InstanceNotReady ────┘│
//                  pause │  │ └──────────┐                   │
//                 is over│  ▼ exited     │ exited, wanted    │ exited
//                       waiting ◀────────│───────────────────┘
//                                        │
//   starting, ready ── Unwanted ──▶ stopping ── exited, unwanted ──▶ (none)
//   waiting ────────── Unwanted ──▶ (none)
//
// Each start makes a new instance with a new id and the next number; an id is never used again, so what is
// told about an instance that its slot has left behind is ignored. "Exited" is also a start that failed. An
// exit code of 0 is an exit like any other: a service is there to run.
//
// Pauses before a restart grow: 0.5 s, 1, 2, 4 … at most 30 s, unless its rules say otherwise. They begin
// anew when the instance that ended had been ready for 60 s without a break, and when a version is wanted
// again. There is no last attempt: a version that fails for ever is tried every 30 s, and says so each time.
//
// A restart that is asked for is a new beginning: the instance is stopped as if it were unwanted, and another
// started when it has ended; one that waits for its pause to be over is started at once.
//
// Odd cases. Wanted with an instance that runs already: it is starting until it is ready, which it was for
// the host before, so that one that hangs is not left alone. Wanted while stopping: the process still goes,
// then a new one is started at once. A readiness deadline passes: it is reported once. It runs from the first
// start, or from the loss of readiness, on through all restarts: a version that crashes at once is not ready
// either. An instance that never was ready is left alone then; one that was, and has ceased to be for so
// long, hangs: it is stopped, and another started. An instance does not end after SIGKILL: it is reported,
// and its slot stays in stopping.
//
// Stopping everything goes in the reverse order of the starts, one instance at a time, so that each finds
// those that it was started after still there; one that is overdue does not hold the others up.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "services/supervision/supervision_event.h"

namespace exo::supervision {

// From SIGKILL to the report that it did not help.
inline constexpr std::chrono::milliseconds kKillPatience{5'000};

enum class State { kStarting, kReady, kWaiting, kStopping };

// "starting", "ready", "waiting", "stopping": what people and --json see.
std::string to_text(State state);

// A slot as status shows it.
struct InstanceView {
  Key key;
  std::string instance;  // the one before, while waiting
  State state = State::kStarting;
  std::uint64_t restarts = 0;  // since the version was last wanted anew
};

// Not thread-safe; a value that can be copied to ask "what if". The caller carries out the actions in their
// order, and calls step with a Tick no later than next_deadline(). Times never go back between calls.
class Supervision {
 public:
  // `host` is part of each instance's id and must be new for each run of the host, since numbers begin at 1.
  explicit Supervision(std::string host) : host_(std::move(host)) {}

  std::vector<Action> step(const Event& event, MonotonicTime now);

  // When something is due although nothing happens; nothing when never.
  std::optional<MonotonicTime> next_deadline() const;
  bool is_ready(const std::string& instance) const;
  // By role and version.
  std::vector<InstanceView> view() const;

 private:
  struct Slot {
    State state = State::kWaiting;
    bool wanted = true;
    bool overdue = false;    // stopping, and reported
    bool was_ready = false;  // the instance, at some time
    std::chrono::milliseconds readiness{0};
    RestartRules restarts_by;
    std::chrono::milliseconds stop_within{0};
    std::chrono::milliseconds pause{0};  // before the next restart
    std::string instance;
    std::uint64_t started = 0;  // position in the order of all starts
    std::uint64_t restarts = 0;
    MonotonicTime ready_since;              // while ready
    std::optional<MonotonicTime> ready_by;  // while starting or waiting, until it is reported
    std::optional<MonotonicTime> deadline;  // of pause or stop, as the state says
  };
  using Slots = std::map<Key, Slot>;

  struct Taker;  // takes each kind of event in

  Slots::iterator find(const std::string& instance);
  void start(const Key& key, Slot& slot);
  void adopt(Slot& slot, const std::string& instance);
  void begin_anew(const Key& key, Slot& slot);
  void stop(Slot& slot);
  void ended(Slots::iterator entry, const std::string& how);
  void act_on_deadline(const Key& key, Slot& slot);
  void forget_failures(Slot& slot) const;
  void expect_ready(Slot& slot);
  void report_not_ready(const Key& key, Slot& slot);
  void stop_next();

  std::string host_;
  Slots slots_;
  std::map<Key, std::uint64_t> numbers_;  // outlive the slots, so that ids do
  std::uint64_t starts_ = 0;
  bool stopping_everything_ = false;
  bool told_stopped_ = false;
  MonotonicTime now_;            // of the step under way
  std::vector<Action> actions_;  // of the step under way
};

}  // namespace exo::supervision
