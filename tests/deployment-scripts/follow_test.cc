// What the rollout core does about commands that a script follows.
#include "deployment-scripts/follow.h"

#include <gtest/gtest.h>

#include "deployment-scripts/rollout_events.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using rollout::WantedFollow;

const VersionKey kTodo{"todo-search", "0.0.2"};
constexpr char kRun[] = "todo-search-0.0.2-offline-1";

ScriptSettings following(std::vector<std::string> commands = {"todo-search.add"}) {
  ScriptSettings settings;
  settings.offline.follow = std::move(commands);
  settings.offline.attempts = 2;
  return settings;
}

class FollowTest : public ::testing::Test {
 protected:
  // Up to where the broker has the table that says what is followed.
  void begin(RolloutBench& bench, const ScriptSettings& settings = following()) {
    bench.begin({with_script(kTodo, settings)});
    bench.ready(kTodo);
  }
  static void begun(RolloutBench& bench) {
    const WantedFollow follow = wanted(bench);
    bench.feed(rollout::FollowBegun{follow.run, follow.began_at});
  }
  // Up to where the script has said that it is done.
  void copies(RolloutBench& bench) {
    begun(bench);
    bench.registers(kTodo);
    bench.says_done(kTodo);
  }
  void replays(RolloutBench& bench) {
    const std::uint64_t replay = wanted(bench).replay;
    bench.feed(rollout::FollowShort{kRun, replay});
    bench.feed(rollout::FollowDone{kRun, replay, {.recorded = 20, .replayed = 19, .left_out = 1}});
  }
  // An attempt that saves a place to go on from, and fails.
  void saves_and_fails(RolloutBench& bench, const std::string& checkpoint) {
    bench.registers(kTodo);
    bench.feed(rollout::ScriptSaidCheckpoint{bench.attempt(kTodo), checkpoint, "m-" + checkpoint});
    bench.feed(rollout::ScriptSaidFailed{bench.attempt(kTodo), "no"});
    bench.exits(kTodo);
  }
  static std::optional<std::string> checkpoint(const RolloutBench& bench) {
    return bench.rollout().record().of(kTodo).offline.checkpoint;
  }
  static WantedFollow wanted(const RolloutBench& bench) {
    const auto all = bench.rollout().follows();
    EXPECT_EQ(all.size(), 1u) << bench.transcript();
    return all.empty() ? WantedFollow{} : all.front();
  }

  RolloutBench bench_;
};

TEST_F(FollowTest, NoScriptStartsBeforeWhatItFollowsIsFollowed) {
  begin(bench_);
  EXPECT_FALSE(bench_.has_attempt(kTodo)) << bench_.transcript();
  EXPECT_EQ(wanted(bench_), (WantedFollow{.run = kRun,
                                          .version = kTodo,
                                          .commands = {"todo-search.add"},
                                          .since = wanted(bench_).since,
                                          .began_at = wanted(bench_).began_at}));
  begun(bench_);
  EXPECT_TRUE(bench_.has_attempt(kTodo)) << bench_.transcript();
  EXPECT_EQ(bench_.events_of(kTodo), "version-introduced, follow-started, attempt-started");
}

TEST_F(FollowTest, TheLedgerKnowsBeforeTheTable) {
  begin(bench_);
  const std::size_t published = bench_.all<rollout::PublishTable>().size();
  EXPECT_EQ(published, 2u) << bench_.transcript();  // at first, and with the follow
  EXPECT_LT(bench_.place_of_event("follow-started"), bench_.actions().size());
}

TEST_F(FollowTest, AScriptThatDeclaresNothingFollowsNothing) {
  begin(bench_, {});
  EXPECT_TRUE(bench_.rollout().follows().empty());
  bench_.succeeds(kTodo);
  EXPECT_EQ(bench_.events_of(kTodo).find("follow"), std::string::npos) << bench_.transcript();
}

TEST_F(FollowTest, DoneIsNotDoneBeforeWhatWasFollowedIsReplayed) {
  begin(bench_);
  copies(bench_);
  EXPECT_EQ(bench_.events_of(kTodo), "version-introduced, follow-started, attempt-started");
  EXPECT_EQ(wanted(bench_).replays_for, bench_.attempt(kTodo));
  EXPECT_FALSE(wanted(bench_).held_back);
  bench_.feed(rollout::FollowShort{kRun, wanted(bench_).replay});
  EXPECT_TRUE(wanted(bench_).held_back);
  bench_.feed(
      rollout::FollowDone{kRun, wanted(bench_).replay, {.recorded = 20, .replayed = 19, .left_out = 1}});
  EXPECT_EQ(bench_.events_of(kTodo),
            "version-introduced, follow-started, attempt-started, follow-done, attempt-done");
  EXPECT_EQ(bench_.ledger()[3].details, R"({"leftOut":1,"recorded":20,"replayed":19})");
}

TEST_F(FollowTest, WhatIsHeldBackIsHeldUntilTheGateIsOpen) {
  begin(bench_);
  copies(bench_);
  replays(bench_);
  EXPECT_TRUE(wanted(bench_).held_back) << bench_.transcript();
  EXPECT_EQ(bench_.status(kTodo).gate, GateState::kHeld);
  bench_.exits(kTodo);
  EXPECT_EQ(bench_.status(kTodo).gate, GateState::kOpen);
  EXPECT_TRUE(bench_.rollout().follows().empty()) << bench_.transcript();
}

TEST_F(FollowTest, DoneThatWasNotHeldBackIsNoEnd) {
  begin(bench_);
  copies(bench_);
  bench_.feed(rollout::FollowDone{kRun, wanted(bench_).replay, {}});
  EXPECT_EQ(bench_.events_of(kTodo), "version-introduced, follow-started, attempt-started");
}

TEST_F(FollowTest, ThatAnEarlierFollowOfTheRunHasBegunDoesNotMeanTheNext) {
  begin(bench_);
  const WantedFollow before = wanted(bench_);
  bench_.feed(rollout::InstanceNotReady{kTodo, "it died"});
  EXPECT_TRUE(bench_.rollout().follows().empty()) << bench_.transcript();
  bench_.ready(kTodo);
  EXPECT_EQ(wanted(bench_).run, before.run);
  bench_.feed(rollout::FollowBegun{before.run, before.began_at});
  EXPECT_FALSE(bench_.has_attempt(kTodo)) << bench_.transcript();
  begun(bench_);
  EXPECT_TRUE(bench_.has_attempt(kTodo)) << bench_.transcript();
}

// The desk's word of an earlier replay may still be on its way when the next attempt is under way.
TEST_F(FollowTest, WhatIsSaidOfTheReplayOfOneAttemptCountsForNothingInTheNext) {
  begin(bench_);
  copies(bench_);
  const std::uint64_t before = wanted(bench_).replay;
  bench_.feed(rollout::FollowShort{kRun, before});
  bench_.feed(rollout::FollowFailed{kRun, before, "no column named title"});
  bench_.exits(kTodo);
  bench_.wait_step_by_step(std::chrono::seconds{2});
  bench_.registers(kTodo);
  bench_.feed(rollout::FollowDone{kRun, before, {}});
  bench_.says_done(kTodo);
  EXPECT_NE(wanted(bench_).replay, before);
  bench_.feed(rollout::FollowShort{kRun, before});
  EXPECT_FALSE(wanted(bench_).held_back);
  bench_.feed(rollout::FollowFailed{kRun, before, "no column named title"});
  bench_.feed(rollout::FollowShort{kRun, wanted(bench_).replay});
  EXPECT_EQ(bench_.events_of(kTodo).find("follow-done"), std::string::npos) << bench_.transcript();
  replays(bench_);
  EXPECT_NE(bench_.events_of(kTodo).find("follow-done, attempt-done"), std::string::npos)
      << bench_.transcript();
}

TEST_F(FollowTest, AReplayThatFailsFailsTheAttemptAndTheNextGoesOnWithTheRecord) {
  begin(bench_);
  copies(bench_);
  bench_.feed(rollout::FollowShort{kRun, wanted(bench_).replay});
  bench_.feed(rollout::FollowFailed{kRun, wanted(bench_).replay, "no column named title"});
  EXPECT_FALSE(wanted(bench_).held_back);
  EXPECT_EQ(wanted(bench_).replays_for, std::nullopt);
  bench_.exits(kTodo);
  EXPECT_EQ(bench_.ledger().back().type, "attempt-failed");
  EXPECT_NE(bench_.ledger().back().details.find("no column named title"), std::string::npos);
  bench_.wait_step_by_step(std::chrono::seconds{2});
  bench_.registers(kTodo);
  bench_.says_done(kTodo);
  EXPECT_FALSE(wanted(bench_).held_back) << "the next replay begins anew";
  replays(bench_);
  bench_.exits(kTodo);
  EXPECT_EQ(bench_.status(kTodo).gate, GateState::kOpen) << bench_.transcript();
  EXPECT_EQ(bench_.events_of(kTodo).find("follow-abandoned"), std::string::npos);
}

TEST_F(FollowTest, AReplayThatStallsFailsTheAttempt) {
  begin(bench_);
  copies(bench_);
  bench_.exits(kTodo);  // it has said done: that is no failure
  bench_.wait_step_by_step(std::chrono::minutes{4});
  bench_.feed(rollout::ScriptActive{bench_.attempt(kTodo)});
  bench_.wait_step_by_step(std::chrono::minutes{4});
  EXPECT_TRUE(bench_.has_attempt(kTodo)) << bench_.transcript();
  bench_.wait_step_by_step(std::chrono::minutes{1});
  EXPECT_EQ(bench_.ledger()[3].type, "attempt-failed");
  EXPECT_NE(bench_.ledger()[3].details.find("what it follows could not be replayed"), std::string::npos);
}

TEST_F(FollowTest, AVersionThatFailsEndsFollowing) {
  begin(bench_);
  begun(bench_);
  bench_.fails(kTodo);
  bench_.wait_step_by_step(std::chrono::seconds{2});
  bench_.fails(kTodo);
  EXPECT_TRUE(bench_.rollout().follows().empty()) << bench_.transcript();
  EXPECT_EQ(bench_.events_of(kTodo),
            "version-introduced, follow-started, attempt-started, attempt-failed, attempt-started, "
            "attempt-failed, follow-abandoned, version-failed");
}

TEST_F(FollowTest, AfterThatItsCheckpointCountsNoMore) {
  begin(bench_);
  begun(bench_);
  for (int attempt = 0; attempt < 2; ++attempt) {
    bench_.registers(kTodo);
    bench_.feed(rollout::ScriptSaidCheckpoint{bench_.attempt(kTodo), "17", "m" + std::to_string(attempt)});
    bench_.feed(rollout::ScriptSaidFailed{bench_.attempt(kTodo), "no"});
    bench_.exits(kTodo);
    bench_.wait_step_by_step(std::chrono::seconds{2});
  }
  RolloutBench next(bench_.ledger());
  begin(next);
  begun(next);
  EXPECT_EQ(next.rollout().record().of(kTodo).offline.checkpoint, std::nullopt);
  EXPECT_EQ(next.events_of(kTodo).substr(next.events_of(kTodo).size() - 31),
            "follow-started, attempt-started");
}

TEST_F(FollowTest, WhatAHostLeftUnfinishedIsFollowedFromTheNextOnesFirstTable) {
  begin(bench_);
  copies(bench_);
  RolloutBench next(bench_.ledger());
  next.begin({with_script(kTodo, following())});
  EXPECT_EQ(wanted(next), (WantedFollow{.run = kRun,
                                        .version = kTodo,
                                        .commands = {"todo-search.add"},
                                        .since = wanted(next).since,
                                        .began_at = wanted(next).began_at,
                                        .is_relied_on = true}));
  next.ready(kTodo);
  EXPECT_FALSE(next.has_attempt(kTodo)) << "this host's broker has not said that it follows";
  begun(next);
  next.registers(kTodo);
  next.says_done(kTodo);
  replays(next);
  next.exits(kTodo);
  EXPECT_EQ(next.status(kTodo).gate, GateState::kOpen) << next.transcript();
}

TEST_F(FollowTest, AHostThatDiesBetweenDoneAndTheOpenGateLeavesProductionHeldBack) {
  begin(bench_);
  copies(bench_);
  replays(bench_);
  RolloutBench next(bench_.ledger());
  next.begin({with_script(kTodo, following())});
  EXPECT_TRUE(wanted(next).held_back) << next.transcript();
  next.ready(kTodo);
  EXPECT_TRUE(next.rollout().follows().empty());
  EXPECT_EQ(next.status(kTodo).gate, GateState::kOpen);
}

TEST_F(FollowTest, ADoneThatCameToNothingIsDoneAgainInTheNextGeneration) {
  begin(bench_);
  copies(bench_);
  replays(bench_);
  RolloutBench next(bench_.ledger());
  next.begin({with_script(kTodo, following())});
  next.feed(rollout::InstanceNotReady{kTodo, "it does not start"});
  EXPECT_TRUE(next.rollout().follows().empty()) << next.transcript();
  next.ready(kTodo);
  const std::string run = "todo-search-0.0.2-offline-2";
  EXPECT_EQ(wanted(next).run, run);
  begun(next);
  EXPECT_EQ(next.attempt(kTodo).run, run) << next.transcript();
}

TEST_F(FollowTest, ADoneThatCameToNothingOpensNoGateWhenItsScriptIsTakenAway) {
  begin(bench_);
  copies(bench_);
  replays(bench_);
  RolloutBench next(bench_.ledger());
  next.begin({with_script(kTodo, following())});
  next.feed(rollout::InstanceNotReady{kTodo, "it does not start"});
  RolloutBench without(next.ledger());
  without.begin({plain(kTodo)});
  without.ready(kTodo);
  EXPECT_EQ(without.status(kTodo).gate, GateState::kHeld) << without.transcript();
  EXPECT_EQ(without.status(kTodo).state, VersionState::kFailed);
  EXPECT_NE(without.status(kTodo).reason.find("script"), std::string::npos) << without.status(kTodo).reason;
}

TEST_F(FollowTest, ADoneThatCameToNothingTakesNoPersonsThrottleAlong) {
  begin(bench_);
  begun(bench_);
  bench_.registers(kTodo);
  const Rate rate{20};
  bench_.decides({.verb = DecisionVerb::kThrottle,
                  .version = kTodo,
                  .phase = Phase::kOffline,
                  .reason = "production suffers",
                  .who = "anna",
                  .rate = rate});
  bench_.says_done(kTodo);
  replays(bench_);
  RolloutBench next(bench_.ledger());
  next.begin({with_script(kTodo, following())});
  next.feed(rollout::InstanceNotReady{kTodo, "it does not start"});
  EXPECT_EQ(next.rollout().record().of(kTodo).offline.generation, 2u) << next.transcript();
  EXPECT_EQ(next.rollout().record().of(kTodo).offline.rate, rate);
}

TEST_F(FollowTest, AnAttemptThatFailsAfterFollowDoneIsFollowedOn) {
  begin(bench_);
  copies(bench_);
  std::vector<LedgerEvent> ledger = bench_.ledger();
  LedgerEvent done = follow_done_event({.version = kTodo, .id = bench_.attempt(kTodo)}, {});
  done.sequence = ledger.size() + 1;
  ledger.push_back(done);
  RolloutBench next(ledger);
  next.begin({with_script(kTodo, following())});
  EXPECT_FALSE(wanted(next).held_back) << "its attempt was interrupted";
}

TEST_F(FollowTest, WhatIsLostFailsTheVersion) {
  begin(bench_);
  bench_.feed(rollout::FollowLost{kRun, "record 3 was altered"});
  EXPECT_EQ(bench_.events_of(kTodo), "version-introduced, follow-started, follow-abandoned, version-failed");
  EXPECT_EQ(bench_.status(kTodo).reason, "record 3 was altered");
}

TEST_F(FollowTest, OtherCommandsInTheSettingsBeginAnew) {
  begin(bench_);
  RolloutBench next(bench_.ledger());
  begin(next, following({"todo-search.add", "todo-search.remove"}));
  EXPECT_EQ(next.events_of(kTodo), "version-introduced, follow-started, follow-abandoned, follow-started");
  EXPECT_EQ(wanted(next).commands.size(), 2u);
}

TEST_F(FollowTest, AVersionThatIsTakenAwayIsFollowedForNoMore) {
  begin(bench_);
  begun(bench_);
  RolloutBench next(bench_.ledger());
  next.begin({});
  EXPECT_TRUE(next.rollout().follows().empty());
  EXPECT_EQ(next.events_of(kTodo),
            "version-introduced, follow-started, attempt-started, attempt-interrupted, follow-abandoned");
}

TEST_F(FollowTest, AVersionThatIsLeftOutIsLeftAsItIs) {
  begin(bench_);
  copies(bench_);
  const std::string before = bench_.events_of(kTodo);
  RolloutBench next(bench_.ledger());
  next.feed(rollout::Begin{.versions = {plain({"visits", "0.0.1"})}, .left_out = {kTodo}, .host = "host-2"});
  EXPECT_EQ(next.events_of(kTodo), before) << next.transcript();
  EXPECT_TRUE(next.rollout().follows().empty());
  EXPECT_EQ(followed_runs(next.rollout().record()), std::set<std::string>{kRun}) << "its log is kept";
  EXPECT_TRUE(next.rollout().status_of_missing().empty());
  EXPECT_EQ(next.transcript().find("is not in the application"), std::string::npos) << next.transcript();
}

TEST_F(FollowTest, APhaseThatIsNotThereAbandonsWhatWasFollowedForIt) {
  begin(bench_);
  begun(bench_);
  bench_.registers(kTodo, {start_name(kTodo, Phase::kOnline)});
  bench_.exits(kTodo);
  EXPECT_TRUE(bench_.events_of(kTodo).starts_with(
      "version-introduced, follow-started, attempt-started, phase-absent, attempt-exited, follow-abandoned, "
      "gate-opened"))
      << bench_.transcript();
}

TEST_F(FollowTest, AScriptAsksAtItsStart) {
  begin(bench_, {});
  bench_.registers(kTodo);
  bench_.feed(rollout::ScriptSaidFollow{bench_.attempt(kTodo), {"todo-search.add"}, "m1"});
  EXPECT_EQ(wanted(bench_).commands, std::vector<std::string>{"todo-search.add"});
  EXPECT_TRUE(bench_.all<rollout::AcknowledgeFollow>().empty());
  begun(bench_);
  const auto answers = bench_.all<rollout::AcknowledgeFollow>();
  ASSERT_EQ(answers.size(), 1u) << bench_.transcript();
  EXPECT_EQ(answers[0].message_id, "m1");
  bench_.says_done(kTodo);
  EXPECT_EQ(wanted(bench_).replays_for, bench_.attempt(kTodo));
}

TEST_F(FollowTest, AScriptAsksForMore) {
  begin(bench_);
  begun(bench_);
  bench_.registers(kTodo);
  bench_.feed(rollout::ScriptSaidFollow{bench_.attempt(kTodo), {"todo-search.add"}, "m1"});
  EXPECT_EQ(bench_.all<rollout::AcknowledgeFollow>().size(), 1u) << "that is followed already";
  bench_.feed(rollout::ScriptSaidFollow{bench_.attempt(kTodo), {"todo-search.remove"}, "m2"});
  EXPECT_EQ(wanted(bench_).commands, (std::vector<std::string>{"todo-search.add", "todo-search.remove"}));
  EXPECT_EQ(bench_.all<rollout::AcknowledgeFollow>().size(), 1u);
  begun(bench_);
  EXPECT_EQ(bench_.all<rollout::AcknowledgeFollow>().size(), 2u);
}

TEST_F(FollowTest, ACheckpointFromBeforeItFollowedIsNotGoneOnFrom) {
  begin(bench_, following({}));
  saves_and_fails(bench_, "1000");
  ASSERT_EQ(checkpoint(bench_), "1000");
  RolloutBench next(bench_.ledger());
  begin(next);
  begun(next);
  EXPECT_EQ(checkpoint(next), std::nullopt) << "what was written since to those 1000 is in no record";
  next.registers(kTodo);
  const auto starts = next.all<rollout::SendStart>();
  ASSERT_EQ(starts.size(), 1u) << next.transcript();
  EXPECT_EQ(starts[0].checkpoint, std::nullopt);
}

TEST_F(FollowTest, ACheckpointOfWhatIsFollowedIsGoneOnFrom) {
  begin(bench_);
  begun(bench_);
  saves_and_fails(bench_, "1000");
  RolloutBench next(bench_.ledger());
  begin(next);
  begun(next);
  EXPECT_EQ(checkpoint(next), "1000") << next.transcript();
}

TEST_F(FollowTest, AScriptThatAsksForMoreBehindItsCheckpointBeginsAnew) {
  begin(bench_);
  begun(bench_);
  saves_and_fails(bench_, "1000");
  bench_.wait_step_by_step(std::chrono::seconds{2});
  bench_.registers(kTodo);
  bench_.feed(rollout::ScriptSaidFollow{bench_.attempt(kTodo), {"todo-search.remove"}, "m1"});
  EXPECT_EQ(checkpoint(bench_), std::nullopt);
  bench_.says_done(kTodo);
  bench_.exits(kTodo);
  EXPECT_EQ(bench_.ledger()[6].type, "follow-started") << bench_.transcript();
  EXPECT_EQ(bench_.ledger()[7].type, "attempt-failed");
  EXPECT_NE(bench_.ledger()[7].details.find("asked to follow what was not followed"), std::string::npos);
}

TEST_F(FollowTest, AScriptThatAsksForMoreFromTheBeginningGoesOn) {
  begin(bench_, following({}));
  bench_.registers(kTodo);
  bench_.feed(rollout::ScriptSaidFollow{bench_.attempt(kTodo), {"todo-search.add"}, "m1"});
  begun(bench_);
  bench_.feed(rollout::ScriptSaidCheckpoint{bench_.attempt(kTodo), "17", "m2"});
  bench_.feed(rollout::ScriptSaidFailed{bench_.attempt(kTodo), "no"});
  bench_.exits(kTodo);
  bench_.wait_step_by_step(std::chrono::seconds{2});
  bench_.registers(kTodo);
  bench_.feed(rollout::ScriptSaidFollow{bench_.attempt(kTodo), {"todo-search.add"}, "m3"});
  EXPECT_EQ(bench_.all<rollout::AcknowledgeFollow>().size(), 2u) << bench_.transcript();
  EXPECT_EQ(checkpoint(bench_), "17") << "it is followed since before that was saved";
}

// --- whether what was recorded before must be there ---

TEST_F(FollowTest, NothingIsReliedOnBeforeTheFirstAttempt) {
  begin(bench_);
  EXPECT_FALSE(wanted(bench_).is_relied_on) << "its log may not be there yet";
  RolloutBench next(bench_.ledger());
  next.begin({with_script(kTodo, following())});
  EXPECT_FALSE(wanted(next).is_relied_on) << next.transcript();
  next.ready(kTodo);
  begun(next);
  EXPECT_TRUE(wanted(next).is_relied_on) << next.transcript();
}

TEST_F(FollowTest, WhatAScriptAskedForIsReliedOnFromItsNextCheckpointOrAttempt) {
  begin(bench_, following({}));
  bench_.registers(kTodo);
  bench_.feed(rollout::ScriptSaidFollow{bench_.attempt(kTodo), {"todo-search.add"}, "m1"});
  EXPECT_FALSE(wanted(bench_).is_relied_on) << "it reads nothing before it is followed";
  begun(bench_);
  bench_.feed(rollout::ScriptSaidCheckpoint{bench_.attempt(kTodo), "17", "m2"});
  EXPECT_TRUE(wanted(bench_).is_relied_on) << bench_.transcript();
}

TEST_F(FollowTest, WhatIsReplayedIsReliedOnUntilItsAttemptIsDone) {
  begin(bench_);
  copies(bench_);
  std::vector<LedgerEvent> ledger = bench_.ledger();
  replays(bench_);
  EXPECT_FALSE(wanted(bench_).is_relied_on) << "all of it is with the version";
  LedgerEvent done = follow_done_event({.version = kTodo, .id = {.run = kRun, .attempt = 1}}, {});
  done.sequence = ledger.size() + 1;
  ledger.push_back(done);
  RolloutBench next(ledger);
  next.begin({with_script(kTodo, following())});
  EXPECT_TRUE(wanted(next).is_relied_on) << "it is replayed anew: " << next.transcript();
}

// --- what people decide ----------------------------------------------------------------------------------

TEST_F(FollowTest, NobodysWordLosesWhatIsRecorded) {
  begin(bench_);
  for (const DecisionVerb verb : {DecisionVerb::kMarkDone, DecisionVerb::kBaseline}) {
    const rollout::Decided decided = bench_.decides(verb, kTodo, Phase::kOffline);
    ASSERT_TRUE(decided.refusal) << bench_.transcript();
    EXPECT_EQ(decided.refusal->code, "does-not-fit");
    EXPECT_NE(decided.refusal->message.find("its script follows todo-search.add"), std::string::npos)
        << decided.refusal->message;
  }
  EXPECT_EQ(bench_.events_of(kTodo), "version-introduced, follow-started");
}

TEST_F(FollowTest, WhatIsMarkedDoneBehindACancelledAttemptHasNoRecord) {
  begin(bench_);
  begun(bench_);
  bench_.registers(kTodo);
  bench_.decides(DecisionVerb::kCancel, kTodo, Phase::kOffline);
  bench_.exits(kTodo);
  ASSERT_EQ(bench_.ledger().back().type, "version-failed") << bench_.transcript();
  bench_.decides(DecisionVerb::kMarkDone, kTodo, Phase::kOffline);
  EXPECT_EQ(bench_.status(kTodo).gate, GateState::kOpen) << bench_.transcript();
}

// As a ledger of an older exo may say.
TEST_F(FollowTest, AGateThatOpensPastWhatIsRecordedSaysThatItIsAbandoned) {
  begin(bench_);
  std::vector<LedgerEvent> ledger = bench_.ledger();
  const Decision decision{
      .verb = DecisionVerb::kMarkDone, .version = kTodo, .reason = "it is", .who = "anna"};
  LedgerEvent marked =
      decision_event(event_type::kPhaseMarkedDone, decision, Phase::kOffline, RecordedPhase{}, nullptr);
  marked.sequence = ledger.size() + 1;
  ledger.push_back(marked);
  RolloutBench next(ledger);
  begin(next, {});
  EXPECT_EQ(
      next.events_of(kTodo),
      "version-introduced, follow-started, phase-marked-done, follow-abandoned, gate-opened, attempt-started")
      << "the online phase begins";
  EXPECT_TRUE(next.rollout().follows().empty());
}

TEST_F(FollowTest, APhaseThatIsRunAgainBehindItsReplayFollowsAnew) {
  begin(bench_);
  copies(bench_);
  replays(bench_);
  RolloutBench next(bench_.ledger());
  next.begin({with_script(kTodo, following())});
  next.decides(DecisionVerb::kRerun, kTodo, Phase::kOffline);
  next.ready(kTodo);
  EXPECT_EQ(next.events_of(kTodo),
            "version-introduced, follow-started, attempt-started, follow-done, attempt-done, rerun-decided, "
            "follow-abandoned, follow-started");
  EXPECT_EQ(wanted(next), (WantedFollow{.run = "todo-search-0.0.2-offline-2",
                                        .version = kTodo,
                                        .commands = {"todo-search.add"},
                                        .since = wanted(next).since,
                                        .began_at = wanted(next).began_at}));
}

TEST_F(FollowTest, AFailureOfWhatWasFollowedIsForgottenWhenItIsDecidedOtherwise) {
  begin(bench_);
  begun(bench_);
  bench_.feed(rollout::FollowLost{kRun, "its log is torn"});
  bench_.exits(kTodo);
  ASSERT_EQ(bench_.rollout().record().of(kTodo).stage, kStageFollow) << bench_.transcript();
  bench_.decides(DecisionVerb::kMarkDone, kTodo, Phase::kOffline);
  EXPECT_EQ(bench_.status(kTodo).gate, GateState::kOpen) << bench_.transcript();
}

}  // namespace
}  // namespace exo
