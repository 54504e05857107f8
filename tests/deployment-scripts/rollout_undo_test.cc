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

TEST(Undo, OfAVersionThatHadFailedAndIsOnItsWayBackIsMade) {
  RolloutBench bench = live_bench(undoable(kSearch2));
  bench.feed(rollout::InstanceNotReady{kSearch2, "it does not start"});
  bench.confirms_tables = false;
  bench.ready(kSearch2);
  ASSERT_EQ(bench.status(kSearch2).state, VersionState::kShifting) << bench.transcript();
  bench.decides(DecisionVerb::kUndo, kSearch2);
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kUndoing);
  bench.confirms_tables = true;
  bench.feed(rollout::TableInEffect{bench.rollout().position()});
  succeeds(bench, kSearch2);
  EXPECT_TRUE(bench.events_of(kSearch2).ends_with(
      "gate-held, version-failed, gate-opened, undo-decided, gate-held, attempt-started, attempt-done, "
      "attempt-exited, version-failed"))
      << bench.transcript();
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

TEST(Undo, CountsAsDoneByHandOnlyWhenTheTableInEffectHoldsTheVersion) {
  RolloutBench bench = live_bench(undoable(kSearch2));
  bench.confirms_tables = false;
  bench.decides(DecisionVerb::kUndo, kSearch2);
  bench.feed(rollout::InstanceNotReady{kSearch2, "no registration within 60 s"});
  EXPECT_EQ(bench.rollout().record().of(kSearch2).gate, GateState::kHeld) << bench.transcript();
  EXPECT_EQ(refusal_of(bench.decides(DecisionVerb::kMarkDone, kSearch2)),
            "mark-done does not fit todo-search@0.0.2: its undo is pending (what fits: pause, throttle)");
  bench.feed(rollout::TableInEffect{bench.rollout().record().of(kSearch2).undo_position});
  EXPECT_EQ(refusal_of(bench.decides(DecisionVerb::kMarkDone, kSearch2)), "");
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

// --- a version that is not there -------------------------------------------------------------------------

constexpr char kPutBack[] =
    "it is not in the application; put it back into application.yml, under \"versions:\" of todo-search, "
    "with "
    "its files and its script, and start exo again";

// Decided while the table that holds the version is not in effect, so that its gate is open in the ledger.
std::vector<LedgerEvent> decided_and_no_more() {
  RolloutBench bench = live_bench(undoable(kSearch2));
  bench.confirms_tables = false;
  EXPECT_FALSE(bench.decides(DecisionVerb::kUndo, kSearch2).refusal);
  EXPECT_FALSE(bench.has_attempt(kSearch2));
  return bench.ledger();
}

Script script_of_search() {
  return *undoable(kSearch2).script;
}

TEST(Undo, IsRefusedForAVersionThatIsNotInTheApplication) {
  RolloutBench bench(live_bench(undoable(kSearch2)).ledger());
  bench.begin({plain(kSearch1)}, "local", {script_of_search()});
  const auto undo = [&](DecisionVerb verb) {
    return refusal_of(bench.decides({.verb = verb,
                                     .version = kSearch2,
                                     .reason = "it loses entries",
                                     .who = "anna",
                                     .script = script_of_search()}));
  };
  EXPECT_EQ(undo(DecisionVerb::kUndo), std::string("undo does not fit todo-search@0.0.2: ") + kPutBack);
  EXPECT_EQ(undo(DecisionVerb::kRerun), std::string("rerun does not fit todo-search@0.0.2: ") + kPutBack);
  EXPECT_EQ(undo(DecisionVerb::kVerify), std::string("verify does not fit todo-search@0.0.2: ") + kPutBack);
}

TEST(Undo, IsRefusedForAVersionThatTheHostLeavesOut) {
  RolloutBench bench(live_bench(undoable(kSearch2)).ledger());
  bench.feed(rollout::Begin{
      .versions = {plain(kSearch1)}, .left_out = {kSearch2}, .host = "host-2", .environment = "local"});
  EXPECT_EQ(refusal_of(bench.decides({.verb = DecisionVerb::kUndo,
                                      .version = kSearch2,
                                      .reason = "it loses entries",
                                      .who = "anna",
                                      .script = script_of_search()})),
            "undo does not fit todo-search@0.0.2: it is left out by the host that runs; start exo again "
            "without --only");
}

TEST(Undo, OfAVersionThatIsTakenAwayAfterwardsWaitsAndIsTold) {
  RolloutBench bench(decided_and_no_more());
  bench.begin({plain(kSearch1)});
  const auto told = bench.announced(rollout::AnnouncementKind::kUndoWaits);
  ASSERT_EQ(told.size(), 1u) << bench.transcript();
  EXPECT_EQ(told[0].text, std::string("deployment-todo-search-0.0.2: undo waits: ") + kPutBack);
  EXPECT_EQ(told[0].lines, (std::vector<std::string>{
                               "decided: undone by anna: I looked",
                               "or, when it is taken back by hand: exo script mark-done todo-search@0.0.2 "
                               "--phase undo --reason TEXT"}));
  const auto missing = bench.rollout().status_of_missing();
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].state, VersionState::kUndoing);
  EXPECT_EQ(missing[0].reason, std::string("its undo waits: ") + kPutBack);
  EXPECT_EQ(missing[0].undo.state, ScriptState::kPending);
}

TEST(Undo, OfAVersionThatIsTakenAwayHoldsItInTheLedgerSoThatAPersonCanGiveTheirWord) {
  RolloutBench bench(decided_and_no_more());
  EXPECT_EQ(bench.rollout().record().of(kSearch2).gate, GateState::kOpen);
  bench.begin({plain(kSearch1)});
  EXPECT_EQ(bench.rollout().record().of(kSearch2).gate, GateState::kHeld) << bench.transcript();
  EXPECT_EQ(refusal_of(bench.decides(DecisionVerb::kMarkDone, kSearch2, Phase::kUndo)), "");
  EXPECT_TRUE(bench.rollout().record().of(kSearch2).stays_undone());
  RolloutBench next(bench.ledger());
  next.begin({plain(kSearch1)});
  EXPECT_TRUE(next.announced(rollout::AnnouncementKind::kUndoWaits).empty()) << "nothing waits any more";
}

TEST(Undo, IsDoneWhenTheVersionIsBack) {
  RolloutBench without(decided_and_no_more());
  without.begin({plain(kSearch1)});
  RolloutBench bench(without.ledger());
  bench.begin({plain(kSearch1), undoable(kSearch2)});
  EXPECT_TRUE(bench.announced(rollout::AnnouncementKind::kUndoWaits).empty());
  bench.ready(kSearch1);
  bench.ready(kSearch2);
  EXPECT_EQ(bench.attempt(kSearch2).run, "todo-search-0.0.2-undo-1");
}

TEST(Undo, OfAVersionThatTheNextHostLeavesOutIsToldAsWell) {
  RolloutBench bench(decided_and_no_more());
  bench.feed(rollout::Begin{
      .versions = {plain(kSearch1)}, .left_out = {kSearch2}, .host = "host-2", .environment = "local"});
  const auto told = bench.announced(rollout::AnnouncementKind::kUndoWaits);
  ASSERT_EQ(told.size(), 1u) << bench.transcript();
  EXPECT_EQ(told[0].text,
            "deployment-todo-search-0.0.2: undo waits: it is left out by the host that runs; start exo again "
            "without --only");
}

TEST(Undo, WhoseScriptIsTakenAwayAfterwardsLeavesTheVersionHeldAndSaysWhatToPutBack) {
  RolloutBench bench(decided_and_no_more());
  bench.begin({plain(kSearch1), plain(kSearch2)});
  const VersionStatus status = bench.status(kSearch2);
  EXPECT_EQ(status.state, VersionState::kFailed) << bench.transcript();
  EXPECT_EQ(status.gate, GateState::kHeld);
  EXPECT_EQ(status.reason,
            "its undo waits: its script is not in the application; put "
            "deployment-scripts/todo-search-0.0.2 back, and start exo again");
  const auto held = bench.announced(rollout::AnnouncementKind::kHeld);
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].text, "todo-search@0.0.2 is held: its undo is not begun");
}

// --- what status says, with a host and without -----------------------------------------------------------

// "undoing held: done none pending": the version, its gate, its offline and online phase and its undo.
std::string told(const VersionStatus& status) {
  std::string text(to_text(status.state));
  text += " " + std::string(to_text(status.gate)) + ":";
  for (const PhaseStatus* phase : {&status.offline, &status.online, &status.undo}) {
    text += " " + std::string(to_text(phase->state));
  }
  return text;
}

// Of a host, which a ledger without one does not contradict.
std::string told_by_both(const RolloutBench& bench) {
  const RolloutBench ledger_alone(bench.ledger());
  const std::string with_host = told(bench.status(kSearch2));
  EXPECT_EQ(told(ledger_alone.status(kSearch2)), with_host) << bench.transcript();
  return with_host;
}

TEST(Undo, IsToldAlikeWithAHostAndWithout) {
  RolloutBench bench = live_bench(undoable(kSearch2));
  EXPECT_EQ(told_by_both(bench), "live open: done done none");
  bench.confirms_tables = false;
  bench.decides(DecisionVerb::kUndo, kSearch2);
  EXPECT_EQ(told_by_both(bench), "undoing held: done done pending");
  bench.confirms_tables = true;
  bench.feed(rollout::TableInEffect{bench.rollout().position()});
  succeeds(bench, kSearch2);
  EXPECT_EQ(told_by_both(bench), "failed held: undone undone done");
  bench.decides(DecisionVerb::kRetry, kSearch2);
  succeeds(bench, kSearch2);
  succeeds(bench, kSearch2);
  EXPECT_EQ(told_by_both(bench), "live open: done done done");
}

TEST(Undo, OfOnePhaseAloneDoesNotCallTheOtherUndone) {
  RolloutBench bench;
  bench.begin({plain(kSearch1), undoable(kSearch2)});
  bench.ready(kSearch1);
  bench.ready(kSearch2);
  const std::vector<std::string> handlers{start_name(kSearch2, Phase::kOffline),
                                          start_name(kSearch2, Phase::kUndo)};
  bench.registers(kSearch2, handlers);
  bench.says_done(kSearch2);
  bench.exits(kSearch2);
  EXPECT_EQ(told_by_both(bench), "live open: done none none");
  bench.decides(DecisionVerb::kUndo, kSearch2);
  bench.registers(kSearch2, handlers);
  bench.says_done(kSearch2);
  bench.exits(kSearch2);
  EXPECT_EQ(told_by_both(bench), "failed held: undone none done");
}

TEST(Undo, OfAnOfflinePhaseThatFailedLeavesTheOnlinePhasePending) {
  RolloutBench bench;
  bench.begin({plain(kSearch1), undoable(kSearch2, both_phases({.attempts = 1}))});
  bench.ready(kSearch1);
  bench.ready(kSearch2);
  bench.registers(kSearch2, handlers_of(kSearch2));
  bench.feed(rollout::ScriptSaidFailed{bench.attempt(kSearch2), "no such table"});
  bench.exits(kSearch2);
  bench.decides(DecisionVerb::kUndo, kSearch2);
  succeeds(bench, kSearch2);
  EXPECT_EQ(told_by_both(bench), "failed held: undone pending done");
}

TEST(Undo, ThatIsOpenIsUndoingBeforeItsInstanceIsReady) {
  RolloutBench bench(decided_and_no_more());
  bench.begin({plain(kSearch1), undoable(kSearch2)});
  EXPECT_EQ(told(bench.status(kSearch2)), "undoing held: done done pending");
}

// Where a person has to decide after a crash, no step between says that it goes on.
TEST(Undo, ThatWasInterruptedInAHostedEnvironmentIsToldSoInEveryStep) {
  RolloutBench before = live_bench(undoable(kSearch2));
  before.decides(DecisionVerb::kUndo, kSearch2);
  before.registers(kSearch2, handlers_of(kSearch2));
  RolloutBench bench(before.ledger());
  EXPECT_EQ(told(bench.status(kSearch2)), "undoing held: done done interrupted");
  bench.ledger_refuses = true;
  bench.begin({plain(kSearch1), undoable(kSearch2)}, "production");
  EXPECT_EQ(told(bench.status(kSearch2)), "undoing held: done done interrupted");
  RolloutBench next(before.ledger());
  next.begin({plain(kSearch1), undoable(kSearch2)}, "production");
  EXPECT_EQ(told_by_both(next), "failed held: done done interrupted");
  EXPECT_EQ(next.status(kSearch2).reason, next.status(kSearch2).undo.reason);
}

// --- another content -------------------------------------------------------------------------------------

TEST(Undo, ByAnotherContentThanTheOneThatRanSaysSoWhenItStarts) {
  RolloutBench bench(decided_and_no_more());
  rollout::VersionToBringIn other = undoable(kSearch2);
  other.script->digest = "d2";
  bench.begin({plain(kSearch1), other});
  bench.ready(kSearch1);
  bench.ready(kSearch2);
  const auto told = bench.announced(rollout::AnnouncementKind::kScriptStarted);
  ASSERT_EQ(told.size(), 1u) << bench.transcript();
  EXPECT_EQ(told[0].lines, (std::vector<std::string>{
                               "it is another content of deployment-scripts/todo-search-0.0.2.js than the "
                               "one that did it",
                               "then: d1", "now:  d2"}));
}

TEST(Undo, ByTheContentThatRanSaysNothingOfIt) {
  RolloutBench bench(decided_and_no_more());
  bench.begin({plain(kSearch1), undoable(kSearch2)});
  bench.ready(kSearch1);
  bench.ready(kSearch2);
  const auto told = bench.announced(rollout::AnnouncementKind::kScriptStarted);
  ASSERT_EQ(told.size(), 1u) << bench.transcript();
  EXPECT_TRUE(told[0].lines.empty());
}

TEST(Undo, OfOneOfTwoThatCanBeUndoneRunsTheScriptOfTheOneThatIsLeft) {
  RolloutBench bench;
  bench.begin({undoable(kSearch1), undoable(kSearch2)});
  for (const VersionKey& version : {kSearch1, kSearch2}) {
    bench.ready(version);
    succeeds(bench, version);
    succeeds(bench, version);
  }
  bench.forget_actions();
  bench.decides(DecisionVerb::kUndo, kSearch2);
  const auto started = bench.all<rollout::StartScript>();
  ASSERT_EQ(started.size(), 1u) << bench.transcript();
  EXPECT_EQ(started[0].script.brings_in, kSearch2);
  EXPECT_EQ(started[0].key.phase, Phase::kUndo);
  succeeds(bench, kSearch2);
  EXPECT_EQ(told(bench.status(kSearch1)), "live open: done done none");
}

}  // namespace
}  // namespace exo
