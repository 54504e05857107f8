// What is made of a signal of load: the times of a window, and the answers of a command.
#include <gtest/gtest.h>

#include "host/load_probe.h"
#include "host/load_window.h"

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Load = LoadSample::Load;

MonotonicTime at(int second) {
  return MonotonicTime{} + seconds{second};
}

LoadReport report_of(const std::vector<milliseconds>& ended, const std::vector<milliseconds>& waiting = {}) {
  LoadReport report{.name = "todos.list", .ended = {}, .waiting = {}};
  for (const milliseconds time : ended) report.ended.add(time);
  for (const milliseconds time : waiting) report.waiting.add(time);
  return report;
}

LoadWindow window() {
  return LoadWindow(
      P99Signal{.message = "todos.list", .above = milliseconds{50}, .within = seconds{10}, .place = {}});
}

TEST(LoadWindow, WithoutTrafficNothingSuffers) {
  LoadWindow load = window();
  EXPECT_EQ(load.sample(), LoadSample{});
  load.add(report_of({}), at(1));
  EXPECT_EQ(load.sample(), LoadSample{});
}

TEST(LoadWindow, IsSlowWhenMoreThanOneInAHundredTakeLonger) {
  LoadWindow load = window();
  load.add(report_of(std::vector<milliseconds>(99, milliseconds{4})), at(1));
  load.add(report_of({milliseconds{83}}), at(2));
  EXPECT_EQ(load.sample().load, Load::kGood) << "one in a hundred";
  load.add(report_of({milliseconds{83}}), at(3));
  EXPECT_EQ(load.sample().load, Load::kSlow);
  EXPECT_EQ(load.sample().because, "todos.list p99 83 ms > 50 ms");
}

TEST(LoadWindow, ForgetsWhatIsOlderThanTheWindow) {
  LoadWindow load = window();
  load.add(report_of({milliseconds{83}}), at(1));
  load.add(report_of({milliseconds{4}}), at(10));
  EXPECT_EQ(load.sample().load, Load::kSlow);
  load.add(report_of({}), at(11));
  EXPECT_EQ(load.sample().load, Load::kGood);
}

TEST(LoadWindow, WhoStillWaitsCountsAsLongAsItDoes) {
  LoadWindow load = window();
  load.add(report_of({}, {seconds{2}}), at(1));
  EXPECT_EQ(load.sample().because, "todos.list p99 2.0 s > 50 ms");
  load.add(report_of({}), at(2));
  EXPECT_EQ(load.sample().load, Load::kGood);
}

LoadProbe probe() {
  return LoadProbe(CommandSignal{.command = "./slow.sh", .every = seconds{10}});
}

TEST(LoadProbe, AsksAtOnceThenEverySoOftenAndNeverTwiceAtATime) {
  LoadProbe load = probe();
  EXPECT_TRUE(load.take_due(at(1)));
  EXPECT_FALSE(load.take_due(at(1)));
  load.ended(WaitStatus::exited(0), "");
  EXPECT_FALSE(load.take_due(at(10)));
  EXPECT_EQ(load.wake_at(), at(11));
  EXPECT_TRUE(load.take_due(at(11)));
}

TEST(LoadProbe, TheExitCodeSaysWhetherProductionSuffers) {
  LoadProbe load = probe();
  load.take_due(at(1));
  EXPECT_EQ(load.ended(WaitStatus::exited(0), "fine"), LoadSample{});
  load.take_due(at(11));
  const auto slow = load.ended(WaitStatus::exited(1), "load 14.2");
  ASSERT_TRUE(slow);
  EXPECT_EQ(slow->load, Load::kSlow);
  EXPECT_EQ(slow->because, "./slow.sh says: load 14.2");
  EXPECT_EQ(slow->trouble, "");
  load.take_due(at(21));
  EXPECT_EQ(load.ended(WaitStatus::exited(1), "")->because, "./slow.sh says so");
}

TEST(LoadProbe, AnyOtherEndCountsAsSlowAndIsTrouble) {
  LoadProbe load = probe();
  load.take_due(at(1));
  const auto broken = load.ended(WaitStatus::exited(127), "sh: ./slow.sh: not found");
  ASSERT_TRUE(broken);
  EXPECT_EQ(broken->load, Load::kSlow);
  EXPECT_EQ(broken->trouble,
            "./slow.sh ended with neither 0 nor 1 (exit code 127): sh: ./slow.sh: not found");
  load.take_due(at(11));
  EXPECT_FALSE(load.ended(WaitStatus::signalled(9), "")->trouble.empty());
  EXPECT_EQ(load.could_not_start("no more processes").trouble,
            "./slow.sh could not be started: no more processes");
}

TEST(LoadProbe, WithoutAnAnswerInTimeIsSlowAndAskedAgainWhenItHasEnded) {
  LoadProbe load = probe();
  load.take_due(at(1));
  EXPECT_FALSE(load.take_overdue(at(10)));
  const auto overdue = load.take_overdue(at(11));
  ASSERT_TRUE(overdue);
  EXPECT_EQ(overdue->trouble, "./slow.sh gave no answer within 10 s");
  EXPECT_FALSE(load.take_overdue(at(12))) << "once";
  EXPECT_FALSE(load.take_due(at(12))) << "it has not ended yet";
  EXPECT_FALSE(load.ended(WaitStatus::signalled(15), "")) << "that says nothing of production";
  EXPECT_TRUE(load.take_due(at(12)));
}

}  // namespace
}  // namespace exo
