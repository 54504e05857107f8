// What the ledger of a simulation holds of one phase.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/rate.h"
#include "ledger/event.h"

namespace exo {

// Whoever decides anything in a schedule.
inline constexpr char kDecider[] = "anna";

struct PhaseTruth {
  std::uint64_t attempts = 0;  // attempt-started so far
  bool open = false;           // the last one has no end
  bool begun = false;
  bool interrupted = false;  // the last one was
  unsigned done = 0;         // how often: more than once is a violation
  bool absent = false;
  bool skipped = false;                   // by decision, until a retry
  bool marked_done = false;               // by decision
  bool held_back = false;                 // cancelled, until a retry
  bool paused = false;                    // by decision, until another or until nothing is left to run
  bool pause_is_known = false;            // to who runs it: only then do its clocks stand
  std::optional<Rate> rate;               // by decision, until another
  std::optional<std::string> checkpoint;  // the last one saved

  bool settled() const { return done > 0 || absent || skipped || marked_done; }
};

// The simulation's scripts save numbers: 7 of {"number":3,"value":7}.
std::string value_of(const LedgerEvent& checkpoint);
bool is_decided_by_people(const LedgerEvent& event);

// Each of these returns what is wrong, empty when nothing is. An event about the phase, that is none about an
// undo or what it follows:
std::string apply_to_phase(const LedgerEvent& event, PhaseTruth& phase);
// An attempt-exited.
std::string exit_attempt(const LedgerEvent& event, const PhaseTruth& phase);

// All is forgotten but how people have decided that it goes on.
void begin_anew(PhaseTruth& phase);

}  // namespace exo
