#include "bus/relays/cpp/settlement.h"

#include <gtest/gtest.h>

namespace exo::relaying {
namespace {

TEST(Settlement, IsCompleteWhenNothingBegan) {
  EXPECT_TRUE(Settlement().all_settled_below(5));
}

TEST(Settlement, WaitsForEveryNumberBelow) {
  Settlement settlement;
  settlement.begin(1);
  settlement.begin(2);
  settlement.settle(2);
  EXPECT_FALSE(settlement.all_settled_below(3));
  EXPECT_TRUE(settlement.all_settled_below(1));
  settlement.settle(1);
  EXPECT_TRUE(settlement.all_settled_below(3));
}

TEST(Settlement, DoesNotWaitForNumbersThatNeverBegan) {
  Settlement settlement;
  settlement.begin(1);
  settlement.begin(5);
  settlement.settle(1);
  EXPECT_TRUE(settlement.all_settled_below(5));
  EXPECT_FALSE(settlement.all_settled_below(6));
}

TEST(Settlement, TakesNoNoticeOfWhatItDoesNotKnow) {
  Settlement settlement;
  settlement.settle(7);
  settlement.begin(8);
  settlement.settle(8);
  settlement.settle(8);
  settlement.begin(9);
  EXPECT_FALSE(settlement.all_settled_below(10));
}

}  // namespace
}  // namespace exo::relaying
