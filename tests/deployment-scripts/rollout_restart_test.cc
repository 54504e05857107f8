// What a second host makes of what the first one left in the ledger.
#include <gtest/gtest.h>

#include "deployment-scripts/rollout.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using rollout::AnnouncementKind;
using std::chrono::seconds;

const VersionKey kTodo{"todo", "1.0.0"};
const VersionKey kSearch{"todo-search", "0.0.1"};

// The ledger of a host that brought kSearch live.
std::vector<LedgerEvent> ledger_of_a_live_search() {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  bench.succeeds(kSearch);
  return bench.ledger();
}

// The ledger of a host that died under the offline phase.
std::vector<LedgerEvent> ledger_of_a_killed_host(bool with_checkpoint = false) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch);
  if (with_checkpoint) bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kSearch), "42", "m1"});
  return bench.ledger();
}

ScriptSettings asking() {
  return both_phases({.on_interrupted = OnInterrupted::kAsk});
}

TEST(Replay, GivesTheSameRecordAsTheLife) {
  RolloutBench first;
  first.begin({with_script(kSearch)});
  first.ready(kSearch);
  first.fails(kSearch);
  first.wait(seconds{1});
  first.succeeds(kSearch);
  first.succeeds(kSearch);
  const RolloutBench second(first.ledger());
  EXPECT_EQ(second.rollout().record(), first.rollout().record());
}

TEST(Replay, AnnouncesAndStartsNothing) {
  RolloutBench bench(ledger_of_a_live_search());
  bench.feed(rollout::Tick{});
  EXPECT_TRUE(bench.actions().empty());
}

TEST(Replay, ShowsAVersionAsTheLedgerHasItWhenNoHostRuns) {
  const RolloutBench bench(ledger_of_a_live_search());
  const VersionStatus status = bench.status(kSearch);
  EXPECT_EQ(status.state, VersionState::kLive);
  EXPECT_EQ(status.gate, GateState::kOpen);
  EXPECT_EQ(status.offline.state, ScriptState::kDone);
  EXPECT_EQ(status.online.state, ScriptState::kDone);
  EXPECT_EQ(status.online.run, "todo-search-0.0.1-online-1");
}

TEST(Replay, ShowsAnAttemptWithoutAnEndAsInterruptedWhenNoHostRuns) {
  const RolloutBench bench(ledger_of_a_killed_host());
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kPreparing);
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kInterrupted);
}

// What it failed of before is not why it was interrupted now.
TEST(Replay, ShowsWhyTheLastAttemptWasInterruptedAndNotWhyOneBeforeItFailed) {
  RolloutBench first;
  first.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  first.ready(kSearch);
  first.fails(kSearch, "no such table");
  ASSERT_EQ(first.status(kSearch).reason, "no such table");
  RolloutBench second(first.ledger());
  second.begin({with_script(kSearch)});
  second.ready(kSearch);
  second.registers(kSearch);
  EXPECT_EQ(second.status(kSearch).offline.reason, "");

  const VersionStatus killed = RolloutBench(second.ledger()).status(kSearch);
  EXPECT_EQ(killed.state, VersionState::kPreparing);
  EXPECT_EQ(killed.reason, "");
  EXPECT_EQ(killed.offline.state, ScriptState::kInterrupted);
  EXPECT_EQ(killed.offline.attempt, 2u);
  EXPECT_EQ(killed.offline.reason, "the host ended while it ran: interrupted, effect unknown");
}

// A phase is pending until it is known that the script has none, with a host and without.
TEST(Replay, ShowsAPhaseAsTheHostHasShownIt) {
  RolloutBench host;
  host.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  host.ready(kSearch);
  host.fails(kSearch);
  EXPECT_EQ(host.status(kSearch).offline.state, ScriptState::kFailed);
  EXPECT_EQ(host.status(kSearch).online.state, ScriptState::kPending);
  const RolloutBench without_host(host.ledger());
  EXPECT_EQ(without_host.status(kSearch).offline.state, ScriptState::kFailed);
  EXPECT_EQ(without_host.status(kSearch).online.state, ScriptState::kPending);
}

TEST(Replay, ShowsAPhaseThatTheScriptDoesNotHaveAsNone) {
  RolloutBench host;
  host.begin({with_script(kSearch)});
  host.ready(kSearch);
  host.registers(kSearch, {start_name(kSearch, Phase::kOffline)});
  host.says_done(kSearch);
  host.exits(kSearch);
  EXPECT_EQ(host.status(kSearch).online.state, ScriptState::kNone);
  EXPECT_EQ(RolloutBench(host.ledger()).status(kSearch).online.state, ScriptState::kNone);
}

TEST(Replay, ShowsNoPhaseOfAVersionWithoutAScript) {
  RolloutBench host;
  host.begin({{.key = kSearch, .script = std::nullopt}});
  host.ready(kSearch);
  const RolloutBench without_host(host.ledger());
  EXPECT_EQ(without_host.status(kSearch).offline.state, ScriptState::kNone);
  EXPECT_EQ(without_host.status(kSearch).online.state, ScriptState::kNone);
}

TEST(Replay, KnowsTheVersionsThatTheApplicationHoldsNoMore) {
  RolloutBench bench(ledger_of_a_live_search());
  EXPECT_TRUE(bench.rollout().status_of_missing().empty()) << "without a host all are in status()";
  bench.begin({});
  EXPECT_TRUE(bench.rollout().status().empty());
  const auto missing = bench.rollout().status_of_missing();
  ASSERT_EQ(missing.size(), 1u);
  EXPECT_EQ(missing[0].key, kSearch);
}

// --- a version that was live -----------------------------------------------------------------------------

TEST(VersionThatWasLive, RunsNothingAgain) {
  RolloutBench bench(ledger_of_a_live_search());
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  EXPECT_TRUE(bench.all<rollout::StartScript>().empty());
  EXPECT_TRUE(bench.all<rollout::Append>().empty()) << bench.transcript();
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
}

TEST(VersionThatWasLive, ComesBackWithItsGateOpen) {
  RolloutBench bench(ledger_of_a_live_search());
  bench.begin({with_script(kSearch)});
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kStarting);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
}

TEST(VersionThatWasLive, IsAnnouncedBehindAConfirmedTable) {
  RolloutBench bench(ledger_of_a_live_search());
  bench.confirms_tables = false;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  EXPECT_TRUE(bench.announced(AnnouncementKind::kLive).empty());
  bench.feed(rollout::TableInEffect{bench.rollout().position()});
  EXPECT_EQ(bench.announced(AnnouncementKind::kLive).size(), 1u);
}

TEST(VersionThatWasLive, IsHeldWhenItsInstancesDoNotComeBack) {
  RolloutBench bench(ledger_of_a_live_search());
  bench.begin({with_script(kSearch)});
  bench.feed(rollout::InstanceNotReady{kSearch, "no registration within 60 s"});
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kDone) << "what is done stays done";
}

TEST(VersionThatWasLive, ReportsAChangedScriptAndRunsNothing) {
  RolloutBench bench(ledger_of_a_live_search());
  rollout::VersionToBringIn version = with_script(kSearch);
  version.script->digest = "d2";
  bench.begin({version});
  bench.ready(kSearch);
  EXPECT_EQ(bench.announced(AnnouncementKind::kScriptChanged).size(), 2u) << bench.transcript();
  EXPECT_TRUE(bench.all<rollout::StartScript>().empty());
}

rollout::VersionToBringIn with_sources(const std::string& algorithm, const std::string& digest) {
  rollout::VersionToBringIn version = plain(kSearch);
  version.sources = {{algorithm, digest}};
  return version;
}

TEST(VersionThatWasLive, ReportsThatItsFilesChanged) {
  RolloutBench before;
  before.begin({with_sources("sha256/lf", "d1")});
  before.ready(kSearch);
  RolloutBench bench(before.ledger());
  bench.begin({with_sources("sha256/lf", "d2")});
  bench.ready(kSearch);
  const auto told = bench.announced(AnnouncementKind::kVersionChanged);
  ASSERT_EQ(told.size(), 1u) << bench.transcript();
  EXPECT_EQ(told[0].lines[1], "then: d1");
  EXPECT_EQ(told[0].lines[2], "now:  d2");
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
}

TEST(VersionThatWasLive, ReportsNoChangeOfFilesThatAreTheSameOrCannotBeCompared) {
  RolloutBench before;
  before.begin({with_sources("sha256/lf", "d1")});
  before.ready(kSearch);
  for (const auto& now :
       {with_sources("sha256/lf", "d1"), with_sources("sha256/lf/git", "d2"), plain(kSearch)}) {
    RolloutBench bench(before.ledger());
    bench.begin({now});
    EXPECT_TRUE(bench.announced(AnnouncementKind::kVersionChanged).empty()) << bench.transcript();
  }
}

TEST(VersionThatWasLive, ReportsNoChangeOfFilesThatNobodyRecorded) {
  RolloutBench bench(ledger_of_a_live_search());
  bench.begin({with_sources("sha256/lf", "d1")});
  EXPECT_TRUE(bench.announced(AnnouncementKind::kVersionChanged).empty()) << bench.transcript();
}

TEST(VersionThatWasLive, ReportsAMissingScriptAndRunsNothing) {
  RolloutBench bench(ledger_of_a_live_search());
  bench.begin({plain(kSearch)});
  bench.ready(kSearch);
  const auto told = bench.announced(AnnouncementKind::kScriptMissing);
  ASSERT_EQ(told.size(), 2u) << bench.transcript();
  EXPECT_NE(told[0].text.find("was run by a script that is not in the application any more"),
            std::string::npos);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
}

TEST(VersionThatWasLive, IsNamedWhenItIsNotInTheApplicationAnyMore) {
  RolloutBench bench(ledger_of_a_live_search());
  bench.begin({});
  const auto told = bench.announced(AnnouncementKind::kVersionMissing);
  ASSERT_EQ(told.size(), 1u) << bench.transcript();
  EXPECT_EQ(told[0].text, to_text(kSearch) + ", which was live here, is not in the application any more");
}

// --- a script that appears later -------------------------------------------------------------------------

TEST(ScriptThatAppearsLater, RunsNowBehindAHeldGate) {
  RolloutBench before;
  before.begin({plain(kSearch)});
  before.ready(kSearch);
  RolloutBench bench(before.ledger());
  bench.begin({with_script(kSearch)});
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  EXPECT_LT(bench.place_of<rollout::PublishTable>(), bench.place_of_event("gate-held"))
      << "a gate closes in the table first";
  bench.ready(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kPreparing);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_EQ(bench.events_of(kSearch),
            "version-introduced, gate-opened, version-live, gate-held, attempt-started, attempt-done, "
            "attempt-exited, gate-opened, attempt-started, attempt-done, attempt-exited, version-live");
}

TEST(ScriptThatAppearsLater, KeepsTheGateHeldWhenItFails) {
  RolloutBench before;
  before.begin({plain(kSearch)});
  before.ready(kSearch);
  RolloutBench bench(before.ledger());
  bench.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  bench.ready(kSearch);
  bench.fails(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
}

TEST(ScriptThatGoesAway, AfterAFailedOfflinePhaseDoesNotOpenTheGate) {
  RolloutBench before;
  before.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  before.ready(kSearch);
  before.fails(kSearch);
  RolloutBench bench(before.ledger());
  bench.begin({plain(kSearch)});
  bench.ready(kSearch);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
}

// --- failed before ---------------------------------------------------------------------------------------

TEST(VersionThatFailed, IsTriedAgainInTheSameRun) {
  RolloutBench before;
  before.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  before.ready(kSearch);
  before.fails(kSearch);
  RolloutBench bench(before.ledger());
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  EXPECT_EQ(bench.attempt(kSearch), (rollout::AttemptId{"todo-search-0.0.1-offline-1", 2}));
  bench.succeeds(kSearch);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
}

TEST(VersionThatFailed, DoesNotRunAPhaseAgainThatIsDone) {
  RolloutBench before;
  before.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  before.ready(kSearch);
  before.succeeds(kSearch);
  before.fails(kSearch);
  RolloutBench bench(before.ledger());
  bench.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kOpen);
  bench.ready(kSearch);
  ASSERT_EQ(bench.all<rollout::StartScript>().size(), 1u);
  EXPECT_EQ(bench.all<rollout::StartScript>()[0].key.phase, Phase::kOnline);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFinishing);
  bench.succeeds(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_FALSE(bench.status(kSearch).flagged);
}

// --- killed under an attempt -----------------------------------------------------------------------------

TEST(InterruptedAttempt, IsRecordedBeforeTheNextOneStarts) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({with_script(kSearch)});
  EXPECT_EQ(bench.events_of(kSearch), "version-introduced, attempt-started, attempt-interrupted");
  EXPECT_EQ(bench.announced(AnnouncementKind::kScriptInterrupted).size(), 1u);
}

TEST(InterruptedAttempt, UsesUpNoAttempt) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({with_script(kSearch, both_phases({.attempts = 2}))});
  bench.ready(kSearch);
  bench.fails(kSearch);
  bench.wait(seconds{1});
  EXPECT_TRUE(bench.has_attempt(kSearch)) << "one of two attempts has failed";
  EXPECT_EQ(bench.attempt(kSearch).attempt, 3u);
}

TEST(InterruptedAttempt, IsTriedAgainInTheLocalEnvironment) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({with_script(kSearch)}, "local");
  bench.ready(kSearch);
  EXPECT_EQ(bench.attempt(kSearch).attempt, 2u);
  EXPECT_NE(bench.ledger().back().details.find(R"("after":"interrupted")"), std::string::npos);
}

TEST(InterruptedAttempt, WaitsForAPersonElsewhere) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({with_script(kSearch)}, "production");
  bench.ready(kSearch);
  EXPECT_FALSE(bench.has_attempt(kSearch));
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
  EXPECT_EQ(bench.status(kSearch).offline.state, ScriptState::kInterrupted);
}

TEST(InterruptedAttempt, ThatWaitsForAPersonSaysHowToGoOn) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({with_script(kSearch, asking())});
  const auto held = bench.announced(AnnouncementKind::kHeld);
  ASSERT_EQ(held.size(), 1u);
  EXPECT_EQ(held[0].text, "todo-search@0.0.1 is held: its offline phase was interrupted");
  ASSERT_GE(held[0].lines.size(), 3u);
  EXPECT_EQ(held[0].lines[1],
            "next: see what it has done, then have it tried again: exo script retry todo-search@0.0.1 "
            "--reason TEXT");
  EXPECT_EQ(
      held[0].lines[2],
      "or, when its effect is there: exo script mark-done todo-search@0.0.1 --phase offline --reason TEXT");
}

TEST(InterruptedAttempt, StillWaitsAfterAnotherRestart) {
  RolloutBench second(ledger_of_a_killed_host());
  second.begin({with_script(kSearch, asking())});
  RolloutBench third(second.ledger());
  third.begin({with_script(kSearch, asking())});
  third.ready(kSearch);
  EXPECT_EQ(third.status(kSearch).state, VersionState::kFailed);
  EXPECT_TRUE(third.all<rollout::StartScript>().empty());
}

TEST(InterruptedAttempt, GoesOnFromItsCheckpointWithoutAsking) {
  RolloutBench bench(ledger_of_a_killed_host(/*with_checkpoint=*/true));
  bench.begin({with_script(kSearch, asking())}, "production");
  bench.ready(kSearch);
  bench.registers(kSearch);
  ASSERT_EQ(bench.all<rollout::SendStart>().size(), 1u) << bench.transcript();
  EXPECT_EQ(bench.all<rollout::SendStart>()[0].checkpoint, "42");
}

TEST(InterruptedAttempt, OfTheOnlinePhaseLeavesTheVersionServing) {
  RolloutBench before;
  before.begin({with_script(kSearch, asking())});
  before.ready(kSearch);
  before.succeeds(kSearch);
  before.registers(kSearch);
  RolloutBench bench(before.ledger());
  bench.begin({with_script(kSearch, asking())});
  bench.ready(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive);
  EXPECT_TRUE(bench.status(kSearch).flagged);
  EXPECT_EQ(bench.status(kSearch).online.state, ScriptState::kInterrupted);
  EXPECT_EQ(bench.announced(AnnouncementKind::kLiveFlagged).size(), 1u);
}

TEST(InterruptedAttempt, OfAVersionThatIsNoLongerThereIsRecordedToo) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({plain(kTodo)});
  EXPECT_EQ(bench.events_of(kSearch), "version-introduced, attempt-started, attempt-interrupted");
  EXPECT_EQ(bench.announced(AnnouncementKind::kScriptInterrupted).size(), 1u);
}

TEST(InterruptedAttempt, OfAScriptThatIsNoLongerThereKeepsTheGateHeld) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({plain(kSearch)});
  bench.ready(kSearch);
  EXPECT_EQ(bench.status(kSearch).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch).gate, GateState::kHeld);
}

// --- crashes between two events --------------------------------------------------------------------------

// Whatever prefix of its events a host left behind, the next one brings the version live and runs each phase
// to one done.
TEST(CrashAtEveryEvent, EndsWithTheVersionLiveAndEachPhaseDoneOnce) {
  const std::vector<LedgerEvent> whole = ledger_of_a_live_search();
  for (std::size_t length = 0; length <= whole.size(); ++length) {
    RolloutBench bench({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(length)});
    bench.begin({with_script(kSearch)});
    bench.ready(kSearch);
    while (bench.has_attempt(kSearch)) bench.succeeds(kSearch);
    EXPECT_EQ(bench.status(kSearch).state, VersionState::kLive) << length << "\n" << bench.transcript();
    EXPECT_EQ(std::count_if(bench.ledger().begin(), bench.ledger().end(),
                            [](const LedgerEvent& event) { return event.type == "attempt-done"; }),
              2)
        << length;
  }
}

// --- what a keeper has seen of an attempt of an earlier host ---------------------------------------------

rollout::SeenExit seen(rollout::SeenExit::Effect effect, std::uint64_t attempt = 1) {
  return {.exit = {.id = {"todo-search-0.0.1-offline-1", attempt},
                   .status = "exit code 3",
                   .last_lines = {"no disk"},
                   .log = "/logs/run.log",
                   .use = {.duration_ms = 1200, .peak_memory_kib = 45'000, .user_ms = 30, .system_ms = 4}},
          .effect = effect};
}

std::string details_of_last(const RolloutBench& bench, const std::string& type) {
  std::string details;
  for (const LedgerEvent& event : bench.ledger()) {
    if (event.type == type) details = event.details;
  }
  return details;
}

TEST(SeenExit, IsTheEndOfAnAttemptThatFailedByItself) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({with_script(kSearch)}, "local", {}, {seen(rollout::SeenExit::Effect::kFailed)});
  EXPECT_EQ(details_of_last(bench, "attempt-failed"),
            R"({"durationMs":1200,"lines":["no disk"],"log":"/logs/run.log","peakMemoryKib":45000,)"
            R"("reason":"it ended (exit code 3) before its host heard that it was done","stage":"exit",)"
            R"("status":"exit code 3","systemMs":4,"userMs":30})");
  ASSERT_EQ(bench.announced(AnnouncementKind::kScriptFailed).size(), 1u);
  EXPECT_EQ(bench.announced(AnnouncementKind::kScriptFailed)[0].text,
            "deployment-todo-search-0.0.1: offline phase failed (attempt 1) while no host could record it");
}

TEST(SeenExit, OfAFailureIsTriedAgainEvenWhereAnInterruptionWouldAsk) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({with_script(kSearch)}, "production", {}, {seen(rollout::SeenExit::Effect::kFailed)});
  bench.ready(kSearch);
  EXPECT_EQ(bench.attempt(kSearch).attempt, 2u);
}

TEST(SeenExit, TellsWhatIsKnownOfAnInterruption) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({with_script(kSearch)}, "production", {}, {seen(rollout::SeenExit::Effect::kUnknown)});
  const std::string details = details_of_last(bench, "attempt-interrupted");
  EXPECT_NE(details.find(R"("durationMs":1200)"), std::string::npos) << details;
  EXPECT_NE(details.find(R"("lines":["no disk"])"), std::string::npos) << details;
  EXPECT_NE(details.find(R"("stage":"host")"), std::string::npos) << details;
  bench.ready(kSearch);
  EXPECT_FALSE(bench.has_attempt(kSearch));
  EXPECT_EQ(bench.status(kSearch).offline.reason,
            "the host ended while it ran: interrupted, effect unknown (its process: exit code 3)");
  EXPECT_EQ(bench.status(kSearch).offline.log, "/logs/run.log");
}

TEST(SeenExit, OfAnotherAttemptIsPassedOver) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({with_script(kSearch)}, "local", {}, {seen(rollout::SeenExit::Effect::kFailed, 2)});
  EXPECT_EQ(details_of_last(bench, "attempt-failed"), "");
  EXPECT_EQ(details_of_last(bench, "attempt-interrupted"),
            R"({"reason":"the host ended while it ran: interrupted, effect unknown","stage":"host"})");
}

TEST(SeenExit, OfAnAttemptThatIsDoneChangesNothing) {
  RolloutBench bench(ledger_of_a_live_search());
  const std::size_t before = bench.ledger().size();
  bench.begin({with_script(kSearch)}, "local", {}, {seen(rollout::SeenExit::Effect::kFailed)});
  EXPECT_EQ(bench.ledger().size(), before);
}

TEST(SeenExit, OfAVersionThatIsGoneIsRecordedToo) {
  RolloutBench bench(ledger_of_a_killed_host());
  bench.begin({}, "local", {}, {seen(rollout::SeenExit::Effect::kFailed)});
  EXPECT_NE(details_of_last(bench, "attempt-failed"), "");
}

}  // namespace
}  // namespace exo
