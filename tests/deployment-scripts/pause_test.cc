// A phase that a person has paused: what stands still, what goes on, and under which host.
#include <gtest/gtest.h>

#include "deployment-scripts/rollout_plan.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using rollout::AnnouncementKind;
using std::chrono::hours;
using std::chrono::seconds;

const VersionKey kSearch{"todo-search", "0.0.1"};
const VersionKey kWeb{"web", "1.0.0"};

std::vector<rollout::VersionToBringIn> search(unsigned attempts = 3) {
  return {with_script(kSearch,
                      both_phases({.timeout = seconds{100}, .stall = seconds{30}, .attempts = attempts}))};
}

// Its offline script is at work.
RolloutBench at_work() {
  RolloutBench bench;
  bench.begin(search());
  bench.ready(kSearch);
  bench.registers(kSearch);
  return bench;
}

std::string refusal(const rollout::Decided& decided) {
  return decided.refusal ? decided.refusal->message : "recorded";
}

Decision throttle(std::optional<Rate> rate) {
  return {.verb = DecisionVerb::kThrottle,
          .version = kSearch,
          .phase = std::nullopt,
          .reason = "it slows the shop down",
          .who = "anna",
          .rate = rate};
}

TEST(Pause, ThatDoesNotFitIsRefusedWithWhatFits) {
  RolloutBench bench = at_work();
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kResume, kSearch, Phase::kOffline)),
            "resume does not fit todo-search@0.0.1: its offline phase is running (what fits: cancel, pause, "
            "throttle)");
  bench.decides(DecisionVerb::kPause, kSearch);
  EXPECT_EQ(
      refusal(bench.decides(DecisionVerb::kPause, kSearch, Phase::kOffline)),
      "pause does not fit todo-search@0.0.1: its offline phase is running, and paused (what fits: cancel, "
      "resume, throttle)");
}

TEST(Pause, GivesTheRunningAttemptNoMoreCreditAndLeavesItRunning) {
  RolloutBench bench = at_work();
  bench.forget_actions();
  bench.decides(DecisionVerb::kPause, kSearch, std::nullopt, "it slows the shop down");
  EXPECT_LT(bench.place_of_event("pause-decided"), bench.place_of<rollout::PublishTable>());
  EXPECT_EQ(bench.rollout().at_most(kSearch), Rate{});
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kRunning);
  EXPECT_EQ(bench.status(kSearch).offline.paused, "by anna: it slows the shop down");
  bench.decides(DecisionVerb::kResume, kSearch);
  EXPECT_EQ(bench.rollout().at_most(kSearch), std::nullopt);
  EXPECT_EQ(bench.status(kSearch).offline.paused, "");
}

TEST(Pause, StopsTheClocksWhichGoOnWithWhatWasLeft) {
  RolloutBench bench = at_work();
  bench.wait(seconds{20});
  bench.decides(DecisionVerb::kPause, kSearch);
  bench.wait_step_by_step(hours{10});
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kRunning);
  bench.decides(DecisionVerb::kResume, kSearch);
  bench.wait_step_by_step(seconds{9});
  EXPECT_EQ(bench.events_of(kSearch).find("attempt-failed"), std::string::npos);
  bench.wait_step_by_step(seconds{1});
  bench.exits(kSearch);
  EXPECT_NE(bench.events_of(kSearch).find("attempt-failed"), std::string::npos) << "30 s without a message";
}

// A full disk refuses the pause, which has reached it all the same and is found when there is room again.
LedgerEvent refused_pause(RolloutBench& bench) {
  bench.ledger_refuses = true;
  bench.forget_actions();
  EXPECT_NE(refusal(bench.decides(DecisionVerb::kPause, kSearch)), "recorded");
  bench.ledger_refuses = false;
  EXPECT_EQ(bench.all<rollout::Append>().size(), 1u) << bench.transcript();
  return bench.all<rollout::Append>().front().event;
}

TEST(Pause, ThatWasRefusedAndIsFoundInTheLedgerStopsTheClocksFromThenOn) {
  RolloutBench bench = at_work();
  bench.wait(seconds{20});
  const LedgerEvent pause = refused_pause(bench);
  bench.wait(seconds{9});
  bench.finds_in_ledger(pause);
  bench.wait_step_by_step(hours{10});
  EXPECT_EQ(bench.events_of(kSearch).find("attempt-failed"), std::string::npos) << bench.transcript();
}

// Whoever decided it was told that it is not recorded.
TEST(Pause, ThatIsFoundWhenAClockHasPassedComesTooLateForThatAttemptAndHoldsTheNext) {
  RolloutBench bench = at_work();
  const LedgerEvent pause = refused_pause(bench);
  bench.wait(seconds{30});
  EXPECT_EQ(bench.all<rollout::EndScript>().size(), 1u) << "its process is told to end";
  bench.finds_in_ledger(pause);
  EXPECT_EQ(refusal(bench.decides(throttle(Rate{20}))), "recorded") << "another one, about the online phase";
  bench.exits(kSearch, "killed by SIGTERM");
  bench.wait_step_by_step(hours{10});
  EXPECT_EQ(bench.events_of(kSearch),
            "version-introduced, attempt-started, pause-decided, throttle-decided, attempt-failed")
      << bench.transcript();
}

TEST(Pause, DoesNotGiveBackTimeForWhatMovedMeanwhile) {
  RolloutBench bench = at_work();
  bench.decides(DecisionVerb::kPause, kSearch);
  bench.wait(seconds{50});
  bench.feed(rollout::ScriptActive{bench.attempt(kSearch)});
  bench.wait(seconds{50});
  bench.decides(DecisionVerb::kResume, kSearch);
  bench.wait_step_by_step(seconds{29});
  EXPECT_EQ(bench.events_of(kSearch).find("attempt-failed"), std::string::npos);
  EXPECT_EQ(bench.rollout().wake_at(), bench.now() + seconds{1});
}

TEST(Pause, OfAnAttemptThatHasNotJoinedYetLetsItWaitToBeStarted) {
  RolloutBench bench;
  bench.begin(search());
  bench.ready(kSearch);
  bench.decides(DecisionVerb::kPause, kSearch, Phase::kOffline);
  bench.wait_step_by_step(hours{1});
  bench.registers(kSearch);
  EXPECT_TRUE(bench.all<rollout::SendStart>().empty());
  bench.decides(DecisionVerb::kResume, kSearch);
  EXPECT_EQ(bench.all<rollout::SendStart>().size(), 1u);
}

TEST(Pause, TakesWhatThePausedScriptStillSays) {
  RolloutBench bench = at_work();
  bench.decides(DecisionVerb::kPause, kSearch);
  bench.says_done(kSearch);
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kDone);
  EXPECT_EQ(bench.status(kSearch).offline.paused, "") << "nothing is left to stand still";
}

TEST(Pause, BetweenTwoAttemptsHoldsTheNextUntilItIsResumed) {
  RolloutBench bench;
  bench.begin(search());
  bench.ready(kSearch);
  bench.fails(kSearch);
  bench.decides(DecisionVerb::kPause, kSearch, Phase::kOffline);
  bench.wait_step_by_step(hours{1});
  EXPECT_FALSE(bench.has_attempt(kSearch));
  bench.decides(DecisionVerb::kResume, kSearch);
  EXPECT_EQ(bench.attempt(kSearch).attempt, 2u);
}

TEST(Pause, IsNotLiftedByARetry) {
  RolloutBench bench;
  bench.begin(search());
  bench.ready(kSearch);
  bench.fails(kSearch);
  bench.decides(DecisionVerb::kPause, kSearch, Phase::kOffline);
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kRetry, kSearch)), "recorded");
  bench.wait_step_by_step(hours{1});
  EXPECT_FALSE(bench.has_attempt(kSearch));
  EXPECT_NE(bench.transcript().find("it is still paused by anna"), std::string::npos);
}

TEST(Pause, OutlivesTheHostWhichSaysSoAndIsReadyAllTheSame) {
  RolloutBench before = at_work();
  before.decides(DecisionVerb::kPause, kSearch, std::nullopt, "it slows the shop down");
  RolloutBench bench(before.ledger());
  bench.begin(search());
  bench.ready(kSearch);
  bench.wait_step_by_step(hours{1});
  EXPECT_FALSE(bench.has_attempt(kSearch));
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  EXPECT_EQ(bench.all<rollout::Ready>().size(), 1u);
  const auto told = bench.announced(AnnouncementKind::kPaused);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].text,
            "deployment-todo-search-0.0.1: offline phase is paused by anna: it slows the shop down");
  bench.decides(DecisionVerb::kResume, kSearch);
  bench.succeeds(kSearch);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
}

TEST(Pause, LetsAVersionComeAsFarAsItCanBeforeTheHostIsReady) {
  RolloutBench bench;
  bench.begin(search());
  bench.decides(DecisionVerb::kPause, kSearch, Phase::kOffline);
  EXPECT_TRUE(bench.all<rollout::Ready>().empty()) << "nobody could dry-run it yet";
  bench.ready(kSearch);
  EXPECT_EQ(bench.all<rollout::Ready>().size(), 1u);
}

TEST(Pause, IsToldByThePlan) {
  RolloutBench before = at_work();
  before.decides(DecisionVerb::kPause, kSearch, Phase::kOffline, "it slows the shop down");
  const auto steps = plan_rollout(before.ledger(), {.versions = search(), .environment = "local"},
                                  [](const Script&, Phase) { return true; });
  ASSERT_FALSE(steps.empty());
  EXPECT_EQ(steps.front().what, "leave the offline phase of todo-search@0.0.1 paused");
  EXPECT_EQ(steps.front().why, "paused by anna: it slows the shop down");
  for (const PlanStep& step : steps) EXPECT_NE(step.kind, PlanStepKind::kRunPhase);
}

TEST(Pause, IsNotWaitedForByWhatDependsOnThePausedVersion) {
  RolloutBench bench;
  auto versions = search();
  versions.push_back({.key = kWeb, .dependencies = {{"todo-search", rollout::Dependency::Until::kLive}}});
  bench.begin(versions);
  bench.ready(kSearch);
  EXPECT_TRUE(bench.all<rollout::Ready>().empty());
  bench.decides(DecisionVerb::kPause, kSearch, Phase::kOffline);
  EXPECT_EQ(bench.all<rollout::Ready>().size(), 1u);
}

TEST(Pause, IsNotWaitedForByAScriptThatRunsAfterThePausedOne) {
  RolloutBench bench;
  auto versions = search();
  ScriptSettings later;
  later.after = {{.version = kSearch, .place = {}}};
  versions.push_back(with_script(kWeb, later));
  bench.begin(versions);
  bench.ready(kSearch);
  bench.ready(kWeb);
  EXPECT_FALSE(bench.has_attempt(kWeb));
  EXPECT_TRUE(bench.all<rollout::Ready>().empty());
  bench.decides(DecisionVerb::kPause, kSearch, Phase::kOffline);
  EXPECT_EQ(bench.all<rollout::Ready>().size(), 1u);
  bench.decides(DecisionVerb::kResume, kSearch);
  bench.succeeds(kSearch);
  EXPECT_TRUE(bench.has_attempt(kWeb));
}

TEST(Pause, OfAnOnlinePhaseLeavesTheGateOpen) {
  RolloutBench bench = at_work();
  bench.decides(DecisionVerb::kPause, kSearch, Phase::kOnline);
  bench.says_done(kSearch);
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  EXPECT_FALSE(bench.has_attempt(kSearch));
  EXPECT_EQ(bench.all<rollout::Ready>().size(), 1u);
  bench.decides(DecisionVerb::kResume, kSearch);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
}

TEST(Throttle, IsTheRateOfThisAttemptAndTheNextUntilItIsOff) {
  RolloutBench bench = at_work();
  bench.decides(throttle(Rate{20, seconds{1}}));
  EXPECT_EQ(bench.rollout().at_most(kSearch), (Rate{20, seconds{1}}));
  EXPECT_EQ(bench.status(kSearch).offline.throttled, "by anna: it slows the shop down");
  bench.feed(rollout::ScriptSaidFailed{bench.attempt(kSearch), "no such table"});
  bench.exits(kSearch);
  bench.wait_step_by_step(seconds{2});
  EXPECT_EQ(bench.rollout().at_most(kSearch), (Rate{20, seconds{1}}));
  bench.decides(throttle(std::nullopt));
  EXPECT_EQ(bench.rollout().at_most(kSearch), std::nullopt);
  EXPECT_EQ(bench.status(kSearch).offline.throttled, "");
}

TEST(Throttle, OfAPausedScriptHoldsFromItsResume) {
  RolloutBench bench = at_work();
  bench.decides(DecisionVerb::kPause, kSearch);
  bench.decides(throttle(Rate{20, seconds{1}}));
  EXPECT_EQ(bench.rollout().at_most(kSearch), Rate{});
  bench.decides(DecisionVerb::kResume, kSearch);
  EXPECT_EQ(bench.rollout().at_most(kSearch), (Rate{20, seconds{1}}));
}

TEST(Throttle, IsNotTurnedOffWhereNobodyHasThrottled) {
  RolloutBench bench = at_work();
  EXPECT_EQ(
      refusal(bench.decides(throttle(std::nullopt))),
      "throttle does not fit todo-search@0.0.1: nobody has throttled it; what its settings say is changed "
      "there, or by another rate");
}

TEST(PausedPhase, IsDryRunAndThenGoesOnForReal) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.can_dry_run = true}))});
  ASSERT_EQ(refusal(bench.decides(DecisionVerb::kPause, kSearch, Phase::kOffline)), "recorded");
  bench.ready(kSearch);
  EXPECT_FALSE(bench.has_attempt(kSearch));
  ASSERT_EQ(refusal(bench.decides(DecisionVerb::kDryRun, kSearch)), "recorded");
  bench.registers(kSearch);
  EXPECT_EQ(bench.rollout().at_most(kSearch), std::nullopt) << "the pause is not about the dry run";
  bench.says_done(kSearch);
  bench.exits(kSearch);
  EXPECT_FALSE(bench.has_attempt(kSearch)) << bench.transcript();
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  ASSERT_EQ(refusal(bench.decides(DecisionVerb::kResume, kSearch)), "recorded");
  EXPECT_EQ(bench.attempt(kSearch).run, "todo-search-0.0.1-offline-1");
}

}  // namespace
}  // namespace exo
