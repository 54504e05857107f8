// What holds whatever happens: the router under many seeded schedules.
#include <gtest/gtest.h>

#include "tests/bus/chaos.h"

namespace exo::routing {
namespace {

std::string join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

TEST(RouterRandomTest, EveryCommandEndsOnceInEverySchedule) {
  std::size_t redelivered = 0;
  std::size_t handled = 0;
  std::size_t barriers = 0;
  std::size_t cancelled = 0;
  std::size_t told_to_cancel = 0;
  for (std::uint32_t seed = 1; seed <= 300; ++seed) {
    Chaos chaos(seed);
    for (int step = 0; step < 600 && chaos.violations().empty(); ++step) chaos.step();
    if (chaos.violations().empty()) chaos.settle();
    ASSERT_EQ(join(chaos.violations()), "") << "seed " << seed;
    redelivered += chaos.redelivered();
    handled += chaos.handled();
    barriers += chaos.barriers();
    cancelled += chaos.cancelled();
    told_to_cancel += chaos.told_to_cancel();
  }
  // The schedules are of use only while they reach these.
  EXPECT_GT(handled, 10'000U);
  EXPECT_GT(redelivered, 100U);
  EXPECT_GT(barriers, 100U);
  EXPECT_GT(cancelled, 100U);
  EXPECT_GT(told_to_cancel, 100U);
}

}  // namespace
}  // namespace exo::routing
