// How far deployment scripts are, as people watch it: a line that is drawn again on a terminal, else a line
// once in a while.
#pragma once

#include <chrono>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "deployment-scripts/rollout_status.h"

namespace exo {

// One running phase that has said how far it is.
struct PhaseProgress {
  std::string name;  // "deployment-todo-search-0.0.2: offline phase"
  ScriptProgress progress;
  std::optional<double> per_second;                // where it has been seen to move
  std::optional<std::chrono::nanoseconds> left{};  // where rate and total are known
};

// "deployment-todo-0.0.2: offline phase: 45 %, 27,000 of 60,000, 8,100/s, 4.0 s left, copying"
std::string progress_text(const PhaseProgress& phase);

// The same with a bar, in at most `width` characters: what people need least is left out first.
std::string progress_line(const PhaseProgress& phase, std::size_t width);

// Watches the phases from look to look, and knows how fast they move. Not thread-safe; reads no clock.
class ProgressWatch {
 public:
  // The phases that run and have said something, of versions oldest first.
  std::vector<PhaseProgress> look(const std::vector<VersionStatus>& versions, MonotonicTime now);

 private:
  using Samples = std::deque<std::pair<MonotonicTime, double>>;

  static std::optional<double> rate(Samples& samples, double done, MonotonicTime now);

  std::map<std::string, Samples> samples_;  // by run and attempt
};

}  // namespace exo
