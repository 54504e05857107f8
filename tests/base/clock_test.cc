#include "base/clock.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

TEST(Clock, WritesTimesAsRfc3339RoundedDown) {
  EXPECT_EQ(to_rfc3339({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339({951'782'399'999'999'999}), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339({951'782'400'000'000'000}), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339({1'795'208'579'407'900'000}), "2026-11-20T21:02:59.407Z");
}

TEST(Clock, KnowsThatThisCodeIsYoungerThanThisTest) {
  EXPECT_GT(unix_now().nanoseconds, 1'700'000'000'000'000'000U);
}

TEST(Clock, DoesNotRunBackwards) {
  const MonotonicTime before = monotonic_now();
  EXPECT_LE(before, monotonic_now());
}

}  // namespace
}  // namespace exo
