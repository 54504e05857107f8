// The failures on demand; what it shares with every ledger is in the conformance suite.
#include "ledger/memory_ledger.h"

#include <gtest/gtest.h>

#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

const Error kFull{"disk-full", "there is no room"};
const Error kLost{"io", "the acknowledgement was lost"};

std::string append_next(MemoryLedger& ledger) {
  const auto appended = ledger.append(ledger.position(), sample_event(ledger.position() + 1));
  return appended ? "appended" : appended.error().code;
}

TEST(MemoryLedger, FailsTheNextAppend) {
  MemoryLedger ledger;
  ledger.fail_append({.error = kFull});
  EXPECT_EQ(append_next(ledger), "disk-full");
  EXPECT_EQ(append_next(ledger), "appended");
}

TEST(MemoryLedger, FailsTheAppendAfterSomeOthers) {
  MemoryLedger ledger;
  ledger.fail_append({.after = 2, .error = kFull});
  EXPECT_EQ(append_next(ledger), "appended");
  EXPECT_EQ(append_next(ledger), "appended");
  EXPECT_EQ(append_next(ledger), "disk-full");
  EXPECT_EQ(append_next(ledger), "appended");
}

TEST(MemoryLedger, FailsAsOftenAsItWasTold) {
  MemoryLedger ledger;
  ledger.fail_append({.error = kFull});
  ledger.fail_append({.error = kFull});
  EXPECT_EQ(append_next(ledger), "disk-full");
  EXPECT_EQ(append_next(ledger), "disk-full");
  EXPECT_EQ(append_next(ledger), "appended");
}

TEST(MemoryLedger, CountsNoAppendThatIsRefusedBeforeTheDisk) {
  MemoryLedger ledger;
  ledger.fail_append({.after = 1, .error = kFull});
  EXPECT_FALSE(ledger.append(9, sample_event(1)).ok());
  EXPECT_EQ(append_next(ledger), "appended");
  EXPECT_EQ(append_next(ledger), "disk-full");
}

TEST(MemoryLedger, RecordsNothingOfAFailedAppend) {
  MemoryLedger ledger;
  ledger.fail_append({.error = kFull});
  append_next(ledger);
  EXPECT_TRUE(ledger.store()->events.empty());
}

TEST(MemoryLedger, RecordsALostAppendWithoutSayingSo) {
  MemoryLedger ledger;
  ledger.fail_append({.error = kLost, .effect = FaultEffect::kRecorded});
  EXPECT_EQ(append_next(ledger), "io");
  EXPECT_EQ(ledger.position(), 0U);
  EXPECT_EQ(ledger.store()->events.size(), 1U);
}

TEST(MemoryLedger, GoesOnInAStoreThatItIsGiven) {
  MemoryLedger first;
  append_next(first);
  MemoryLedger second(first.store());
  EXPECT_EQ(second.position(), 1U);
  EXPECT_EQ(append_next(second), "appended");
}

TEST(MemoryLedger, NamesAnEventThatWasAltered) {
  MemoryLedger ledger;
  fill(ledger, 5);
  ledger.store()->events.at(2).who = "eve";
  EXPECT_EQ(ledger.verify().error().message, "event 3 is not what its hash was made over");
  EXPECT_EQ(ledger.read(1, 10).error().code, "ledger-altered");
}

}  // namespace
}  // namespace exo
