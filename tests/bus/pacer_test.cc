#include "bus/pacer.h"

#include <gtest/gtest.h>

namespace exo::routing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Rate kFifty{50, seconds{1}};

class PacerTest : public testing::Test {
 protected:
  std::uint64_t left_after(MonotonicTime::duration time) {
    now_ += time;
    pacer_.refill(now_);
    return pacer_.left();
  }
  void spend(std::uint64_t count) {
    for (; count > 0; --count) pacer_.spend();
  }

  Pacer pacer_;
  MonotonicTime now_ = MonotonicTime{} + std::chrono::hours{1};
};

TEST_F(PacerTest, OfARateThatIsNoneNothingIsEverLeft) {
  EXPECT_TRUE(pacer_.limit(Rate{}, now_));
  EXPECT_EQ(left_after(seconds{100}), 0u);
  EXPECT_FALSE(pacer_.is_running());
}

TEST_F(PacerTest, BeginsWithOne) {
  pacer_.limit(kFifty, now_);
  EXPECT_EQ(left_after(milliseconds{0}), 1u);
}

TEST_F(PacerTest, SavesAtMostWhatASecondGives) {
  pacer_.limit(kFifty, now_);
  EXPECT_EQ(left_after(milliseconds{100}), 6u);
  EXPECT_EQ(left_after(seconds{100}), 50u);
}

TEST_F(PacerTest, SavesOneWhereEachTakesLongerThanASecond) {
  pacer_.limit(Rate{30, std::chrono::minutes{1}}, now_);
  spend(1);
  EXPECT_EQ(left_after(milliseconds{1999}), 0u);
  EXPECT_EQ(left_after(milliseconds{1}), 1u);
  EXPECT_EQ(left_after(seconds{100}), 1u);
}

TEST_F(PacerTest, WhoHasSentMoreOwesIt) {
  pacer_.limit(kFifty, now_);
  spend(11);
  EXPECT_EQ(left_after(milliseconds{200}), 0u);
  EXPECT_EQ(left_after(milliseconds{20}), 1u);
}

TEST_F(PacerTest, TheSameRateAgainChangesNothing) {
  pacer_.limit(kFifty, now_);
  left_after(seconds{1});
  EXPECT_FALSE(pacer_.limit(kFifty, now_));
  EXPECT_EQ(pacer_.left(), 50u);
  EXPECT_TRUE(pacer_.limit(std::nullopt, now_));
  EXPECT_FALSE(pacer_.is_limited());
}

}  // namespace
}  // namespace exo::routing
