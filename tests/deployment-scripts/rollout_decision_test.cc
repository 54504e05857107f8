// What people's decisions do to a rollout, with a host and between two.
#include <gtest/gtest.h>

#include <utility>

#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using rollout::AnnouncementKind;
using std::chrono::seconds;

const VersionKey kSearch{"todo-search", "0.0.1"};

std::vector<rollout::VersionToBringIn> search(unsigned attempts = 1) {
  return {with_script(kSearch, both_phases({.attempts = attempts}))};
}

// Its offline phase has failed for good.
RolloutBench held() {
  RolloutBench bench;
  bench.begin(search());
  bench.ready(kSearch);
  bench.fails(kSearch);
  return bench;
}

// Live; its online phase has failed for good.
RolloutBench flagged() {
  RolloutBench bench;
  bench.begin(search());
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  bench.fails(kSearch);
  return bench;
}

RolloutBench live() {
  RolloutBench bench;
  bench.begin(search());
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  bench.succeeds(kSearch);
  return bench;
}

std::string refusal(const rollout::Decided& decided) {
  return decided.refusal ? decided.refusal->code : "recorded";
}

// The next host of the same ledger, whose instances are ready.
RolloutBench next_host(const RolloutBench& before, const std::string& environment = "local") {
  RolloutBench bench(before.ledger());
  bench.begin(search(), environment);
  bench.ready(kSearch);
  return bench;
}

// --- what does not fit -----------------------------------------------------------------------------------

TEST(RolloutDecision, AboutAVersionThatNobodyKnowsIsRefused) {
  RolloutBench bench = live();
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kRetry, {"nobody", "1.0.0"})), "unknown-version");
}

TEST(RolloutDecision, ThatDoesNotFitChangesNothing) {
  RolloutBench bench = live();
  const std::size_t events = bench.ledger().size();
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kRetry, kSearch)), "does-not-fit");
  EXPECT_EQ(bench.ledger().size(), events);
}

TEST(RolloutDecision, IsRefusedWhileTheHostStops) {
  RolloutBench bench = held();
  bench.feed(rollout::Stop{});
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kRetry, kSearch)), "stopping");
}

TEST(RolloutDecision, ThatTheLedgerDoesNotTakeIsAnsweredSo) {
  RolloutBench bench = held();
  bench.ledger_refuses = true;
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kRetry, kSearch)), "not-recorded");
  bench.ledger_refuses = false;
  bench.wait(kAppendRetryPause);
  EXPECT_FALSE(bench.has_attempt(kSearch)) << "whoever was told that it is not recorded decides again";
}

TEST(RolloutDecision, IsJudgedAgainWhenWhatWasRefusedIsFoundInTheLedger) {
  RolloutBench bench;
  bench.begin(search());
  bench.ledger_refuses = true;
  bench.ready(kSearch);
  ASSERT_TRUE(
      std::holds_alternative<rollout::Append>(bench.actions()[bench.place_of_event("attempt-started")]));
  LedgerEvent started =
      std::get<rollout::Append>(bench.actions()[bench.place_of_event("attempt-started")]).event;
  bench.feed(rollout::Decide{"d1",
                             {.verb = DecisionVerb::kMarkDone,
                              .version = kSearch,
                              .phase = Phase::kOffline,
                              .reason = "I looked",
                              .who = "anna"}});
  bench.ledger_refuses = false;
  bench.finds_in_ledger(started);
  EXPECT_EQ(refusal(bench.answer_to("d1")), "does-not-fit") << "an attempt is under way after all";
}

TEST(RolloutDecision, IsAnsweredOnlyWhenTheLedgerHoldsIt) {
  RolloutBench bench = held();
  bench.forget_actions();
  bench.decides(DecisionVerb::kRetry, kSearch);
  EXPECT_LT(bench.place_of_event("retry-decided"), bench.place_of<rollout::Decided>());
}

// --- retry -----------------------------------------------------------------------------------------------

TEST(Retry, AddsAttemptsToTheSameRun) {
  RolloutBench bench = held();
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kRetry, kSearch)), "recorded");
  EXPECT_EQ(bench.attempt(kSearch), (rollout::AttemptId{"todo-search-0.0.1-offline-1", 2}));
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kPreparing);
  bench.succeeds(kSearch);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
}

TEST(Retry, OfAnOnlinePhaseLeavesTheGateOpen) {
  RolloutBench bench = flagged();
  bench.decides(DecisionVerb::kRetry, kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFinishing);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_FALSE(bench.status(kSearch).flagged);
}

TEST(Retry, GivesAllAttemptsAnew) {
  RolloutBench bench;
  bench.begin(search(2));
  bench.ready(kSearch);
  bench.fails(kSearch);
  bench.wait(seconds{1});
  bench.fails(kSearch);
  bench.decides(DecisionVerb::kRetry, kSearch);
  bench.fails(kSearch);
  bench.wait(seconds{1});
  EXPECT_EQ(bench.attempt(kSearch).attempt, 4u);
}

TEST(Retry, MakesTheNextAttemptAtOnce) {
  RolloutBench bench;
  bench.begin(search(2));
  bench.ready(kSearch);
  bench.fails(kSearch);
  EXPECT_FALSE(bench.has_attempt(kSearch));
  bench.decides(DecisionVerb::kRetry, kSearch);
  EXPECT_TRUE(bench.has_attempt(kSearch));
}

TEST(Retry, RunsTheScriptAsItIsOnTheDiskNow) {
  RolloutBench bench = held();
  Script mended = make_script(kSearch);
  mended.digest = "d2";
  bench.decides({.verb = DecisionVerb::kRetry,
                 .version = kSearch,
                 .reason = "mended",
                 .who = "anna",
                 .script = mended});
  EXPECT_EQ(bench.all<rollout::StartScript>().back().script.digest, "d2");
  EXPECT_EQ(bench.rollout().record().of(kSearch).offline.digest, "d2");
}

TEST(Retry, BetweenTwoHostsIsMadeByTheNext) {
  RolloutBench bench(
      {{.sequence = 1, .type = "version-introduced", .role = "todo-search", .version = "0.0.1"},
       {.sequence = 2,
        .type = "attempt-started",
        .role = "todo-search",
        .version = "0.0.1",
        .phase = "offline",
        .generation = 1,
        .run = "todo-search-0.0.1-offline-1",
        .attempt = 1}});
  bench.begin(search(), "production");
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kInterrupted);
  bench.decides(DecisionVerb::kRetry, kSearch);
  RolloutBench next = next_host(bench, "production");
  EXPECT_EQ(next.attempt(kSearch).attempt, 2u);
}

// --- mark-done, skip -------------------------------------------------------------------------------------

TEST(MarkDone, OpensTheGateByTheOrdinaryWay) {
  RolloutBench bench = held();
  bench.forget_actions();
  bench.decides(DecisionVerb::kMarkDone, kSearch, Phase::kOffline, "the data was there");
  EXPECT_LT(bench.place_of_event("phase-marked-done"), bench.place_of_event("gate-opened"));
  EXPECT_LT(bench.place_of_event("gate-opened"), bench.place_of_event("attempt-started"))
      << "the online phase comes behind the open gate";
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kDone);
  EXPECT_EQ(bench.status(kSearch).offline.decision, "marked done by anna: the data was there");
  for (const LedgerEvent& event : bench.ledger()) {
    if (event.type != "gate-opened") continue;
    EXPECT_EQ(event.details, R"({"because":"offline phase marked done by anna: the data was there"})");
  }
}

TEST(MarkDone, IsFinal) {
  RolloutBench bench = held();
  bench.decides(DecisionVerb::kMarkDone, kSearch, Phase::kOffline);
  bench.succeeds(kSearch);
  RolloutBench next = next_host(bench);
  EXPECT_EQ(next.status(kSearch).state, VersionState::kLive);
  EXPECT_TRUE(next.all<rollout::StartScript>().empty());
}

TEST(MarkDone, IsRefusedWhileAnAttemptRuns) {
  RolloutBench bench;
  bench.begin(search());
  bench.ready(kSearch);
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kMarkDone, kSearch, Phase::kOffline)), "does-not-fit");
}

TEST(Skip, LeavesTheVersionLiveAndNotFlagged) {
  RolloutBench bench = flagged();
  bench.decides(DecisionVerb::kSkip, kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_FALSE(bench.status(kSearch).flagged);
  EXPECT_EQ(bench.status(kSearch).online.state, ScriptState::kSkipped);
  RolloutBench next = next_host(bench);
  EXPECT_TRUE(next.all<rollout::StartScript>().empty());
}

TEST(Skip, BeforeTheVersionComesInLeavesItsOnlinePhaseOut) {
  RolloutBench bench = held();
  bench.decides(DecisionVerb::kSkip, kSearch);
  bench.decides(DecisionVerb::kRetry, kSearch, Phase::kOffline);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_EQ(bench.all<rollout::StartScript>().size(), 2u);
}

TEST(Skip, IsTakenBackByARetry) {
  RolloutBench bench = flagged();
  bench.decides(DecisionVerb::kSkip, kSearch);
  bench.decides(DecisionVerb::kRetry, kSearch, Phase::kOnline);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).online.state, ScriptState::kDone);
}

// --- cancel ----------------------------------------------------------------------------------------------

TEST(Cancel, EndsTheAttemptAndMakesNoOther) {
  RolloutBench bench;
  bench.begin(search(3));
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.forget_actions();
  bench.decides(DecisionVerb::kCancel, kSearch, std::nullopt, "it is too slow");
  EXPECT_LT(bench.place_of_event("cancel-decided"), bench.place_of<rollout::EndScript>());
  bench.exits(kSearch, "killed by SIGTERM");
  bench.wait_step_by_step(seconds{60});
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch).reason, "cancelled by anna: it is too slow");
  RolloutBench next = next_host(bench);
  EXPECT_FALSE(next.has_attempt(kSearch)) << "not before a retry";
  next.decides(DecisionVerb::kRetry, kSearch);
  EXPECT_EQ(next.attempt(kSearch).attempt, 2u);
}

TEST(Cancel, BetweenTwoAttemptsMakesNoFurtherOne) {
  RolloutBench bench;
  bench.begin(search(3));
  bench.ready(kSearch);
  bench.fails(kSearch);
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kCancel, kSearch)), "recorded");
  bench.wait_step_by_step(seconds{60});
  EXPECT_FALSE(bench.has_attempt(kSearch));
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
}

TEST(Cancel, OfAnOnlinePhaseLeavesTheVersionLiveAndFlagged) {
  RolloutBench bench;
  bench.begin(search(3));
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  bench.registers(kSearch);
  bench.decides(DecisionVerb::kCancel, kSearch);
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_TRUE(bench.status(kSearch).flagged);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
}

TEST(Cancel, ComesTooLateForWhatIsAboutToBeRecorded) {
  RolloutBench bench;
  bench.begin(search());
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.feed(rollout::ScriptSaidFailed{bench.attempt(kSearch), "no such table"});
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kCancel, kSearch)), "does-not-fit");
}

TEST(Cancel, OutlivesAHostThatDiesBeforeTheAttemptHasEnded) {
  RolloutBench bench;
  bench.begin(search(3));
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.decides(DecisionVerb::kCancel, kSearch);
  RolloutBench next = next_host(bench);
  EXPECT_FALSE(next.has_attempt(kSearch));
  EXPECT_EQ(next.status(kSearch).offline.state, ScriptState::kInterrupted);
}

// --- rerun -----------------------------------------------------------------------------------------------

TEST(Rerun, HoldsTheVersionUntilItsOfflinePhaseIsDoneAgain) {
  RolloutBench bench = live();
  bench.decides(DecisionVerb::kRerun, kSearch);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  EXPECT_EQ(bench.attempt(kSearch), (rollout::AttemptId{"todo-search-0.0.1-offline-2", 1}));
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  EXPECT_EQ(bench.attempt(kSearch), (rollout::AttemptId{"todo-search-0.0.1-online-2", 1}));
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
}

TEST(Rerun, OfTheOnlinePhaseAloneLeavesTheGateOpen) {
  RolloutBench bench = live();
  bench.decides(DecisionVerb::kRerun, kSearch, Phase::kOnline);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  EXPECT_EQ(bench.attempt(kSearch).run, "todo-search-0.0.1-online-2");
}

TEST(Rerun, BetweenTwoHostsIsDoneByTheNext) {
  RolloutBench bench = live();
  bench.decides(DecisionVerb::kRerun, kSearch);
  RolloutBench next(bench.ledger());
  next.begin(search());
  EXPECT_EQ(next.status(kSearch).gate, GateState::kHeld);
  next.ready(kSearch);
  EXPECT_TRUE(next.has_attempt(kSearch));
}

// --- baseline --------------------------------------------------------------------------------------------

TEST(Baseline, BringsAVersionInWithoutItsScript) {
  RolloutBench bench;
  bench.begin(search());
  bench.decides(DecisionVerb::kBaseline, kSearch, std::nullopt, "they ran before exo");
  bench.ready(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_TRUE(bench.all<rollout::StartScript>().empty());
  EXPECT_EQ(bench.answer_to("decision-1").events.size(), 2u);
}

TEST(Baseline, IsRefusedForWhatHasBegunHere) {
  RolloutBench bench = held();
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kBaseline, kSearch, Phase::kOffline)), "does-not-fit");
}

// --- dry run ---------------------------------------------------------------------------------------------

std::vector<rollout::VersionToBringIn> careful_search() {
  return {with_script(kSearch, both_phases({.attempts = 1, .can_dry_run = true}))};
}

// Its offline phase has failed for good; its script can make dry runs.
RolloutBench held_and_careful() {
  RolloutBench bench;
  bench.begin(careful_search());
  bench.ready(kSearch);
  bench.fails(kSearch);
  return bench;
}

TEST(DryRun, TellsTheScriptThatItIsOne) {
  RolloutBench bench = held_and_careful();
  bench.decides(DecisionVerb::kDryRun, kSearch, Phase::kOffline);
  bench.registers(kSearch);
  const rollout::SendStart start = bench.all<rollout::SendStart>().back();
  EXPECT_TRUE(start.key.is_dry_run());
  EXPECT_EQ(start.key.id, (rollout::AttemptId{"todo-search-0.0.1-offline-0", 1}));
}

TEST(DryRun, ChangesNothingThatIsRecordedOfItsPhase) {
  RolloutBench bench = held_and_careful();
  const VersionStatus before = bench.status(kSearch);
  bench.decides(DecisionVerb::kDryRun, kSearch, Phase::kOffline);
  bench.registers(kSearch);
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), R"({"at":7})", "m1"});
  EXPECT_EQ(bench.all<rollout::AcknowledgeCheckpoint>().back().message_id, "m1");
  bench.says_done(kSearch);
  EXPECT_NE(bench.ledger().back().type, "dry-run-ended") << "it tells how its process ended";
  bench.exits(kSearch);
  EXPECT_EQ(bench.ledger().back().type, "dry-run-ended");
  EXPECT_NE(bench.ledger().back().details.find(R"("status":"exit code 0")"), std::string::npos)
      << bench.ledger().back().details;
  EXPECT_EQ(bench.status(kSearch), before);
  EXPECT_EQ(bench.rollout().record().of(kSearch).offline.checkpoint, std::nullopt);
  EXPECT_FALSE(bench.has_attempt(kSearch));
}

TEST(DryRun, FollowsNothingAndIsAnsweredThatItDoes) {
  RolloutBench bench = held_and_careful();
  bench.decides(DecisionVerb::kDryRun, kSearch, Phase::kOffline);
  bench.registers(kSearch);
  bench.feed(rollout::ScriptSaidFollow{bench.attempt(kSearch), {"todo-search.add"}, "m1"});
  ASSERT_EQ(bench.all<rollout::AcknowledgeFollow>().size(), 1u) << bench.transcript();
  EXPECT_EQ(bench.all<rollout::AcknowledgeFollow>()[0].message_id, "m1");
  EXPECT_TRUE(bench.rollout().follows().empty());
}

TEST(DryRun, ThatFailsChangesNothingEither) {
  RolloutBench bench;
  bench.begin(careful_search());
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  bench.succeeds(kSearch);
  bench.decides(DecisionVerb::kDryRun, kSearch, Phase::kOnline);
  bench.fails(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_FALSE(bench.status(kSearch).flagged);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  EXPECT_EQ(bench.announced(AnnouncementKind::kDryRun).size(), 2u);
}

TEST(DryRun, LetsNothingElseRunBesideIt) {
  RolloutBench bench = held_and_careful();
  bench.decides(DecisionVerb::kDryRun, kSearch, Phase::kOffline);
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kRetry, kSearch)), "does-not-fit");
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kDryRun, kSearch, Phase::kOnline)), "does-not-fit");
}

TEST(DryRun, ThatIsCancelledChangesNothingOfItsPhase) {
  RolloutBench bench = held_and_careful();
  const RecordedVersion before = bench.rollout().record().of(kSearch);
  bench.decides(DecisionVerb::kDryRun, kSearch, Phase::kOffline);
  bench.registers(kSearch);
  bench.forget_actions();
  ASSERT_EQ(refusal(bench.decides(DecisionVerb::kCancel, kSearch, std::nullopt, "it hangs")), "recorded");
  ASSERT_EQ(bench.all<rollout::EndScript>().size(), 1u) << bench.transcript();
  EXPECT_EQ(refusal(bench.decides(DecisionVerb::kCancel, kSearch)), "does-not-fit") << "it is ending already";
  bench.exits(kSearch);
  EXPECT_EQ(bench.ledger().back().type, "dry-run-ended");
  EXPECT_NE(bench.ledger().back().details.find(R"("reason":"cancelled by anna: it hangs")"),
            std::string::npos)
      << bench.ledger().back().details;
  RecordedVersion after = bench.rollout().record().of(kSearch);
  EXPECT_EQ(std::exchange(after.offline.dry_runs, 0u), 1u);
  EXPECT_EQ(after, before);
}

TEST(DryRun, WhoseHostDiedIsEndedByTheNext) {
  RolloutBench bench = held_and_careful();
  bench.decides(DecisionVerb::kDryRun, kSearch, Phase::kOffline);
  RolloutBench next(bench.ledger());
  next.begin(careful_search());
  std::size_t ends = 0;
  for (const LedgerEvent& event : next.ledger()) ends += event.type == "dry-run-ended" ? 1 : 0;
  EXPECT_EQ(ends, 1u);
  next.ready(kSearch);
  EXPECT_EQ(next.attempt(kSearch).run, "todo-search-0.0.1-offline-1");
}

// --- what a script says of its own failure ---------------------------------------------------------------

RolloutBench says_failed(const rollout::ScriptSaidFailed& failed) {
  RolloutBench bench;
  bench.begin(search(3));
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), R"({"at":7})", "m1"});
  rollout::ScriptSaidFailed said = failed;
  said.id = bench.attempt(kSearch);
  bench.feed(said);
  bench.exits(kSearch);
  return bench;
}

TEST(OwnFailure, ThatMustNotBeTriedAgainIsNotBeforeAPersonDecides) {
  RolloutBench bench =
      says_failed({.reason = "two books have one number", .retry = rollout::ScriptSaidFailed::Retry::kNever});
  bench.wait_step_by_step(seconds{60});
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  RolloutBench next = next_host(bench);
  EXPECT_FALSE(next.has_attempt(kSearch));
  const auto told = next.announced(AnnouncementKind::kHeld);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(
      told[0].lines.at(2),
      "next: mend deployment-scripts/todo-search-0.0.1.js, if it needs that; then, since it is not tried "
      "again by itself: exo script retry todo-search@0.0.1 --reason TEXT");
  next.decides(DecisionVerb::kRetry, kSearch);
  EXPECT_EQ(next.attempt(kSearch).attempt, 2u);
}

TEST(OwnFailure, LeavesTheCheckpointWhereNothingElseIsSaid) {
  RolloutBench bench = says_failed({.reason = "no connection"});
  bench.wait(seconds{1});
  bench.registers(kSearch);
  EXPECT_EQ(bench.all<rollout::SendStart>().back().checkpoint, R"({"at":7})");
}

TEST(OwnFailure, MayVoidTheCheckpointBeforeIt) {
  RolloutBench bench = says_failed(
      {.reason = "the check found 3 missing", .checkpoint = rollout::ScriptSaidFailed::Checkpoint::kVoid});
  bench.wait(seconds{1});
  bench.registers(kSearch);
  EXPECT_EQ(bench.all<rollout::SendStart>().back().checkpoint, std::nullopt);
  EXPECT_EQ(bench.attempt(kSearch).attempt, 2u);
}

}  // namespace
}  // namespace exo
