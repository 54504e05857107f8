// What people are told while a host runs: announcements, messages of scripts as they flow, and how far
// scripts are. Decides nothing.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bus/events.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_status.h"
#include "host/journal.h"
#include "host/script_progress.h"
#include "host/terminal.h"
#include "ledger/event.h"

namespace exo {

// Used by the host's thread; journal and terminal outlive it.
class Narrator {
 public:
  Narrator(Journal& journal, Terminal& terminal) : journal_(journal), terminal_(terminal) {}

  void announce(const rollout::Announce& announcement);
  // `keeper` is the pid of the one that still holds the environment; empty when it is not known.
  void waiting_for(const std::string& keeper);
  void ready(const std::vector<VersionStatus>& versions);
  // What a person may do now.
  void invite(const std::map<std::string, std::uint16_t>& public_ports, const std::string& how_it_stops);
  void flow(const FlowSeen& flow);

  // Whether it is time to show progress, now that something has happened: scripts may say how far they are
  // thousands of times a second, people look a few times.
  bool progress_is_due(MonotonicTime now);
  void show_progress(const std::vector<VersionStatus>& versions, MonotonicTime now);
  // The ledger holds it. What is drawn of an attempt that it ends is taken away at once, since every line
  // that is told from now on would draw it again below itself.
  void recorded(const LedgerEvent& event);
  // When it will be due although nothing happens; nothing where no script runs.
  std::optional<MonotonicTime> look_at_progress_at() const { return look_at_; }
  // Every running phase as it was seen last, a moment ago.
  const std::vector<PhaseProgress>& progress() const { return phases_; }

 private:
  void draw(const std::vector<PhaseProgress>& phases, MonotonicTime now);
  void say_who_is_quiet(const std::vector<PhaseProgress>& phases);

  Journal& journal_;
  Terminal& terminal_;
  ProgressWatch watch_;
  std::optional<MonotonicTime> look_at_;
  MonotonicTime seen_at_{};
  std::vector<PhaseProgress> phases_;
  bool is_drawn_ = false;
  // Where no line can be drawn again:
  MonotonicTime line_due_{};                                    // of those that say how far they are
  std::map<std::string, std::chrono::nanoseconds> quiet_said_;  // by run; for how long, when it was said last
};

}  // namespace exo
