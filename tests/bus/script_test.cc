// A deployment script's view of the bus: what it may reach, acknowledged delivery, and "done means done".
#include <gtest/gtest.h>

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
      world.version(version).receives = {"search.add"};
      world.version(version).sends = {"todos.list", "search.add"};
    }
    world.version("search@2.0.0").gate = Gate::kHeld;
    world.version("todo@1.0.0").receives = {"todos.list"};
    world.version("todo@1.0.0").sends = {"search.add"};
    world.script("search@2.0.0");
    world.publish();
    old = world.join("search@1.0.0");
    held = world.join("search@2.0.0");
    todo = world.join("todo@1.0.0");
    script = world.join_script("search@2.0.0");
  }
  void done(std::uint64_t handled_errors = 0) {
    world.command(script, kDone, {.id = "done", .handled_errors = handled_errors});
  }

  World world;
  std::string old, held, todo, script;
};

TEST_F(ScriptTest, AScriptMaySendOnlyWhatItsServiceYmlSays) {
  world.script("search@2.0.0").sends = {"todos.list"};
  world.publish();
  world.heard();
  world.command(script, "search.add", {.id = "m1"});
  EXPECT_EQ(world.heard(script),
            script +
                ": error not-allowed m1: deployment-search-2.0.0 may not send \"search.add\"; list it under "
                "messages.sends in the script's service.yml\n");
}

TEST_F(ScriptTest, ASingleFileMaySendWhateverSomeRoleReceives) {
  world.command(script, "todos.drop", {.id = "m1"});
  EXPECT_EQ(world.heard(script + ": error no-receiver m1").empty(), false);
  world.command(script, "todos.list", {.id = "m2"});
  EXPECT_EQ(world.heard(todo), todo + ": command todos.list m2 from deployment-search-2.0.0@2.0.0 #1\n");
}

TEST_F(ScriptTest, AScriptThatIsNotInTheTableMaySendNothing) {
  world.plan.scripts.clear();
  world.publish();
  world.heard();
  world.command(script, "todos.list", {.id = "m1"});
  EXPECT_EQ(world.heard(script),
            script + ": error not-allowed m1: deployment-search-2.0.0 is not running (any more)\n");
}

TEST_F(ScriptTest, AScriptReachesTheVersionThatItBringsIn) {
  world.command(script, "search.add", {.id = "m1", .payload = "milk"});
  EXPECT_EQ(world.heard("search"),
            held + ": command search.add m1 from deployment-search-2.0.0@2.0.0 #1 payload milk\n");
}

TEST_F(ScriptTest, AScriptReachesAnOlderVersionByAskingForIt) {
  world.command(script, "search.add", {.id = "m1", .version = "1.0.0"});
  EXPECT_EQ(world.heard("search"), old + ": command search.add m1 from deployment-search-2.0.0@2.0.0 #1\n");
}

TEST_F(ScriptTest, AScriptReachesNoOtherHeldVersion) {
  world.version("todo@1.0.0").gate = Gate::kHeld;
  world.publish();
  world.heard();
  world.command(script, "todos.list", {.id = "m1"});
  EXPECT_EQ(world.heard(script + ": error held m1").empty(), false);
}

TEST_F(ScriptTest, WhatTheNewVersionDoesNotReceiveIsNotSentToTheOldOne) {
  world.version("search@2.0.0").receives.clear();
  world.publish();
  world.heard();
  world.command(script, "search.add", {.id = "m1"});
  EXPECT_EQ(world.heard(script),
            script +
                ": error no-receiver m1: search@2.0.0, which this script brings in, does not receive "
                "\"search.add\"; list it under messages.receives in that version's service.yml\n");
}

TEST_F(ScriptTest, AScriptsMessageWaitsForItsVersionWithoutADeadline) {
  world.dismiss(held);
  world.heard();
  world.command(script, "search.add", {.id = "m1", .timeout_ms = 10});
  world.pass(std::chrono::hours(3));
  EXPECT_EQ(world.heard(script), script + ": credit accepted 1\n");
  world.register_on(50, world.registration(world.admit("search@2.0.0")));
  EXPECT_EQ(world.heard("search-3: command"),
            "search-3: command search.add m1 from deployment-search-2.0.0@2.0.0 #1\n");
}

TEST_F(ScriptTest, ProductionDoesNotFollowAScriptsActivityToTheHeldVersion) {
  world.command(script, "search.add", {.id = "m1", .activity = "rollout"});
  world.heard();
  world.command(todo, "search.add", {.id = "m2", .activity = "rollout"});
  EXPECT_EQ(world.heard("search"), old + ": command search.add m2 from todo@1.0.0 #1\n");
}

TEST_F(ScriptTest, TheHeldVersionMaySendWithinTheScriptsActivity) {
  world.command(held, "todos.list", {.id = "m1", .activity = "elsewhere"});
  EXPECT_EQ(world.heard(held + ": error held m1").empty(), false);
  world.command(held, "todos.list", {.id = "m2", .activity = "rollout"});
  EXPECT_EQ(world.heard(todo), todo + ": command todos.list m2 from search@2.0.0 #1\n");
}

TEST_F(ScriptTest, TheHeldVersionTalksToItselfWithinTheScriptsActivity) {
  world.command(held, "search.add", {.id = "m1", .activity = "rollout"});
  EXPECT_EQ(world.heard("search"), held + ": command search.add m1 from search@2.0.0 #1\n");
}

TEST_F(ScriptTest, TheHeldVersionMaySendNothingWithoutItsScript) {
  world.dismiss(script);
  world.heard();
  world.command(held, "todos.list", {.id = "m1", .activity = "rollout"});
  EXPECT_EQ(world.heard(held + ": error held m1").empty(), false);
}

TEST_F(ScriptTest, AScriptHearsThatItsMessageIsDelivered) {
  world.command(script, "search.add", {.id = "m1"});
  world.drained();
  EXPECT_EQ(world.heard(script), "") << "taken is not delivered";
  world.handled(held, {1});
  world.drained();
  EXPECT_EQ(world.heard(script), script + ": delivered m1\n");
}

TEST_F(ScriptTest, OneDeliveredMessageTellsOfMany) {
  for (const char* id : {"m1", "m2", "m3"}) world.command(script, "search.add", {.id = id});
  world.handled(held, {1, 2, 3});
  world.drained();
  EXPECT_EQ(world.heard(script), script + ": delivered m1 m2 m3\n");
}

TEST_F(ScriptTest, AMessageToTwoRolesIsDeliveredWhenBothHaveHandledIt) {
  world.version("todo@1.0.0").receives.emplace_back("search.add");
  world.publish();
  world.heard();
  world.command(script, "search.add", {.id = "m1"});
  world.handled(held, {1});
  world.drained();
  EXPECT_EQ(world.heard(script + ": delivered"), "");
  world.handled(todo, {1});
  world.drained();
  EXPECT_EQ(world.heard(script + ": delivered"), script + ": delivered m1\n");
}

TEST_F(ScriptTest, WhatADeadReceiverHadIsDeliveredAgain) {
  world.command(script, "search.add", {.id = "m1", .payload = "milk"});
  world.dismiss(held);
  world.heard();
  world.register_on(50, world.registration(world.admit("search@2.0.0")));
  EXPECT_EQ(
      world.heard("search-3: command"),
      "search-3: command search.add m1 from deployment-search-2.0.0@2.0.0 #1 redelivered payload milk\n");
}

TEST_F(ScriptTest, WhatADeadReceiverHadGoesFirstToTheNextInstance) {
  const std::string twin = world.join("search@2.0.0", 1);
  world.dismiss(held);
  world.command(script, "search.add", {.id = "m1"});
  world.command(script, "search.add", {.id = "m2"});
  world.heard();
  world.dismiss(twin);
  world.register_on(50, world.registration(world.admit("search@2.0.0")));
  EXPECT_EQ(world.heard("search-4: command"),
            "search-4: command search.add m1 from deployment-search-2.0.0@2.0.0 #1 redelivered\n"
            "search-4: command search.add m2 from deployment-search-2.0.0@2.0.0 #2\n");
}

TEST_F(ScriptTest, WhatTheHeldVersionSentForTheScriptIsDeliveredAgainToo) {
  world.command(held, "todos.list", {.id = "m1", .activity = "rollout"});
  world.dismiss(todo);
  world.heard();
  world.register_on(50, world.registration(world.admit("todo@1.0.0")));
  EXPECT_EQ(world.heard("todo-2: command"),
            "todo-2: command todos.list m1 from search@2.0.0 #1 redelivered\n");
}

TEST_F(ScriptTest, AHandlersFailureIsToldToTheScript) {
  world.command(script, "search.add", {.id = "m1"});
  world.heard();
  world.failed(held, 1, "disk full");
  EXPECT_EQ(world.heard(), script + ": error handler-failed m1: disk full\n");
}

TEST_F(ScriptTest, ACommandThatFailsIsNotDelivered) {
  world.command(script, "search.add", {.id = "m1"});
  world.failed(held, 1, "disk full");
  world.heard();
  world.drained();
  EXPECT_EQ(world.heard(script + ": delivered"), "");
}

TEST_F(ScriptTest, DoneWithNothingBeforeItPassesAtOnce) {
  done();
  EXPECT_EQ(world.heard(), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, DoneWaitsForTheMessagesBeforeIt) {
  world.command(script, "search.add", {.id = "m1"});
  world.command(script, "search.add", {.id = "m2"});
  done();
  world.handled(held, {2});
  EXPECT_EQ(world.heard("host: command"), "");
  world.handled(held, {1});
  EXPECT_EQ(world.heard("host: command"), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, DoneWaitsForTheMessagesOfTheHeldVersion) {
  world.command(held, "todos.list", {.id = "m1", .activity = "rollout"});
  done();
  EXPECT_EQ(world.heard("host: command"), "");
  world.handled(todo, {1});
  EXPECT_EQ(world.heard("host: command"), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, DoneDoesNotWaitForMessagesAfterIt) {
  world.command(script, "search.add", {.id = "m1"});
  done();
  world.command(script, "search.add", {.id = "m2"});
  world.handled(held, {1});
  EXPECT_EQ(world.heard("host: command"), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, ACheckpointWaitsLikeDone) {
  world.command(script, "search.add", {.id = "m1"});
  world.command(script, "deployment-search-2.0.0-offline-checkpoint", {.id = "c1"});
  EXPECT_EQ(world.heard("host: command"), "");
  world.handled(held, {1});
  EXPECT_EQ(world.heard("host: command"),
            "host: command deployment-search-2.0.0-offline-checkpoint from " + kScript + "\n");
}

TEST_F(ScriptTest, ProgressAndFailurePassAtOnce) {
  world.command(script, "search.add", {.id = "m1"});
  world.heard();
  world.command(script, "deployment-search-2.0.0-offline-progress");
  world.command(script, "deployment-search-2.0.0-offline-failed");
  EXPECT_EQ(world.heard(), "host: command deployment-search-2.0.0-offline-progress from " + kScript +
                               "\n"
                               "host: command deployment-search-2.0.0-offline-failed from " +
                               kScript + "\n");
}

TEST_F(ScriptTest, DoneTellsHowManyMessagesFailed) {
  world.command(script, "search.add", {.id = "m1"});
  world.command(script, "todos.drop", {.id = "m2"});
  done(1);
  world.failed(held, 1, "disk full");
  EXPECT_EQ(world.heard("host: command"),
            "host: command " + kDone + " from " + kScript + " failed 2 handled 1\n");
}

TEST_F(ScriptTest, FailuresAfterDoneDoNotCountForIt) {
  world.command(script, "search.add", {.id = "m1"});
  done();
  world.command(script, "search.add", {.id = "m2"});
  world.failed(held, 2, "disk full");
  world.handled(held, {1});
  EXPECT_EQ(world.heard("host: command"), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, AFailureOfTheHeldVersionsMessageCountsForTheScript) {
  world.command(held, "todos.list", {.id = "m1", .activity = "rollout"});
  world.failed(todo, 1, "no");
  world.heard();
  done();
  EXPECT_EQ(world.heard("host: command"),
            "host: command " + kDone + " from " + kScript + " failed 1 handled 0\n");
}

TEST_F(ScriptTest, ADeadReceiverHoldsDoneUpAndNoMore) {
  world.command(script, "search.add", {.id = "m1"});
  done();
  world.dismiss(held);
  EXPECT_EQ(world.heard("host: command"), "");
  world.register_on(50, world.registration(world.admit("search@2.0.0")));
  world.handled("search-3", {1});
  EXPECT_EQ(world.heard("host: command"), "host: command " + kDone + " from " + kScript + "\n");
}

TEST_F(ScriptTest, DoneOfAScriptThatHasEndedIsNotPassedOn) {
  world.command(script, "search.add", {.id = "m1"});
  done();
  world.dismiss(script);
  world.handled(held, {1});
  EXPECT_EQ(world.heard("host: command"), "");
}

TEST_F(ScriptTest, WhatNobodyHasTakenIsDroppedWithAScriptThatEnds) {
  world.dismiss(held);
  world.command(script, "search.add", {.id = "m1"});
  world.command(script, "search.add", {.id = "m2"});
  world.heard();
  world.dismiss(script);
  EXPECT_EQ(world.heard("host: notice"),
            "host: notice bus: deployment-search-2.0.0 has ended; 2 of its messages, which nobody had taken "
            "yet, are "
            "dropped\n");
  EXPECT_EQ(world.router.unfinished(), 0U);
}

TEST_F(ScriptTest, WhatAnEndedScriptSentIsNotDeliveredTwice) {
  world.command(script, "search.add", {.id = "m1"});
  world.dismiss(script);
  world.dismiss(held);
  world.heard();
  world.register_on(50, world.registration(world.admit("search@2.0.0")));
  EXPECT_EQ(world.heard("search-3: command"), "");
}

TEST_F(ScriptTest, AMessageSentAgainAfterAReconnectIsTakenOnce) {
  world.command(script, "search.add", {.id = "m1"});
  world.connection_breaks(script);
  world.register_on(60, world.registration(script));
  world.heard();
  HeaderView again;
  again.kind = Kind::kCommand;
  again.name = "search.add";
  again.id = "m1";
  world.router.receive(ConnectionId{60}, again, Payload(), world.now());
  EXPECT_EQ(world.heard(), "");
  world.handled(held, {1});
  world.drained();
  EXPECT_EQ(world.heard(), "connection 60: delivered m1\n");
}

TEST_F(ScriptTest, ExoStartsAScriptWithACommandAndGetsItsReply) {
  world.exo_sends({.instance = script,
                   .name = "deployment-search-2.0.0-offline-start",
                   .id = "start",
                   .activity_id = "rollout",
                   .expects = Expects::kMany});
  EXPECT_EQ(world.heard(), script + ": command deployment-search-2.0.0-offline-start start from exo #1\n");
  world.reply(script, kDone, "start");
  EXPECT_EQ(world.heard(), "host: reply " + kDone + " to start from " + kScript + "\n");
}

TEST_F(ScriptTest, DoneAsAReplyWaitsToo) {
  world.exo_sends({.instance = script,
                   .name = "deployment-search-2.0.0-offline-start",
                   .id = "start",
                   .expects = Expects::kMany});
  world.command(script, "search.add", {.id = "m1"});
  world.reply(script, kDone, "start");
  EXPECT_EQ(world.heard("host: reply"), "");
  world.handled(held, {1});
  EXPECT_EQ(world.heard("host: reply"), "host: reply " + kDone + " to start from " + kScript + "\n");
}

TEST_F(ScriptTest, AStartHandlersFailureIsToldToExo) {
  world.exo_sends({.instance = script,
                   .name = "deployment-search-2.0.0-offline-start",
                   .id = "start",
                   .expects = Expects::kMany});
  world.heard();
  world.failed(script, 1, "not a function");
  EXPECT_EQ(world.heard(), "host: error to start from " + kScript + " code handler-failed\n");
}

TEST_F(ScriptTest, AStartForAScriptThatIsNotThereFails) {
  world.connection_breaks(script);
  world.heard();
  world.exo_sends({.instance = script, .name = "deployment-search-2.0.0-offline-start", .id = "start"});
  EXPECT_EQ(world.heard(), "host: error to start from " + kScript + " code receiver-lost\n");
}

TEST_F(ScriptTest, ABrokenConnectionFailsTheStart) {
  world.exo_sends({.instance = script,
                   .name = "deployment-search-2.0.0-offline-start",
                   .id = "start",
                   .expects = Expects::kMany});
  world.heard();
  world.connection_breaks(script);
  EXPECT_EQ(world.heard(), "host: lost " + kScript + ": connection broken\nhost: error to start from " +
                               kScript + " code receiver-lost\n");
}

TEST_F(ScriptTest, AScriptDoesNotAskAnotherScript) {
  world.command(script, "deployment-todo-1.0.0-offline-done", {.id = "m1"});
  EXPECT_EQ(world.heard(script + ": error no-receiver m1").empty(), false);
}

TEST_F(ScriptTest, EachKindOfFlowIsSeenOnceAndCountedAtTheEnd) {
  for (int i = 0; i < 3; ++i) world.command(script, "search.add");
  world.command(script, "todos.list");
  EXPECT_EQ(world.heard("host: flow"),
            "host: flow deployment-search-2.0.0 --[ search.add ]-> search x1\n"
            "host: flow deployment-search-2.0.0 --[ todos.list ]-> todo x1\n");
  world.dismiss(script);
  EXPECT_EQ(world.heard("host: flow"), "host: flow deployment-search-2.0.0 --[ search.add ]-> search x3\n");
}

TEST_F(ScriptTest, RepliesToAScriptAreFlowsToo) {
  world.command(script, "todos.list", {.id = "m1", .expects = Expects::kOne});
  world.heard();
  world.reply(todo, "todos.listed", "m1");
  EXPECT_EQ(world.heard("host: flow"), "host: flow todo --[ todos.listed ]-> deployment-search-2.0.0 x1\n");
}

TEST_F(ScriptTest, ActivityIsToldAtMostTenTimesASecond) {
  world.pass(std::chrono::seconds(1));
  EXPECT_EQ(world.heard("host: active"), "") << "nothing has moved";
  world.command(script, "search.add");
  world.handled(held, {1});
  world.pass(std::chrono::milliseconds(50));
  EXPECT_EQ(world.heard("host: active"), "");
  world.pass(std::chrono::milliseconds(50));
  EXPECT_EQ(world.heard("host: active"), "host: active " + kScript + " 2\n");
}

}  // namespace
}  // namespace exo::routing
