// The invariants of the design, in thousands of schedules; and the proof that breaking them is seen.
//
// bin/simulate runs as many as one wants, and one again by its seed.
#include "tests/simulation/simulation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <string>

namespace exo {
namespace {

// In slices, which a test runner runs side by side. Without optimisation, and under a sanitizer, a schedule
// takes ten times as long.
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
constexpr std::uint64_t kSchedules = 12'000;
#else
constexpr std::uint64_t kSchedules = 2'000;
#endif
constexpr std::uint64_t kSlices = 4;
constexpr std::uint64_t kSchedulesPerMutation = 20'000;

class SimulationSlice : public testing::TestWithParam<std::uint64_t> {};

TEST_P(SimulationSlice, HoldsTheInvariantsInEverySchedule) {
  SimulationReport sum;
  for (std::uint64_t seed = 1 + GetParam(); seed <= kSchedules; seed += kSlices) {
    const SimulationReport report = simulate({.seed = seed});
    ASSERT_EQ(report.violation, "") << "seed " << seed << ": " << explain({.seed = seed});
    add(report, sum);
  }
  std::cout << "slice " << GetParam() << " of " << kSchedules << " schedules: " << describe(sum) << "\n";
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
  EXPECT_GT(sum.decisions, 50u);
  EXPECT_GT(sum.lock_waits, 5u);
  EXPECT_GT(sum.refused_appends, 100u);
  EXPECT_GT(sum.late_scripts, 50u);
  EXPECT_GT(sum.take_overs, 50u);
  EXPECT_GT(sum.stale_refusals, 10u);
  EXPECT_GT(sum.deliveries, 50u);
  EXPECT_GT(sum.copies, 300u);
  EXPECT_GT(sum.replayed, 50u);
  EXPECT_GT(sum.filled, 50u);
  EXPECT_GT(sum.exits_read, 20u);
  EXPECT_GT(sum.late_deeds, 2u);
  EXPECT_GT(sum.slowed, 20u);
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
  std::string name(to_text(info.param));
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Each, SimulationWithMutation, testing::ValuesIn(kAllMutations), name_of);

}  // namespace
}  // namespace exo
