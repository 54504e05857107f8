#include "services/supervision/supervision.h"

#include <gtest/gtest.h>

namespace exo::supervision {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr RestartRules kRules;
const Key kWeb{"web", "1.0.0"};
const Key kTodo{"todo", "0.0.1"};

// Drives a core through time and keeps what it asked for last.
class SupervisionTest : public testing::Test {
 protected:
  void tell(const Event& event) { actions_ = core_.step(event, now_); }
  // Time passes; what falls due on the way is done when it is due.
  void pass(milliseconds time) {
    const MonotonicTime until = now_ + time;
    std::vector<Action> all;
    for (auto due = core_.next_deadline(); due && *due <= until; due = core_.next_deadline()) {
      now_ = *due;
      for (Action& action : core_.step(Tick{}, now_)) all.push_back(std::move(action));
    }
    now_ = until;
    actions_ = std::move(all);
  }

  template <typename T>
  std::vector<T> asked() const {
    std::vector<T> found;
    for (const Action& action : actions_)
      if (const T* wanted = std::get_if<T>(&action)) found.push_back(*wanted);
    return found;
  }
  bool asked_nothing() const { return actions_.empty(); }

  // The instance started by the last step; "" when none was.
  std::string started() const {
    const auto starts = asked<StartInstance>();
    return starts.size() == 1 ? starts[0].instance : "";
  }
  std::string start(const Key& key) {
    tell(Wanted{.key = key});
    return started();
  }
  std::string start_ready(const Key& key) {
    const std::string instance = start(key);
    tell(InstanceReady{instance});
    return instance;
  }
  // Lets the instance exit, and gives the pause after which the next is started.
  milliseconds exit_and_pause(const std::string& instance) {
    tell(InstanceExited{instance, "exit code 1"});
    const auto restarts = asked<ReportRestart>();
    return restarts.size() == 1 ? restarts[0].pause : milliseconds(-1);
  }
  // Lets instances fail one after another, as soon as each is started, so often.
  std::string fail(std::string instance, int times) {
    for (int i = 0; i < times; ++i) {
      pass(exit_and_pause(instance));
      instance = started();
    }
    return instance;
  }
  std::vector<State> states() const {
    std::vector<State> states;
    for (const InstanceView& view : core_.view()) states.push_back(view.state);
    return states;
  }

  Supervision core_{"host7"};
  MonotonicTime now_{std::chrono::hours(1)};
  std::vector<Action> actions_;
};

using States = std::vector<State>;

// ---- what is unknown or makes no sense

TEST_F(SupervisionTest, IgnoresEventsOfInstancesThatItDoesNotKnow) {
  tell(InstanceExited{"stranger", "exit code 0"});
  tell(InstanceReady{"stranger"});
  tell(InstanceNotReady{"stranger"});
  tell(InstanceFailedToStart{"stranger", "no such file"});
  EXPECT_TRUE(asked_nothing());
  EXPECT_EQ(states(), States());
}

TEST_F(SupervisionTest, IgnoresThatAnUnknownVersionIsUnwanted) {
  tell(Unwanted{kWeb});
  EXPECT_TRUE(asked_nothing());
}

TEST_F(SupervisionTest, IgnoresASecondEndOfAnInstance) {
  const std::string instance = start(kWeb);
  tell(InstanceExited{instance, "exit code 1"});
  tell(InstanceExited{instance, "exit code 1"});
  EXPECT_TRUE(asked_nothing());
  EXPECT_EQ(states(), States{State::kWaiting});
}

TEST_F(SupervisionTest, AnInstanceThatEndedIsNotReadyAnyMore) {
  const std::string instance = start(kWeb);
  tell(InstanceExited{instance, "exit code 1"});
  tell(InstanceReady{instance});
  EXPECT_EQ(states(), States{State::kWaiting});
}

TEST_F(SupervisionTest, TheEndOfTheInstanceBeforeDoesNotEndTheNext) {
  const std::string first = start(kWeb);
  fail(first, 1);
  tell(InstanceExited{first, "exit code 1"});
  EXPECT_EQ(states(), States{State::kStarting});
}

TEST_F(SupervisionTest, AStoppingInstanceDoesNotBecomeReady) {
  const std::string instance = start(kWeb);
  tell(Unwanted{kWeb});
  tell(InstanceReady{instance});
  EXPECT_EQ(states(), States{State::kStopping});
}

TEST_F(SupervisionTest, HasNoDeadlineWhenNothingIsWanted) {
  EXPECT_FALSE(core_.next_deadline().has_value());
}

// ---- starting

TEST_F(SupervisionTest, StartsWhatIsWanted) {
  tell(Wanted{.key = kWeb});
  const auto starts = asked<StartInstance>();
  ASSERT_EQ(starts.size(), 1U);
  EXPECT_EQ(starts[0].key, kWeb);
  EXPECT_EQ(starts[0].number, 1U);
}

TEST_F(SupervisionTest, TheInstanceIsNamedAfterVersionHostAndNumber) {
  EXPECT_EQ(start(kWeb), "web-1.0.0-host7-1");
}

TEST_F(SupervisionTest, WantingTwiceStartsOnce) {
  start(kWeb);
  tell(Wanted{.key = kWeb});
  EXPECT_TRUE(asked_nothing());
}

TEST_F(SupervisionTest, WhatRunsAlreadyIsNotStarted) {
  tell(Wanted{.key = kWeb, .running = "web-1.0.0-before-3"});
  EXPECT_TRUE(asked_nothing());
  EXPECT_EQ(states(), std::vector<State>{State::kStarting});
  tell(InstanceReady{"web-1.0.0-before-3"});
  EXPECT_EQ(states(), std::vector<State>{State::kReady});
}

TEST_F(SupervisionTest, WhatRunsAlreadyIsStartedAnewWhenItEnds) {
  tell(Wanted{.key = kWeb, .running = "web-1.0.0-before-3"});
  pass(exit_and_pause("web-1.0.0-before-3"));
  EXPECT_NE(started(), "");
  EXPECT_NE(started(), "web-1.0.0-before-3");
}

TEST_F(SupervisionTest, WhatRunsAlreadyAndDoesNotComeBackIsStoppedAndAnotherStarted) {
  tell(Wanted{.key = kWeb, .readiness = seconds(5), .running = "web-1.0.0-before-3"});
  pass(seconds(5));
  ASSERT_EQ(asked<StopInstance>().size(), 1U);
  tell(InstanceExited{"web-1.0.0-before-3", "killed"});
  EXPECT_NE(started(), "");
}

TEST_F(SupervisionTest, WhatRunsAlreadyIsStoppedWithEverything) {
  tell(Wanted{.key = kWeb, .running = "web-1.0.0-before-3"});
  tell(StopEverything{});
  ASSERT_EQ(asked<StopInstance>().size(), 1U);
  EXPECT_EQ(asked<StopInstance>()[0].instance, "web-1.0.0-before-3");
}

TEST_F(SupervisionTest, TwoVersionsOfARoleRunBesideEachOther) {
  start({"todo", "0.0.1"});
  EXPECT_NE(start({"todo", "0.0.2"}), "");
  EXPECT_EQ(states(), (States{State::kStarting, State::kStarting}));
}

TEST_F(SupervisionTest, AStartedProcessIsNotReady) {
  tell(InstanceStarted{start(kWeb)});
  EXPECT_EQ(states(), States{State::kStarting});
}

TEST_F(SupervisionTest, AnInstanceIsReadyWhenItSaysSo) {
  start_ready(kWeb);
  EXPECT_EQ(states(), States{State::kReady});
}

TEST_F(SupervisionTest, AReadyInstanceNeedsNothing) {
  start_ready(kWeb);
  EXPECT_FALSE(core_.next_deadline().has_value());
}

// ---- readiness

TEST_F(SupervisionTest, AMissedReadinessDeadlineIsReportedOnce) {
  const std::string instance = start(kWeb);
  pass(seconds(200));
  const auto reports = asked<ReportNotReadyInTime>();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].instance, instance);
  EXPECT_EQ(reports[0].readiness, seconds(60));
}

TEST_F(SupervisionTest, AVersionThatEndsAtEachStartIsReportedWhenItsReadinessDeadlinePasses) {
  start(kWeb);
  const auto reports_while_crashing_for = [&](int times) {
    std::size_t reports = 0;
    for (int i = 0; i < times; ++i) {
      tell(InstanceExited{.instance = core_.view().at(0).instance, .how = "exit code 1"});
      reports += asked<ReportNotReadyInTime>().size();
      pass(seconds(1));
      reports += asked<ReportNotReadyInTime>().size();
    }
    return reports;
  };
  EXPECT_EQ(reports_while_crashing_for(59), 0U);
  EXPECT_EQ(reports_while_crashing_for(200), 1U);
}

TEST_F(SupervisionTest, TheReadinessDeadlineIsNotReportedBeforeItsTime) {
  start(kWeb);
  pass(seconds(60) - milliseconds(1));
  EXPECT_TRUE(asked_nothing());
}

TEST_F(SupervisionTest, AVersionMayHaveItsOwnReadinessDeadline) {
  tell(Wanted{.key = kWeb, .readiness = seconds(5)});
  pass(seconds(5));
  EXPECT_EQ(asked<ReportNotReadyInTime>().size(), 1U);
}

TEST_F(SupervisionTest, AnInstanceMayBecomeReadyAfterItsDeadline) {
  const std::string instance = start(kWeb);
  pass(seconds(61));
  tell(InstanceReady{instance});
  EXPECT_EQ(states(), States{State::kReady});
}

TEST_F(SupervisionTest, AnInstanceThatMissedItsDeadlineIsStartedAgainWhenItEnds) {
  const std::string instance = start(kWeb);
  pass(seconds(61));
  pass(exit_and_pause(instance));
  EXPECT_NE(started(), "");
}

TEST_F(SupervisionTest, AnInstanceThatIsNotReadyAnyMoreHasANewDeadline) {
  const std::string instance = start_ready(kWeb);
  pass(seconds(500));
  tell(InstanceNotReady{instance});
  EXPECT_EQ(states(), States{State::kStarting});
  EXPECT_EQ(core_.next_deadline(), now_ + seconds(60));
}

TEST_F(SupervisionTest, AnInstanceThatStaysUnreadyAfterItWasReadyIsStoppedAndAnotherStarted) {
  const std::string instance = start_ready(kWeb);
  tell(InstanceNotReady{instance});
  pass(seconds(60));
  EXPECT_EQ(asked<ReportNotReadyInTime>().size(), 1U);
  ASSERT_EQ(asked<StopInstance>().size(), 1U);
  EXPECT_EQ(asked<StopInstance>()[0].instance, instance);
  tell(InstanceExited{instance, "killed by SIGKILL"});
  EXPECT_EQ(started(), "web-1.0.0-host7-2");
}

TEST_F(SupervisionTest, AnInstanceThatHasNeverBeenReadyIsLeftAlone) {
  start(kWeb);
  pass(seconds(60));
  EXPECT_EQ(asked<ReportNotReadyInTime>().size(), 1U);
  EXPECT_TRUE(asked<StopInstance>().empty());
}

// ---- restarting

TEST_F(SupervisionTest, AnInstanceThatEndsIsStartedAgainAfterAPause) {
  const std::string first = start_ready(kWeb);
  tell(InstanceExited{first, "killed by SIGSEGV"});
  const auto reports = asked<ReportRestart>();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].instance, first);
  EXPECT_EQ(reports[0].how, "killed by SIGSEGV");
  EXPECT_EQ(started(), "");
  pass(reports[0].pause);
  EXPECT_EQ(started(), "web-1.0.0-host7-2");
}

TEST_F(SupervisionTest, NothingIsStartedBeforeThePauseIsOver) {
  const milliseconds pause = exit_and_pause(start_ready(kWeb));
  pass(pause - milliseconds(1));
  EXPECT_TRUE(asked_nothing());
}

TEST_F(SupervisionTest, AStartThatFailedIsTriedAgain) {
  tell(InstanceFailedToStart{start(kWeb), "no such file"});
  ASSERT_EQ(asked<ReportRestart>().size(), 1U);
  EXPECT_EQ(asked<ReportRestart>()[0].how, "no such file");
  pass(kRules.pause);
  EXPECT_NE(started(), "");
}

TEST_F(SupervisionTest, PausesBeginAnewForWhatWasReadyForLongAlthoughItLeftTheBusBeforeItEnded) {
  milliseconds pause = exit_and_pause(start(kWeb));
  pass(pause);
  const std::string instance = started();
  tell(InstanceReady{instance});
  pass(kRules.steady_after);
  tell(InstanceNotReady{instance});
  EXPECT_EQ(exit_and_pause(instance), kRules.pause);
}

TEST_F(SupervisionTest, PausesGrowUpToAMost) {
  std::vector<milliseconds> pauses;
  std::string instance = start(kWeb);
  for (int i = 0; i < 9; ++i) {
    pauses.push_back(exit_and_pause(instance));
    pass(pauses.back());
    instance = started();
  }
  EXPECT_EQ(pauses,
            (std::vector<milliseconds>{milliseconds(500), seconds(1), seconds(2), seconds(4), seconds(8),
                                       seconds(16), seconds(30), seconds(30), seconds(30)}));
}

TEST_F(SupervisionTest, PausesBeginAnewAfterAMinuteOfBeingReady) {
  const std::string instance = fail(start(kWeb), 5);
  tell(InstanceReady{instance});
  pass(kRules.steady_after);
  EXPECT_EQ(exit_and_pause(instance), kRules.pause);
}

TEST_F(SupervisionTest, PausesGoOnGrowingAfterLessThanAMinuteOfBeingReady) {
  const std::string instance = fail(start(kWeb), 2);
  tell(InstanceReady{instance});
  pass(kRules.steady_after - milliseconds(1));
  EXPECT_EQ(exit_and_pause(instance), seconds(2));
}

TEST_F(SupervisionTest, BeingAliveWithoutBeingReadyDoesNotCount) {
  const std::string instance = fail(start(kWeb), 2);
  pass(seconds(500));
  EXPECT_EQ(exit_and_pause(instance), seconds(2));
}

TEST_F(SupervisionTest, ABreakInBeingReadyBeginsTheMinuteAnew) {
  const std::string instance = fail(start(kWeb), 2);
  tell(InstanceReady{instance});
  pass(seconds(59));
  tell(InstanceNotReady{instance});
  tell(InstanceReady{instance});
  pass(seconds(59));
  EXPECT_EQ(exit_and_pause(instance), seconds(2));
}

TEST_F(SupervisionTest, OneVersionsFailuresDoNotSlowAnother) {
  fail(start(kWeb), 5);
  EXPECT_EQ(exit_and_pause(start(kTodo)), kRules.pause);
}

TEST_F(SupervisionTest, CountsRestarts) {
  fail(start(kWeb), 3);
  ASSERT_EQ(core_.view().size(), 1U);
  EXPECT_EQ(core_.view()[0].restarts, 3U);
}

TEST_F(SupervisionTest, AWaitingSlotStillShowsTheInstanceThatEnded) {
  const std::string instance = start(kWeb);
  tell(InstanceExited{instance, "exit code 1"});
  EXPECT_EQ(core_.view().at(0).instance, instance);
}

// ---- stopping one

// ---- restarts that are asked for

TEST_F(SupervisionTest, ARestartOfWhatDoesNotRunIsIgnored) {
  tell(RestartAsked{kWeb});
  EXPECT_TRUE(asked_nothing());
  const std::string web = start_ready(kWeb);
  tell(Unwanted{kWeb});
  tell(RestartAsked{kWeb});
  EXPECT_TRUE(asked_nothing());
  tell(InstanceExited{web, "exit code 0"});
  EXPECT_TRUE(asked_nothing());
}

TEST_F(SupervisionTest, ARestartStopsTheInstanceAndStartsAnotherWhenItHasEnded) {
  const std::string web = start_ready(kWeb);
  tell(RestartAsked{kWeb});
  ASSERT_EQ(asked<StopInstance>().size(), 1U);
  EXPECT_EQ(started(), "");
  tell(RestartAsked{kWeb});
  EXPECT_TRUE(asked_nothing()) << "it is stopping already, and another comes after it";
  tell(InstanceExited{web, "exit code 0"});
  EXPECT_NE(started(), "");
  EXPECT_NE(started(), web);
  EXPECT_TRUE(asked<ReportRestart>().empty());
}

TEST_F(SupervisionTest, ARestartOfWhatIsStartingStopsItToo) {
  const std::string web = start(kWeb);
  tell(RestartAsked{kWeb});
  EXPECT_EQ(asked<StopInstance>().size(), 1U);
  tell(InstanceFailedToStart{web, "no such file"});
  EXPECT_NE(started(), "");
}

TEST_F(SupervisionTest, ARestartOfWhatWaitsIsAtOnceAndForgetsThePauses) {
  const std::string web = fail(start(kWeb), 6);
  exit_and_pause(web);
  ASSERT_EQ(states(), States({State::kWaiting}));
  tell(RestartAsked{kWeb});
  ASSERT_NE(started(), "");
  EXPECT_EQ(exit_and_pause(started()), kRules.pause);
}

TEST_F(SupervisionTest, WhatIsUnwantedIsStopped) {
  const std::string instance = start_ready(kWeb);
  tell(Unwanted{kWeb});
  const auto stops = asked<StopInstance>();
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_EQ(stops[0].instance, instance);
  EXPECT_EQ(stops[0].grace, seconds(10));
}

TEST_F(SupervisionTest, WhatIsUnwantedTwiceIsStoppedOnce) {
  start_ready(kWeb);
  tell(Unwanted{kWeb});
  pass(seconds(3));
  const auto deadline = core_.next_deadline();
  tell(Unwanted{kWeb});
  EXPECT_TRUE(asked_nothing());
  EXPECT_EQ(core_.next_deadline(), deadline);
}

TEST_F(SupervisionTest, AStartingInstanceIsStoppedToo) {
  start(kWeb);
  tell(Unwanted{kWeb});
  EXPECT_EQ(asked<StopInstance>().size(), 1U);
}

TEST_F(SupervisionTest, WhatIsUnwantedIsNotStartedAgain) {
  const std::string instance = start_ready(kWeb);
  tell(Unwanted{kWeb});
  tell(InstanceExited{instance, "killed by SIGTERM"});
  EXPECT_TRUE(asked_nothing());
  EXPECT_EQ(states(), States());
}

TEST_F(SupervisionTest, WhatIsUnwantedWhileItWaitsIsGoneAtOnce) {
  tell(InstanceExited{start(kWeb), "exit code 1"});
  tell(Unwanted{kWeb});
  EXPECT_EQ(states(), States());
  EXPECT_FALSE(core_.next_deadline().has_value());
}

TEST_F(SupervisionTest, AnInstanceThatOutlivesSigkillIsReportedOnceAndKept) {
  const std::string instance = start_ready(kWeb);
  tell(Unwanted{kWeb});
  pass(seconds(100));
  const auto reports = asked<ReportStopOverdue>();
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].instance, instance);
  EXPECT_EQ(states(), States{State::kStopping});
}

TEST_F(SupervisionTest, AStopIsNotOverdueWithinItsTimes) {
  start_ready(kWeb);
  tell(Unwanted{kWeb});
  pass(kDefaultStopWithin + kKillPatience - milliseconds(1));
  EXPECT_TRUE(asked_nothing());
}

TEST_F(SupervisionTest, WhatIsWantedAgainWhileItStopsIsStartedWhenItHasEnded) {
  const std::string first = start_ready(kWeb);
  tell(Unwanted{kWeb});
  tell(Wanted{.key = kWeb});
  EXPECT_TRUE(asked_nothing()) << "two instances of one version at once";
  tell(InstanceExited{first, "killed by SIGTERM"});
  EXPECT_EQ(started(), "web-1.0.0-host7-2");
}

TEST_F(SupervisionTest, WhatIsWantedAgainBeginsWithTheFirstPause) {
  const std::string instance = fail(start(kWeb), 5);
  tell(Unwanted{kWeb});
  tell(Wanted{.key = kWeb});
  tell(InstanceExited{instance, "killed by SIGTERM"});
  EXPECT_EQ(exit_and_pause(started()), kRules.pause);
}

TEST_F(SupervisionTest, WhatIsWantedAgainAndUnwantedAgainStaysStopped) {
  const std::string instance = start_ready(kWeb);
  tell(Unwanted{kWeb});
  tell(Wanted{.key = kWeb});
  tell(Unwanted{kWeb});
  tell(InstanceExited{instance, "killed by SIGTERM"});
  EXPECT_EQ(states(), States());
}

TEST_F(SupervisionTest, ANumberIsNotUsedAgainAfterAVersionWasGone) {
  const std::string first = start_ready(kWeb);
  tell(Unwanted{kWeb});
  tell(InstanceExited{first, "killed by SIGTERM"});
  EXPECT_EQ(start(kWeb), "web-1.0.0-host7-2");
}

// ---- stopping everything

TEST_F(SupervisionTest, StoppingNothingIsDoneAtOnceAndSaidOnce) {
  tell(StopEverything{});
  EXPECT_EQ(asked<ReportEverythingStopped>().size(), 1U);
  tell(StopEverything{});
  EXPECT_TRUE(asked_nothing());
}

TEST_F(SupervisionTest, EverythingStopsInTheReverseOrderOfTheStarts) {
  const std::string first = start_ready(kWeb);
  const std::string second = start_ready(kTodo);
  tell(StopEverything{});
  ASSERT_EQ(asked<StopInstance>().size(), 1U);
  EXPECT_EQ(asked<StopInstance>()[0].instance, second);
  tell(InstanceExited{second, "killed by SIGTERM"});
  ASSERT_EQ(asked<StopInstance>().size(), 1U);
  EXPECT_EQ(asked<StopInstance>()[0].instance, first);
  tell(InstanceExited{first, "killed by SIGTERM"});
  EXPECT_EQ(asked<ReportEverythingStopped>().size(), 1U);
}

TEST_F(SupervisionTest, AnInstanceThatIsStartedAgainCountsAsStartedLast) {
  const std::string first = start_ready(kWeb);
  start_ready(kTodo);
  const std::string again = fail(first, 1);
  tell(StopEverything{});
  ASSERT_EQ(asked<StopInstance>().size(), 1U);
  EXPECT_EQ(asked<StopInstance>()[0].instance, again);
}

TEST_F(SupervisionTest, AnOverdueInstanceDoesNotHoldTheOthersUp) {
  const std::string first = start_ready(kWeb);
  start_ready(kTodo);
  tell(StopEverything{});
  pass(kDefaultStopWithin + kKillPatience);
  ASSERT_EQ(asked<StopInstance>().size(), 1U);
  EXPECT_EQ(asked<StopInstance>()[0].instance, first);
}

TEST_F(SupervisionTest, AnOverdueInstanceIsWaitedForInTheEnd) {
  const std::string instance = start_ready(kWeb);
  tell(StopEverything{});
  pass(kDefaultStopWithin + kKillPatience);
  EXPECT_TRUE(asked<ReportEverythingStopped>().empty());
  tell(InstanceExited{instance, "killed by SIGKILL"});
  EXPECT_EQ(asked<ReportEverythingStopped>().size(), 1U);
}

TEST_F(SupervisionTest, WhatWaitsForItsRestartIsNotStartedWhenEverythingStops) {
  tell(InstanceExited{start(kWeb), "exit code 1"});
  tell(StopEverything{});
  EXPECT_EQ(asked<ReportEverythingStopped>().size(), 1U);
  pass(seconds(100));
  EXPECT_TRUE(asked_nothing());
}

TEST_F(SupervisionTest, NothingIsStartedOnceEverythingStops) {
  tell(StopEverything{});
  tell(Wanted{.key = kWeb});
  EXPECT_TRUE(asked_nothing());
}

TEST_F(SupervisionTest, AnInstanceThatWaitsToBeStoppedIsNotStartedAgain) {
  const std::string first = start_ready(kWeb);
  start_ready(kTodo);
  tell(StopEverything{});
  tell(InstanceExited{first, "exit code 1"});
  EXPECT_TRUE(asked_nothing());
  EXPECT_EQ(states(), States{State::kStopping});
}

TEST(SupervisionState, HasTheNamesThatPeopleSee) {
  EXPECT_EQ(to_text(State::kStarting), "starting");
  EXPECT_EQ(to_text(State::kReady), "ready");
  EXPECT_EQ(to_text(State::kWaiting), "waiting");
  EXPECT_EQ(to_text(State::kStopping), "stopping");
}

TEST_F(SupervisionTest, StartsAgainAndStopsByTheRulesOfTheVersion) {
  tell(Wanted{
      .key = kTodo,
      .restarts = {.pause = milliseconds(20), .longest_pause = milliseconds(50), .steady_after = seconds(1)},
      .stop_within = seconds(3)});
  std::string instance = started();
  for (const milliseconds pause : {milliseconds(20), milliseconds(40), milliseconds(50), milliseconds(50)}) {
    EXPECT_EQ(exit_and_pause(instance), pause);
    pass(pause);
    instance = started();
  }
  tell(InstanceReady{instance});
  pass(seconds(1));
  EXPECT_EQ(exit_and_pause(instance), milliseconds(20));
  pass(milliseconds(20));
  tell(StopEverything{});
  ASSERT_EQ(asked<StopInstance>().size(), 1u);
  EXPECT_EQ(asked<StopInstance>()[0].grace, seconds(3));
}

}  // namespace
}  // namespace exo::supervision
