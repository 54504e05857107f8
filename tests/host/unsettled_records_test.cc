// Records whose fate is not known: what may be replayed, and when production may be held back for the rest.
#include "host/unsettled_records.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr MonotonicTime kNow{std::chrono::hours(1)};

TEST(UnsettledRecords, WhatIsBeforeTheFirstMayBeReplayed) {
  UnsettledRecords records;
  EXPECT_EQ(records.settled_through(9), 9u);
  records.add(4, kNow, kNow + seconds(30));
  records.add(6, kNow, kNow + seconds(30));
  EXPECT_EQ(records.settled_through(9), 3u);
  records.settle(4, kNow);
  EXPECT_EQ(records.settled_through(9), 5u);
  records.settle(6, kNow);
  EXPECT_EQ(records.settled_through(9), 9u);
}

TEST(UnsettledRecords, OneWhoseDeadlineHasPassedCountsAsSettled) {
  UnsettledRecords records;
  records.add(4, kNow, kNow + seconds(30));
  records.expire(kNow + seconds(29));
  EXPECT_EQ(records.settled_through(9), 3u);
  EXPECT_EQ(records.expires_at(), kNow + seconds(30));
  records.expire(kNow + seconds(30));
  EXPECT_EQ(records.settled_through(9), 9u);
  EXPECT_EQ(records.expires_at(), std::nullopt);
}

TEST(UnsettledRecords, AHandlerThatDoesNotEndIsStuckUntilItsDeadline) {
  UnsettledRecords records;
  records.add(4, kNow, kNow + seconds(30));
  EXPECT_FALSE(records.is_stuck(kNow + milliseconds(500)));
  EXPECT_TRUE(records.is_stuck(kNow + milliseconds(501)));
  records.add(5, kNow + seconds(29), kNow + seconds(59));
  records.expire(kNow + seconds(30));
  EXPECT_TRUE(records.is_stuck(kNow + seconds(30))) << "the next one, since it is a second old";
  records.settle(5, kNow + seconds(30));
  EXPECT_FALSE(records.is_stuck(kNow + seconds(30)));
}

TEST(UnsettledRecords, OneThatTakesAsLongAsTheOthersIsNotStuck) {
  UnsettledRecords records;
  records.add(4, kNow, MonotonicTime::max());
  records.settle(4, kNow + seconds(2));
  records.add(5, kNow + seconds(2), MonotonicTime::max());
  EXPECT_FALSE(records.is_stuck(kNow + seconds(6)));
  EXPECT_TRUE(records.is_stuck(kNow + seconds(6) + milliseconds(1)));
}

}  // namespace
}  // namespace exo
