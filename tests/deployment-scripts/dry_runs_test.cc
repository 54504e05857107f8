// A host that runs no script for real: what comes in, what is dry-run, what is not, and what the ledger
// holds.
#include "deployment-scripts/dry_runs.h"

#include <gtest/gtest.h>

#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using rollout::AnnouncementKind;
using State = DryRun::State;

const VersionKey kSearch{"todo-search", "0.0.1"};
const VersionKey kTodo{"todo", "0.0.1"};
const VersionKey kWeb{"web", "1.0.0"};

rollout::VersionToBringIn careful(const VersionKey& version) {
  return with_script(version, both_phases({.attempts = 1, .can_dry_run = true}));
}

void begin(RolloutBench& bench, std::vector<rollout::VersionToBringIn> versions,
           std::vector<Script> other_scripts = {}) {
  bench.feed(rollout::Begin{.versions = std::move(versions),
                            .other_scripts = std::move(other_scripts),
                            .host = "host-1",
                            .environment = "local",
                            .who = "kim",
                            .purpose = rollout::Purpose::kDryRun});
}

RolloutBench of_search() {
  RolloutBench bench;
  begin(bench, {careful(kSearch)});
  bench.ready(kSearch);
  return bench;
}

// Of a host that ran the scripts for real: the version serves, flagged.
RolloutBench with_a_failed_online_phase() {
  RolloutBench bench;
  bench.begin({careful(kSearch)});
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  bench.fails(kSearch);
  EXPECT_TRUE(bench.status(kSearch).flagged) << bench.transcript();
  return bench;
}

bool is_ready(const RolloutBench& bench) {
  return !bench.all<rollout::Ready>().empty();
}

std::string last_reason(const RolloutBench& bench) {
  const auto told = bench.announced(AnnouncementKind::kDryRun);
  return told.empty() || told.back().lines.empty() ? "" : told.back().lines.front();
}

TEST(DryRuns, HoldAVersionWhoseScriptIsLeftToRun) {
  RolloutBench bench;
  begin(bench, {plain(kTodo), careful(kSearch)});
  bench.ready(kSearch);
  EXPECT_FALSE(bench.has_attempt(kSearch)) << "todo may still come in";
  bench.ready(kTodo);
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kLive);
  EXPECT_EQ(bench.attempt(kSearch), (rollout::AttemptId{"todo-search-0.0.1-offline-0", 1}));
  EXPECT_FALSE(is_ready(bench));
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.events_of(kSearch), "dry-run-started, dry-run-ended");
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  EXPECT_TRUE(is_ready(bench));
  EXPECT_EQ(bench.rollout().dry_runs().at(0).state, State::kSucceeded);
}

TEST(DryRuns, AreRecordedWithWhoAndWhy) {
  const RolloutBench bench = of_search();
  const LedgerEvent& started = bench.ledger().back();
  EXPECT_EQ(started.type, "dry-run-started");
  EXPECT_EQ(started.who, "kim");
  EXPECT_NE(started.details.find(R"("reason":"exo run --dry-run")"), std::string::npos) << started.details;
}

TEST(DryRuns, LeaveAllToTheNextHost) {
  RolloutBench bench = of_search();
  bench.succeeds(kSearch);
  RolloutBench next(bench.ledger());
  next.begin({careful(kSearch)});
  next.ready(kSearch);
  EXPECT_EQ(next.attempt(kSearch), (rollout::AttemptId{"todo-search-0.0.1-offline-1", 1}));
  next.succeeds(kSearch);
  next.succeeds(kSearch);
  EXPECT_EQ(next.status(kSearch).state, VersionState::kLive);
}

TEST(DryRuns, TellThatAnOnlinePhaseHasToWaitForItsOfflinePhase) {
  RolloutBench bench = of_search();
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.announced(AnnouncementKind::kDryRun).back().text,
            "deployment-todo-search-0.0.1: online phase is not dry-run");
  EXPECT_EQ(last_reason(bench), "reason: its offline phase has not been run for real");
}

TEST(DryRuns, ThatFailAreTold) {
  RolloutBench bench = of_search();
  bench.fails(kSearch);
  EXPECT_TRUE(is_ready(bench));
  EXPECT_EQ(bench.rollout().dry_runs().at(0).state, State::kFailed);
  EXPECT_EQ(bench.rollout().dry_runs().at(0).reason, "no such table");
  EXPECT_EQ(bench.rollout().record().of(kSearch).offline.outcome, PhaseOutcome::kNothing);
}

TEST(DryRuns, ThatAPersonCancelsHaveNotFailed) {
  RolloutBench bench = of_search();
  bench.decides(DecisionVerb::kCancel, kSearch, std::nullopt, "it hangs");
  bench.exits(kSearch);
  EXPECT_TRUE(is_ready(bench)) << bench.transcript();
  EXPECT_EQ(bench.rollout().dry_runs().at(0).state, State::kCancelled);
  EXPECT_EQ(
      bench.announced(AnnouncementKind::kDryRun).at(1).text,
      "deployment-todo-search-0.0.1: offline phase was cancelled in its dry run, which changes nothing");
  EXPECT_EQ(bench.announced(AnnouncementKind::kDryRun).at(1).lines.front(),
            "reason: cancelled by anna: it hangs");
}

TEST(DryRuns, ThatAStopOfTheHostInterruptsHaveNotFailed) {
  RolloutBench bench = of_search();
  const rollout::AttemptId id = bench.attempt(kSearch);
  bench.feed(rollout::Stop{});
  bench.feed(rollout::ScriptExited{id, "killed by SIGTERM", {}, ""});
  EXPECT_EQ(bench.rollout().dry_runs().at(0).state, State::kInterrupted) << bench.transcript();
  EXPECT_EQ(
      bench.announced(AnnouncementKind::kDryRun).back().text,
      "deployment-todo-search-0.0.1: offline phase was interrupted in its dry run, which changes nothing");
  EXPECT_EQ(bench.announced(AnnouncementKind::kDryRun).back().lines.front(), "reason: the host was stopped");
}

TEST(DryRuns, AreNotMadeOfAScriptThatHasNotDeclaredThatItCan) {
  RolloutBench bench;
  begin(bench, {with_script(kSearch)});
  bench.ready(kSearch);
  EXPECT_TRUE(is_ready(bench)) << bench.transcript();
  EXPECT_TRUE(bench.all<rollout::StartScript>().empty());
  EXPECT_EQ(bench.events_of(kSearch), "");
  EXPECT_EQ(bench.rollout().dry_runs().at(0).state, State::kNotMade);
  EXPECT_NE(last_reason(bench).find("todo-search-0.0.1.js has not declared that it can"), std::string::npos)
      << last_reason(bench);
}

TEST(DryRuns, AreOfTheOnlinePhaseWhereTheScriptHasNoOther) {
  RolloutBench bench = of_search();
  bench.registers(kSearch, {start_name(kSearch, Phase::kOnline)});
  bench.exits(kSearch);
  EXPECT_EQ(bench.attempt(kSearch), (rollout::AttemptId{"todo-search-0.0.1-online-0", 1}))
      << bench.transcript();
  bench.succeeds(kSearch);
  EXPECT_TRUE(is_ready(bench));
  EXPECT_EQ(bench.rollout().dry_runs().size(), 1u);
  EXPECT_EQ(bench.rollout().dry_runs().at(0).state, State::kSucceeded);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
}

TEST(DryRuns, AreOfTheOnlinePhaseBehindAnOpenGateWhenTheOfflinePhaseIsDone) {
  const RolloutBench before = with_a_failed_online_phase();
  RolloutBench bench(before.ledger());
  begin(bench, {careful(kSearch)});
  bench.ready(kSearch);
  EXPECT_EQ(bench.attempt(kSearch), (rollout::AttemptId{"todo-search-0.0.1-online-0", 1}));
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.ledger().size(), before.ledger().size() + 2) << bench.transcript();
  EXPECT_EQ(bench.status(kSearch).online.state, ScriptState::kPending) << "it is left to run";
}

TEST(DryRuns, AreNotMadeBeforeThereIsAnInstanceToTalkTo) {
  RolloutBench bench;
  begin(bench, {careful(kSearch)});
  bench.wait(std::chrono::seconds{1});
  EXPECT_FALSE(is_ready(bench));
  bench.feed(rollout::InstanceNotReady{kSearch, "it crashed"});
  EXPECT_TRUE(is_ready(bench)) << bench.transcript();
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.rollout().dry_runs().at(0).state, State::kNotMade);
  EXPECT_EQ(last_reason(bench), "reason: it crashed");
}

TEST(DryRuns, RecordNothingOfAVersionThatDoesNotStart) {
  RolloutBench bench;
  begin(bench, {careful(kSearch)});
  bench.feed(rollout::InstanceNotReady{kSearch, "it crashed"});
  EXPECT_EQ(bench.events_of(kSearch), "");
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed) << "which makes the exit code 1";
  EXPECT_EQ(bench.status(kSearch).reason, "it crashed");
  const auto held = bench.announced(AnnouncementKind::kHeld);
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held.front().text, "todo-search@0.0.1 is held: it has no ready instance");
  EXPECT_EQ(held.front().lines, (std::vector<std::string>{"reason: it crashed",
                                                          "it is only tried, so nothing of this is recorded",
                                                          "the versions beside it go on"}));
  bench.decides(DecisionVerb::kPause, kSearch, Phase::kOffline);
  bench.wait(std::chrono::seconds{1});
  EXPECT_EQ(bench.announced(AnnouncementKind::kHeld).size(), 1u) << "it is told once";
}

TEST(DryRuns, AreMadeOfAVersionThatComesUpAfterAll) {
  RolloutBench bench;
  begin(bench, {careful(kSearch), careful(kWeb)});
  bench.feed(rollout::InstanceNotReady{kSearch, "it crashed"});
  bench.ready(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kStarting);
  EXPECT_EQ(bench.status(kSearch).reason, "");
  bench.ready(kWeb);
  EXPECT_TRUE(bench.has_attempt(kSearch)) << bench.transcript();
}

TEST(DryRuns, RecordNothingOfAVersionWhoseNeedsWillNotCome) {
  RolloutBench bench;
  rollout::VersionToBringIn web = careful(kWeb);
  web.dependencies = {{.role = kTodo.role}};
  begin(bench, {plain(kTodo), web});
  bench.feed(rollout::InstanceNotReady{kTodo, "it crashed"});
  EXPECT_TRUE(is_ready(bench)) << bench.transcript();
  EXPECT_EQ(bench.status(kWeb).state, VersionState::kFailed);
  EXPECT_EQ(bench.events_of(kWeb), "");
  EXPECT_NE(bench.events_of(kTodo).find("version-failed"), std::string::npos) << "it comes in for real";
}

TEST(DryRuns, LeaveTheGateInTheLedgerOfAVersionThatDoesNotStart) {
  const RolloutBench before = with_a_failed_online_phase();
  RolloutBench bench(before.ledger());
  begin(bench, {careful(kSearch)});
  bench.feed(rollout::InstanceNotReady{kSearch, "it crashed"});
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld) << "in the table";
  EXPECT_EQ(bench.ledger().size(), before.ledger().size()) << bench.transcript();
}

TEST(DryRuns, AreNotMadeOfAVersionThatRequiresAScriptWhichIsLeftToRun) {
  RolloutBench bench;
  ScriptSettings settings = both_phases({.can_dry_run = true});
  settings.required = {{.version = kSearch}};
  begin(bench, {careful(kSearch), with_script(kWeb, settings)});
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  EXPECT_TRUE(is_ready(bench)) << bench.transcript();
  EXPECT_EQ(bench.rollout().dry_runs().at(1).state, State::kNotMade);
  EXPECT_EQ(bench.rollout().dry_runs().at(1).reason,
            "it waits for the script of todo-search@0.0.1 to be done");
}

TEST(DryRuns, AreMadeSideBySideWhateverTheOrder) {
  RolloutBench bench;
  ScriptSettings settings = both_phases({.can_dry_run = true});
  settings.after = {{.version = kSearch}};
  begin(bench, {careful(kSearch), with_script(kWeb, settings)});
  bench.ready(kSearch);
  bench.ready(kWeb);
  EXPECT_TRUE(bench.has_attempt(kSearch));
  EXPECT_TRUE(bench.has_attempt(kWeb));
  bench.succeeds(kSearch);
  EXPECT_FALSE(is_ready(bench));
  bench.succeeds(kWeb);
  EXPECT_TRUE(is_ready(bench));
}

TEST(DryRuns, AreBegunWhenTheLedgerTakesThem) {
  RolloutBench bench;
  begin(bench, {careful(kSearch)});
  bench.ledger_refuses = true;
  bench.ready(kSearch);
  EXPECT_FALSE(bench.has_attempt(kSearch));
  EXPECT_FALSE(is_ready(bench));
  bench.ledger_refuses = false;
  bench.wait(kAppendRetryPause);
  EXPECT_TRUE(bench.has_attempt(kSearch)) << bench.transcript();
}

TEST(DryRuns, RecordNothingOfScriptsWhoseVersionIsNotThere) {
  RolloutBench bench;
  begin(bench, {plain(kTodo)}, {make_script(kWeb)});
  bench.ready(kTodo);
  EXPECT_TRUE(is_ready(bench));
  EXPECT_EQ(bench.events_of(kWeb), "");
  EXPECT_TRUE(bench.rollout().dry_runs().empty());
}

// A word that its phase is done would open the gate of a version that was not brought in.
TEST(DryRuns, HaveNobodyDecideAboutThePhasesMeanwhile) {
  RolloutBench bench = of_search();
  const auto decided = bench.decides(DecisionVerb::kMarkDone, kSearch, Phase::kOffline);
  ASSERT_TRUE(decided.refusal) << bench.transcript();
  EXPECT_EQ(decided.refusal->code, "does-not-fit");
  EXPECT_EQ(bench.events_of(kSearch), "dry-run-started");
  EXPECT_FALSE(bench.decides(DecisionVerb::kCancel, kSearch).refusal) << bench.transcript();
}

TEST(DryRuns, ChangeNothingOfAVersionWhoseScriptIsToBeRunAgain) {
  RolloutBench before;
  before.begin({careful(kSearch)});
  before.ready(kSearch);
  before.succeeds(kSearch);
  before.succeeds(kSearch);
  RolloutBench at_night(before.ledger());
  at_night.begin({careful(kSearch)});
  at_night.decides(DecisionVerb::kRerun, kSearch);
  std::vector<LedgerEvent> ledger = at_night.ledger();
  while (ledger.back().type != "rerun-decided") ledger.pop_back();  // its gate is open there
  RolloutBench bench(ledger);
  begin(bench, {careful(kSearch)});
  bench.ready(kSearch);
  EXPECT_EQ(bench.attempt(kSearch).run, "todo-search-0.0.1-offline-0") << bench.transcript();
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld) << "in the table: its offline phase is left to run";
  EXPECT_EQ(bench.ledger().size(), ledger.size() + 1) << bench.transcript();
}

}  // namespace
}  // namespace exo
