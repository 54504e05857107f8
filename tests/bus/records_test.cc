// The containers of the core's records: pool, list, queue.
#include <gtest/gtest.h>

#include "bus/commands.h"
#include "bus/leg_queue.h"
#include "bus/pool.h"

namespace exo::routing {
namespace {

// Legs of commands that arrived at these times.
class LegQueueTest : public testing::Test {
 protected:
  Leg& leg(std::uint64_t arrival) {
    Command& command = commands_.add("id" + std::to_string(arrival));
    command.arrival = arrival;
    return commands_.add_leg(command);
  }
  std::vector<std::uint64_t> arrivals() const {
    std::vector<std::uint64_t> list;
    for (const Leg* leg = queue_.front(); leg; leg = LegQueue::next(*leg))
      list.push_back(leg->command->arrival);
    return list;
  }
  Commands commands_;
  LegQueue queue_;
};

TEST_F(LegQueueTest, ALegInTwoQueuesIsABug) {
  Leg& first = leg(1);
  queue_.insert(first);
  LegQueue other;
  EXPECT_DEATH(other.insert(first), "bug");
}

TEST_F(LegQueueTest, RemovingALegThatIsNotThereIsABug) {
  EXPECT_DEATH(queue_.remove(leg(1)), "bug");
}

TEST_F(LegQueueTest, LegsStandInOrderOfArrival) {
  for (const std::uint64_t arrival : {5U, 2U, 9U, 1U, 7U}) queue_.insert(leg(arrival));
  EXPECT_EQ(arrivals(), (std::vector<std::uint64_t>{1, 2, 5, 7, 9}));
}

TEST_F(LegQueueTest, RemovingFromTheMiddleClosesTheGap) {
  queue_.insert(leg(1));
  Leg& middle = leg(2);
  queue_.insert(middle);
  queue_.insert(leg(3));
  queue_.remove(middle);
  EXPECT_EQ(arrivals(), (std::vector<std::uint64_t>{1, 3}));
  EXPECT_EQ(queue_.size(), 2U);
}

TEST(CommandsTest, TwoCommandsWithOneIdAreABug) {
  Commands commands;
  commands.add("m1");
  EXPECT_DEATH(commands.add("m1"), "bug");
}

TEST(CommandsTest, ARemovedCommandIsNotFound) {
  Commands commands;
  commands.remove(commands.add("m1"));
  EXPECT_EQ(commands.find("m1"), nullptr);
}

TEST(CommandsTest, ARecordIsUsedAgainAsIfItWereNew) {
  Commands commands;
  Command& first = commands.add("m1");
  first.pin = "1.0.0";
  first.acknowledged = true;
  commands.add_leg(first);
  commands.remove(first);
  const Command& second = commands.add("m2");
  ASSERT_EQ(&first, &second) << "the pool gives what was given back last";
  EXPECT_EQ(second.pin, "");
  EXPECT_FALSE(second.acknowledged);
  EXPECT_EQ(second.legs, nullptr);
}

TEST(ShortTextTest, AnIdThatIsTooLongIsABug) {
  EXPECT_DEATH(ShortText(std::string(kIdLimitBytes + 1, 'x')), "bug");
}

TEST(ShortTextTest, TheLongestIdIsKept) {
  const std::string longest(kIdLimitBytes, 'x');
  EXPECT_EQ(ShortText(longest).view(), longest);
}

}  // namespace
}  // namespace exo::routing
