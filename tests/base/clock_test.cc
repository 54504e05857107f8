#include "base/clock.h"

#include <gtest/gtest.h>

#include <string>

namespace exo {
namespace {

TEST(Clock, WritesTimesAsRfc3339RoundedDown) {
  EXPECT_EQ(to_rfc3339({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339({951'782'399'999'999'999}), "2000-02-28T23:59:59.999Z");
  EXPECT_EQ(to_rfc3339({951'782'400'000'000'000}), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339({1'795'208'579'407'900'000}), "2026-11-20T21:02:59.407Z");
}

TEST(Clock, RefusesWhatIsNoTime) {
  for (const char* text : {"", "yesterday", "2026", "2026-11", "2026-13-01", "2026-02-31", "1969-12-31",
                           "2026-11-20T", "2026-11-20T24:00", "2026-11-20T21:60", "2026-11-20T21:02:61",
                           "2026-11-20T21:02:59.", "2026-11-20T21:02:59+1", "2026-11-20 21:02 ",
                           "2026-11-20T21:02:59Zulu", "1970-01-01T00:00+01:00", "9999-01-01"}) {
    const auto time = parse_time(text);
    ASSERT_FALSE(time.ok()) << text;
    EXPECT_EQ(time.error().code, "bad-time");
  }
}

TEST(Clock, ReadsWhatItWrites) {
  for (const std::uint64_t milliseconds : {0UL, 951'782'399'999UL, 1'795'208'579'407UL}) {
    const UnixTime time{milliseconds * 1'000'000};
    const auto read = parse_time(to_rfc3339(time));
    ASSERT_TRUE(read.ok()) << to_rfc3339(time);
    EXPECT_EQ(read.value(), time);
  }
}

TEST(Clock, ReadsTimesAsPeopleWriteThem) {
  const auto written = [](std::string_view text) {
    const auto time = parse_time(text);
    return time.ok() ? to_rfc3339(time.value()) : time.error().message;
  };
  EXPECT_EQ(written("2026-11-20"), "2026-11-20T00:00:00.000Z");
  EXPECT_EQ(written("2026-11-20 21:02"), "2026-11-20T21:02:00.000Z");
  EXPECT_EQ(written("2026-11-20T21:02:59"), "2026-11-20T21:02:59.000Z");
  EXPECT_EQ(written("2026-11-20T21:02:59.4Z"), "2026-11-20T21:02:59.400Z");
  EXPECT_EQ(written("2026-11-20T21:02:59.407999999Z"), "2026-11-20T21:02:59.407Z");
  EXPECT_EQ(written("2026-11-20T22:32:59+01:30"), "2026-11-20T21:02:59.000Z");
  EXPECT_EQ(written("2026-11-20t20:02-01:00"), "2026-11-20T21:02:00.000Z");
  EXPECT_EQ(written("2024-02-29"), "2024-02-29T00:00:00.000Z");
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
