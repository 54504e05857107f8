#include "bus/deadline_wheel.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace exo::routing {
namespace {

using std::chrono::milliseconds;

class DeadlineWheelTest : public testing::Test {
 protected:
  ~DeadlineWheelTest() override {
    for (Command& command : commands_) wheel_.remove(command);
  }
  Command& due_in(milliseconds time) {
    Command& command = commands_.emplace_back();
    command.deadline = start_ + time;
    wheel_.add(command);
    return command;
  }
  std::size_t count_due(milliseconds after) {
    std::size_t count = 0;
    while (const Command* command = wheel_.take_due(start_ + after)) {
      EXPECT_LE(command->deadline, start_ + after);
      ++count;
    }
    return count;
  }
  const MonotonicTime start_{std::chrono::hours(100)};
  std::deque<Command> commands_;
  DeadlineWheel wheel_;
};

TEST_F(DeadlineWheelTest, NothingIsDueBeforeItsTime) {
  due_in(milliseconds(1000));
  EXPECT_EQ(count_due(milliseconds(999)), 0U);
}

TEST_F(DeadlineWheelTest, ACommandIsDueOnce) {
  due_in(milliseconds(1000));
  EXPECT_EQ(count_due(milliseconds(1000)), 1U);
  EXPECT_EQ(count_due(milliseconds(2000)), 0U);
}

TEST_F(DeadlineWheelTest, ARemovedCommandIsNeverDue) {
  wheel_.remove(due_in(milliseconds(1000)));
  EXPECT_EQ(count_due(milliseconds(5000)), 0U);
  EXPECT_TRUE(wheel_.empty());
}

TEST_F(DeadlineWheelTest, ADeadlineThatHasPassedAlreadyIsDueAtOnce) {
  due_in(milliseconds(60'000));
  EXPECT_EQ(count_due(milliseconds(5000)), 0U);
  due_in(milliseconds(1000));
  EXPECT_EQ(count_due(milliseconds(5100)), 1U);
}

TEST_F(DeadlineWheelTest, ADeadlineBeyondTheRingWaitsItsRounds) {
  due_in(std::chrono::hours(5));
  for (int minute = 1; minute < 300; ++minute)
    ASSERT_EQ(count_due(std::chrono::minutes(minute)), 0U) << minute;
  EXPECT_EQ(count_due(std::chrono::hours(5)), 1U);
}

TEST_F(DeadlineWheelTest, ALongSilenceMissesNothing) {
  for (int i = 0; i < 3000; ++i) due_in(milliseconds(100 * i));
  EXPECT_EQ(count_due(std::chrono::hours(10)), 3000U);
}

TEST_F(DeadlineWheelTest, CommandsMayBeRemovedWhileDueOnesAreTaken) {
  due_in(milliseconds(10));
  Command& second = due_in(milliseconds(11));
  due_in(milliseconds(12));
  ASSERT_NE(wheel_.take_due(start_ + milliseconds(500)), nullptr);
  wheel_.remove(second);
  EXPECT_EQ(count_due(milliseconds(500)), 1U);
}

TEST_F(DeadlineWheelTest, EveryDeadlineIsMetWithinASlotOverRandomTimes) {
  std::mt19937 random(3);
  milliseconds now{0};
  for (int i = 0; i < 2000; ++i) {
    due_in(now + milliseconds(random() % 300'000));
    now += milliseconds(random() % 700);
    count_due(now);
    for (const Command& command : commands_) {
      const bool waits = command.of_deadline.linked;
      ASSERT_TRUE(!waits || command.deadline + milliseconds(100) > start_ + now);
    }
  }
}

}  // namespace
}  // namespace exo::routing
