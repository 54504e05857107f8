// The way of one version from staged to live, and what is refused on it.
#include "deployment-scripts/rollout.h"

#include <gtest/gtest.h>

#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using rollout::AnnouncementKind;

const VersionKey kTodo{"todo", "1.0.0"};
const VersionKey kSearch{"todo-search", "0.0.1"};

// --- what is refused -------------------------------------------------------------------------------------

TEST(Rollout, DoesNothingBeforeItBegins) {
  RolloutBench bench;
  bench.ready(kTodo);
  bench.feed(rollout::Tick{});
  bench.feed(rollout::Stop{});
  bench.feed(rollout::TableInEffect{7});
  EXPECT_TRUE(bench.actions().empty()) << bench.transcript();
}

TEST(Rollout, BeginsOnlyOnce) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  EXPECT_DEATH(bench.begin({plain(kTodo)}), "begun_");
}

TEST(Rollout, RefusesTwoVersionsOfTheSameName) {
  RolloutBench bench;
  EXPECT_DEATH(bench.begin({plain(kTodo), plain(kTodo)}), "nullptr");
}

TEST(Rollout, RefusesATimeThatGoesBackwards) {
  Rollout rollout;
  rollout.step(rollout::Tick{}, MonotonicTime{} + std::chrono::seconds{2});
  EXPECT_DEATH(rollout.step(rollout::Tick{}, MonotonicTime{} + std::chrono::seconds{1}), "now");
}

TEST(Rollout, IgnoresVersionsAndRunsThatItDoesNotKnow) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  bench.forget_actions();
  bench.ready({"todo", "9.9.9"});
  bench.feed(rollout::InstanceNotReady{{"users", "1.0.0"}, "never heard of"});
  bench.feed(rollout::InstanceLost{{"users", "1.0.0"}});
  bench.feed(rollout::ScriptSaidDone{{"todo-1.0.0-online-1", 1}});
  bench.feed(rollout::ScriptExited{{"todo-1.0.0-online-1", 1}, "exit code 0", {}, ""});
  EXPECT_TRUE(bench.actions().empty()) << bench.transcript();
}

// --- without a script ------------------------------------------------------------------------------------

TEST(Rollout, RecordsAVersionAsIntroducedBeforeItsInstancesStart) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  EXPECT_LT(bench.place_of_event("version-introduced"), bench.place_of<rollout::StartInstances>());
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kStarting);
}

TEST(Rollout, HoldsTheGateUntilAnInstanceIsReady) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  EXPECT_EQ(bench.status(kTodo).gate, GateState::kHeld);
  EXPECT_EQ(bench.events_of(kTodo), "version-introduced");
}

TEST(Rollout, BringsAVersionWithoutAScriptLive) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  bench.ready(kTodo);
  EXPECT_EQ(bench.events_of(kTodo), "version-introduced, gate-opened, version-live");
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kLive);
  EXPECT_EQ(bench.status(kTodo).gate, GateState::kOpen);
  EXPECT_EQ(bench.status(kTodo).offline, PhaseStatus{});
  EXPECT_EQ(bench.status(kTodo).online, PhaseStatus{});
}

TEST(Rollout, IsReadyAtOnceWhenThereIsNothingToBringIn) {
  RolloutBench bench;
  bench.begin({});
  EXPECT_EQ(bench.all<rollout::Ready>().size(), 1u);
}

TEST(Rollout, SaysReadyOnceAndOnlyWhenAllAreLive) {
  RolloutBench bench;
  bench.begin({plain(kTodo), plain(kSearch)});
  bench.ready(kTodo);
  EXPECT_TRUE(bench.all<rollout::Ready>().empty());
  bench.ready(kSearch);
  bench.feed(rollout::Tick{});
  EXPECT_EQ(bench.all<rollout::Ready>().size(), 1u);
}

TEST(Rollout, LetsMessagesWaitForAVersionThatStarts) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  EXPECT_TRUE(bench.status(kTodo).starting);
  bench.ready(kTodo);
  EXPECT_FALSE(bench.status(kTodo).starting);
}

// --- the order of ledger, table and people ---------------------------------------------------------------

TEST(Rollout, PutsTheOpenGateIntoTheLedgerBeforeTheTable) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  bench.forget_actions();
  bench.confirms_tables = false;
  bench.ready(kTodo);
  EXPECT_LT(bench.place_of_event("gate-opened"), bench.place_of<rollout::PublishTable>());
  EXPECT_LT(bench.place_of<rollout::PublishTable>(), bench.actions().size());
}

TEST(Rollout, IsNotLiveBeforeTheBrokerConfirmsTheTable) {
  RolloutBench bench;
  bench.confirms_tables = false;
  bench.begin({plain(kTodo)});
  bench.ready(kTodo);
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kShifting);
  bench.feed(rollout::TableInEffect{1});
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kShifting) << "that table is older than the gate";
  bench.feed(rollout::TableInEffect{2});
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kLive);
}

TEST(Rollout, AnnouncesLiveAfterTheLedgerHoldsIt) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  bench.ready(kTodo);
  EXPECT_LT(bench.place_of_event("version-live"), bench.place_of<rollout::Announce>());
  ASSERT_EQ(bench.announced(AnnouncementKind::kLive).size(), 1u);
  EXPECT_EQ(bench.announced(AnnouncementKind::kLive)[0].text, "todo@1.0.0 is live");
}

TEST(Rollout, OpensNothingWhileTheLedgerRefuses) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  bench.forget_actions();
  bench.ledger_refuses = true;
  bench.ready(kTodo);
  EXPECT_EQ(bench.status(kTodo).gate, GateState::kHeld);
  EXPECT_TRUE(bench.all<rollout::PublishTable>().empty()) << bench.transcript();
}

TEST(Rollout, SaysOnceThatTheLedgerRefuses) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  bench.ledger_refuses = true;
  bench.ready(kTodo);
  bench.wait(kAppendRetryPause);
  bench.wait(kAppendRetryPause);
  EXPECT_EQ(bench.announced(AnnouncementKind::kLedgerBlocked).size(), 1u) << bench.transcript();
}

TEST(Rollout, GoesOnWhenTheLedgerTakesEventsAgain) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  bench.ledger_refuses = true;
  bench.ready(kTodo);
  bench.ledger_refuses = false;
  bench.wait(kAppendRetryPause / 2);
  EXPECT_EQ(bench.status(kTodo).gate, GateState::kHeld) << "it waits before it tries again";
  bench.wait(kAppendRetryPause / 2);
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kLive) << bench.transcript();
}

// --- with a script ---------------------------------------------------------------------------------------

TEST(Rollout, RecordsAnAttemptBeforeItsProcessStarts) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  EXPECT_LT(bench.place_of_event("attempt-started"), bench.place_of<rollout::StartScript>());
}

TEST(Rollout, PublishesTheScriptsRoutesBeforeItStarts) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.forget_actions();
  bench.ready(kSearch);
  EXPECT_LT(bench.place_of<rollout::PublishTable>(), bench.place_of<rollout::StartScript>());
}

TEST(Rollout, BringsAVersionLiveThroughBothPhases) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kPreparing);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFinishing);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_EQ(
      bench.events_of(kSearch),
      "version-introduced, attempt-started, attempt-done, attempt-exited, gate-opened, attempt-started, "
      "attempt-done, attempt-exited, "
      "version-live");
}

TEST(Rollout, OpensTheGateOnlyWhenTheOfflineProcessHasExited) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.says_done(kSearch);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  EXPECT_EQ(bench.all<rollout::EndScript>().size(), 1u);
  bench.exits(kSearch, "killed by SIGTERM");
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
}

TEST(Rollout, StartsTheOnlinePhaseOnlyBehindAConfirmedTable) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.confirms_tables = false;
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kShifting);
  EXPECT_FALSE(bench.has_attempt(kSearch));
  bench.feed(rollout::TableInEffect{bench.rollout().position()});
  EXPECT_TRUE(bench.has_attempt(kSearch));
}

TEST(Rollout, TellsAScriptWhichAttemptItIs) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)}, "staging");
  bench.ready(kSearch);
  bench.registers(kSearch);
  const auto sent = bench.all<rollout::SendStart>();
  ASSERT_EQ(sent.size(), 1u);
  EXPECT_EQ(sent[0].key.version, kSearch);
  EXPECT_EQ(sent[0].key.phase, Phase::kOffline);
  EXPECT_EQ(sent[0].key.generation, 1u);
  EXPECT_EQ(sent[0].key.id, (rollout::AttemptId{"todo-search-0.0.1-offline-1", 1}));
  EXPECT_EQ(sent[0].environment, "staging");
  EXPECT_EQ(sent[0].checkpoint, std::nullopt);
}

TEST(Rollout, SendsTheStartOnceThoughTheRelayRegistersAgain) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.registers(kSearch);
  EXPECT_EQ(bench.all<rollout::SendStart>().size(), 1u);
}

TEST(Rollout, HoldsTheRoutesOfAScriptFromBeforeItsStartUntilItsExit) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  EXPECT_TRUE(bench.rollout().running_scripts().empty());
  bench.ready(kSearch);
  ASSERT_EQ(bench.rollout().running_scripts().size(), 1u);
  bench.registers(kSearch);
  bench.says_done(kSearch);
  EXPECT_EQ(bench.rollout().running_scripts()[0].phase, Phase::kOffline);
  bench.exits(kSearch);
  ASSERT_EQ(bench.rollout().running_scripts().size(), 1u);
  EXPECT_EQ(bench.rollout().running_scripts()[0].phase, Phase::kOnline);
}

TEST(Rollout, ShowsARunningScriptAndItsProgress) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.feed(rollout::ScriptSaidProgress{bench.attempt(kSearch), 3, 10, "todos"});
  const PhaseStatus offline = bench.status(kSearch).offline;
  EXPECT_EQ(offline.state, ScriptState::kRunning);
  EXPECT_EQ(offline.run, "todo-search-0.0.1-offline-1");
  EXPECT_EQ(offline.attempt, 1u);
  EXPECT_EQ(offline.progress, (ScriptProgress{3, 10, "todos"}));
  EXPECT_EQ(bench.status(kSearch).online.state, ScriptState::kPending);
}

// --- scripts with one phase ------------------------------------------------------------------------------

TEST(Rollout, OpensTheGateOfAScriptWithoutAnOfflinePhase) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch, {start_name(kSearch, Phase::kOnline)});
  EXPECT_EQ(bench.events_of(kSearch), "version-introduced, attempt-started, phase-absent");
  EXPECT_EQ(bench.all<rollout::EndScript>().size(), 1u);
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFinishing);
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kNone);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
}

TEST(Rollout, StartsNoSecondProcessForAScriptWithoutAnOnlinePhase) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch, {start_name(kSearch, Phase::kOffline)});
  bench.says_done(kSearch);
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_EQ(bench.all<rollout::StartScript>().size(), 1u);
  EXPECT_EQ(bench.status(kSearch).online.state, ScriptState::kNone);
  EXPECT_EQ(bench.events_of(kSearch),
            "version-introduced, attempt-started, attempt-done, phase-absent, attempt-exited, gate-opened, "
            "version-live");
}

TEST(Rollout, DoesNotTakeAMisspelledHandlerForAScriptWithNothingToDo) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  bench.ready(kSearch);
  bench.registers(kSearch, {"deployment-todo-search-0.0.1-ofline-start"});
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_NE(bench.status(kSearch).reason.find("ofline"), std::string::npos) << bench.status(kSearch).reason;
}

// --- checkpoints -----------------------------------------------------------------------------------------

TEST(Rollout, AcknowledgesACheckpointOnlyWhenTheLedgerHoldsIt) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.ledger_refuses = true;
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), R"({"page":7})", "m1"});
  EXPECT_TRUE(bench.all<rollout::AcknowledgeCheckpoint>().empty());
  bench.ledger_refuses = false;
  bench.wait(kAppendRetryPause);
  ASSERT_EQ(bench.all<rollout::AcknowledgeCheckpoint>().size(), 1u);
  EXPECT_EQ(bench.all<rollout::AcknowledgeCheckpoint>()[0].message_id, "m1");
}

TEST(Rollout, AcknowledgesEveryCheckpointThatANewerOneStandsFor) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.ledger_refuses = true;
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), "1", "m1"});
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), "2", "m2"});
  bench.ledger_refuses = false;
  bench.wait(kAppendRetryPause);
  EXPECT_EQ(bench.all<rollout::AcknowledgeCheckpoint>().size(), 2u);
  EXPECT_EQ(bench.rollout().record().of(kSearch).offline.checkpoint, "2");
}

TEST(Rollout, ResumesTheNextAttemptFromTheLastCheckpoint) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), R"({"page":7})", "m1"});
  bench.exits(kSearch, "killed by SIGSEGV");
  bench.wait(kLastWords);
  bench.wait(std::chrono::seconds{1});
  bench.registers(kSearch);
  const auto sent = bench.all<rollout::SendStart>();
  ASSERT_EQ(sent.size(), 2u) << bench.transcript();
  EXPECT_EQ(sent[1].checkpoint, R"({"page":7})");
  EXPECT_EQ(sent[1].key.id.attempt, 2u);
}

}  // namespace
}  // namespace exo
