#include "host/ending.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

using Duty = Ending::Duty;

constexpr MonotonicTime kNow{std::chrono::seconds{100}};
constexpr Duty kNothing{};
constexpr Duty kRecordAndEnd{.records = true, .services = Duty::Services::kEnd};

Ending begun(ServicesAtStop services) {
  Ending ending;
  ending.begin(services, kNow);
  return ending;
}

TEST(Ending, IsNothingToDoWhileTheHostServes) {
  Ending ending;
  EXPECT_EQ(ending.look({.scripts_recorded = true, .services_gone = true}, kNow), kNothing);
  EXPECT_TRUE(ending.serves());
  EXPECT_EQ(ending.look_at(), std::nullopt);
}

TEST(Ending, WaitsForTheScriptsBeforeItTouchesTheServices) {
  Ending ending = begun(ServicesAtStop::kEnd);
  EXPECT_FALSE(ending.serves());
  EXPECT_EQ(ending.look({}, kNow), kNothing);
  EXPECT_EQ(ending.look({.scripts_recorded = true}, kNow), kRecordAndEnd);
  EXPECT_EQ(ending.look({.scripts_recorded = true}, kNow), kNothing) << "it was said";
  EXPECT_FALSE(ending.has_ended());
  EXPECT_EQ(ending.look({.scripts_recorded = true, .services_gone = true}, kNow), kNothing);
  EXPECT_TRUE(ending.has_ended());
}

TEST(Ending, WaitsForScriptsThatHangNoLongerThanItsTime) {
  Ending ending = begun(ServicesAtStop::kEnd);
  ASSERT_EQ(ending.look_at(), kNow + Ending::kScriptsEndWithin);
  EXPECT_EQ(ending.look({}, *ending.look_at() - std::chrono::nanoseconds{1}), kNothing);
  EXPECT_EQ(ending.look({}, *ending.look_at()), kRecordAndEnd);
  EXPECT_EQ(ending.look_at(), std::nullopt) << "services have times of their own";
}

TEST(Ending, LeavesServicesThatGoOnAsTheyAre) {
  Ending ending = begun(ServicesAtStop::kGoOn);
  EXPECT_EQ(ending.look({.scripts_recorded = true}, kNow), (Duty{.records = true}));
  EXPECT_TRUE(ending.has_ended());
  EXPECT_EQ(ending.services(), ServicesAtStop::kGoOn);
}

TEST(Ending, RecordsNothingInALedgerThatIsLost) {
  Ending ending = begun(ServicesAtStop::kEnd);
  EXPECT_EQ(ending.look({.ledger_lost = true}, kNow), (Duty{.services = Duty::Services::kEnd}))
      << "and waits for no script, whose end nobody can record";
  Ending leaving = begun(ServicesAtStop::kGoOn);
  EXPECT_EQ(leaving.look({.ledger_lost = true}, kNow), kNothing);
  EXPECT_TRUE(leaving.has_ended());
}

TEST(Ending, HurriesFromWhereverItIs) {
  Ending ending = begun(ServicesAtStop::kEnd);
  EXPECT_EQ(ending.hurry({}), (Duty{.records = true, .services = Duty::Services::kEndAtOnce}));
  EXPECT_EQ(ending.hurry({}), (Duty{.services = Duty::Services::kEndAtOnce})) << "recorded once";
  EXPECT_FALSE(ending.has_ended()) << "they are still there";
  Ending leaving = begun(ServicesAtStop::kGoOn);
  EXPECT_EQ(leaving.hurry({}), (Duty{.records = true})) << "the keeper ends the scripts";
  EXPECT_TRUE(leaving.has_ended());
  EXPECT_EQ(leaving.hurry({}), kNothing);
}

TEST(Ending, IsOverWhenThereIsNothingLeftToEnd) {
  Ending ending;
  ending.finish();
  EXPECT_TRUE(ending.has_ended());
  EXPECT_FALSE(ending.serves());
}

}  // namespace
}  // namespace exo
