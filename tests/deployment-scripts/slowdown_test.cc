// What slows an attempt down, and for how long.
#include "deployment-scripts/slowdown.h"

#include <gtest/gtest.h>

#include "deployment-scripts/rollout_plan.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using rollout::AnnouncementKind;
using std::chrono::seconds;
using Change = Slowdown::Change;

const VersionKey kSearch{"todo-search", "0.0.1"};
const LoadSample kGood{};
const LoadSample kSlow{
    .load = LoadSample::Load::kSlow, .because = "todos.list p99 83 ms > 50 ms", .trouble = ""};
const LoadSample kBroken{.load = LoadSample::Load::kSlow,
                         .because = "./slow.sh gave no answer within 10 s",
                         .trouble = "./slow.sh gave no answer within 10 s"};

ThrottleSettings slows_to(Rate slow_to, std::optional<Rate> rate = {}) {
  return {.rate = rate,
          .when = P99Signal{.message = "todos.list", .above = std::chrono::milliseconds{50}, .place = {}},
          .slow_to = slow_to,
          .good_for = seconds{30}};
}

MonotonicTime at(int second) {
  return MonotonicTime{} + seconds{second};
}

TEST(Slowdown, WithoutASignalChangesNothing) {
  Slowdown none;
  EXPECT_EQ(none.take(kSlow, at(1)), Change::kNone);
  EXPECT_EQ(none.at_most(), std::nullopt);
  Slowdown rate_only{ThrottleSettings{.rate = Rate{500}, .when = {}, .slow_to = {}}};
  EXPECT_EQ(rate_only.take(kSlow, at(1)), Change::kNone);
  EXPECT_EQ(rate_only.at_most(), Rate{500});
}

TEST(Slowdown, BeginsWithTheFirstSlowSample) {
  Slowdown slowdown{slows_to(Rate{20}, Rate{500})};
  EXPECT_EQ(slowdown.take(kGood, at(1)), Change::kNone);
  EXPECT_EQ(slowdown.at_most(), Rate{500});
  EXPECT_EQ(slowdown.take(kSlow, at(2)), Change::kBegan);
  EXPECT_EQ(slowdown.at_most(), Rate{20});
  EXPECT_EQ(slowdown.because(), "todos.list p99 83 ms > 50 ms");
  EXPECT_EQ(slowdown.take(kSlow, at(3)), Change::kNone) << "it is slowed already";
}

TEST(Slowdown, EndsWhenTheSignalHasBeenGoodForLongEnough) {
  Slowdown slowdown{slows_to(Rate{20})};
  slowdown.take(kSlow, at(0));
  EXPECT_EQ(slowdown.take(kGood, at(100)), Change::kNone) << "good since now, not since nobody looked";
  EXPECT_EQ(slowdown.take(kGood, at(129)), Change::kNone);
  EXPECT_EQ(slowdown.take(kGood, at(130)), Change::kEnded);
  EXPECT_EQ(slowdown.at_most(), std::nullopt);
  EXPECT_EQ(slowdown.because(), "");
  EXPECT_EQ(slowdown.last(), seconds{130});
}

TEST(Slowdown, OneSlowSampleBeginsTheWaitAnew) {
  Slowdown slowdown{slows_to(Rate{20})};
  slowdown.take(kSlow, at(0));
  slowdown.take(kGood, at(1));
  slowdown.take(kSlow, at(30));
  EXPECT_EQ(slowdown.take(kGood, at(31)), Change::kNone);
  EXPECT_EQ(slowdown.take(kGood, at(60)), Change::kNone);
  EXPECT_EQ(slowdown.take(kGood, at(61)), Change::kEnded);
}

TEST(Slowdown, CountsTimesAndTheirLengthForTheRecord) {
  Slowdown slowdown{slows_to(Rate{20})};
  slowdown.take(kSlow, at(0));
  slowdown.take(kGood, at(10));
  slowdown.take(kGood, at(40));
  slowdown.take(kSlow, at(50));
  slowdown.pass(at(55));
  EXPECT_EQ(slowdown.times(), 2U);
  EXPECT_EQ(slowdown.total(), seconds{45});
  EXPECT_EQ(slowdown.last_cause(), "todos.list p99 83 ms > 50 ms");
}

TEST(Slowdown, ASignalThatCannotBeToldIsSaidOnceAndCountsAsSlow) {
  Slowdown slowdown{slows_to(Rate{20})};
  EXPECT_EQ(slowdown.take(kBroken, at(0)), Change::kBegan);
  EXPECT_EQ(slowdown.take_trouble(), kBroken.trouble);
  slowdown.take(kBroken, at(10));
  EXPECT_EQ(slowdown.take_trouble(), "") << "it was said";
  slowdown.take(kGood, at(20));
  slowdown.take(kBroken, at(30));
  EXPECT_EQ(slowdown.take_trouble(), kBroken.trouble) << "it could be told in between";
}

TEST(Slowdown, ToNothingStandsStill) {
  Slowdown slowdown{slows_to(Rate{})};
  EXPECT_FALSE(slowdown.stands_still());
  slowdown.take(kSlow, at(0));
  EXPECT_TRUE(slowdown.stands_still());
  EXPECT_TRUE(slowdown.at_most()->is_none());
}

// ---- in the rollout core

RolloutBench at_work(ThrottleSettings throttle) {
  RolloutBench bench;
  PhaseSettings settings{.timeout = seconds{1000}, .stall = seconds{30}};
  settings.throttle = std::move(throttle);
  bench.begin({with_script(kSearch, both_phases(settings))});
  bench.ready(kSearch);
  bench.registers(kSearch);
  return bench;
}

std::vector<LedgerEvent> events_in(const RolloutBench& bench, const std::string& type) {
  std::vector<LedgerEvent> found;
  for (const LedgerEvent& event : bench.ledger()) {
    if (event.type == type) found.push_back(event);
  }
  return found;
}

void sample(RolloutBench& bench, const LoadSample& what) {
  bench.feed(rollout::LoadSampled{bench.attempt(kSearch), what});
}

Decision throttle(std::optional<Rate> rate) {
  return {.verb = DecisionVerb::kThrottle,
          .version = kSearch,
          .phase = std::nullopt,
          .reason = "it slows the shop down",
          .who = "anna",
          .rate = rate};
}

TEST(SlowedScript, GetsANewTableAndIsTold) {
  RolloutBench bench = at_work(slows_to(Rate{20}, Rate{500}));
  ASSERT_EQ(bench.rollout().wanted_signals().size(), 1U);
  EXPECT_EQ(bench.rollout().at_most(kSearch), Rate{500});
  bench.forget_actions();
  sample(bench, kGood);
  EXPECT_EQ(bench.all<rollout::PublishTable>().size(), 0U) << "nothing has changed";
  sample(bench, kSlow);
  EXPECT_EQ(bench.rollout().at_most(kSearch), Rate{20});
  EXPECT_EQ(bench.all<rollout::PublishTable>().size(), 1U);
  ASSERT_EQ(bench.announced(AnnouncementKind::kSlowed).size(), 1U);
  EXPECT_EQ(bench.announced(AnnouncementKind::kSlowed)[0].text,
            "deployment-todo-search-0.0.1: offline phase is slowed to 20/s: todos.list p99 83 ms > 50 ms");
  const PhaseStatus status = bench.rollout().status()[0].offline;
  EXPECT_EQ(status.slowed, "todos.list p99 83 ms > 50 ms");
  EXPECT_EQ(status.at_most, Rate{20});
}

TEST(SlowedScript, GoesOnAtItsFullRateAndSaysSo) {
  RolloutBench bench = at_work(slows_to(Rate{20}));
  sample(bench, kSlow);
  bench.wait(seconds{5});
  sample(bench, kGood);
  bench.feed(rollout::ScriptActive{bench.attempt(kSearch)});
  bench.wait(seconds{29});
  sample(bench, kGood);
  EXPECT_EQ(bench.rollout().at_most(kSearch), Rate{20});
  bench.feed(rollout::ScriptActive{bench.attempt(kSearch)});
  bench.wait(seconds{1});
  sample(bench, kGood);
  EXPECT_EQ(bench.rollout().at_most(kSearch), std::nullopt);
  ASSERT_EQ(bench.announced(AnnouncementKind::kSlowedNoMore).size(), 1U);
  EXPECT_EQ(
      bench.announced(AnnouncementKind::kSlowedNoMore)[0].text,
      "deployment-todo-search-0.0.1: offline phase goes on at its full rate, after it was slowed for 35 "
      "s");
}

TEST(SlowedScript, TheLowerOfAllRatesHoldsAndAPauseBeforeThem) {
  RolloutBench bench = at_work(slows_to(Rate{20}, Rate{500}));
  bench.decides(throttle(Rate{1000}));
  EXPECT_EQ(bench.rollout().at_most(kSearch), Rate{500});
  bench.decides(throttle(Rate{100}));
  EXPECT_EQ(bench.rollout().at_most(kSearch), Rate{100});
  sample(bench, kSlow);
  EXPECT_EQ(bench.rollout().at_most(kSearch), Rate{20});
  bench.decides(throttle(Rate{5}));
  EXPECT_EQ(bench.rollout().at_most(kSearch), Rate{5});
  bench.decides(DecisionVerb::kPause, kSearch);
  EXPECT_TRUE(bench.rollout().at_most(kSearch)->is_none());
  EXPECT_TRUE(bench.rollout().wanted_signals().empty()) << "who stands still needs no signal";
  bench.decides(DecisionVerb::kResume, kSearch);
  EXPECT_EQ(bench.rollout().at_most(kSearch), Rate{5}) << "it was slow, and nobody has seen it well";
  bench.decides(throttle(std::nullopt));
  EXPECT_EQ(bench.rollout().at_most(kSearch), Rate{20});
}

TEST(SlowedScript, ThatStandsStillDoesNotStallButRunsOutOfTime) {
  RolloutBench bench = at_work(slows_to(Rate{}));
  sample(bench, kSlow);
  bench.wait_step_by_step(seconds{900});
  EXPECT_TRUE(events_in(bench, "attempt-failed").empty());
  sample(bench, kGood);
  bench.wait(seconds{29});
  sample(bench, kSlow);
  bench.wait_step_by_step(seconds{200});
  bench.exits(kSearch);
  ASSERT_EQ(events_in(bench, "attempt-failed").size(), 1U);
  EXPECT_NE(events_in(bench, "attempt-failed")[0].details.find("it was not done within 16 min 40 s"),
            std::string::npos)
      << events_in(bench, "attempt-failed")[0].details;
}

TEST(SlowedScript, ThatMaySendAgainStallsOnlyAfterItsTime) {
  RolloutBench bench = at_work(slows_to(Rate{}));
  sample(bench, kSlow);
  bench.wait(seconds{25});
  sample(bench, kGood);
  bench.wait(seconds{30});
  sample(bench, kGood);
  EXPECT_EQ(bench.rollout().at_most(kSearch), std::nullopt);
  bench.wait_step_by_step(seconds{29});
  EXPECT_TRUE(bench.has_attempt(kSearch));
  bench.wait_step_by_step(seconds{2});
  bench.exits(kSearch);
  EXPECT_EQ(events_in(bench, "attempt-failed").size(), 1U);
}

TEST(SlowedScript, TheEndOfItsAttemptRecordsHowLongItWasSlowed) {
  RolloutBench bench = at_work(slows_to(Rate{20}));
  sample(bench, kSlow);
  bench.wait(seconds{12});
  bench.says_done(kSearch);
  ASSERT_EQ(events_in(bench, "attempt-done").size(), 1U);
  EXPECT_EQ(events_in(bench, "attempt-done")[0].details,
            R"({"slowed":{"because":"todos.list p99 83 ms > 50 ms","ms":12000,"times":1}})");
  EXPECT_TRUE(bench.rollout().wanted_signals().empty()) << "with the attempt its signal has ended";
}

TEST(SlowedScript, IsPlannedWithWhatSlowsIt) {
  PhaseSettings settings;
  settings.throttle = slows_to(Rate{20}, Rate{500});
  const auto steps =
      plan_rollout({}, {.versions = {with_script(kSearch, both_phases(settings))}, .host = "h", .who = "kim"},
                   [](const Script&, Phase) { return true; });
  const auto run = std::find_if(steps.begin(), steps.end(),
                                [](const PlanStep& step) { return step.kind == PlanStepKind::kRunPhase; });
  ASSERT_NE(run, steps.end());
  EXPECT_NE(run->why.find("; throttled to 500/s by its settings and slowed to 20/s while todos.list takes "
                          "longer than 50 ms (p99 within 10 s)"),
            std::string::npos)
      << run->why;
}

}  // namespace
}  // namespace exo
