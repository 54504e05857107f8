#include "base/rate.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

using std::chrono::nanoseconds;

TEST(Rate, ThatIsWrittenWrongIsRefusedWithAnExample) {
  for (const char* text : {"", "100", "/s", "0/s", "-1/s", "1.5/s", "1000001/s", "99999999999/s", "10/d",
                           "10/", "10/s ", " 10/s", "none", "off"}) {
    const auto rate = parse_rate(text);
    ASSERT_FALSE(rate.ok()) << text;
    EXPECT_EQ(rate.error().code, "bad-rate") << text;
    EXPECT_NE(rate.error().message.find("as in 100/s, 30/m or 5/h"), std::string::npos) << text;
  }
}

TEST(Rate, IsReadAndWrittenTheSame) {
  for (const char* text : {"1/s", "100/s", "1000000/s", "30/m", "5/h"}) {
    const auto rate = parse_rate(text);
    ASSERT_TRUE(rate.ok()) << text;
    EXPECT_EQ(to_string(rate.value()), text);
  }
  EXPECT_EQ(to_string(Rate{}), "none");
}

TEST(Rate, SaysWhatTimeEachTakesSoThatNeverMoreFit) {
  EXPECT_EQ(parse_rate("100/s").value().each(), nanoseconds(10'000'000));
  EXPECT_EQ(parse_rate("30/m").value().each(), nanoseconds(2'000'000'000));
  EXPECT_EQ(parse_rate("3/s").value().each(), nanoseconds(333'333'334));
}

TEST(Rate, OfTwoTheSlowerIsTheOneThatAllowsLess) {
  const Rate fast{100, std::chrono::seconds{1}};
  const Rate slow{100, std::chrono::minutes{1}};
  EXPECT_EQ(slower_of(fast, slow), slow);
  EXPECT_EQ(slower_of(slow, fast), slow);
  EXPECT_EQ(slower_of(slow, Rate{}), Rate{});
  EXPECT_EQ(slower_of(Rate{}, fast), Rate{});
}

}  // namespace
}  // namespace exo
