// Looking whether what a script did is there.
#include <gtest/gtest.h>

#include "deployment-scripts/rollout.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

const VersionKey kSearch{"todo-search", "0.0.2"};

rollout::VersionToBringIn verifiable(ScriptSettings settings = {}) {
  rollout::VersionToBringIn version = with_script(kSearch, std::move(settings));
  version.script->may_verify = true;
  return version;
}

std::vector<std::string> handlers() {
  std::vector<std::string> names = handles_both(kSearch);
  names.push_back(start_name(kSearch, Phase::kVerify));
  return names;
}

rollout::AttemptId running(const RolloutBench& bench, Phase phase) {
  for (const rollout::AttemptKey& key : bench.rollout().running_scripts()) {
    if (key.phase == phase) return key.id;
  }
  return {};
}

void exits(RolloutBench& bench, const rollout::AttemptId& id) {
  bench.feed(rollout::ScriptExited{id, "exit code 0", {}, ""});
}

// Up to where the offline phase is done, as its script says, and is to be verified.
RolloutBench waiting_bench(ScriptSettings settings = {}) {
  RolloutBench bench;
  bench.begin({verifiable(std::move(settings))});
  bench.ready(kSearch);
  bench.registers(kSearch, handlers());
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), "7", "m1"});
  bench.says_done(kSearch);
  return bench;
}

TEST(Verification, OfAnOfflinePhaseStartsWhenItsProcessHasEnded) {
  RolloutBench bench = waiting_bench();
  EXPECT_EQ(running(bench, Phase::kVerify), rollout::AttemptId{}) << bench.transcript();
  EXPECT_EQ(bench.all<rollout::EndScript>().size(), 1u);
  exits(bench, running(bench, Phase::kOffline));
  EXPECT_EQ(running(bench, Phase::kVerify), (rollout::AttemptId{"todo-search-0.0.2-verify-0", 1}));
  EXPECT_EQ(bench.events_of(kSearch),
            "version-introduced, attempt-started, checkpoint-saved, verify-started");
  EXPECT_EQ(bench.status(kSearch).verify.state, ScriptState::kRunning);
}

TEST(Verification, ThatFindsTheEffectOpensTheGate) {
  RolloutBench bench = waiting_bench();
  exits(bench, running(bench, Phase::kOffline));
  const rollout::AttemptId id = running(bench, Phase::kVerify);
  bench.feed(rollout::ScriptRegistered{id, handlers()});
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  bench.feed(rollout::ScriptSaidDone{id});
  exits(bench, id);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen) << bench.transcript();
  EXPECT_EQ(bench.status(kSearch).verify.state, ScriptState::kDone);
  EXPECT_LT(bench.place_of_event("verify-ended"), bench.place_of_event("attempt-done"));
}

TEST(Verification, ThatDoesNotFindItFailsTheAttemptAndVoidsItsCheckpoint) {
  RolloutBench bench = waiting_bench();
  exits(bench, running(bench, Phase::kOffline));
  const rollout::AttemptId id = running(bench, Phase::kVerify);
  bench.feed(rollout::ScriptRegistered{id, handlers()});
  bench.feed(rollout::ScriptSaidFailed{id, "3 documents are missing"});
  exits(bench, id);
  const RecordedPhase& offline = bench.rollout().record().of(kSearch).offline;
  EXPECT_EQ(offline.outcome, PhaseOutcome::kFailed);
  EXPECT_EQ(offline.stage, kStageVerify);
  EXPECT_EQ(offline.reason, "its effect was looked for: 3 documents are missing");
  EXPECT_EQ(offline.checkpoint, std::nullopt);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  bench.wait(std::chrono::seconds{1});
  EXPECT_EQ(running(bench, Phase::kOffline).attempt, 2u);
}

TEST(Verification, ThatCrashesFailsTheAttemptToo) {
  RolloutBench bench = waiting_bench();
  exits(bench, running(bench, Phase::kOffline));
  exits(bench, running(bench, Phase::kVerify));
  EXPECT_EQ(bench.rollout().record().of(kSearch).offline.stage, kStageVerify) << bench.transcript();
}

TEST(Verification, HasItsOwnLimitOfTimeWhileTheAttemptHasNone) {
  ScriptSettings settings;
  settings.offline.timeout = std::chrono::seconds{10};
  settings.verify.timeout = std::chrono::minutes{10};
  settings.verify.stall = std::chrono::minutes{10};
  RolloutBench bench = waiting_bench(settings);
  exits(bench, running(bench, Phase::kOffline));
  const rollout::AttemptId id = running(bench, Phase::kVerify);
  bench.feed(rollout::ScriptRegistered{id, handlers()});
  bench.wait_step_by_step(std::chrono::minutes{9});
  EXPECT_EQ(running(bench, Phase::kVerify), id);
  bench.wait_step_by_step(std::chrono::minutes{2});
  exits(bench, id);
  EXPECT_EQ(bench.rollout().record().of(kSearch).offline.stage, kStageVerify);
}

TEST(Verification, IsNoPhaseThatAPauseWouldHold) {
  RolloutBench bench = waiting_bench();
  exits(bench, running(bench, Phase::kOffline));
  const auto paused = bench.decides(DecisionVerb::kPause, kSearch, Phase::kOffline);
  ASSERT_TRUE(paused.refusal);
  EXPECT_NE(paused.refusal->message.find("its script is done, and what it did is being verified"),
            std::string::npos)
      << paused.refusal->message;
}

TEST(Verification, EndsWithTheAttemptThatIsCancelled) {
  RolloutBench bench = waiting_bench();
  exits(bench, running(bench, Phase::kOffline));
  const rollout::AttemptId id = running(bench, Phase::kVerify);
  bench.feed(rollout::ScriptRegistered{id, handlers()});
  bench.forget_actions();
  bench.decides(DecisionVerb::kCancel, kSearch, std::nullopt, "it hangs");
  ASSERT_EQ(bench.all<rollout::EndScript>().size(), 1u) << bench.transcript();
  exits(bench, id);
  bench.wait_step_by_step(std::chrono::seconds{60});
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch).reason, "cancelled by anna: it hangs");
}

TEST(Verification, WhoseHostDiedInterruptsTheAttempt) {
  RolloutBench before = waiting_bench();
  exits(before, running(before, Phase::kOffline));
  RolloutBench bench(before.ledger());
  bench.begin({verifiable()});
  bench.ready(kSearch);
  EXPECT_EQ(bench.rollout().record().of(kSearch).verify.outcome, PhaseOutcome::kInterrupted);
  EXPECT_EQ(running(bench, Phase::kOffline).attempt, 2u);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
}

TEST(Verification, ByAPersonChangesNothing) {
  RolloutBench bench = waiting_bench();
  exits(bench, running(bench, Phase::kOffline));
  rollout::AttemptId id = running(bench, Phase::kVerify);
  bench.feed(rollout::ScriptRegistered{id, handlers()});
  bench.feed(rollout::ScriptSaidDone{id});
  exits(bench, id);
  bench.succeeds(kSearch);
  ASSERT_EQ(bench.status(kSearch).state, VersionState::kLive) << bench.transcript();
  const auto decided = bench.decides(DecisionVerb::kVerify, kSearch, std::nullopt, "the disk was full");
  ASSERT_FALSE(decided.refusal);
  EXPECT_EQ(decided.events.at(0).who, "anna");
  EXPECT_NE(decided.events.at(0).details.find(R"("reason":"the disk was full")"), std::string::npos);
  id = running(bench, Phase::kVerify);
  EXPECT_EQ(id.attempt, 2u);
  bench.feed(rollout::ScriptRegistered{id, handlers()});
  bench.feed(rollout::ScriptSaidFailed{id, "3 documents are missing"});
  exits(bench, id);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  EXPECT_EQ(bench.status(kSearch).verify.state, ScriptState::kFailed);
  EXPECT_EQ(bench.status(kSearch).verify.reason, "3 documents are missing");
}

TEST(Verification, ByAPersonIsEndedByACancelThatChangesNothingElse) {
  RolloutBench bench = waiting_bench();
  exits(bench, running(bench, Phase::kOffline));
  bench.feed(rollout::ScriptRegistered{running(bench, Phase::kVerify), handlers()});
  bench.feed(rollout::ScriptSaidDone{running(bench, Phase::kVerify)});
  exits(bench, running(bench, Phase::kVerify));
  bench.succeeds(kSearch);
  const RecordedVersion before = bench.rollout().record().of(kSearch);
  bench.decides(DecisionVerb::kVerify, kSearch);
  const rollout::AttemptId id = running(bench, Phase::kVerify);
  bench.feed(rollout::ScriptRegistered{id, handlers()});
  bench.forget_actions();
  const auto cancelled = bench.decides(DecisionVerb::kCancel, kSearch, std::nullopt, "it hangs");
  ASSERT_FALSE(cancelled.refusal) << bench.transcript();
  ASSERT_EQ(bench.all<rollout::EndScript>().size(), 1u) << bench.transcript();
  EXPECT_EQ(bench.all<rollout::EndScript>()[0].key.id, id);
  exits(bench, id);
  EXPECT_EQ(bench.status(kSearch).verify.state, ScriptState::kInterrupted) << "it has found nothing";
  EXPECT_EQ(bench.status(kSearch).verify.reason, "cancelled by anna: it hangs");
  const rollout::Announce told = bench.announced(rollout::AnnouncementKind::kVerification).back();
  EXPECT_EQ(told.text,
            "deployment-todo-search-0.0.2: verification was cancelled, so that nobody knows whether what its "
            "phases did is there");
  EXPECT_EQ(told.lines, std::vector<std::string>{"reason: cancelled by anna: it hangs"});
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  RecordedVersion after = bench.rollout().record().of(kSearch);
  after.verify = before.verify;
  EXPECT_EQ(after, before);
  EXPECT_FALSE(bench.decides(DecisionVerb::kVerify, kSearch).refusal) << "another may follow";
}

TEST(Verification, ThatAStopOfTheHostInterruptsIsToldSo) {
  RolloutBench bench = waiting_bench();
  exits(bench, running(bench, Phase::kOffline));
  const rollout::AttemptId id = running(bench, Phase::kVerify);
  bench.feed(rollout::ScriptRegistered{id, handlers()});
  bench.feed(rollout::Stop{});
  exits(bench, id);
  const rollout::Announce told = bench.announced(rollout::AnnouncementKind::kVerification).back();
  EXPECT_EQ(
      told.text,
      "deployment-todo-search-0.0.2: verification was interrupted, so that nobody knows whether what its "
      "phases did is there");
  EXPECT_EQ(told.lines, std::vector<std::string>{"reason: the host was stopped"});
}

TEST(Verification, ByAPersonIsRefusedWhereTheScriptHandlesNoneOrRuns) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  EXPECT_EQ(
      bench.decides(DecisionVerb::kVerify, kSearch).refusal->message,
      "verify does not fit todo-search@0.0.2: deployment-scripts/todo-search-0.0.2.js has no handler of "
      "deployment-todo-search-0.0.2-verify-start; write one");
  RolloutBench busy;
  busy.begin({verifiable()});
  busy.ready(kSearch);
  EXPECT_EQ(busy.decides(DecisionVerb::kVerify, kSearch).refusal->code, "does-not-fit");
}

}  // namespace
}  // namespace exo
