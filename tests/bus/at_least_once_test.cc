// Commands that their receiver takes at least once, and what senders hear of theirs when they are settled.
#include <gtest/gtest.h>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

class AtLeastOnceTest : public testing::Test {
 protected:
  AtLeastOnceTest() {
    world_.version("web@1.0.0").sends = {"todo.add", "todos.list"};
    world_.version("todo@1.0.0").receives = {"todo.add", "todos.list"};
    world_.version("todo@1.0.0").at_least_once = {"todo.add"};
    world_.publish();
    web_ = world_.join("web@1.0.0");
  }
  World world_;
  std::string web_;
};

TEST_F(AtLeastOnceTest, ItSaysSoInItsDelivery) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todo.add", {.id = "m1"});
  world_.command(web_, "todos.list", {.id = "m2"});
  EXPECT_EQ(world_.heard(),
            "todo-1: command todo.add m1 from web@1.0.0 #1 acknowledged\n"
            "todo-1: command todos.list m2 from web@1.0.0 #2\n");
}

TEST_F(AtLeastOnceTest, AnotherInstanceGetsItWhenItsReceiverDies) {
  const std::string todo = world_.join("todo@1.0.0");
  world_.command(web_, "todo.add", {.id = "m1", .payload = "milk"});
  world_.join("todo@1.0.0");
  world_.heard();
  world_.dismiss(todo);
  EXPECT_EQ(world_.heard(),
            "todo-2: command todo.add m1 from web@1.0.0 #1 redelivered acknowledged payload milk\n");
}

TEST_F(AtLeastOnceTest, TheNextInstanceGetsItWhenThereIsNoOther) {
  const std::string todo = world_.join("todo@1.0.0");
  world_.command(web_, "todo.add", {.id = "m1", .expects = Expects::kOne});
  world_.heard();
  world_.dismiss(todo);
  EXPECT_EQ(world_.heard(), "");
  const std::string next = world_.join("todo@1.0.0");
  EXPECT_NE(world_.connection_of(next), world_.connection_of(todo));
  world_.reply(next, "todo.added", "m1");
  world_.handled(next, {1});
  EXPECT_EQ(world_.heard("web-1: reply"), "web-1: reply todo.added to m1 from todo@1.0.0\n");
}

TEST_F(AtLeastOnceTest, ItsDeadlineEndsIt) {
  const std::string todo = world_.join("todo@1.0.0");
  world_.command(web_, "todo.add", {.id = "m1", .timeout_ms = 1000});
  world_.dismiss(todo);
  world_.heard();
  world_.pass(std::chrono::milliseconds(1100));
  EXPECT_EQ(world_.heard("web-1: error"),
            "web-1: error expired m1: it waited for todo to have room until its deadline had passed\n");
}

TEST_F(AtLeastOnceTest, ItIsRepeatedAlsoWhenItsSenderHasGone) {
  const std::string todo = world_.join("todo@1.0.0");
  world_.command(web_, "todo.add", {.id = "m1"});
  world_.dismiss(web_);
  world_.heard();
  world_.dismiss(todo);
  world_.admit("todo@1.0.0");
  EXPECT_EQ(world_.router.unfinished(), 1U);
}

TEST_F(AtLeastOnceTest, WhatItsSenderSendsAgainSaysThatItMayHaveBeenBegun) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todo.add", {.id = "m1", .redelivered = true});
  EXPECT_EQ(world_.heard(), "todo-1: command todo.add m1 from web@1.0.0 #1 redelivered acknowledged\n");
}

TEST_F(AtLeastOnceTest, TheSenderLearnsWhichNamesAreSo) {
  world_.version("web@1.0.0").sends = {"todo.add", "todos.list", "todo.remove"};
  world_.version("todo@2.0.0").receives = {"todo.remove", "todo.add"};
  world_.version("todo@2.0.0").at_least_once = {"todo.remove"};
  RoutingPlan plan = world_.plan;
  const auto table = RoutingTable::compile(std::move(plan));
  EXPECT_TRUE(is_acknowledged(*table->find_name("todo.remove")));
  EXPECT_FALSE(is_acknowledged(*table->find_name("todo.add"))) << "todo@2.0.0 takes it at most once";
  EXPECT_FALSE(is_acknowledged(*table->find_name("todos.list")));
}

TEST_F(AtLeastOnceTest, ASenderHearsWhatIsSettledInAnyWay) {
  const std::string todo = world_.join("todo@1.0.0");
  for (const char* id : {"m1", "m2", "m3"}) world_.command(web_, "todos.list", {.id = id});
  world_.command(web_, "nothing.known", {.id = "m4"});
  world_.failed(todo, 3, "broken");
  world_.handled(todo, {1});
  world_.heard();
  world_.pass(std::chrono::milliseconds(100));
  EXPECT_EQ(world_.heard("web-1"), "web-1: credit accepted 4 settled 1-1 settled 3-4\n");
  world_.handled(todo, {2});
  world_.pass(std::chrono::milliseconds(100));
  EXPECT_EQ(world_.heard("web-1"), "web-1: credit accepted 4 settled 2-2\n");
}

TEST_F(AtLeastOnceTest, WhatTheBrokerStillHasGoesOnUnderItsNewNumber) {
  const std::string todo = world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1"});
  world_.command(web_, "todo.add", {.id = "m2"});
  const Registration web = world_.registration(web_);
  world_.connection_breaks(web_);
  world_.register_on(world_.connection_of(web_), web);
  world_.heard();
  world_.command(web_, "todo.add", {.id = "m2", .redelivered = true});
  world_.handled(todo, {1, 2});
  world_.pass(std::chrono::milliseconds(100));
  EXPECT_EQ(world_.heard(), "web-1: credit accepted 1 settled 1-1\n");
}

TEST_F(AtLeastOnceTest, WhoHasPagesOfAnAnswerHearsThatTheRestIsLost) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todo.add", {.id = "m1", .expects = Expects::kOne});
  world_.reply("todo-1", "todo.added", "m1", {.more = true});
  world_.heard();
  world_.dismiss("todo-1");
  EXPECT_NE(world_.heard("web-1").find("error receiver-lost m1"), std::string::npos);
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(AtLeastOnceTest, WhoAsksAgainOnANewConnectionIsAnsweredThere) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todo.add", {.id = "m1", .expects = Expects::kOne});
  world_.connection_breaks(web_);
  world_.connect(web_);
  world_.command(web_, "todo.add", {.id = "m1", .expects = Expects::kOne, .redelivered = true});
  EXPECT_EQ(world_.heard(), "");
  world_.reply("todo-1", "todo.added", "m1");
  EXPECT_EQ(world_.heard("web-1: reply"), "web-1: reply todo.added to m1 from todo@1.0.0\n");
}

TEST_F(AtLeastOnceTest, WhatWasAnsweredWhileTheAskerWasAwayIsAnErrorToWhoAsksAgain) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todo.add", {.id = "m1", .expects = Expects::kOne});
  world_.connection_breaks(web_);
  world_.reply("todo-1", "todo.added", "m1");
  world_.connect(web_);
  world_.command(web_, "todo.add", {.id = "m1", .expects = Expects::kOne, .redelivered = true});
  EXPECT_EQ(world_.heard("web-1: error"),
            "web-1: error receiver-lost m1: what became of it was told on a connection that is lost\n");
}

}  // namespace
}  // namespace exo::routing
