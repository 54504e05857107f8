#include "base/duration.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

using namespace std::chrono_literals;

class IllegalDuration : public testing::TestWithParam<const char*> {};

TEST_P(IllegalDuration, IsRefusedWithHowToWriteOne) {
  const auto parsed = parse_duration(GetParam());
  ASSERT_FALSE(parsed.ok()) << GetParam();
  EXPECT_EQ(parsed.error().code, "bad-duration");
  EXPECT_NE(parsed.error().message.find("as in 500ms, 10s, 5m, 1h or 1h30m"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Duration, IllegalDuration,
                         testing::Values("", " ", "10", "s", "-1s", "+1s", "1.5s", "10 s", " 10s", "10s ",
                                         "1S", "1w", "1min", "30m1h", "1s1s", "1h30", "1ms1s", "10001d",
                                         "99999999999999999999s", "9999d9999d", "10000d1ms", "\n1s"));

TEST(Duration, OfEveryUnitIsRead) {
  EXPECT_EQ(parse_duration("500ms").value(), 500ms);
  EXPECT_EQ(parse_duration("10s").value(), 10s);
  EXPECT_EQ(parse_duration("5m").value(), 5min);
  EXPECT_EQ(parse_duration("1h").value(), 1h);
  EXPECT_EQ(parse_duration("2d").value(), 48h);
  EXPECT_EQ(parse_duration("0s").value(), 0s);
}

TEST(Duration, OfSeveralUnitsIsTheirSum) {
  EXPECT_EQ(parse_duration("1h30m").value(), 90min);
  EXPECT_EQ(parse_duration("1d2h3m4s5ms").value(), 24h + 2h + 3min + 4s + 5ms);
}

TEST(Duration, OfTheLongestIsRead) {
  EXPECT_EQ(parse_duration("10000d").value(), 240'000h);
}

TEST(FormatDuration, IsNeverNegative) {
  EXPECT_EQ(format_duration(-5s), "0 ms");
}

TEST(FormatDuration, ShowsTheTwoLargestUnitsThatMatter) {
  EXPECT_EQ(format_duration(0ns), "0 ms");
  EXPECT_EQ(format_duration(999'999'999ns), "999 ms");
  EXPECT_EQ(format_duration(1s), "1.0 s");
  EXPECT_EQ(format_duration(4'250ms), "4.2 s");
  EXPECT_EQ(format_duration(9'999ms), "9.9 s");
  EXPECT_EQ(format_duration(40s), "40 s");
  EXPECT_EQ(format_duration(60s), "1 min");
  EXPECT_EQ(format_duration(200s), "3 min 20 s");
  EXPECT_EQ(format_duration(65min), "1 h 5 min");
  EXPECT_EQ(format_duration(24h), "1 d");
  EXPECT_EQ(format_duration(51h + 59min), "2 d 3 h");
}

}  // namespace
}  // namespace exo
