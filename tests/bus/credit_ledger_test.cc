#include "bus/credit_ledger.h"

#include <gtest/gtest.h>

namespace exo::routing {
namespace {

class CreditLedgerTest : public testing::Test {
 protected:
  CreditLedgerTest() { ledger_.open(0); }
  void take(int count, std::size_t bytes = 1) {
    for (int i = 0; i < count; ++i) ASSERT_TRUE(ledger_.take(0, bytes));
  }
  // Grants are told once.
  std::uint64_t granted() {
    ledger_.top_up(0);
    ledger_.account(0).changed = false;
    return ledger_.account(0).granted;
  }
  CreditLedger ledger_{{.window = 8, .window_bytes = 8000, .first_window = 8, .most_bytes = 20'000}};
};

TEST_F(CreditLedgerTest, ANewRoleGetsAWindow) {
  EXPECT_EQ(granted(), 8U);
}

TEST_F(CreditLedgerTest, AWholeWindowBeyondItsCreditIsTooMuch) {
  take(16);
  EXPECT_FALSE(ledger_.take(0, 1));
}

TEST_F(CreditLedgerTest, LessThanHalfAWindowIsNotWorthAMessage) {
  take(3);
  EXPECT_EQ(granted(), 8U);
}

TEST_F(CreditLedgerTest, HalfAWindowIsGrantedAtOnce) {
  take(4);
  EXPECT_EQ(granted(), 12U);
}

TEST_F(CreditLedgerTest, ASharedWindowIsWhatIsGrantedFromThenOn) {
  take(8);
  ledger_.share_window(2, 8000);
  EXPECT_EQ(granted(), 10U);
  ledger_.share_window(8, 8000);
  EXPECT_EQ(granted(), 16U);
}

TEST_F(CreditLedgerTest, ASharedWindowTakesNothingBackThatWasGranted) {
  ledger_.share_window(2, 8000);
  EXPECT_EQ(granted(), 8U);
  take(8);
}

TEST_F(CreditLedgerTest, WhatWaitsInTheQueueGivesNoRoom) {
  take(8);
  for (int i = 0; i < 5; ++i) ledger_.queued(0, 1);
  EXPECT_EQ(granted(), 8U);
  ledger_.left_queue(0, 1);
  EXPECT_EQ(granted(), 12U);
}

TEST_F(CreditLedgerTest, LeavingAnEmptyQueueIsABug) {
  EXPECT_DEATH(ledger_.left_queue(0, 1), "bug");
}

TEST_F(CreditLedgerTest, LargePayloadsMakeTheWindowSmall) {
  for (int i = 0; i < 100; ++i) {
    take(1, 4000);
    granted();
  }
  EXPECT_EQ(ledger_.window(ledger_.account(0)), 2U);
}

TEST_F(CreditLedgerTest, TheWindowGrowsAgainWithSmallPayloads) {
  take(1, 8000);
  for (int i = 0; i < 200; ++i) {
    take(1);
    granted();
  }
  EXPECT_EQ(ledger_.window(ledger_.account(0)), 8U);
}

TEST_F(CreditLedgerTest, ARoleThatIsNotRoutedToGetsNothing) {
  take(8);
  ledger_.close_all();
  EXPECT_EQ(granted(), 8U);
}

TEST_F(CreditLedgerTest, AFreshConnectionCountsFromNothing) {
  take(8);
  ledger_.restart();
  ledger_.open(0);
  EXPECT_EQ(granted(), 8U);
}

TEST_F(CreditLedgerTest, ManyNewRoutesDoNotHeapCreditUp) {
  for (int i = 0; i < 100; ++i) ledger_.open(0);
  EXPECT_LE(granted(), 4U * 8U);
}

TEST_F(CreditLedgerTest, WhoseSizeIsNotKnownGetsAFewAndSoonMore) {
  CreditLedger ledger({.window = 1024, .window_bytes = 8000, .first_window = 4, .most_bytes = 20'000});
  ledger.open(0);
  EXPECT_EQ(ledger.account(0).granted, 4U);
  ASSERT_TRUE(ledger.take(0, 1));
  ASSERT_TRUE(ledger.top_up(0));
  EXPECT_EQ(ledger.account(0).granted, 1U + 12U);
  for (int i = 0; i < 127; ++i) ASSERT_TRUE(ledger.take(0, 1));
  ASSERT_TRUE(ledger.top_up(0));
  EXPECT_EQ(ledger.account(0).granted, 128U + 1024U);
}

TEST_F(CreditLedgerTest, CreditForSmallPayloadsIsTakenBackWhenLargeOnesCome) {
  take(1);
  take(1, 8000);
  EXPECT_EQ(granted(), 2U + 2U) << "8,000 bytes hold 2 payloads of the mean of 4,000";
}

TEST_F(CreditLedgerTest, WhatWasOnItsWayWhenCreditWasTakenBackIsTaken) {
  take(2, 4000);
  ASSERT_EQ(granted(), 2U + 2U);
  take(6, 4000);
}

TEST_F(CreditLedgerTest, CreditIsTakenBackThoughNobodyIsGrantedAny) {
  take(2, 8000);
  EXPECT_TRUE(ledger_.take_back(0));
  EXPECT_EQ(ledger_.account(0).granted, 2U + 2U);
}

TEST_F(CreditLedgerTest, AsManyBytesAsAWindowBeyondItsCreditAreTooMuch) {
  take(8);
  take(2, 4000);
  EXPECT_FALSE(ledger_.take(0, 4000));
  EXPECT_FALSE(ledger_.take(0, 1));
}

TEST_F(CreditLedgerTest, ALargePayloadBeyondItsCreditIsTakenOnce) {
  take(8);
  take(1, 10'000);
  EXPECT_FALSE(ledger_.take(0, 1));
}

TEST_F(CreditLedgerTest, BytesBeyondItsCreditAreForgottenWithTheNextCredit) {
  take(8);
  take(1, 8000);
  ASSERT_TRUE(ledger_.top_up(0));
  take(static_cast<int>(ledger_.account(0).promised - ledger_.account(0).sent));
  take(1, 8000);
}

TEST_F(CreditLedgerTest, BytesInTheQueueLeaveLessRoom) {
  for (int i = 0; i < 100; ++i) {
    take(1, 1000);
    granted();
  }
  for (int i = 0; i < 4; ++i) ledger_.queued(0, 1000);
  ledger_.queued(0, 3000);
  EXPECT_EQ(ledger_.window(ledger_.account(0)), 5U + 1U) << "of 8,000 bytes 1,000 are free";
}

TEST_F(CreditLedgerTest, MoreBytesThanMayWaitAreRefusedWhateverWasGranted) {
  take(1, 16'000);
  ledger_.queued(0, 16'000);
  EXPECT_TRUE(ledger_.take(0, 4000));
  EXPECT_FALSE(ledger_.take(0, 4001));
  ledger_.left_queue(0, 16'000);
  EXPECT_TRUE(ledger_.take(0, 30'000)) << "one alone is always taken";
}

}  // namespace
}  // namespace exo::routing
