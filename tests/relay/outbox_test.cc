#include "bus/relays/cpp/outbox.h"

#include <gtest/gtest.h>

namespace exo::relaying {
namespace {

class OutboxTest : public testing::Test {
 public:
  Outbox outbox{Outbox::Limits{}};

  void add(const std::string& name, std::optional<MonotonicTime> deadline = std::nullopt,
           std::size_t bytes = 0) {
    auto command = std::make_shared<OutgoingCommand>();
    command->payload = Payload(std::string(bytes, 'x'));
    command->number = ++count_;
    command->name = name;
    command->deadline = deadline;
    added.push_back(command);
    ASSERT_TRUE(outbox.add(command).ok());
  }
  std::vector<Outbox::Command> added;
  // The names of all that may go now, which then have gone.
  std::string go() {
    std::string names;
    while (const auto command = outbox.next()) {
      names += command->name + std::to_string(command->number) + " ";
      outbox.sent(command);
    }
    return names;
  }
  // The numbers of those that are accepted with this total.
  std::string accept(std::uint64_t total) {
    std::string text;
    outbox.accepted(total, [&](std::uint64_t number) { text += std::to_string(number) + " "; });
    return text;
  }
  // What nobody sends again after a lost connection.
  std::string lose(bool all_acknowledged = false) {
    return numbers(outbox.connection_lost([](const OutgoingCommand&) { return true; }, all_acknowledged));
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

TEST_F(OutboxTest, LetsNoMoreBytesGoBeforeTheyAreAcceptedThanEightMebibytesAndOnePayload) {
  constexpr std::size_t kMebibyte = 1024U * 1024;
  outbox.set_routes({.names = {{"a", {"x"}}}});
  outbox.set_grants({{"x", 100}});
  add("a", std::nullopt, 7 * kMebibyte);
  add("a", std::nullopt, 9 * kMebibyte);
  add("a");
  EXPECT_EQ(go(), "a1 a2 ");
  accept(1);
  EXPECT_EQ(go(), "");
  accept(2);
  EXPECT_EQ(go(), "a3 ");
}

TEST_F(OutboxTest, ForgetsWhatWasOnItsWayOnALostConnection) {
  outbox.set_routes({.names = {{"a", {"x"}}}});
  outbox.set_grants({{"x", 100}});
  add("a", std::nullopt, 9U * 1024 * 1024);
  add("a");
  EXPECT_EQ(go(), "a1 ");
  lose();
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
  EXPECT_EQ(outbox.unaccepted(), 2U);
  EXPECT_EQ(accept(1), "1 ");
  EXPECT_EQ(outbox.unaccepted(), 1U);
  EXPECT_EQ(accept(1), "");
  EXPECT_EQ(accept(9), "2 ") << "a broker that counts beyond what was sent accepts all of it";
  EXPECT_EQ(outbox.unaccepted(), 0U);
}

TEST_F(OutboxTest, KeepsWhatIsAcceptedUntilItIsSettled) {
  outbox.set_routes({});
  for (int count = 0; count < 4; ++count) add("a");
  go();
  accept(3);
  EXPECT_EQ(outbox.unsettled(), 3U);
  outbox.settled({{2, 2}});
  EXPECT_EQ(outbox.unsettled(), 2U);
  outbox.settled({{1, 2}, {7, 9}});
  EXPECT_EQ(outbox.unsettled(), 1U) << "settling twice, or what was never sent, changes nothing";
  outbox.settled({{1, 4}});
  EXPECT_EQ(outbox.unsettled(), 0U);
  EXPECT_EQ(outbox.unaccepted(), 1U) << "what is not accepted is not settled";
  EXPECT_EQ(accept(4), "4 ");
}

TEST_F(OutboxTest, CountsWhatIsUnsettledAgainstItsLimit) {
  Outbox small(Outbox::Limits{.messages = 1});
  const auto command = std::make_shared<OutgoingCommand>();
  small.set_routes({});
  ASSERT_TRUE(small.add(command).ok());
  small.sent(small.next());
  small.accepted(1, [](std::uint64_t) {});
  EXPECT_EQ(small.add(std::make_shared<OutgoingCommand>()).error().code, "overloaded");
  small.settled({{1, 1}});
  EXPECT_TRUE(small.add(std::make_shared<OutgoingCommand>()).ok());
}

// One that takes long, and so many after it that the places of the settled ones are given up meanwhile.
TEST_F(OutboxTest, FindsWhatIsUnsettledAmongManyThatAreSettled) {
  outbox.set_routes({});
  constexpr std::uint64_t kMany = 5000;
  for (std::uint64_t count = 0; count < kMany; ++count) add("a");
  go();
  accept(kMany);
  for (std::uint64_t ordinal = 2; ordinal <= kMany; ordinal += 2) outbox.settled({{ordinal, ordinal}});
  EXPECT_EQ(outbox.unsettled(), kMany / 2);
  for (std::uint64_t ordinal = 3; ordinal <= kMany; ordinal += 2) outbox.settled({{ordinal, ordinal}});
  EXPECT_EQ(numbers(outbox.take_unsettled()), "1 ");
}

TEST_F(OutboxTest, SendsAgainWhatIsAcknowledgedAndGivesBackTheRest) {
  outbox.set_routes({.names = {{"safe", {"x"}}, {"plain", {"x"}}}, .acknowledged = {"safe"}});
  outbox.set_grants({{"x", 9}});
  add("plain");
  add("safe");
  add("safe");
  add("plain");
  go();
  accept(3);
  outbox.settled({{2, 2}});
  EXPECT_EQ(lose(), "1 ");
  outbox.set_routes({});
  const auto first = outbox.next();
  EXPECT_TRUE(first->redelivered) << "it was accepted, and may have been delivered";
  EXPECT_EQ(go(), "safe3 plain4 ");
  EXPECT_EQ(outbox.unaccepted(), 2U);
}

TEST_F(OutboxTest, DoesNotMarkWhatWasNotAccepted) {
  outbox.set_routes({});
  add("a");
  go();
  lose();
  outbox.set_routes({});
  EXPECT_FALSE(outbox.next()->redelivered);
}

TEST_F(OutboxTest, SendsAgainEverythingOfAScript) {
  outbox.set_routes({});
  add("a");
  go();
  accept(1);
  EXPECT_EQ(lose(true), "");
  outbox.set_routes({});
  EXPECT_EQ(go(), "a1 ");
}

TEST_F(OutboxTest, DoesNotSendAgainWhatNobodyWantsAnyMore) {
  outbox.set_routes({});
  add("a");
  add("b");
  go();
  accept(1);
  const auto nothing = [](const OutgoingCommand&) { return false; };
  EXPECT_EQ(numbers(outbox.connection_lost(nothing, true)), "");
  outbox.set_routes({});
  EXPECT_EQ(go(), "");
  EXPECT_EQ(outbox.unaccepted(), 0U);
}

TEST_F(OutboxTest, LetsTheNextGoWhenTheFirstIsWithdrawn) {
  outbox.set_routes({.names = {{"both", {"x", "y"}}, {"x-only", {"x"}}}});
  add("both");
  add("x-only");
  outbox.set_grants({{"x", 1}});
  EXPECT_EQ(go(), "");
  EXPECT_TRUE(outbox.withdraw(added.front()));
  EXPECT_EQ(go(), "x-only2 ");
  EXPECT_FALSE(outbox.withdraw(added.back())) << "it has gone";
}

TEST_F(OutboxTest, StartsAgainAfterALostConnectionInTheOriginalOrder) {
  outbox.set_routes({.names = {{"a", {"x"}}, {"b", {"y"}}}});
  outbox.set_grants({{"y", 9}});
  add("a");
  add("b");
  EXPECT_EQ(go(), "b2 ");
  lose();
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
  EXPECT_EQ(outbox.unaccepted(), 1U);
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
  EXPECT_EQ(outbox.unaccepted(), 1U);
}

TEST_F(OutboxTest, GivesEverythingBackWhenItIsEmptied) {
  outbox.set_routes({.names = {{"a", {"x", "y"}}}});
  add("a");
  add("free");
  go();
  EXPECT_EQ(numbers(outbox.take_unaccepted()), "2 1 ");
  EXPECT_EQ(outbox.unaccepted(), 0U);
}

}  // namespace
}  // namespace exo::relaying
