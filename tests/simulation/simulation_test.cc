// The invariants of the design, in thousands of schedules; and the proof that breaking them is seen.
//
// EXO_SIMULATION_SCHEDULES sets how many schedules run, EXO_SIMULATION_SEED the first of them: with the seed
// of a failure and one schedule, that failure comes again, with its trace.
#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <string>

namespace exo {
namespace {

// In slices, which a test runner runs side by side. Without optimisation, and under a sanitizer, a schedule
// takes ten times as long.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSchedules = 20'000;
#else
constexpr std::uint64_t kSchedules = 2'000;
#endif
constexpr std::uint64_t kSlices = 4;
constexpr std::uint64_t kSchedulesPerMutation = 2'000;

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

std::string explain(std::uint64_t seed, Mutation mutation) {
  const SimulationReport report =
      simulate({.seed = seed, .mutation = mutation, .trace = SimulationOptions::Trace::kYes});
  return report.violation + "\nrun it again: EXO_SIMULATION_SEED=" + std::to_string(seed) +
         " EXO_SIMULATION_SCHEDULES=1\n" + report.trace;
}

void add(const SimulationReport& one, SimulationReport& sum) {
  sum.events += one.events;
  sum.crashes += one.crashes;
  sum.failed_attempts += one.failed_attempts;
  sum.interrupted_attempts += one.interrupted_attempts;
  sum.lock_waits += one.lock_waits;
  sum.refused_appends += one.refused_appends;
  sum.late_scripts += one.late_scripts;
  sum.live += one.live;
  sum.failed += one.failed;
}

class SimulationSlice : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SimulationSlice, HoldsTheInvariantsInEverySchedule) {
  const std::uint64_t first = number_from_environment("EXO_SIMULATION_SEED", 1);
  const std::uint64_t count = number_from_environment("EXO_SIMULATION_SCHEDULES", kSchedules);
  SimulationReport sum;
  for (std::uint64_t seed = first + GetParam(); seed < first + count; seed += kSlices) {
    const SimulationReport report = simulate({.seed = seed});
    ASSERT_EQ(report.violation, "") << "seed " << seed << ": " << explain(seed, Mutation::kNone);
    add(report, sum);
  }
  std::cout << "slice " << GetParam() << " of " << count << " schedules from seed " << first << ": "
            << sum.events << " events, " << sum.crashes << " crashes, " << sum.failed_attempts
            << " failed and " << sum.interrupted_attempts << " interrupted attempts, " << sum.lock_waits
            << " waits for a run lock, " << sum.refused_appends << " refused appends, " << sum.late_scripts
            << " late scripts; " << sum.live << " versions live, " << sum.failed << " failed\n";
}

INSTANTIATE_TEST_SUITE_P(Each, SimulationSlice, testing::Range(std::uint64_t{0}, kSlices));

TEST(Simulation, IsTheSameForTheSameSeed) {
  for (std::uint64_t seed = 1; seed < 50; ++seed) {
    const SimulationOptions options{.seed = seed, .trace = SimulationOptions::Trace::kYes};
    EXPECT_EQ(simulate(options).trace, simulate(options).trace) << "seed " << seed;
  }
}

// A simulation that never gets anywhere would hold every invariant.
TEST(Simulation, GetsIntoEveryKindOfTrouble) {
  SimulationReport sum;
  for (std::uint64_t seed = 1; seed <= 300; ++seed) add(simulate({.seed = seed}), sum);
  EXPECT_GT(sum.crashes, 100u);
  EXPECT_GT(sum.failed_attempts, 100u);
  EXPECT_GT(sum.interrupted_attempts, 50u);
  EXPECT_GT(sum.lock_waits, 5u);
  EXPECT_GT(sum.refused_appends, 100u);
  EXPECT_GT(sum.late_scripts, 50u);
  EXPECT_GT(sum.live, 300u);
  EXPECT_GT(sum.failed, 0u);
}

class SimulationWithMutation : public testing::TestWithParam<Mutation> {};

TEST_P(SimulationWithMutation, IsCaught) {
  for (std::uint64_t seed = 1; seed <= kSchedulesPerMutation; ++seed) {
    const SimulationReport report = simulate({.seed = seed, .mutation = GetParam()});
    if (!report.violation.empty()) {
      std::cout << to_text(GetParam()) << ": seed " << seed << ", " << report.violation << "\n";
      return;
    }
  }
  FAIL() << "nothing was seen in " << kSchedulesPerMutation << " schedules: " << to_text(GetParam());
}

std::string name_of(const testing::TestParamInfo<Mutation>& info) {
  std::string name = to_text(info.param);
  for (char& letter : name) letter = letter == ' ' ? '_' : letter;
  return name;
}

INSTANTIATE_TEST_SUITE_P(Each, SimulationWithMutation, testing::ValuesIn(kAllMutations), name_of);

}  // namespace
}  // namespace exo
