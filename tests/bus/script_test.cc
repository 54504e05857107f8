// A deployment script's view of the bus: what it may reach, acknowledged delivery, and "done means done".
#include <gtest/gtest.h>

#include <algorithm>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

const std::string kScript = "deployment-search-2.0.0-1";
const std::string kDone = "deployment-search-2.0.0-offline-done";

// search@1.0.0 is live, search@2.0.0 is held, and its script runs; todo is production.
class ScriptTest : public testing::Test {
 protected:
  ScriptTest() {
    for (const char* version : {"search@1.0.0", "search@2.0.0"}) {
      world_.version(version).receives = {"search.add"};
      world_.version(version).sends = {"todos.list", "search.add"};
    }
    world_.version("search@2.0.0").gate = Gate::kHeld;
    world_.version("todo@1.0.0").receives = {"todos.list"};
    world_.version("todo@1.0.0").sends = {"search.add"};
    world_.script("search@2.0.0");
    world_.publish();
    old_ = world_.join("search@1.0.0");
    held_ = world_.join("search@2.0.0");
    todo_ = world_.join("todo@1.0.0");
    script_ = world_.join_script("search@2.0.0");
  }
  void done(std::uint64_t handled_errors = 0) {
    world_.command(script_, kDone, {.id = "done", .handled_errors = handled_errors});
  }

  World world_;
  std::string old_, held_, todo_, script_;
};

TEST_F(ScriptTest, AScriptMaySendOnlyWhatItsServiceYmlSays) {
  world_.script("search@2.0.0").sends = {"todos.list"};
  world_.publish();
  world_.heard();
  world_.command(script_, "search.add", {.id = "m1"});
  EXPECT_EQ(world_.heard(script_),
            script_ +
                ": error not-allowed m1: deployment-search-2.0.0 may not send \"search.add\"; list it under "
                "messages.sends in the script's service.yml\n");
}

TEST_F(ScriptTest, ASingleFileMaySendWhateverSomeRoleReceives) {
  world_.command(script_, "todos.drop", {.id = "m1"});
  EXPECT_EQ(world_.heard(script_ + ": error no-receiver m1").empty(), false);
  world_.command(script_, "todos.list", {.id = "m2"});
  EXPECT_EQ(world_.heard(todo_), todo_ + ": command todos.list m2 from deployment-search-2.0.0@2.0.0 #1\n");
}

TEST_F(ScriptTest, AScriptThatIsNotInTheTableMaySendNothing) {
  world_.plan.scripts.clear();
  world_.publish();
  world_.heard();
  world_.command(script_, "todos.list", {.id = "m1"});
  EXPECT_EQ(world_.heard(script_),
            script_ + ": error not-allowed m1: deployment-search-2.0.0 is not running (any more)\n");
}

TEST_F(ScriptTest, AScriptReachesTheVersionThatItBringsIn) {
  world_.command(script_, "search.add", {.id = "m1", .payload = "milk"});
  EXPECT_EQ(world_.heard("search"),
            held_ + ": command search.add m1 from deployment-search-2.0.0@2.0.0 #1 payload milk\n");
}

TEST_F(ScriptTest, AScriptReachesAnOlderVersionByAskingForIt) {
  world_.command(script_, "search.add", {.id = "m1", .version = "1.0.0"});
  EXPECT_EQ(world_.heard("search"), old_ + ": command search.add m1 from deployment-search-2.0.0@2.0.0 #1\n");
}

TEST_F(ScriptTest, AScriptReachesNoOtherHeldVersion) {
  world_.version("todo@1.0.0").gate = Gate::kHeld;
  world_.publish();
  world_.heard();
  world_.command(script_, "todos.list", {.id = "m1"});
  EXPECT_EQ(world_.heard(script_ + ": error held m1").empty(), false);
}

TEST_F(ScriptTest, WhatTheNewVersionDoesNotReceiveIsNotSentToTheOldOne) {
  world_.version("search@2.0.0").receives.clear();
  world_.publish();
  world_.heard();
  world_.command(script_, "search.add", {.id = "m1"});
  EXPECT_EQ(world_.heard(script_),
            script_ +
                ": error no-receiver m1: search@2.0.0, which this script brings in, does not receive "
                "\"search.add\"; list it under messages.receives in that version's service.yml\n");
}

TEST_F(ScriptTest, AScriptsMessageWaitsForItsVersionWithoutADeadline) {
  world_.dismiss(held_);
  world_.heard();
  world_.command(script_, "search.add", {.id = "m1", .timeout_ms = 10});
  world_.pass(std::chrono::hours(3));
  EXPECT_EQ(world_.heard(script_), script_ + ": credit accepted 1\n");
  world_.register_on(50, world_.registration(world_.admit("search@2.0.0")));
  EXPECT_EQ(world_.heard("search-3: command"),
            "search-3: command search.add m1 from deployment-search-2.0.0@2.0.0 #1\n");
}

TEST_F(ScriptTest, ProductionDoesNotFollowAScriptsActivityToTheHeldVersion) {
  world_.command(script_, "search.add", {.id = "m1", .activity = "rollout"});
  world_.heard();
  world_.command(todo_, "search.add", {.id = "m2", .activity = "rollout"});
  EXPECT_EQ(world_.heard("search"), old_ + ": command search.add m2 from todo@1.0.0 #1\n");
}

TEST_F(ScriptTest, TheHeldVersionMaySendWithinTheScriptsActivity) {
  world_.command(held_, "todos.list", {.id = "m1", .activity = "elsewhere"});
  EXPECT_EQ(world_.heard(held_ + ": error held m1").empty(), false);
  world_.command(held_, "todos.list", {.id = "m2", .activity = "rollout"});
  EXPECT_EQ(world_.heard(todo_), todo_ + ": command todos.list m2 from search@2.0.0 #1 acknowledged\n");
}

TEST_F(ScriptTest, TheHeldVersionTalksToItselfWithinTheScriptsActivity) {
  world_.command(held_, "search.add", {.id = "m1", .activity = "rollout"});
  EXPECT_EQ(world_.heard("search"), held_ + ": command search.add m1 from search@2.0.0 #1 acknowledged\n");
}

TEST_F(ScriptTest, TheHeldVersionMaySendNothingWithoutItsScript) {
  world_.dismiss(script_);
  world_.heard();
  world_.command(held_, "todos.list", {.id = "m1", .activity = "rollout"});
  EXPECT_EQ(world_.heard(held_ + ": error held m1").empty(), false);
}

TEST_F(ScriptTest, AScriptHearsThatItsMessageIsDelivered) {
  world_.command(script_, "search.add", {.id = "m1"});
  world_.drained();
  EXPECT_EQ(world_.heard(script_), "") << "taken is not delivered";
  world_.handled(held_, {1});
  world_.drained();
  EXPECT_EQ(world_.heard(script_), script_ + ": delivered m1\n");
}

TEST_F(ScriptTest, OneDeliveredMessageTellsOfMany) {
  for (const char* id : {"m1", "m2", "m3"}) world_.command(script_, "search.add", {.id = id});
  world_.handled(held_, {1, 2, 3});
  world_.drained();
  EXPECT_EQ(world_.heard(script_), script_ + ": delivered m1 m2 m3\n");
}

TEST_F(ScriptTest, AMessageToTwoRolesIsDeliveredWhenBothHaveHandledIt) {
  world_.version("todo@1.0.0").receives.emplace_back("search.add");
  world_.publish();
  world_.heard();
  world_.command(script_, "search.add", {.id = "m1"});
  world_.handled(held_, {1});
  world_.drained();
  EXPECT_EQ(world_.heard(script_ + ": delivered"), "");
  world_.handled(todo_, {1});
  world_.drained();
  EXPECT_EQ(world_.heard(script_ + ": delivered"), script_ + ": delivered m1\n");
}

TEST_F(ScriptTest, WhatADeadReceiverHadIsDeliveredAgain) {
  world_.command(script_, "search.add", {.id = "m1", .payload = "milk"});
  world_.dismiss(held_);
  world_.heard();
  world_.register_on(50, world_.registration(world_.admit("search@2.0.0")));
  EXPECT_EQ(
      world_.heard("search-3: command"),
      "search-3: command search.add m1 from deployment-search-2.0.0@2.0.0 #1 redelivered payload milk\n");
}

TEST_F(ScriptTest, WhatADeadReceiverHadGoesFirstToTheNextInstance) {
  const std::string twin = world_.join("search@2.0.0", 1);
  world_.dismiss(held_);
  world_.command(script_, "search.add", {.id = "m1"});
  world_.command(script_, "search.add", {.id = "m2"});
  world_.heard();
  world_.dismiss(twin);
  world_.register_on(50, world_.registration(world_.admit("search@2.0.0")));
  EXPECT_EQ(world_.heard("search-4: command"),
            "search-4: command search.add m1 from deployment-search-2.0.0@2.0.0 #1 redelivered\n"
            "search-4: command search.add m2 from deployment-search-2.0.0@2.0.0 #2\n");
}

TEST_F(ScriptTest, WhatTheHeldVersionSentForTheScriptIsDeliveredAgainToo) {
  world_.command(held_, "todos.list", {.id = "m1", .activity = "rollout"});
  world_.dismiss(todo_);
  world_.heard();
  world_.register_on(50, world_.registration(world_.admit("todo@1.0.0")));
  EXPECT_EQ(world_.heard("todo-2: command"),
            "todo-2: command todos.list m1 from search@2.0.0 #1 redelivered acknowledged\n");
}

TEST_F(ScriptTest, AHandlersFailureIsToldToTheScript) {
  world_.command(script_, "search.add", {.id = "m1"});
  world_.heard();
  world_.failed(held_, 1, "disk full");
  EXPECT_EQ(world_.heard(), script_ + ": error handler-failed m1: disk full\n");
}

TEST_F(ScriptTest, ACommandThatFailsIsNotDelivered) {
  world_.command(script_, "search.add", {.id = "m1"});
  world_.failed(held_, 1, "disk full");
  world_.heard();
  world_.drained();
  EXPECT_EQ(world_.heard(script_ + ": delivered"), "");
}

TEST_F(ScriptTest, DoneWithNothingBeforeItPassesAtOnce) {
  done();
  EXPECT_EQ(world_.heard(), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, DoneWaitsForTheMessagesBeforeIt) {
  world_.command(script_, "search.add", {.id = "m1"});
  world_.command(script_, "search.add", {.id = "m2"});
  done();
  world_.handled(held_, {2});
  EXPECT_EQ(world_.heard("host: command"), "");
  world_.handled(held_, {1});
  EXPECT_EQ(world_.heard("host: command"), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, DoneWaitsForTheMessagesOfTheHeldVersion) {
  world_.command(held_, "todos.list", {.id = "m1", .activity = "rollout"});
  done();
  EXPECT_EQ(world_.heard("host: command"), "");
  world_.handled(todo_, {1});
  EXPECT_EQ(world_.heard("host: command"), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, DoneDoesNotWaitForMessagesAfterIt) {
  world_.command(script_, "search.add", {.id = "m1"});
  done();
  world_.command(script_, "search.add", {.id = "m2"});
  world_.handled(held_, {1});
  EXPECT_EQ(world_.heard("host: command"), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, ACheckpointWaitsLikeDone) {
  world_.command(script_, "search.add", {.id = "m1"});
  world_.command(script_, "deployment-search-2.0.0-offline-checkpoint", {.id = "c1"});
  EXPECT_EQ(world_.heard("host: command"), "");
  world_.handled(held_, {1});
  EXPECT_EQ(world_.heard("host: command"),
            "host: command deployment-search-2.0.0-offline-checkpoint from " + kScript + "\n");
}

TEST_F(ScriptTest, MoreCheckpointsThanMayWaitAreRefused) {
  const std::string name = "deployment-search-2.0.0-offline-checkpoint";
  world_.command(script_, "search.add", {.id = "m1"});
  for (int i = 0; i < 64; ++i) world_.command(script_, name);
  EXPECT_EQ(world_.heard(script_), "");
  world_.command(script_, name, {.id = "straw"});
  EXPECT_EQ(world_.heard(script_),
            script_ +
                ": error overloaded straw: 64 checkpoints (0 bytes) of this script wait "
                "until its commands before them are settled\n");
  world_.handled(held_, {1});
  const std::string passed = world_.heard("host: command");
  EXPECT_EQ(std::count(passed.begin(), passed.end(), '\n'), 64);
}

TEST_F(ScriptTest, MoreCheckpointsThanMayWaitAsRepliesFailThePhase) {
  const std::string name = "deployment-search-2.0.0-offline-checkpoint";
  world_.exo_sends({.instance = script_, .name = "start", .id = "x1", .expects = Expects::kMany});
  world_.command(script_, "search.add", {.id = "m1"});
  for (int i = 0; i < 64; ++i) world_.reply(script_, name, "x1", {.more = true});
  EXPECT_EQ(world_.heard("host: error"), "");
  world_.reply(script_, name, "x1", {.more = true});
  EXPECT_EQ(world_.heard("host: error"), "host: error to x1 from " + script_ + " code overloaded\n");
}

TEST_F(ScriptTest, ProgressAndFailurePassAtOnce) {
  world_.command(script_, "search.add", {.id = "m1"});
  world_.heard();
  world_.command(script_, "deployment-search-2.0.0-offline-progress");
  world_.command(script_, "deployment-search-2.0.0-offline-failed");
  EXPECT_EQ(world_.heard(), "host: command deployment-search-2.0.0-offline-progress from " + kScript +
                                "\n"
                                "host: command deployment-search-2.0.0-offline-failed from " +
                                kScript + "\n");
}

TEST_F(ScriptTest, DoneTellsHowManyMessagesFailed) {
  world_.command(script_, "search.add", {.id = "m1"});
  world_.command(script_, "todos.drop", {.id = "m2"});
  done(1);
  world_.failed(held_, 1, "disk full");
  EXPECT_EQ(world_.heard("host: command"),
            "host: command " + kDone + " from " + kScript + " failed 2 handled 1\n");
}

TEST_F(ScriptTest, FailuresAfterDoneDoNotCountForIt) {
  world_.command(script_, "search.add", {.id = "m1"});
  done();
  world_.command(script_, "search.add", {.id = "m2"});
  world_.failed(held_, 2, "disk full");
  world_.handled(held_, {1});
  EXPECT_EQ(world_.heard("host: command"), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, AFailureOfTheHeldVersionsMessageCountsForTheScript) {
  world_.command(held_, "todos.list", {.id = "m1", .activity = "rollout"});
  world_.failed(todo_, 1, "no");
  world_.heard();
  done();
  EXPECT_EQ(world_.heard("host: command"),
            "host: command " + kDone + " from " + kScript + " failed 1 handled 0\n");
}

TEST_F(ScriptTest, ADeadReceiverHoldsDoneUpAndNoMore) {
  world_.command(script_, "search.add", {.id = "m1"});
  done();
  world_.dismiss(held_);
  EXPECT_EQ(world_.heard("host: command"), "");
  world_.register_on(50, world_.registration(world_.admit("search@2.0.0")));
  world_.handled("search-3", {1});
  EXPECT_EQ(world_.heard("host: command"), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, DoneOfAScriptThatHasEndedIsNotPassedOn) {
  world_.command(script_, "search.add", {.id = "m1"});
  done();
  world_.dismiss(script_);
  world_.handled(held_, {1});
  EXPECT_EQ(world_.heard("host: command"), "");
}

TEST_F(ScriptTest, WhatNobodyHasTakenIsDroppedWithAScriptThatEnds) {
  world_.dismiss(held_);
  world_.command(script_, "search.add", {.id = "m1"});
  world_.command(script_, "search.add", {.id = "m2"});
  world_.heard();
  world_.dismiss(script_);
  EXPECT_EQ(world_.heard("host: notice"),
            "host: notice bus: deployment-search-2.0.0 has ended; 2 of its messages, which nobody had taken "
            "yet, are "
            "dropped\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(ScriptTest, WhatAnEndedScriptSentIsNotDeliveredTwice) {
  world_.command(script_, "search.add", {.id = "m1"});
  world_.dismiss(script_);
  world_.dismiss(held_);
  world_.heard();
  world_.register_on(50, world_.registration(world_.admit("search@2.0.0")));
  EXPECT_EQ(world_.heard("search-3: command"), "");
}

TEST_F(ScriptTest, AMessageSentAgainAfterAReconnectIsTakenOnce) {
  world_.command(script_, "search.add", {.id = "m1"});
  world_.connection_breaks(script_);
  world_.register_on(60, world_.registration(script_));
  world_.heard();
  HeaderView again;
  again.kind = Kind::kCommand;
  again.name = "search.add";
  again.id = "m1";
  world_.router.receive(ConnectionId{60}, again, Payload(), world_.now());
  EXPECT_EQ(world_.heard(), "");
  world_.handled(held_, {1});
  world_.drained();
  EXPECT_EQ(world_.heard(), "connection 60: delivered m1\n");
}

TEST_F(ScriptTest, ExoStartsAScriptWithACommandAndGetsItsReply) {
  world_.exo_sends({.instance = script_,
                    .name = "deployment-search-2.0.0-offline-start",
                    .id = "start",
                    .activity_id = "rollout",
                    .expects = Expects::kMany});
  EXPECT_EQ(world_.heard(), script_ + ": command deployment-search-2.0.0-offline-start start from exo #1\n");
  world_.reply(script_, kDone, "start");
  EXPECT_EQ(world_.heard(), "host: reply " + kDone + " to start from " + kScript + "\n");
}

TEST_F(ScriptTest, DoneAsAReplyWaitsToo) {
  world_.exo_sends({.instance = script_,
                    .name = "deployment-search-2.0.0-offline-start",
                    .id = "start",
                    .expects = Expects::kMany});
  world_.command(script_, "search.add", {.id = "m1"});
  world_.reply(script_, kDone, "start");
  EXPECT_EQ(world_.heard("host: reply"), "");
  world_.handled(held_, {1});
  EXPECT_EQ(world_.heard("host: reply"), "host: reply " + kDone + " to start from " + kScript + "\n");
}

TEST_F(ScriptTest, AStartHandlersFailureIsToldToExo) {
  world_.exo_sends({.instance = script_,
                    .name = "deployment-search-2.0.0-offline-start",
                    .id = "start",
                    .expects = Expects::kMany});
  world_.heard();
  world_.failed(script_, 1, "not a function");
  EXPECT_EQ(world_.heard(), "host: error to start from " + kScript + " code handler-failed\n");
}

TEST_F(ScriptTest, AStartForAScriptThatIsNotThereFails) {
  world_.connection_breaks(script_);
  world_.heard();
  world_.exo_sends({.instance = script_, .name = "deployment-search-2.0.0-offline-start", .id = "start"});
  EXPECT_EQ(world_.heard(), "host: error to start from " + kScript + " code receiver-lost\n");
}

TEST_F(ScriptTest, ABrokenConnectionFailsTheStart) {
  world_.exo_sends({.instance = script_,
                    .name = "deployment-search-2.0.0-offline-start",
                    .id = "start",
                    .expects = Expects::kMany});
  world_.heard();
  world_.connection_breaks(script_);
  EXPECT_EQ(world_.heard(), "host: lost " + kScript + ": its connection broke\nhost: error to start from " +
                                kScript + " code receiver-lost\n");
}

TEST_F(ScriptTest, AScriptDoesNotAskAnotherScript) {
  world_.command(script_, "deployment-todo-1.0.0-offline-done", {.id = "m1"});
  EXPECT_EQ(world_.heard(script_ + ": error no-receiver m1").empty(), false);
}

TEST_F(ScriptTest, EachKindOfFlowIsSeenOnceAndCountedAtTheEnd) {
  for (int i = 0; i < 3; ++i) world_.command(script_, "search.add");
  world_.command(script_, "todos.list");
  EXPECT_EQ(world_.heard("host: flow"),
            "host: flow deployment-search-2.0.0 --[ search.add ]-> search x1\n"
            "host: flow deployment-search-2.0.0 --[ todos.list ]-> todo x1\n");
  world_.dismiss(script_);
  EXPECT_EQ(world_.heard("host: flow"), "host: flow deployment-search-2.0.0 --[ search.add ]-> search x3\n");
}

TEST_F(ScriptTest, RepliesToAScriptAreFlowsToo) {
  world_.command(script_, "todos.list", {.id = "m1", .expects = Expects::kOne});
  world_.heard();
  world_.reply(todo_, "todos.listed", "m1");
  EXPECT_EQ(world_.heard("host: flow"), "host: flow todo --[ todos.listed ]-> deployment-search-2.0.0 x1\n");
}

TEST_F(ScriptTest, ActivityIsToldAtMostTenTimesASecond) {
  world_.pass(std::chrono::seconds(1));
  EXPECT_EQ(world_.heard("host: active"), "") << "nothing has moved";
  world_.command(script_, "search.add");
  world_.handled(held_, {1});
  world_.pass(std::chrono::milliseconds(50));
  EXPECT_EQ(world_.heard("host: active"), "");
  world_.pass(std::chrono::milliseconds(50));
  EXPECT_EQ(world_.heard("host: active"), "host: active " + kScript + " 2\n");
}

}  // namespace
}  // namespace exo::routing
