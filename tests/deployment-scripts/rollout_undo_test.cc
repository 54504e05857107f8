// Taking back what a version's phases did.
#include <gtest/gtest.h>

#include "deployment-scripts/rollout.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

const VersionKey kSearch1{"todo-search", "0.0.1"};
const VersionKey kSearch2{"todo-search", "0.0.2"};

rollout::VersionToBringIn undoable(const VersionKey& version, ScriptSettings settings = {}) {
  rollout::VersionToBringIn all = with_script(version, std::move(settings));
  all.script->may_undo = true;
  return all;
}

std::vector<std::string> handlers_of(const VersionKey& version) {
  std::vector<std::string> names = handles_both(version);
  names.push_back(start_name(version, Phase::kUndo));
  return names;
}

void succeeds(RolloutBench& bench, const VersionKey& version) {
  bench.registers(version, handlers_of(version));
  bench.says_done(version);
  bench.exits(version);
}

// Beside an older version that serves, done and live.
RolloutBench live_bench(const rollout::VersionToBringIn& version) {
  RolloutBench bench;
  bench.begin({plain(kSearch1), version});
  bench.ready(kSearch1);
  bench.ready(version.key);
  succeeds(bench, version.key);
  succeeds(bench, version.key);
  EXPECT_EQ(bench.status(version.key).state, VersionState::kLive) << bench.transcript();
  return bench;
}

std::string refusal_of(const rollout::Decided& decided) {
  return decided.refusal ? decided.refusal->message : "";
}

// --- what is refused -------------------------------------------------------------------------------------

TEST(Undo, IsRefusedWhereNothingWasDone) {
  RolloutBench bench;
  bench.begin({undoable(kSearch2)});
  EXPECT_EQ(
      refusal_of(bench.decides(DecisionVerb::kUndo, kSearch2)),
      "undo does not fit todo-search@0.0.2: nothing of its script was done here that could be taken back");
}

TEST(Undo, IsRefusedWhereTheScriptHandlesNone) {
  RolloutBench bench = live_bench(with_script(kSearch2));
  EXPECT_EQ(refusal_of(bench.decides(DecisionVerb::kUndo, kSearch2)),
            "undo does not fit todo-search@0.0.2: deployment-scripts/todo-search-0.0.2.js has no handler of "
            "deployment-todo-search-0.0.2-undo-start; write one, or take back by hand what it did");
}

TEST(Undo, IsRefusedWithoutAReason) {
  RolloutBench bench = live_bench(undoable(kSearch2));
  EXPECT_EQ(bench.decides(DecisionVerb::kUndo, kSearch2, std::nullopt, "").refusal->code, "usage");
}

TEST(Undo, IsRefusedWhileAnAttemptRuns) {
  RolloutBench bench;
  bench.begin({undoable(kSearch2)});
  bench.ready(kSearch2);
  EXPECT_NE(refusal_of(bench.decides(DecisionVerb::kUndo, kSearch2)).find("is running (what fits: cancel"),
            std::string::npos);
}

TEST(Undo, OfTheOnlyVersionThatServesWantsForce) {
  RolloutBench bench;
  bench.begin({undoable(kSearch2)});
  bench.ready(kSearch2);
  succeeds(bench, kSearch2);
  succeeds(bench, kSearch2);
  EXPECT_NE(refusal_of(bench.decides(DecisionVerb::kUndo, kSearch2)).find("say so with --force"),
            std::string::npos);
  const auto forced = bench.decides({.verb = DecisionVerb::kUndo,
                                     .version = kSearch2,
                                     .reason = "it loses entries",
                                     .who = "anna",
                                     .is_forced = true});
  EXPECT_FALSE(forced.refusal);
  EXPECT_NE(forced.events.at(0).details.find(R"("force":true)"), std::string::npos);
}

TEST(Undo, IsRefusedForAVersionThatALiveOneRequires) {
  RolloutBench bench;
  const VersionKey search3{"todo-search", "0.0.3"};
  rollout::VersionToBringIn third = plain(search3);
  third.required_versions = {{.version = kSearch2, .place = {}}};
  bench.begin({undoable(kSearch2), third});
  bench.ready(kSearch2);
  succeeds(bench, kSearch2);
  succeeds(bench, kSearch2);
  bench.ready(search3);
  EXPECT_EQ(
      refusal_of(bench.decides(DecisionVerb::kUndo, kSearch2)),
      "undo does not fit todo-search@0.0.2: todo-search@0.0.3, which is live, requires it; undo that one "
      "first");
}

TEST(Undo, IsRefusedForAVersionThatALiveOneOfAnotherRoleRequires) {
  RolloutBench bench;
  rollout::VersionToBringIn web = plain({"web", "1.0.0"});
  web.required_versions = {{.version = kSearch2, .place = {}}};
  bench.begin({undoable(kSearch2), web});
  bench.ready(kSearch2);
  succeeds(bench, kSearch2);
  succeeds(bench, kSearch2);
  bench.ready(web.key);
  EXPECT_EQ(
      refusal_of(bench.decides(DecisionVerb::kUndo, kSearch2)),
      "undo does not fit todo-search@0.0.2: web@1.0.0, which is live, requires it; undo that one first");
}

TEST(Undo, IsRefusedForAScriptThatOneWhichIsDoneRequires) {
  RolloutBench bench;
  const VersionKey web{"web", "1.0.0"};
  ScriptSettings settings;
  settings.required = {{.version = kSearch2, .place = {}}};
  bench.begin({undoable(kSearch2), with_script(web, settings)});
  bench.ready(kSearch2);
  succeeds(bench, kSearch2);
  succeeds(bench, kSearch2);
  bench.ready(web);
  bench.succeeds(web);
  bench.succeeds(web);
  EXPECT_NE(refusal_of(bench.decides(DecisionVerb::kUndo, kSearch2))
                .find("the script of web@1.0.0, which is done, requires it"),
            std::string::npos);
}

TEST(Undo, IsRefusedForAVersionThatOneOnItsWayRequires) {
  RolloutBench bench;
  const VersionKey web{"web", "1.0.0"};
  ScriptSettings settings;
  settings.required = {{.version = kSearch2, .place = {}}};
  bench.begin({undoable(kSearch2), with_script(web, settings)});
  bench.ready(kSearch2);
  succeeds(bench, kSearch2);
  succeeds(bench, kSearch2);
  bench.ready(web);
  ASSERT_TRUE(bench.has_attempt(web));
  EXPECT_NE(refusal_of(bench.decides(DecisionVerb::kUndo, kSearch2))
                .find("web@1.0.0, which is being brought in, requires it"),
            std::string::npos);
  bench.decides(DecisionVerb::kCancel, web);
  bench.registers(web);
  bench.exits(web, "killed by SIGTERM");
  EXPECT_EQ(bench.status(web).state, VersionState::kFailed) << bench.transcript();
  EXPECT_EQ(refusal_of(bench.decides({.verb = DecisionVerb::kUndo,
                                      .version = kSearch2,
                                      .reason = "it loses entries",
                                      .who = "anna",
                                      .is_forced = true})),
            "");
}

// --- how it goes -----------------------------------------------------------------------------------------

TEST(Undo, ClosesTheGateThenRunsAndLeavesTheVersionHeld) {
  RolloutBench bench = live_bench(undoable(kSearch2));
  bench.forget_actions();
  EXPECT_FALSE(bench.decides(DecisionVerb::kUndo, kSearch2).refusal) << bench.transcript();
  EXPECT_EQ(bench.status(kSearch2).gate, GateState::kHeld);
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kUndoing);
  EXPECT_LT(bench.place_of_event("undo-decided"), bench.place_of_event("gate-held"));
  EXPECT_LT(bench.place_of<rollout::PublishTable>(), bench.place_of_event("gate-held"));
  EXPECT_LT(bench.place_of_event("gate-held"), bench.place_of_event("attempt-started"));
  EXPECT_LT(bench.place_of_event("attempt-started"), bench.place_of<rollout::StartScript>());
  EXPECT_EQ(bench.attempt(kSearch2).run, "todo-search-0.0.2-undo-1");
  succeeds(bench, kSearch2);
  const VersionStatus status = bench.status(kSearch2);
  EXPECT_EQ(status.state, VersionState::kFailed);
  EXPECT_EQ(status.gate, GateState::kHeld);
  EXPECT_EQ(status.reason, "it is undone by anna: I looked");
  EXPECT_EQ(status.undo.state, ScriptState::kDone);
  EXPECT_EQ(bench.rollout().record().of(kSearch2).stage, kStageUndone);
  EXPECT_EQ(bench.status(kSearch1).state, VersionState::kLive);
}

TEST(Undo, DoesNotStartBeforeTheBrokerHasTheTableThatHoldsTheVersion) {
  RolloutBench bench = live_bench(undoable(kSearch2));
  bench.confirms_tables = false;
  bench.decides(DecisionVerb::kUndo, kSearch2);
  EXPECT_FALSE(bench.has_attempt(kSearch2));
  EXPECT_EQ(bench.status(kSearch2).gate, GateState::kHeld) << "in the table that is on its way";
  bench.feed(rollout::TableInEffect{bench.rollout().position()});
  EXPECT_TRUE(bench.has_attempt(kSearch2));
}

TEST(Undo, IsFollowedByANewGenerationOfBothPhasesWhenAPersonWantsThat) {
  RolloutBench bench = live_bench(undoable(kSearch2));
  bench.decides(DecisionVerb::kUndo, kSearch2);
  succeeds(bench, kSearch2);
  bench.wait(std::chrono::hours{1});
  EXPECT_FALSE(bench.has_attempt(kSearch2)) << "not by itself";
  bench.decides(DecisionVerb::kRetry, kSearch2);
  EXPECT_EQ(bench.attempt(kSearch2).run, "todo-search-0.0.2-offline-2");
  succeeds(bench, kSearch2);
  EXPECT_EQ(bench.attempt(kSearch2).run, "todo-search-0.0.2-online-2");
  succeeds(bench, kSearch2);
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kLive);
  bench.decides(DecisionVerb::kUndo, kSearch2);
  EXPECT_EQ(bench.attempt(kSearch2).run, "todo-search-0.0.2-undo-2");
}

TEST(Undo, StaysAcrossHosts) {
  RolloutBench before = live_bench(undoable(kSearch2));
  before.decides(DecisionVerb::kUndo, kSearch2);
  succeeds(before, kSearch2);
  RolloutBench bench(before.ledger());
  bench.begin({plain(kSearch1), undoable(kSearch2)});
  bench.ready(kSearch1);
  bench.ready(kSearch2);
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kFailed);
  EXPECT_FALSE(bench.has_attempt(kSearch2));
  RolloutBench without_script(before.ledger());
  without_script.begin({plain(kSearch1), plain(kSearch2)});
  without_script.ready(kSearch2);
  EXPECT_EQ(without_script.status(kSearch2).gate, GateState::kHeld) << "nor does it open without its script";
}

TEST(Undo, ThatWasInterruptedIsTriedAgainAsItsSettingsSay) {
  RolloutBench before = live_bench(undoable(kSearch2));
  before.decides(DecisionVerb::kUndo, kSearch2);
  before.registers(kSearch2, handlers_of(kSearch2));
  RolloutBench bench(before.ledger());
  bench.begin({plain(kSearch1), undoable(kSearch2)});
  EXPECT_EQ(bench.status(kSearch2).gate, GateState::kHeld);
  bench.ready(kSearch1);
  bench.ready(kSearch2);
  EXPECT_EQ(bench.attempt(kSearch2).run, "todo-search-0.0.2-undo-1");
  EXPECT_EQ(bench.attempt(kSearch2).attempt, 2u);
  RolloutBench elsewhere(before.ledger());
  elsewhere.begin({plain(kSearch1), undoable(kSearch2)}, "production");
  elsewhere.ready(kSearch1);
  elsewhere.ready(kSearch2);
  EXPECT_EQ(elsewhere.status(kSearch2).state, VersionState::kFailed);
  EXPECT_EQ(elsewhere.rollout().record().of(kSearch2).stage, kStageUndo);
  EXPECT_FALSE(elsewhere.decides(DecisionVerb::kRetry, kSearch2).refusal);
  EXPECT_TRUE(elsewhere.has_attempt(kSearch2));
}

TEST(Undo, ThatFailsForGoodLeavesTheVersionHeldUntilAPersonDecides) {
  ScriptSettings settings;
  settings.undo.attempts = 1;
  RolloutBench bench = live_bench(undoable(kSearch2, settings));
  bench.decides(DecisionVerb::kUndo, kSearch2);
  bench.registers(kSearch2, handlers_of(kSearch2));
  bench.feed(rollout::ScriptSaidFailed{bench.attempt(kSearch2), "the table is locked"});
  bench.exits(kSearch2);
  EXPECT_EQ(bench.status(kSearch2).reason, "the table is locked");
  EXPECT_EQ(bench.status(kSearch2).gate, GateState::kHeld);
  EXPECT_EQ(refusal_of(bench.decides(DecisionVerb::kRerun, kSearch2)),
            "rerun does not fit todo-search@0.0.2: its undo has failed (what fits: retry, mark-done, pause, "
            "throttle)");
  EXPECT_FALSE(bench.decides(DecisionVerb::kMarkDone, kSearch2).refusal);
  EXPECT_EQ(bench.rollout().record().of(kSearch2).stage, kStageUndone);
}

TEST(Undo, OfAScriptThatTurnsOutToHandleNoneChangesNothing) {
  RolloutBench bench = live_bench(undoable(kSearch2));
  bench.decides(DecisionVerb::kUndo, kSearch2);
  bench.registers(kSearch2);
  bench.exits(kSearch2);
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kLive) << bench.transcript();
  EXPECT_EQ(bench.status(kSearch2).gate, GateState::kOpen);
  EXPECT_EQ(bench.announced(rollout::AnnouncementKind::kNothingUndone).size(), 1u);
}

TEST(Undo, OfAnotherContentThanTheOneThatRanSaysSo) {
  RolloutBench bench = live_bench(undoable(kSearch2));
  Script other = *undoable(kSearch2).script;
  other.digest = "d2";
  const auto decided = bench.decides({.verb = DecisionVerb::kUndo,
                                      .version = kSearch2,
                                      .reason = "I looked",
                                      .who = "anna",
                                      .script = other});
  ASSERT_FALSE(decided.refusal);
  EXPECT_NE(decided.events.at(0).details.find(R"("differs":true)"), std::string::npos);
  EXPECT_EQ(bench.all<rollout::StartScript>().back().script.digest, "d2");
}

TEST(Undo, ThatWasDecidedWithoutAHostIsDoneByTheNext) {
  RolloutBench before = live_bench(undoable(kSearch2));
  std::vector<LedgerEvent> ledger = before.ledger();
  RolloutRecord record;
  for (const LedgerEvent& event : ledger) record.apply(event);
  const Script script = *undoable(kSearch2).script;
  const auto events =
      decide({.verb = DecisionVerb::kUndo, .version = kSearch2, .reason = "no", .who = "anna"},
             {.record = record.of(kSearch2), .script = &script, .environment = "local"});
  ASSERT_TRUE(events.ok());
  for (LedgerEvent event : events.value()) {
    event.sequence = ledger.size() + 1;
    ledger.push_back(event);
  }
  RolloutBench bench(ledger);
  bench.begin({plain(kSearch1), undoable(kSearch2)});
  bench.ready(kSearch1);
  bench.ready(kSearch2);
  EXPECT_EQ(bench.attempt(kSearch2).run, "todo-search-0.0.2-undo-1");
}

}  // namespace
}  // namespace exo
