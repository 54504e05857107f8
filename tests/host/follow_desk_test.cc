// The desk of follows between the broker, the rollout core and the disk: what it records, when it lets
// commands go on, what it replays, and what it says where something holds it up.
#include "host/follow_desk.h"

#include <gtest/gtest.h>

#include "base/overloaded.h"
#include "tests/host/fake_follow_outside.h"

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kRun[] = "todo-2.0.0-offline-1";
const rollout::AttemptId kFirst{kRun, 1};

class FollowDeskTest : public ::testing::Test {
 protected:
  FollowDeskTest() { start(); }

  // A host that finds what is on the disk.
  void start() {
    desk_.reset();
    inputs_.clear();
    outside_ = std::make_unique<FakeFollowOutside>(disk_);
    desk_ = std::make_unique<FollowDesk>(
        FollowDesk::Parts{.outside = *outside_, .inputs = inputs_, .host_id = "h"});
  }
  void adopt() { desk_->adopt({wanted_}, {kRun}, now_); }
  void drive() { desk_->drive(now_); }
  void replay_for(std::optional<rollout::AttemptId> attempt) {
    wanted_.replays_for = std::move(attempt);
    ++wanted_.replay;
    adopt();
  }
  void hold_back() {
    wanted_.held_back = true;
    adopt();
    desk_->take(FollowHeldBack{.run = kRun, .replay = wanted_.replay});
  }
  void come(std::uint64_t number, MonotonicTime settled_by = MonotonicTime::max()) {
    desk_->take(FollowedCommand{.number = number,
                                .runs = {kRun},
                                .name = "todo.add",
                                .payload = Payload(std::to_string(number)),
                                .settled_by = settled_by});
  }
  void settle(std::uint64_t number, bool applied = true) {
    desk_->take(FollowedSettled{.number = number, .applied = applied}, now_);
  }
  // Recorded, delivered and handled.
  void handle(std::uint64_t number) {
    come(number);
    drive();
    settle(number);
  }
  void answer_replayed() {
    for (const ReplayedCommand& command : std::exchange(outside_->replayed, {})) {
      desk_->take(ReplaySettled{.id = command.id});
    }
  }
  std::string replayed() const {
    std::string text;
    for (const ReplayedCommand& command : outside_->replayed)
      text += std::string(command.payload.text()) + " ";
    return text;
  }
  // What the core was told since this was asked last, a line each.
  std::string told_core() {
    std::string text;
    for (const rollout::Input& input : std::exchange(inputs_, {})) text += rollout::describe(input) + "\n";
    return text;
  }

  FakeFollowDisk disk_;
  std::unique_ptr<FakeFollowOutside> outside_;
  RolloutInputs inputs_;
  std::unique_ptr<FollowDesk> desk_;
  rollout::WantedFollow wanted_{
      .run = kRun, .version = {"todo", "2.0.0"}, .commands = {"todo.add"}, .since = 3, .began_at = 4};
  MonotonicTime now_{std::chrono::hours(1)};
};

TEST_F(FollowDeskTest, ACommandGoesOnWhenItsCopyIsOnTheDisk) {
  adopt();
  come(1);
  EXPECT_EQ(outside_->recorded_through, 0U);
  drive();
  EXPECT_EQ(outside_->recorded_through, 1U);
}

TEST_F(FollowDeskTest, WhileTheDiskTakesNothingCommandsWaitAndPeopleAreToldOnce) {
  adopt();
  disk_.is_full = true;
  come(1);
  drive();
  now_ += seconds(1);
  drive();
  EXPECT_EQ(outside_->recorded_through, 0U);
  EXPECT_EQ(outside_->told, "warn the commands that todo@2.0.0 follows wait: runs/" + std::string(kRun) +
                                ".follow: no space left on device; make room there\n");
  EXPECT_EQ(desk_->wake_at(), now_ + seconds(1));
  disk_.is_full = false;
  now_ += seconds(1);
  drive();
  EXPECT_EQ(outside_->recorded_through, 1U);
  EXPECT_EQ(desk_->wake_at(), std::nullopt);
}

TEST_F(FollowDeskTest, ThatItHasBegunIsToldWhenItCanRecord) {
  disk_.is_full = true;
  adopt();
  desk_->take(FollowBegun{.run = kRun, .began_at = 4});
  drive();
  EXPECT_EQ(told_core(), "");
  disk_.is_full = false;
  now_ += seconds(1);
  drive();
  EXPECT_EQ(told_core(), "follow-begun " + std::string(kRun) + " at 4\n");
}

TEST_F(FollowDeskTest, WhatTheBrokerSaysOfAnEarlierFollowOfTheRunIsNotOfThisOne) {
  adopt();
  desk_->adopt({}, {}, now_);
  wanted_.began_at = 9;
  adopt();
  desk_->take(FollowBegun{.run = kRun, .began_at = 4});
  drive();
  EXPECT_EQ(told_core(), "");
  desk_->take(FollowBegun{.run = kRun, .began_at = 9});
  drive();
  EXPECT_EQ(told_core(), "follow-begun " + std::string(kRun) + " at 9\n");
}

TEST_F(FollowDeskTest, WhatBecomesOfACopyOfAnEarlierFollowLeavesNothingOutOfThisOne) {
  adopt();
  come(1);
  drive();
  desk_->adopt({}, {}, now_);
  wanted_.began_at = 9;
  adopt();
  settle(1, false);
  handle(2);
  replay_for(kFirst);
  drive();
  EXPECT_EQ(replayed(), "2 ");
}

TEST_F(FollowDeskTest, WhatTheBrokerSaysOfAnEarlierReplayIsNotOfThisOne) {
  adopt();
  replay_for(kFirst);
  const std::uint64_t before = wanted_.replay;
  replay_for(rollout::AttemptId{kRun, 2});
  wanted_.held_back = true;
  adopt();
  desk_->take(FollowHeldBack{.run = kRun, .replay = before});
  drive();
  EXPECT_EQ(told_core().find("follow-done"), std::string::npos) << "copies may still come";
  desk_->take(FollowHeldBack{.run = kRun, .replay = wanted_.replay});
  drive();
  EXPECT_NE(told_core().find("follow-done"), std::string::npos);
}

TEST_F(FollowDeskTest, ReplaysWhatIsSettledInOrderAndThenWhatIsLeftWhenProductionIsHeldBack) {
  adopt();
  handle(1);
  come(2);
  drive();
  replay_for(kFirst);
  drive();
  EXPECT_EQ(replayed(), "1 ") << "nobody knows yet what becomes of the second";
  settle(2, false);
  come(3);
  drive();
  settle(3);
  drive();
  EXPECT_EQ(replayed(), "1 3 ");
  answer_replayed();
  drive();
  EXPECT_EQ(told_core().find("follow-done"), std::string::npos) << "more may come";
  hold_back();
  drive();
  EXPECT_EQ(told_core(), "follow-done " + std::string(kRun) + " recorded 3, replayed 2, left out 1\n");
}

TEST_F(FollowDeskTest, APauseDuringTheReplayEndsItAndTheNextOneBeginsAtTheFirst) {
  adopt();
  for (const std::uint64_t number : {1U, 2U, 3U}) handle(number);
  replay_for(kFirst);
  drive();
  EXPECT_EQ(replayed(), "1 2 3 ");
  const std::string first_id = outside_->replayed[0].id;
  replay_for(std::nullopt);
  told_core();
  answer_replayed();
  handle(4);
  drive();
  EXPECT_EQ(told_core(), "") << "a paused script is neither active nor replayed for";
  EXPECT_EQ(replayed(), "");
  replay_for(kFirst);
  drive();
  EXPECT_EQ(replayed(), "1 2 3 4 ");
  EXPECT_NE(outside_->replayed[0].id, first_id) << "it would be taken for what has come already";
  hold_back();
  answer_replayed();
  drive();
  EXPECT_NE(told_core().find("follow-done"), std::string::npos);
}

TEST_F(FollowDeskTest, APauseWhileProductionIsHeldBackLetsItGoOnAndRecordsIt) {
  adopt();
  handle(1);
  replay_for(kFirst);
  hold_back();
  wanted_.held_back = false;
  replay_for(std::nullopt);
  handle(2);
  wanted_.held_back = false;
  replay_for(kFirst);
  drive();
  EXPECT_EQ(replayed(), "1 2 ");
  answer_replayed();
  drive();
  EXPECT_EQ(told_core().find("follow-done"), std::string::npos) << "what was held back is held back no more";
}

TEST_F(FollowDeskTest, AFailedReplayIsToldWithItsErrorAndNoMoreIsSent) {
  adopt();
  handle(1);
  replay_for(kFirst);
  drive();
  desk_->take(ReplaySettled{.id = outside_->replayed[0].id, .code = "handler-failed", .reason = "no table"});
  handle(2);
  EXPECT_EQ(replayed(), "1 ");
  EXPECT_NE(told_core().find("handler-failed: no table"), std::string::npos);
}

TEST_F(FollowDeskTest, TheNextHostReplaysWhatWasRecordedUnderTheOneBefore) {
  adopt();
  handle(1);
  come(2);
  start();
  wanted_.is_relied_on = true;
  adopt();
  handle(1);  // of this host's broker, which counts anew
  replay_for(kFirst);
  drive();
  EXPECT_EQ(replayed(), "1 1 ") << "what was not on the disk was passed on to nobody";
  EXPECT_NE(outside_->told.find("goes on after 1 commands"), std::string::npos) << outside_->told;
}

TEST_F(FollowDeskTest, AMissingLogThatIsReliedOnIsLostAndHoldsUpNobody) {
  wanted_.is_relied_on = true;
  adopt();
  EXPECT_EQ(told_core(), "follow-lost " + std::string(kRun) + " \"runs/" + kRun +
                             ".follow, which holds what was recorded, is not there\"\n");
  come(1);
  desk_->take(FollowBegun{.run = kRun, .began_at = 4});
  drive();
  EXPECT_EQ(outside_->recorded_through, 1U);
  EXPECT_EQ(told_core(), "") << "nothing begins without its log";
}

TEST_F(FollowDeskTest, AMissingLogOfAFollowThatNothingReliesOnYetIsBegun) {
  adopt();
  EXPECT_EQ(told_core(), "");
  EXPECT_EQ(disk_.logs.count(kRun), 1U);
}

TEST_F(FollowDeskTest, AnAlteredLogIsLost) {
  disk_.logs[kRun] = std::make_shared<std::string>("something else");
  adopt();
  EXPECT_NE(told_core().find("does not begin like a log"), std::string::npos);
}

TEST_F(FollowDeskTest, WhatHoldsUpItsBeginningForLongIsSaidWithWhatItIsAtWorkOn) {
  adopt();
  desk_->take(FollowWaits{.run = kRun, .instance = "todo-1.0.0-1", .name = "todo.add"}, now_);
  drive();
  EXPECT_EQ(outside_->told, "");
  ASSERT_EQ(desk_->wake_at(), now_ + seconds(5));
  now_ += seconds(5);
  drive();
  drive();
  EXPECT_EQ(
      outside_->told,
      "warn the script of todo@2.0.0 waits: todo-1.0.0-1 is at work on a \"todo.add\" from before it was "
      "followed; it waits until it is done, since it has no deadline, or that instance has ended\n");
  EXPECT_EQ(desk_->wake_at(), std::nullopt);
  desk_->take(FollowBegun{.run = kRun, .began_at = 4});
  EXPECT_NE(outside_->told.find("say what waited for the script of todo@2.0.0 is handled"),
            std::string::npos);
}

TEST_F(FollowDeskTest, AShortWaitForTheBeginningIsNotSaid) {
  adopt();
  desk_->take(FollowWaits{.run = kRun, .instance = "todo-1.0.0-1", .name = "todo.add", .has_deadline = true},
              now_);
  desk_->take(FollowBegun{.run = kRun, .began_at = 4});
  now_ += seconds(60);
  drive();
  EXPECT_EQ(outside_->told, "");
}

TEST_F(FollowDeskTest, OneOfManyHandlersInTurnIsSaidWhenTheyTakeLongTogether) {
  adopt();
  desk_->take(FollowWaits{.run = kRun, .instance = "todo-1.0.0-1", .name = "todo.add"}, now_);
  now_ += seconds(3);
  desk_->take(FollowWaits{.run = kRun, .instance = "todo-1.0.0-2", .name = "todo.add", .has_deadline = true},
              now_);
  now_ += seconds(2);
  drive();
  EXPECT_NE(outside_->told.find("todo-1.0.0-2 is at work on a \"todo.add\" from before it was followed; it "
                                "waits until it is done or its deadline has passed"),
            std::string::npos)
      << outside_->told;
}

TEST_F(FollowDeskTest, ProductionIsNotHeldBackForAHandlerThatMayNeverEndAndItsDeadlineEndsTheWait) {
  adopt();
  come(1, now_ + seconds(8));
  drive();
  now_ += milliseconds(600);
  replay_for(kFirst);
  drive();
  EXPECT_EQ(told_core().find("follow-short"), std::string::npos);
  ASSERT_TRUE(desk_->wake_at().has_value());
  now_ = *desk_->wake_at();
  drive();
  EXPECT_EQ(replayed(), "1 ");
  EXPECT_NE(told_core().find("follow-short"), std::string::npos);
}

TEST_F(FollowDeskTest, ALogIsThatOfItsFollowAndNotOfWhateverItsRunHasFollowedBefore) {
  adopt();
  EXPECT_EQ(outside_->asked_since, 3U);
  desk_->adopt({}, {}, now_);
  wanted_.since = wanted_.began_at = 12;
  adopt();
  EXPECT_EQ(outside_->asked_since, 12U);
}

TEST_F(FollowDeskTest, LogsThatTheLedgerKnowsNothingOfAreRemovedAndOthersStay) {
  for (const char* run : {"gone-1.0.0-offline-1", "other-1.0.0-offline-1"}) {
    disk_.logs[run] = std::make_shared<std::string>();
  }
  desk_->adopt({wanted_}, {kRun, "other-1.0.0-offline-1"}, now_);
  EXPECT_EQ(disk_.logs.count("gone-1.0.0-offline-1"), 0U);
  EXPECT_EQ(disk_.logs.count("other-1.0.0-offline-1"), 1U);
  desk_->adopt({}, {}, now_);
  EXPECT_TRUE(disk_.logs.empty());
}

}  // namespace
}  // namespace exo
