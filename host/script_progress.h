// How far deployment scripts are, as people watch it: a line that is drawn again on a terminal, else a line
// once in a while. A script that says nothing is watched too, and shown when it has been quiet for some time.
#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "deployment-scripts/rollout_status.h"

namespace exo {

// One running phase.
struct PhaseProgress {
  std::string name;                                // "deployment-todo-search-0.0.2: offline phase"
  std::optional<ScriptProgress> progress;          // where it has said how far it is
  std::optional<double> per_second;                // where it has been seen to move
  std::optional<std::chrono::nanoseconds> left{};  // where rate and total are known
  std::chrono::nanoseconds quiet{};                // since it has moved a message or said something
  std::string run{};
  std::uint64_t attempt = 0;
};

// From here on people want to know that a script is quiet.
inline constexpr std::chrono::seconds kQuietFrom{10};

// Whether there is something to show: it has said how far it is, or is quiet.
bool is_worth_showing(const PhaseProgress& phase);

// "deployment-todo-0.0.2: offline phase: 45 %, 27,000 of 60,000, 8,100/s, 4.0 s left, quiet for 40 s,
// copying"
std::string progress_text(const PhaseProgress& phase);
// The part of it that belongs to the pace: "8,100/s, 4.0 s left, quiet for 40 s"; may be empty.
std::string pace_text(const PhaseProgress& phase);

// The same with a bar, in at most `width` characters: what people need least is left out first.
std::string progress_line(const PhaseProgress& phase, std::size_t width);

// Watches the phases from look to look, and knows how fast they move. Not thread-safe; reads no clock.
class ProgressWatch {
 public:
  // The phases that run, of versions oldest first.
  std::vector<PhaseProgress> look(const std::vector<VersionStatus>& versions, MonotonicTime now);

 private:
  using Samples = std::deque<std::pair<MonotonicTime, double>>;

  static std::optional<double> rate(Samples& samples, double done, MonotonicTime now);

  std::map<std::string, Samples> samples_;  // by run and attempt
};

}  // namespace exo
