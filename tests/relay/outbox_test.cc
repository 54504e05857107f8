#include "bus/relays/cpp/outbox.h"

#include <gtest/gtest.h>

namespace exo::relaying {
namespace {

class OutboxTest : public testing::Test {
 public:
  Outbox outbox{Outbox::Limits{}};

  void add(const std::string& name, std::optional<MonotonicTime> deadline = std::nullopt) {
    auto command = std::make_shared<OutgoingCommand>();
    command->number = ++count_;
    command->name = name;
    command->deadline = deadline;
    ASSERT_TRUE(outbox.add(command).ok());
  }
  // The names of all that may go now, which then have gone.
  std::string go() {
    std::string names;
    while (const auto command = outbox.next()) {
      names += command->name + std::to_string(command->number) + " ";
      outbox.sent();
    }
    return names;
  }
  static std::string numbers(const std::vector<Outbox::Command>& commands) {
    std::string text;
    for (const auto& command : commands) text += std::to_string(command->number) + " ";
    return text;
  }

 private:
  std::uint64_t count_ = 0;
};

TEST_F(OutboxTest, LetsNothingGoBeforeRoutesAreKnown) {
  add("a");
  EXPECT_EQ(go(), "");
  outbox.set_routes({});
  EXPECT_EQ(go(), "a1 ");
}

TEST_F(OutboxTest, LetsAsManyGoAsThereIsCredit) {
  outbox.set_routes({.names = {{"a", {"x"}}}});
  for (int count = 0; count < 4; ++count) add("a");
  EXPECT_EQ(go(), "");
  outbox.set_grants({{"x", 2}});
  EXPECT_EQ(go(), "a1 a2 ");
  outbox.set_grants({{"x", 3}});
  EXPECT_EQ(go(), "a3 ");
}

TEST_F(OutboxTest, TakesCreditOfEveryReceiver) {
  outbox.set_routes({.names = {{"a", {"x", "y"}}}});
  add("a");
  outbox.set_grants({{"x", 1}});
  EXPECT_EQ(go(), "");
  outbox.set_grants({{"y", 1}});
  EXPECT_EQ(go(), "a1 ");
}

TEST_F(OutboxTest, SharesCreditAmongNamesWithAReceiverInCommon) {
  outbox.set_routes({.names = {{"a", {"x"}}, {"b", {"x"}}}});
  add("a");
  add("b");
  outbox.set_grants({{"x", 1}});
  EXPECT_EQ(go(), "a1 ");
}

TEST_F(OutboxTest, KeepsTheOrderInWhichARoleGetsItsCommands) {
  outbox.set_routes({.names = {{"both", {"x", "y"}}, {"x-only", {"x"}}, {"z-only", {"z"}}}});
  add("both");
  add("x-only");
  add("z-only");
  outbox.set_grants({{"x", 9}, {"z", 9}});
  EXPECT_EQ(go(), "z-only3 ") << "x-only would overtake both at x";
  outbox.set_grants({{"y", 1}});
  EXPECT_EQ(go(), "both1 x-only2 ");
}

TEST_F(OutboxTest, RemembersWhatIsNotAccepted) {
  outbox.set_routes({});
  add("a");
  add("a");
  go();
  EXPECT_EQ(outbox.size(), 2U);
  EXPECT_EQ(numbers(outbox.accepted(1)), "1 ");
  EXPECT_EQ(outbox.size(), 1U);
  EXPECT_EQ(numbers(outbox.accepted(1)), "");
  EXPECT_EQ(numbers(outbox.accepted(9)), "2 ")
      << "a broker that counts beyond what was sent accepts all of it";
  EXPECT_TRUE(outbox.empty());
}

TEST_F(OutboxTest, StartsAgainAfterALostConnectionInTheOriginalOrder) {
  outbox.set_routes({.names = {{"a", {"x"}}, {"b", {"y"}}}});
  outbox.set_grants({{"y", 9}});
  add("a");
  add("b");
  EXPECT_EQ(go(), "b2 ");
  outbox.connection_lost();
  EXPECT_EQ(go(), "");
  outbox.set_routes({});
  EXPECT_EQ(go(), "a1 b2 ");
}

TEST_F(OutboxTest, DistributesWhatWaitsWhenRoutesChange) {
  outbox.set_routes({.names = {{"a", {"x", "y"}}}});
  add("a");
  outbox.set_grants({{"x", 1}});
  EXPECT_EQ(go(), "");
  outbox.set_routes({.names = {{"a", {"x"}}}});
  EXPECT_EQ(go(), "a1 ");
  EXPECT_EQ(outbox.size(), 1U);
}

TEST_F(OutboxTest, TakesOutWhatHasExpiredAndLetsTheNextGo) {
  const MonotonicTime now = monotonic_now();
  outbox.set_routes({.names = {{"both", {"x", "y"}}, {"x-only", {"x"}}}});
  add("both", now);
  add("x-only");
  outbox.set_grants({{"x", 1}});
  EXPECT_EQ(numbers(outbox.take_expired(now - std::chrono::seconds(1))), "");
  EXPECT_EQ(numbers(outbox.take_expired(now)), "1 ");
  EXPECT_EQ(go(), "x-only2 ");
  EXPECT_EQ(outbox.size(), 1U);
}

TEST_F(OutboxTest, GivesEverythingBackWhenItIsEmptied) {
  outbox.set_routes({.names = {{"a", {"x", "y"}}}});
  add("a");
  add("free");
  go();
  EXPECT_EQ(numbers(outbox.take_all()), "2 1 ");
  EXPECT_TRUE(outbox.empty());
}

}  // namespace
}  // namespace exo::relaying
