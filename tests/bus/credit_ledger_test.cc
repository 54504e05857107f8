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
  CreditLedger ledger_{8, 8000};
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
  ledger_.share_window(2);
  EXPECT_EQ(granted(), 10U);
  ledger_.share_window(8);
  EXPECT_EQ(granted(), 16U);
}

TEST_F(CreditLedgerTest, ASharedWindowTakesNothingBackThatWasGranted) {
  ledger_.share_window(2);
  EXPECT_EQ(granted(), 8U);
  take(8);
}

TEST_F(CreditLedgerTest, WhatWaitsInTheQueueGivesNoRoom) {
  take(8);
  for (int i = 0; i < 5; ++i) ledger_.queued(0);
  EXPECT_EQ(granted(), 8U);
  ledger_.left_queue(0);
  EXPECT_EQ(granted(), 12U);
}

TEST_F(CreditLedgerTest, LeavingAnEmptyQueueIsABug) {
  EXPECT_DEATH(ledger_.left_queue(0), "bug");
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

}  // namespace
}  // namespace exo::routing
