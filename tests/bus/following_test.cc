// Commands that a script follows: none is delivered before it is recorded, none overtakes another, and none
// is lost.
#include <gtest/gtest.h>

#include <string>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kNew[] = "search@2.0.0";

// search@1.0.0 serves, search@2.0.0 is brought in by a script that follows search.put, and web sends both
// search.put and search.get. The broker follows from the beginning.
class FollowingTest : public testing::Test {
 protected:
  FollowingTest() {
    for (const char* version : {"search@1.0.0", kNew}) {
      world_.version(version).receives = {"search.put", "search.get"};
    }
    world_.version(kNew).gate = Gate::kHeld;
    world_.version(kNew).share = 0;
    world_.version("web@1.0.0").sends = {"search.put", "search.get"};
    world_.script(kNew);
    world_.publish();
    old_ = world_.join("search@1.0.0");
    held_ = world_.join(kNew);
    web_ = world_.join("web@1.0.0");
    other_ = world_.join("web@1.0.0");
    world_.follow(kNew, {"search.put"});
    world_.publish();
    world_.heard();
  }
  void put(const std::string& who, const std::string& id, const std::string& payload = "x") {
    world_.command(who, "search.put", {.id = id, .payload = payload});
  }
  void hold_back() {
    world_.follow(kNew).held_back = true;
    world_.publish();
  }
  void open_gate() {
    world_.plan.follows.clear();
    world_.plan.scripts.clear();
    world_.version(kNew).gate = Gate::kOpen;
    world_.version(kNew).share = 1;
    world_.version("search@1.0.0").share = 0;
    world_.publish();
  }
  std::string commands(const std::string& who) { return world_.heard(who + ": command"); }

  World world_;
  std::string old_, held_, web_, other_;
};

TEST_F(FollowingTest, AFollowedCommandIsDeliveredWhenItsCopyIsRecorded) {
  put(web_, "m1", "milk");
  EXPECT_EQ(world_.heard("host: "), "host: copy 1 search.put for search-2.0.0 payload milk\n");
  EXPECT_EQ(commands(old_), "");
  world_.recorded(1);
  EXPECT_EQ(commands(old_), old_ + ": command search.put m1 from web@1.0.0 #1 payload milk\n");
  world_.handled(old_, {1});
  EXPECT_EQ(world_.heard("host: "), "host: copy 1 applied\n");
}

TEST_F(FollowingTest, ANameThatNobodyReceivesAnyMoreBeginsWithTheOthers) {
  world_.follow(kNew).commands = {"search.put", "search.dropped"};
  world_.follow(kNew).began_at = 7;
  world_.publish();
  EXPECT_EQ(world_.heard("host: follow"), "host: follow search-2.0.0 has begun\n");
  put(web_, "m1");
  EXPECT_EQ(world_.heard("host: copy"), "host: copy 1 search.put for search-2.0.0 payload x\n");
}

TEST_F(FollowingTest, WhatItsBeginningWaitsForIsToldOnceForEach) {
  world_.plan.follows.clear();
  world_.publish();
  put(web_, "m1");
  world_.command(web_, "search.put", {.id = "m2", .timeout_ms = 60000});
  world_.heard();
  world_.follow(kNew, {"search.put"});
  world_.publish();
  EXPECT_EQ(world_.heard("host: follow"), "host: follow search-2.0.0 waits for " + old_ +
                                              ", at work on search.put, which has a deadline\n");
  world_.pass(milliseconds(100));
  EXPECT_EQ(world_.heard("host: follow"), "");
  world_.handled(old_, {1, 2});
  world_.pass(milliseconds(100));
  EXPECT_EQ(world_.heard("host: follow"), "host: follow search-2.0.0 has begun\n");
}

TEST_F(FollowingTest, OthersDoNotWait) {
  put(web_, "m1");
  world_.command(other_, "search.get", {.id = "m2"});
  EXPECT_EQ(commands(old_), old_ + ": command search.get m2 from web@1.0.0 #1\n");
}

TEST_F(FollowingTest, BetweenTwoInstancesTheOrderIsKept) {
  put(web_, "m1");
  world_.command(web_, "search.get", {.id = "m2"});
  put(web_, "m3");
  EXPECT_EQ(commands(old_), "");
  world_.recorded(1);
  EXPECT_EQ(commands(old_), old_ + ": command search.put m1 from web@1.0.0 #1 payload x\n" + old_ +
                                ": command search.get m2 from web@1.0.0 #2\n");
  world_.command(web_, "search.get", {.id = "m4"});
  EXPECT_EQ(commands(old_), "");
  world_.recorded(2);
  EXPECT_EQ(commands(old_), old_ + ": command search.put m3 from web@1.0.0 #3 payload x\n" + old_ +
                                ": command search.get m4 from web@1.0.0 #4\n");
}

TEST_F(FollowingTest, TheScriptsOwnMessagesAreNotFollowed) {
  const std::string script = world_.join_script(kNew);
  world_.command(script, "search.put", {.id = "m1"});
  EXPECT_EQ(commands(held_), held_ + ": command search.put m1 from deployment-search-2.0.0@2.0.0 #1\n");
  EXPECT_EQ(world_.heard("host: copy"), "");
}

TEST_F(FollowingTest, WhatItSendsToTheVersionThatServesIs) {
  const std::string script = world_.join_script(kNew);
  world_.command(script, "search.put", {.id = "m1", .version = "1.0.0"});
  EXPECT_EQ(world_.heard("host: copy"), "host: copy 1 search.put for search-2.0.0\n");
}

TEST_F(FollowingTest, ACommandThatNobodyCouldTakeIsNotRecorded) {
  world_.command(web_, "search.put", {.id = "m1", .version = "3.0.0"});
  EXPECT_EQ(world_.heard("host: copy"), "");
}

TEST_F(FollowingTest, WhatTheReceiverRefusesWasNotApplied) {
  put(web_, "m1");
  world_.recorded(1);
  world_.heard();
  world_.failed(old_, 1, "no such table");
  EXPECT_EQ(world_.heard("host: "), "host: copy 1 not applied\n");
}

TEST_F(FollowingTest, WhatBecomesOfALostReceiversCommandIsUnknownAndCountsAsApplied) {
  put(web_, "m1");
  world_.recorded(1);
  world_.heard();
  world_.connection_breaks(old_);
  EXPECT_EQ(world_.heard("host: copy"), "host: copy 1 applied\n");
}

TEST_F(FollowingTest, WhatIsNotRecordedInTimeIsAnsweredAndWhatStoodBehindItGoesOn) {
  world_.command(web_, "search.put", {.id = "m1", .timeout_ms = 500});
  world_.command(web_, "search.get", {.id = "m2"});
  world_.heard();
  world_.pass(seconds(1));
  const std::string heard = world_.heard();
  EXPECT_NE(heard.find("host: copy 1 not applied\n"), std::string::npos) << heard;
  EXPECT_NE(
      heard.find(web_ + ": error expired m1: it waited for search, whose next version follows it, until its "
                        "deadline had passed\n"),
      std::string::npos)
      << heard;
  EXPECT_NE(heard.find(old_ + ": command search.get m2"), std::string::npos) << heard;
  world_.recorded(1);
  EXPECT_EQ(world_.heard(), "");
}

TEST_F(FollowingTest, WhatIsHeldBackIsNotCopiedAndGoesWhereTheSplitSaysWhenTheGateIsOpen) {
  hold_back();
  EXPECT_EQ(world_.heard("host: follow"), "host: follow search-2.0.0 holds back\n");
  put(web_, "m1");
  world_.command(web_, "search.get", {.id = "m2"});
  put(other_, "m3");
  EXPECT_EQ(world_.heard("host: copy"), "");
  open_gate();
  EXPECT_EQ(commands(held_), held_ + ": command search.put m1 from web@1.0.0 #1 payload x\n" + held_ +
                                 ": command search.get m2 from web@1.0.0 #2\n" + held_ +
                                 ": command search.put m3 from web@1.0.0 #3 payload x\n");
}

TEST_F(FollowingTest, WhatWasCopiedBeforeItHeldBackStillGoesToTheVersionThatServes) {
  put(web_, "m1");
  hold_back();
  put(web_, "m2");
  world_.heard();
  world_.recorded(1);
  EXPECT_EQ(commands(old_), old_ + ": command search.put m1 from web@1.0.0 #1 payload x\n");
}

TEST_F(FollowingTest, WhatWasHeldBackIsCopiedWhenItIsHeldBackNoMore) {
  hold_back();
  put(web_, "m1");
  world_.heard();
  world_.follow(kNew).held_back = false;
  world_.publish();
  EXPECT_EQ(world_.heard("host: copy"), "host: copy 1 search.put for search-2.0.0 payload x\n");
  world_.recorded(1);
  EXPECT_EQ(commands(old_), old_ + ": command search.put m1 from web@1.0.0 #1 payload x\n");
}

TEST_F(FollowingTest, WhoIsFollowedNoMoreWaitsNoMore) {
  put(web_, "m1");
  hold_back();
  put(web_, "m2");
  world_.heard();
  world_.plan.follows.clear();
  world_.publish();
  EXPECT_EQ(commands(old_), old_ + ": command search.put m1 from web@1.0.0 #1 payload x\n" + old_ +
                                ": command search.put m2 from web@1.0.0 #2 payload x\n");
}

TEST_F(FollowingTest, AnotherTableCopiesNothingTwice) {
  put(web_, "m1");
  world_.heard();
  world_.publish();
  EXPECT_EQ(world_.heard("host: copy"), "");
  world_.recorded(1);
  EXPECT_NE(commands(old_), "");
}

TEST_F(FollowingTest, WhatWaitsAtItsReceiverIsCopiedOnce) {
  World world;
  world.version("search@1.0.0").receives = {"search.put"};
  world.version(kNew).receives = {"search.put"};
  world.version(kNew).gate = Gate::kHeld;
  world.version("web@1.0.0").sends = {"search.put"};
  world.publish();
  const std::string old = world.join("search@1.0.0", 1);
  const std::string web = world.join("web@1.0.0");
  for (const char* id : {"m1", "m2"}) world.command(web, "search.put", {.id = id});
  world.heard();
  world.follow(kNew, {"search.put"});
  world.publish();
  EXPECT_EQ(world.heard("host: "),
            "host: copy 1 search.put for search-2.0.0\nhost: follow search-2.0.0 waits for " + old +
                ", at work on search.put, which has a deadline\nhost: table 2\n")
      << "the first is under way, so it has not begun";
  world.handled(old, {1});
  world.recorded(1);
  EXPECT_EQ(world.heard(old + ": command"), old + ": command search.put m2 from web@1.0.0 #2\n");
  world.pass(milliseconds(50));
  EXPECT_EQ(world.heard("host: "), "host: follow search-2.0.0 has begun\n");
  world.publish();
  EXPECT_EQ(world.heard("host: copy"), "");
}

TEST_F(FollowingTest, AHandlerThatNeverEndsKeepsNothingFromBeginning) {
  World world;
  world.version("search@1.0.0").receives = {"search.put"};
  world.version(kNew).receives = {"search.put"};
  world.version(kNew).gate = Gate::kHeld;
  world.version("web@1.0.0").sends = {"search.put"};
  world.publish();
  const std::string old = world.join("search@1.0.0");
  const std::string web = world.join("web@1.0.0");
  world.command(web, "search.put", {.id = "m1", .timeout_ms = 1000});
  world.follow(kNew, {"search.put"});
  world.publish();
  world.pass(milliseconds(500));
  EXPECT_EQ(world.heard("host: follow"),
            "host: follow search-2.0.0 waits for " + old + ", at work on search.put, which has a deadline\n");
  world.pass(milliseconds(600));
  EXPECT_EQ(world.heard("host: follow"), "host: follow search-2.0.0 has begun\n");
}

TEST_F(FollowingTest, WhatIsBeingRecordedWhenMoreIsFollowedGoesOnWhenItIs) {
  put(web_, "m1");
  world_.follow(kNew).commands = {"search.put", "search.get"};
  world_.publish();
  EXPECT_EQ(world_.heard("host: copy"), "host: copy 1 search.put for search-2.0.0 payload x\n");
  world_.recorded(1);
  EXPECT_EQ(commands(old_), old_ + ": command search.put m1 from web@1.0.0 #1 payload x\n");
}

TEST_F(FollowingTest, WhatIsBeingRecordedForOneWhenAnotherFollowsItTooIsRecordedAnewForBoth) {
  put(web_, "m1");
  world_.version("search@3.0.0").receives = {"search.put"};
  world_.version("search@3.0.0").gate = Gate::kHeld;
  world_.version("search@3.0.0").share = 0;
  world_.follow("search@3.0.0", {"search.put"});
  world_.publish();
  EXPECT_EQ(world_.heard("host: copy"),
            "host: copy 1 search.put for search-2.0.0 payload x\nhost: copy 1 not applied\n"
            "host: copy 2 search.put for search-2.0.0 for search-3.0.0 payload x\n");
  world_.recorded(1);
  EXPECT_EQ(commands(old_), "");
  world_.recorded(2);
  EXPECT_EQ(commands(old_), old_ + ": command search.put m1 from web@1.0.0 #1 payload x\n");
  world_.handled(old_, {1});
  EXPECT_EQ(world_.heard("host: copy"), "host: copy 2 applied\n");
}

TEST_F(FollowingTest, MoreNamesBeginAnew) {
  world_.follow(kNew).commands = {"search.put", "search.get"};
  world_.publish();
  EXPECT_EQ(world_.heard("host: follow"), "host: follow search-2.0.0 has begun\n");
  world_.command(web_, "search.get", {.id = "m1"});
  EXPECT_EQ(world_.heard("host: copy"), "host: copy 1 search.get for search-2.0.0\n");
}

TEST_F(FollowingTest, TwoScriptsFollowTheSameCommand) {
  world_.version("search@3.0.0").receives = {"search.put"};
  world_.version("search@3.0.0").gate = Gate::kHeld;
  world_.follow("search@3.0.0", {"search.put"});
  world_.publish();
  world_.heard();
  put(web_, "m1");
  EXPECT_EQ(world_.heard("host: copy"),
            "host: copy 1 search.put for search-2.0.0 for search-3.0.0 payload x\n");
}

TEST_F(FollowingTest, ARoleThatIsNotFollowedHearsItAtOnce) {
  world_.version("audit@1.0.0").receives = {"search.put"};
  world_.publish();
  const std::string audit = world_.join("audit@1.0.0");
  put(web_, "m1");
  EXPECT_EQ(commands(audit), audit + ": command search.put m1 from web@1.0.0 #1 payload x\n");
}

TEST_F(FollowingTest, ASenderThatIsGoneLeavesNothingBehind) {
  put(web_, "m1");
  world_.dismiss(web_);
  put(other_, "m2");
  world_.heard();
  world_.recorded(2);
  EXPECT_EQ(commands(old_), old_ + ": command search.put m1 from web@1.0.0 #1 payload x\n" + old_ +
                                ": command search.put m2 from web@1.0.0 #2 payload x\n");
}

TEST_F(FollowingTest, ParkedBytesCountAgainstTheRole) {
  World world({.environment = "test", .flow = {.window = 4, .first_window = 4}});
  world.version("search@1.0.0").receives = {"search.put"};
  world.version(kNew).receives = {"search.put"};
  world.version(kNew).gate = Gate::kHeld;
  world.version("web@1.0.0").sends = {"search.put"};
  world.follow(kNew, {"search.put"});
  world.publish();
  world.join("search@1.0.0");
  const std::string web = world.join("web@1.0.0");
  for (const char* id : {"m1", "m2", "m3", "m4"}) world.command(web, "search.put", {.id = id});
  world.drained();
  EXPECT_EQ(world.heard(web + ": credit").find("search:"), std::string::npos) << "no credit while they wait";
  world.recorded(4);
  world.drained();
  EXPECT_NE(world.heard(web + ": credit").find("search:"), std::string::npos);
}

// --- the replay --------------------------------------------------------------------------------------------

class ReplayTest : public FollowingTest {
 protected:
  void replay(const std::string& id, const std::string& name = "search.put") {
    world_.replay({.id = id,
                   .activity_id = "rollout",
                   .role = "search",
                   .version = "2.0.0",
                   .name = name,
                   .payload = Payload(std::string_view("milk"))});
  }
};

TEST_F(ReplayTest, ARecordedCommandPassesTheGateAsTheScripts) {
  replay("r1");
  EXPECT_EQ(commands(held_),
            held_ + ": command search.put r1 from deployment-search-2.0.0@2.0.0 #1 payload milk\n");
  world_.handled(held_, {1});
  EXPECT_EQ(world_.heard("host: "), "host: replayed r1\n");
}

TEST_F(ReplayTest, AFailureIsTold) {
  replay("r1");
  world_.failed(held_, 1, "no column");
  EXPECT_EQ(world_.heard("host: replayed"), "host: replayed r1: handler-failed: no column\n");
}

TEST_F(ReplayTest, AnInstanceThatDiesIsFollowedByAnother) {
  replay("r1");
  world_.heard();
  world_.dismiss(held_);
  EXPECT_EQ(world_.heard("host: replayed"), "");
  const std::string next = world_.join(kNew);
  world_.pass(milliseconds(50));
  world_.handled(next, {1});
  EXPECT_EQ(world_.heard("host: replayed"), "host: replayed r1\n");
}

TEST_F(ReplayTest, WhatTheVersionDoesNotReceiveIsTold) {
  replay("r1", "search.drop");
  EXPECT_EQ(world_.heard("host: "),
            "host: replayed r1: no-receiver: search@2.0.0 does not receive \"search.drop\"\n");
}

TEST_F(ReplayTest, ItsHandlerMaySendAlthoughTheScriptHasEnded) {
  world_.version(kNew).sends = {"search.put", "audit.note"};
  world_.version("audit@1.0.0").receives = {"audit.note"};
  world_.publish();
  const std::string audit = world_.join("audit@1.0.0");
  replay("r1");
  world_.command(held_, "audit.note", {.id = "m1", .activity = "rollout"});
  EXPECT_EQ(commands(audit), audit + ": command audit.note m1 from search@2.0.0 #1 acknowledged\n");
  world_.command(held_, "search.put", {.id = "m2", .activity = "rollout"});
  EXPECT_EQ(commands(held_), held_ + ": command search.put m2 from search@2.0.0 #2 acknowledged\n")
      << "its own role";
  world_.command(held_, "audit.note", {.id = "m3"});
  EXPECT_NE(world_.heard(held_ + ": error held m3"), "");
}

TEST_F(ReplayTest, ItTiesNoActivityToTheVersion) {
  replay("r1");
  world_.command(web_, "search.get", {.id = "m1", .activity = "rollout"});
  EXPECT_EQ(commands(old_), old_ + ": command search.get m1 from web@1.0.0 #1\n");
}

}  // namespace
}  // namespace exo::routing
