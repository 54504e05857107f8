// What fails an attempt, what becomes of the version, and what changes nothing.
#include <gtest/gtest.h>

#include "deployment-scripts/rollout.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using rollout::AnnouncementKind;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

const VersionKey kTodo{"todo", "1.0.0"};
const VersionKey kSearch{"todo-search", "0.0.1"};

// Brings kSearch to its offline phase, whose script is at work.
RolloutBench at_work(const PhaseSettings& settings = {.attempts = 1}) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases(settings))});
  bench.ready(kSearch);
  bench.registers(kSearch);
  return bench;
}

std::string last_details(const RolloutBench& bench, const std::string& type) {
  for (auto event = bench.ledger().rbegin(); event != bench.ledger().rend(); ++event) {
    if (event->type == type) return event->details;
  }
  return "no " + type;
}

// --- the ways to fail ------------------------------------------------------------------------------------

TEST(FailedAttempt, IsOneThatExitsBeforeDoneThoughWithStatusZero) {
  RolloutBench bench = at_work();
  bench.exits(kSearch, "exit code 0");
  bench.wait(kLastWords);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(last_details(bench, "attempt-failed"),
            R"({"lines":["last line"],"log":"/logs/run.log","reason":"it ended (exit code 0) before it said )"
            R"(done","stage":"exit","status":"exit code 0"})");
}

TEST(FailedAttempt, IsOneThatExitsBeforeItRegisters) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  bench.ready(kSearch);
  bench.exits(kSearch, "exit code 1");
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
}

TEST(FailedAttempt, IsOneThatSaysSo) {
  RolloutBench bench = at_work();
  bench.feed(rollout::ScriptSaidFailed{bench.attempt(kSearch), "no such table"});
  EXPECT_EQ(bench.all<rollout::EndScript>().size(), 1u);
  EXPECT_EQ(bench.events_of(kSearch), "version-introduced, attempt-started") << "its last words are to come";
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).reason, "no such table");
}

TEST(FailedAttempt, IsOneWithAnUndeliveredMessageThatNobodyHandled) {
  RolloutBench bench = at_work();
  bench.feed(rollout::ScriptSaidDone{bench.attempt(kSearch), 3, 1});
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch).reason, "2 messages of it failed, and nothing in the script handled that");
}

TEST(FailedAttempt, IsOneWhoseCheckpointHidesAnUndeliveredMessage) {
  RolloutBench bench = at_work();
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), "1", "m1", 1, 0});
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.rollout().record().of(kSearch).offline.checkpoint, std::nullopt);
}

TEST(FailedAttempt, IsOneWhoseCheckpointIsTooLarge) {
  RolloutBench bench = at_work();
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch),
                                           '"' + std::string(kMaxCheckpointBytes, 'x') + '"', "m1"});
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
}

TEST(FailedAttempt, IsOneThatStalls) {
  RolloutBench bench = at_work({.stall = minutes{5}, .attempts = 1});
  bench.wait(minutes{5} - seconds{1});
  EXPECT_TRUE(bench.all<rollout::EndScript>().empty());
  bench.wait(seconds{1});
  EXPECT_EQ(bench.all<rollout::EndScript>().size(), 1u);
  bench.exits(kSearch, "killed by SIGTERM");
  EXPECT_EQ(bench.status(kSearch).reason, "no message and no progress for 5 min");
}

TEST(FailedAttempt, IsOneThatTakesTooLongThoughItMoves) {
  RolloutBench bench = at_work({.timeout = hours{1}, .attempts = 1});
  for (int quarter = 0; quarter < 30; ++quarter) {
    bench.feed(rollout::ScriptActive{bench.attempt(kSearch)});
    bench.wait(minutes{2});
  }
  EXPECT_EQ(bench.all<rollout::EndScript>().size(), 1u);
  bench.exits(kSearch, "killed by SIGKILL");
  EXPECT_EQ(bench.status(kSearch).reason, "it was not done within 1 h");
}

TEST(FailedAttempt, IsOneThatDoesNotRegister) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  bench.ready(kSearch);
  bench.wait(PhaseSettings{}.joins_within);
  EXPECT_EQ(bench.all<rollout::EndScript>().size(), 1u);
  bench.exits(kSearch, "killed by SIGTERM");
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
}

TEST(FailedAttempt, IsOneWhoseProcessCannotBeStarted) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  bench.ready(kSearch);
  bench.feed(rollout::ScriptCouldNotStart{bench.attempt(kSearch), "exec", "node: not found"});
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(last_details(bench, "attempt-failed"), R"({"reason":"node: not found","stage":"exec"})");
}

// --- what keeps an attempt alive -------------------------------------------------------------------------

TEST(AttemptAtWork, IsKeptAliveByMessagesProgressAndCheckpoints) {
  RolloutBench bench = at_work({.stall = minutes{5}, .attempts = 1});
  bench.wait(minutes{4});
  bench.feed(rollout::ScriptActive{bench.attempt(kSearch)});
  bench.wait(minutes{4});
  bench.feed(rollout::ScriptSaidProgress{bench.attempt(kSearch), 1, 2, ""});
  bench.wait(minutes{4});
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), "1", "m"});
  bench.wait(minutes{4});
  EXPECT_TRUE(bench.all<rollout::EndScript>().empty()) << bench.transcript();
}

TEST(AttemptAtWork, IsDoneWithMessagesThatFailedAndWereHandled) {
  RolloutBench bench = at_work();
  bench.feed(rollout::ScriptSaidDone{bench.attempt(kSearch), 2, 2});
  EXPECT_EQ(bench.rollout().record().of(kSearch).offline.outcome, PhaseOutcome::kDone);
}

TEST(AttemptAtWork, AsksForATickWhenItsStallLimitEnds) {
  RolloutBench bench = at_work({.stall = minutes{5}, .attempts = 1});
  EXPECT_EQ(bench.rollout().wake_at(), bench.now() + minutes{5});
}

// --- late, duplicate and foreign inputs ------------------------------------------------------------------

TEST(LateInput, DoneThatArrivesBehindTheExitWasSaidBeforeIt) {
  RolloutBench bench = at_work();
  const rollout::AttemptId id = bench.attempt(kSearch);
  bench.exits(kSearch, "exit code 0");
  bench.feed(rollout::ScriptSaidDone{id});
  EXPECT_EQ(bench.rollout().record().of(kSearch).offline.outcome, PhaseOutcome::kDone);
}

TEST(LateInput, DoneAfterTheFailureIsRecordedChangesNothing) {
  RolloutBench bench = at_work();
  const rollout::AttemptId id = bench.attempt(kSearch);
  bench.exits(kSearch);
  bench.wait(kLastWords);
  bench.feed(rollout::ScriptSaidDone{id});
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
}

TEST(LateInput, DoneAfterTheTimeoutChangesNothing) {
  RolloutBench bench = at_work({.attempts = 1});
  bench.wait(hours{1});
  bench.feed(rollout::ScriptSaidDone{bench.attempt(kSearch)});
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
}

TEST(LateInput, ExitAfterDoneIsNoFailure) {
  RolloutBench bench = at_work();
  bench.says_done(kSearch);
  bench.exits(kSearch, "killed by SIGKILL");
  EXPECT_EQ(bench.rollout().record().of(kSearch).offline.outcome, PhaseOutcome::kDone);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
}

TEST(LateInput, DoneTwiceIsRecordedOnce) {
  RolloutBench bench = at_work();
  bench.says_done(kSearch);
  bench.says_done(kSearch);
  EXPECT_EQ(bench.events_of(kSearch), "version-introduced, attempt-started, attempt-done");
}

TEST(LateInput, OfAnEarlierAttemptDoesNotTouchTheNext) {
  RolloutBench bench = at_work({.attempts = 2});
  const rollout::AttemptId first = bench.attempt(kSearch);
  bench.feed(rollout::ScriptSaidFailed{first, "not yet"});
  bench.exits(kSearch);
  bench.wait(seconds{1});
  bench.registers(kSearch);
  bench.feed(rollout::ScriptSaidDone{first});
  bench.feed(rollout::ScriptExited{first, "exit code 0", {}, ""});
  bench.feed(rollout::ScriptCouldNotStart{first, "exec", "late"});
  bench.wait(kLastWords);
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kRunning);
  EXPECT_EQ(bench.attempt(kSearch).attempt, 2u);
}

TEST(LateInput, DoneBeforeTheStartIsNobodysAnswer) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.says_done(kSearch);
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kRunning);
}

TEST(LateInput, RegistrationAfterTheExitChangesNothing) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  bench.ready(kSearch);
  const rollout::AttemptId id = bench.attempt(kSearch);
  bench.exits(kSearch);
  bench.feed(rollout::ScriptRegistered{id, handles_both(kSearch)});
  EXPECT_TRUE(bench.all<rollout::SendStart>().empty());
}

TEST(LateInput, CheckpointThatComesTwiceDoesNotReplaceANewerOne) {
  RolloutBench bench = at_work();
  const rollout::AttemptId id = bench.attempt(kSearch);
  bench.feed(rollout::ScriptSaidCheckpoint{id, "1", "m1"});
  bench.feed(rollout::ScriptSaidCheckpoint{id, "2", "m2"});
  bench.feed(rollout::ScriptSaidCheckpoint{id, "1", "m1"});
  EXPECT_EQ(bench.rollout().record().of(kSearch).offline.checkpoint, "2");
}

// --- events that the ledger refused, and holds all the same ----------------------------------------------

// What the ledger seemed to refuse is found in it when the host tries again.
LedgerEvent refused_event(const RolloutBench& bench) {
  for (auto action = bench.actions().rbegin(); action != bench.actions().rend(); ++action) {
    if (const auto* append = std::get_if<rollout::Append>(&*action)) return append->event;
  }
  ADD_FAILURE() << "nothing was appended";
  return {};
}

TEST(RefusedEvent, IsKnownAsTroubleUntilTheLedgerTakesOne) {
  RolloutBench bench = at_work();
  EXPECT_EQ(bench.rollout().ledger_trouble(), "");
  bench.ledger_refuses = true;
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), "1", "m1"});
  EXPECT_EQ(bench.rollout().ledger_trouble(), bench.announced(rollout::AnnouncementKind::kLedgerBlocked)
                                                  .at(0)
                                                  .lines.at(0)
                                                  .substr(std::string("reason: ").size()));
  EXPECT_NE(bench.rollout().ledger_trouble(), "");
  bench.ledger_refuses = false;
  bench.wait(kAppendRetryPause);
  EXPECT_EQ(bench.rollout().ledger_trouble(), "");
}

TEST(RefusedEvent, OfAnOlderCheckpointDoesNotAcknowledgeTheNewerOne) {
  RolloutBench bench = at_work();
  bench.ledger_refuses = true;
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), "1", "m1"});
  const LedgerEvent found = refused_event(bench);
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), "2", "m2"});
  bench.finds_in_ledger(found);
  const auto acknowledged = bench.all<rollout::AcknowledgeCheckpoint>();
  ASSERT_EQ(acknowledged.size(), 1u);
  EXPECT_EQ(acknowledged[0].message_id, "m1");
}

TEST(RefusedEvent, OfAnAttemptThatIsFoundAfterAStopStartsNothing) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ledger_refuses = true;
  bench.ready(kSearch);
  const LedgerEvent found = refused_event(bench);
  bench.feed(rollout::Stop{});
  bench.ledger_refuses = false;
  bench.finds_in_ledger(found);
  EXPECT_TRUE(bench.all<rollout::StartScript>().empty()) << bench.transcript();
  EXPECT_EQ(bench.events_of(kSearch), "version-introduced, attempt-started, attempt-interrupted");
  EXPECT_TRUE(bench.rollout().stopped());
}

TEST(RefusedEvent, OfAnAttemptThatIsFoundWithoutInstancesStartsNothing) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ledger_refuses = true;
  bench.ready(kSearch);
  const LedgerEvent found = refused_event(bench);
  bench.feed(rollout::InstanceNotReady{kSearch, "gone"});
  bench.ledger_refuses = false;
  bench.finds_in_ledger(found);
  EXPECT_TRUE(bench.all<rollout::StartScript>().empty()) << bench.transcript();
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
}

// --- further attempts ------------------------------------------------------------------------------------

TEST(FurtherAttempt, StartsOnlyWhenTheOneBeforeHasExited) {
  RolloutBench bench = at_work({.attempts = 2});
  bench.feed(rollout::ScriptSaidFailed{bench.attempt(kSearch), "not yet"});
  bench.wait(hours{1});
  EXPECT_EQ(bench.all<rollout::StartScript>().size(), 1u);
  bench.exits(kSearch);
  bench.wait(seconds{1});
  EXPECT_EQ(bench.all<rollout::StartScript>().size(), 2u);
}

TEST(FurtherAttempt, ComesAfterGrowingPauses) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.fails(kSearch);
  bench.wait(seconds{1} - std::chrono::milliseconds{1});
  EXPECT_FALSE(bench.has_attempt(kSearch));
  bench.wait(std::chrono::milliseconds{1});
  EXPECT_TRUE(bench.has_attempt(kSearch));
  bench.fails(kSearch);
  bench.wait(seconds{4} - std::chrono::milliseconds{1});
  EXPECT_FALSE(bench.has_attempt(kSearch));
  bench.wait(std::chrono::milliseconds{1});
  EXPECT_TRUE(bench.has_attempt(kSearch));
}

TEST(FurtherAttempt, BelongsToTheSameRun) {
  RolloutBench bench = at_work({.attempts = 2});
  const rollout::AttemptId first = bench.attempt(kSearch);
  bench.feed(rollout::ScriptSaidFailed{first, "not yet"});
  bench.exits(kSearch);
  bench.wait(seconds{1});
  EXPECT_EQ(bench.attempt(kSearch), (rollout::AttemptId{first.run, 2}));
}

TEST(FurtherAttempt, IsAnnouncedWithTheReasonAndTheLog) {
  RolloutBench bench = at_work({.attempts = 2});
  bench.feed(rollout::ScriptSaidFailed{bench.attempt(kSearch), "no such table"});
  bench.exits(kSearch);
  const auto announced = bench.announced(AnnouncementKind::kScriptTriesAgain);
  ASSERT_EQ(announced.size(), 1u);
  EXPECT_EQ(announced[0].text,
            "deployment-todo-search-0.0.1: offline phase failed (1 of 2 attempts), next attempt in 1.0 s");
  EXPECT_EQ(announced[0].lines, (std::vector<std::string>{"reason: no such table", "its last output:",
                                                          "  last line", "log: /logs/run.log"}));
}

TEST(FurtherAttempt, WaitsForTheRunLockAndUsesUpNoAttempt) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  bench.ready(kSearch);
  for (int i = 0; i < 5; ++i) {
    bench.feed(rollout::ScriptCouldNotStart{bench.attempt(kSearch), "lock", "held"});
    bench.wait(kLockRetryPause);
  }
  EXPECT_EQ(bench.all<rollout::StartScript>().size(), 6u);
  EXPECT_EQ(bench.announced(AnnouncementKind::kScriptWaits).size(), 1u);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  EXPECT_EQ(bench.status(kSearch).offline.attempt, 1u);
}

TEST(FurtherAttempt, DoesNotWaitForTheRunLockForEver) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.timeout = minutes{1}, .attempts = 1}))});
  bench.ready(kSearch);
  for (int i = 0; i < 200 && bench.has_attempt(kSearch); ++i) {
    bench.feed(rollout::ScriptCouldNotStart{bench.attempt(kSearch), "lock", "held"});
    bench.wait(kLockRetryPause);
  }
  EXPECT_EQ(bench.status(kSearch).reason, "another process still held its run lock after 1 min");
}

TEST(FurtherAttempt, WaitsForTheDiskHoweverLongAndUsesUpNoAttempt) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.timeout = minutes{1}, .attempts = 1}))});
  bench.ready(kSearch);
  for (int i = 0; i < 200; ++i) {
    bench.feed(rollout::ScriptCouldNotStart{bench.attempt(kSearch), "disk", "cannot write tokens: no room"});
    bench.wait_step_by_step(kLockRetryPause);
  }
  ASSERT_EQ(bench.announced(AnnouncementKind::kScriptWaits).size(), 1u);
  EXPECT_EQ(bench.announced(AnnouncementKind::kScriptWaits)[0].text,
            "deployment-todo-search-0.0.1: offline phase waits: cannot write tokens: no room");
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).offline.attempt, 1u);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
}

TEST(Stall, IsNotTheScriptsWhileItsCheckpointWaitsForTheLedger) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.stall = minutes{5}}))});
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.ledger_refuses = true;
  bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), "42", "m1"});
  bench.wait_step_by_step(minutes{20});
  bench.ledger_refuses = false;
  bench.wait_step_by_step(minutes{1});
  EXPECT_EQ(bench.all<rollout::AcknowledgeCheckpoint>().size(), 1u);
  bench.says_done(kSearch);
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kDone);
}

// --- the end of the attempts -----------------------------------------------------------------------------

TEST(FailedOfflinePhase, KeepsTheGateHeld) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  for (int i = 0; i < 3; ++i) {
    bench.fails(kSearch);
    bench.wait(seconds{16});
  }
  EXPECT_FALSE(bench.has_attempt(kSearch));
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  EXPECT_FALSE(bench.status(kSearch).starting) << "nobody must wait for it any more";
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kFailed);
  EXPECT_EQ(bench.status(kSearch).online.state, ScriptState::kPending);
  EXPECT_EQ(bench.events_of(kSearch),
            "version-introduced, attempt-started, attempt-failed, attempt-started, attempt-failed, "
            "attempt-started, attempt-failed, version-failed");
}

TEST(FailedOfflinePhase, TellsWhatFailedWhereTheLogIsAndWhatToDoNext) {
  RolloutBench bench = at_work();
  bench.feed(rollout::ScriptSaidFailed{bench.attempt(kSearch), "no such table"});
  bench.exits(kSearch);
  const auto held = bench.announced(AnnouncementKind::kHeld);
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].text, "todo-search@0.0.1 is held: its offline phase failed");
  EXPECT_EQ(held[0].lines,
            (std::vector<std::string>{
                "reason: no such table", "log: /logs/run.log",
                "next: mend deployment-scripts/todo-search-0.0.1.js; then start exo again, or: "
                "exo script retry todo-search@0.0.1 --reason TEXT",
                "the versions beside it go on"}));
}

TEST(FailedOfflinePhase, OfAnArtifactSaysHowWhatIsMendedComesToRun) {
  rollout::VersionToBringIn built = with_script(kSearch, both_phases({.attempts = 1}));
  built.artifact = "4c1d";
  RolloutBench bench;
  bench.begin({built}, "production");
  bench.ready(kSearch);
  bench.fails(kSearch);
  const auto held = bench.announced(AnnouncementKind::kHeld);
  ASSERT_EQ(held.size(), 1u);
  ASSERT_EQ(held[0].lines.size(), 5u);
  EXPECT_EQ(held[0].lines[2],
            "next: mend deployment-scripts/todo-search-0.0.1.js, and have that run: exo build todo-search "
            "--environment production, exo stop --host-only --environment production, "
            "exo host --environment production");
  EXPECT_EQ(held[0].lines[3],
            "or, to try it as it is: exo script retry todo-search@0.0.1 --reason TEXT --environment "
            "production");
}

TEST(FailedOfflinePhase, LeavesTheOtherVersionsUntouched) {
  RolloutBench bench;
  bench.begin({plain(kTodo), with_script(kSearch, both_phases({.attempts = 1}))});
  bench.ready(kTodo);
  bench.ready(kSearch);
  bench.fails(kSearch);
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kLive);
  EXPECT_EQ(bench.status(kTodo).gate, GateState::kOpen);
  EXPECT_EQ(bench.all<rollout::Ready>().size(), 1u) << "live or failed: there is nothing to wait for";
}

TEST(FailedOnlinePhase, LeavesTheVersionLiveAndFlagged) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  bench.fails(kSearch);
  const VersionStatus status = bench.status(kSearch);
  EXPECT_EQ(status.state, VersionState::kLive);
  EXPECT_EQ(status.gate, GateState::kOpen);
  EXPECT_TRUE(status.flagged);
  EXPECT_EQ(status.online.state, ScriptState::kFailed);
  EXPECT_EQ(status.online.reason, "no such table");
  EXPECT_EQ(bench.announced(AnnouncementKind::kLiveFlagged).size(), 1u);
  EXPECT_TRUE(bench.announced(AnnouncementKind::kLive).empty());
  EXPECT_EQ(last_details(bench, "version-live"), R"({"flagged":true})");
}

// --- instances that do not come, or go ---------------------------------------------------------------------

TEST(MissingInstances, FailTheVersionAndItsGateStaysHeld) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  bench.feed(rollout::InstanceNotReady{kTodo, "no registration within 60 s"});
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kTodo).reason, "no registration within 60 s");
  EXPECT_EQ(bench.events_of(kTodo), "version-introduced, version-failed");
}

TEST(MissingInstances, EndARunningScriptWithoutAFurtherAttempt) {
  RolloutBench bench = at_work({.attempts = 3});
  bench.feed(rollout::InstanceNotReady{kSearch, "it crashes at once"});
  EXPECT_EQ(bench.all<rollout::EndScript>().size(), 1u);
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.events_of(kSearch), "version-introduced, attempt-started, attempt-failed, version-failed");
}

TEST(MissingInstances, CloseTheGateOfALiveVersionInTheTableFirst) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  bench.ready(kTodo);
  bench.forget_actions();
  bench.ledger_refuses = true;
  bench.feed(rollout::InstanceNotReady{kTodo, "it crashes at once"});
  EXPECT_EQ(bench.status(kTodo).gate, GateState::kHeld) << "a full disk must not keep it open";
  EXPECT_EQ(bench.place_of<rollout::PublishTable>(), 0u) << bench.transcript();
  bench.ledger_refuses = false;
  bench.wait(kAppendRetryPause);
  EXPECT_EQ(bench.events_of(kTodo),
            "version-introduced, gate-opened, version-live, gate-held, version-failed");
}

TEST(MissingInstances, LetTheVersionInAgainWhenTheyAreBack) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  bench.feed(rollout::InstanceNotReady{kTodo, "no registration within 60 s"});
  bench.ready(kTodo);
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kLive);
  EXPECT_EQ(bench.status(kTodo).gate, GateState::kOpen);
}

TEST(MissingInstances, DoNotLetAFailedOfflinePhaseInWhenTheyAreBack) {
  RolloutBench bench = at_work();
  bench.feed(rollout::ScriptSaidFailed{bench.attempt(kSearch), "no such table"});
  bench.exits(kSearch);
  bench.feed(rollout::InstanceNotReady{kSearch, "gone"});
  bench.ready(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
}

TEST(MissingInstances, ThatAreOnTheirWayHoldUpTheNextStepOnly) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.feed(rollout::InstanceLost{kSearch});
  bench.says_done(kSearch);
  bench.exits(kSearch);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  bench.ready(kSearch);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
}

// --- stopping --------------------------------------------------------------------------------------------

TEST(Stopping, StartsNothingNew) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.feed(rollout::Stop{});
  bench.ready(kSearch);
  EXPECT_TRUE(bench.all<rollout::StartScript>().empty());
  EXPECT_TRUE(bench.rollout().stopped());
}

TEST(Stopping, EndsARunningAttemptAndRecordsItAsInterrupted) {
  RolloutBench bench = at_work();
  bench.feed(rollout::Stop{});
  EXPECT_EQ(bench.all<rollout::EndScript>().size(), 1u);
  EXPECT_FALSE(bench.rollout().stopped());
  bench.exits(kSearch, "killed by SIGTERM");
  EXPECT_TRUE(bench.rollout().stopped());
  EXPECT_EQ(bench.events_of(kSearch), "version-introduced, attempt-started, attempt-interrupted");
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kPreparing);
}

TEST(Stopping, DoesNotTakeBackADoneThatIsSaidOnTheWay) {
  RolloutBench bench = at_work();
  bench.feed(rollout::Stop{});
  bench.says_done(kSearch);
  bench.exits(kSearch);
  EXPECT_EQ(bench.events_of(kSearch), "version-introduced, attempt-started, attempt-done, attempt-exited");
  EXPECT_TRUE(bench.rollout().stopped());
}

TEST(Stopping, EndsAScriptWhoseDoneTheLedgerRefuses) {
  RolloutBench bench = at_work();
  bench.ledger_refuses = true;
  bench.says_done(kSearch);
  EXPECT_TRUE(bench.all<rollout::EndScript>().empty()) << "it is done when the ledger holds it";
  bench.feed(rollout::Stop{});
  EXPECT_EQ(bench.all<rollout::EndScript>().size(), 1u);
}

TEST(Stopping, IsOverAtOnceWhenTheAttemptWaitsForItsLock) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.feed(rollout::ScriptCouldNotStart{bench.attempt(kSearch), "lock", "held"});
  bench.feed(rollout::Stop{});
  EXPECT_TRUE(bench.rollout().stopped()) << bench.transcript();
}

}  // namespace
}  // namespace exo
