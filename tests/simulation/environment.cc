#include "tests/simulation/environment.h"

#include <algorithm>
#include <chrono>

namespace exo {
namespace {

constexpr std::uint64_t kSomeTimeIn2026 = 1'795'000'000'000'000'000;
constexpr std::uint64_t kNanosecondsPerMinute = 60'000'000'000;
constexpr std::size_t kMinutesPerDay = 24 * 60;

}  // namespace

SimulatedEnvironment::SimulatedEnvironment(const SimulationOptions& chosen)
    : options(chosen),
      random(chosen.seed),
      plan(make_plan(random)),
      disk(random, chosen.mutation),
      now(MonotonicTime{} + std::chrono::hours{1}),
      wall_clock_{kSomeTimeIn2026} {}

void SimulatedEnvironment::set_weather(Weather weather) {
  weather_ = weather;
  disk.set_calm(weather == Weather::kCalm);
  disk.set_full(false);
}

void SimulatedEnvironment::violate(const std::string& what) {
  if (what.empty() || !sound()) return;
  report.violation = what;
  note("VIOLATION " + what);
}

void SimulatedEnvironment::note(const std::string& text) {
  if (is_traced()) report.trace += text + "\n";
}

void SimulatedEnvironment::jump_wall_clock() {
  const std::uint64_t forwards = random.below(2 * kMinutesPerDay) * kNanosecondsPerMinute;
  wall_clock_.nanoseconds += forwards - kMinutesPerDay * kNanosecondsPerMinute;
}

SimulatedEnvironment::Production SimulatedEnvironment::production() {
  if (!is_wild()) return Production::kWell;
  if (random.chance(1, 3)) {
    production_ = random.one_of(std::vector<Production>{Production::kWell, Production::kSuffers,
                                                        Production::kSuffers, Production::kUnknown});
  }
  return production_;
}

bool SimulatedEnvironment::may_serve(const VersionKey& key) {
  const VersionTruth& version = truth.of(key);
  if (version.undo_begun) return false;
  if (version.offline.settled()) return true;
  const PlannedVersion* planned = plan.find(key);
  return !version.offline.begun && (planned == nullptr || !planned->has_script);
}

bool SimulatedEnvironment::any_is_paused() {
  return std::any_of(plan.versions.begin(), plan.versions.end(), [&](const PlannedVersion& version) {
    const VersionTruth& known = truth.of(version.key);
    return known.offline.paused || known.online.paused || known.undo.paused;
  });
}

bool SimulatedEnvironment::lacks_a_role(const PlannedVersion& version) {
  return std::any_of(version.dependencies.begin(), version.dependencies.end(), [&](const auto& dependency) {
    return plan.has_role(dependency.role) &&
           std::all_of(plan.versions.begin(), plan.versions.end(), [&](const PlannedVersion& other) {
             return other.key.role != dependency.role || truth.of(other.key).failed;
           });
  });
}

}  // namespace exo
