#include "host/script_progress.h"

#include <algorithm>
#include <cmath>

#include "base/duration.h"
#include "base/text.h"
#include "deployment-scripts/script.h"

namespace exo {
namespace {

using std::chrono::nanoseconds;

// A rate is that of the last seconds, so that it follows a script that has become slower.
constexpr std::chrono::seconds kRateOver{15};
constexpr std::chrono::milliseconds kRateFrom{500};
constexpr double kLongestLeftSeconds = 3600.0 * 24 * 365;
constexpr double kLargestCount = 1e15;  // beyond it doubles are no whole numbers any more
constexpr std::size_t kNoteCharacters = 40;

// "27,000"; what is no sensible count is 0.
std::string with_commas(double number) {
  const bool sensible = std::isfinite(number) && number > 0 && number < kLargestCount;
  std::string digits = std::to_string(sensible ? std::llround(number) : 0);
  for (std::size_t at = digits.size(); at > 3; at -= 3) digits.insert(at - 3, ",");
  return digits;
}

bool has_total(const ScriptProgress& progress) {
  return std::isfinite(progress.total) && progress.total > 0;
}

// Between 0 and 1, whatever the script says.
double share(const ScriptProgress& progress) {
  if (!has_total(progress) || !std::isfinite(progress.done)) return 0;
  return std::clamp(progress.done / progress.total, 0.0, 1.0);
}

std::string percent(const ScriptProgress& progress) {
  return std::to_string(static_cast<int>(std::floor(share(progress) * 100))) + " %";
}

std::string count(const ScriptProgress& progress) {
  const std::string done = with_commas(progress.done);
  return has_total(progress) ? done + " of " + with_commas(progress.total) : done;
}

std::vector<std::string> pace_of(const PhaseProgress& phase) {
  std::vector<std::string> parts;
  if (phase.per_second) parts.push_back(with_commas(*phase.per_second) + "/s");
  if (phase.left) parts.push_back(format_duration(*phase.left) + " left");
  if (phase.quiet >= kQuietFrom) {
    const auto whole = std::chrono::floor<std::chrono::seconds>(phase.quiet);
    parts.push_back("quiet for " + format_duration(whole));
  }
  return parts;
}

std::vector<std::string> parts_of(const PhaseProgress& phase) {
  if (!phase.progress) return pace_of(phase);
  const ScriptProgress& progress = *phase.progress;
  std::vector<std::string> parts;
  if (has_total(progress)) parts.push_back(percent(progress));
  parts.push_back(count(progress));
  for (std::string& part : pace_of(phase)) parts.push_back(std::move(part));
  if (!progress.note.empty()) parts.push_back(cut_to(printable(progress.note), kNoteCharacters));
  return parts;
}

std::string bar(const ScriptProgress& progress, std::size_t width) {
  const auto full = static_cast<std::size_t>(std::floor(share(progress) * static_cast<double>(width)));
  return "[" + std::string(full, '#') + std::string(width - full, '.') + "]";
}

std::optional<nanoseconds> time_left(const ScriptProgress& progress, std::optional<double> per_second) {
  if (!per_second || !has_total(progress)) return std::nullopt;
  const double seconds = std::max(0.0, progress.total - progress.done) / *per_second;
  if (!(seconds < kLongestLeftSeconds)) return std::nullopt;
  return std::chrono::duration_cast<nanoseconds>(std::chrono::duration<double>(seconds));
}

}  // namespace

bool is_worth_showing(const PhaseProgress& phase) {
  return phase.progress || phase.quiet >= kQuietFrom;
}

std::string pace_text(const PhaseProgress& phase) {
  return join(pace_of(phase), ", ");
}

std::string progress_text(const PhaseProgress& phase) {
  return phase.name + ": " + join(parts_of(phase), ", ");
}

std::string progress_line(const PhaseProgress& phase, std::size_t width) {
  constexpr std::size_t kWidestBar = 30;
  constexpr std::size_t kNarrowestBar = 8;
  constexpr std::size_t kFrame = 4;  // two brackets, and two spaces before them
  std::vector<std::string> parts = parts_of(phase);
  const auto length = [&] {
    std::size_t sum = count_characters(phase.name);
    for (const std::string& part : parts) sum += 2 + count_characters(part);
    return sum;
  };
  const bool has_bar = phase.progress && has_total(*phase.progress);
  const std::size_t wanted = has_bar ? kNarrowestBar + kFrame : 0;
  while (parts.size() > 1 && length() + wanted > width) parts.pop_back();
  std::string line = phase.name;
  if (wanted > 0 && length() + wanted <= width) {
    line += "  " + bar(*phase.progress, std::min(kWidestBar, width - length() - kFrame));
  }
  for (const std::string& part : parts) line += "  " + part;
  return cut_to(line, width);
}

std::vector<PhaseProgress> ProgressWatch::look(const std::vector<VersionStatus>& versions,
                                               MonotonicTime now) {
  std::map<std::string, Samples> seen;
  std::vector<PhaseProgress> phases;
  for (const VersionStatus& version : versions) {
    for (const auto& [phase, word] :
         {std::pair(&version.offline, "offline"), std::pair(&version.online, "online")}) {
      if (phase->state != ScriptState::kRunning) continue;
      PhaseProgress& seen_now = phases.emplace_back();
      seen_now.name = bus_role(version.key) + ": " + word + " phase";
      seen_now.run = phase->run;
      seen_now.attempt = phase->attempt;
      if (phase->heard_at) seen_now.quiet = std::max(nanoseconds{0}, nanoseconds(now - *phase->heard_at));
      if (!phase->progress) continue;
      const std::string key = phase->run + "/" + std::to_string(phase->attempt);
      Samples samples = std::move(samples_[key]);
      seen_now.progress = phase->progress;
      if (!phase->paused.empty()) continue;  // it is measured anew when it goes on
      seen_now.per_second = rate(samples, phase->progress->done, now);
      seen_now.left = time_left(*phase->progress, seen_now.per_second);
      seen[key] = std::move(samples);
    }
  }
  samples_ = std::move(seen);
  return phases;
}

std::optional<double> ProgressWatch::rate(Samples& samples, double done, MonotonicTime now) {
  // One that begins anew, as after a checkpoint that is older, is measured anew.
  if (!samples.empty() && done < samples.back().second) samples.clear();
  samples.emplace_back(now, done);
  while (samples.size() > 2 && samples[1].first + kRateOver < now) samples.pop_front();
  const auto& [first_time, first_done] = samples.front();
  const std::chrono::duration<double> passed = now - first_time;
  if (passed < kRateFrom || !(done > first_done)) return std::nullopt;
  return (done - first_done) / passed.count();
}

}  // namespace exo
