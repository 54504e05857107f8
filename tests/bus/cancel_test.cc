// What becomes of a command whose sender wants its answer no more.
#include <gtest/gtest.h>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

class CancelTest : public testing::Test {
 protected:
  CancelTest() {
    world_.version("web@1.0.0").sends = {"todos.list", "todos.changed"};
    world_.version("todo@1.0.0").receives = {"todos.list", "todos.changed"};
    world_.version("mail@1.0.0").receives = {"todos.changed"};
    world_.publish();
    web_ = world_.join("web@1.0.0");
  }
  void ask(const char* id, std::string_view name = "todos.list") {
    world_.command(web_, name, {.id = id, .expects = Expects::kOne});
  }
  World world_;
  std::string web_;
};

TEST_F(CancelTest, WhatNobodyHasYetIsDropped) {
  const std::string todo = world_.join("todo@1.0.0", 1);
  ask("m1");
  ask("m2");
  ask("m3");
  world_.heard();
  world_.cancel(web_, "m2");
  world_.handled(todo, {1});
  EXPECT_EQ(world_.heard(), "todo-1: command todos.list m3 from web@1.0.0 #2\n");
}

TEST_F(CancelTest, WhoHasItHearsOfIt) {
  world_.join("todo@1.0.0");
  ask("m1");
  world_.heard();
  world_.cancel(web_, "m1");
  EXPECT_EQ(world_.heard(), "todo-1: cancel m1\n");
}

TEST_F(CancelTest, NeitherReplyNorErrorComesAfterIt) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  ask("m2");
  world_.cancel(web_, "m1");
  world_.cancel(web_, "m2");
  world_.heard();
  world_.reply(todo, "todos.listed", "m1");
  world_.failed(todo, 2, "broken");
  EXPECT_EQ(world_.heard("web-1"), "");
  world_.handled(todo, {1});
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(CancelTest, AStreamIsEnded) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.cancel(web_, "m1");
  world_.heard();
  world_.reply(todo, "todos.listed", "m1", {.more = true});
  EXPECT_EQ(world_.heard("todo-1"), "todo-1: error receiver-lost m1: nobody waits for this reply any more\n");
}

TEST_F(CancelTest, OfSeveralReceiversEachHearsOrIsSpared) {
  world_.join("todo@1.0.0");
  world_.join("mail@1.0.0", 1);
  ask("m1", "todos.changed");
  ask("m2", "todos.changed");
  world_.heard();
  world_.cancel(web_, "m2");
  EXPECT_EQ(world_.heard(), "todo-1: cancel m2\n");
  world_.handled("todo-1", {1, 2});
  world_.handled("mail-1", {1});
  EXPECT_EQ(world_.heard("mail-1"), "");
}

TEST_F(CancelTest, AReceiverThatDiesWithItIsNoNewsToItsSender) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.cancel(web_, "m1");
  world_.heard();
  world_.dismiss(todo);
  EXPECT_EQ(world_.heard("web-1"), "");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(CancelTest, OthersCannotCancelIt) {
  world_.join("todo@1.0.0");
  const std::string other = world_.join("web@1.0.0");
  ask("m1");
  world_.heard();
  world_.cancel(other, "m1");
  world_.cancel(web_, "m9");
  EXPECT_EQ(world_.heard(), "");
}

TEST_F(CancelTest, WhoAnswersHearsThatTheDeadlineHasPassed) {
  world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .expects = Expects::kOne, .timeout_ms = 1000});
  world_.heard();
  world_.pass(std::chrono::milliseconds(1100));
  EXPECT_EQ(world_.heard("todo-1"), "todo-1: cancel m1\n");
}

TEST_F(CancelTest, NoErrorComesAfterTheDeadlineHasPassed) {
  const std::string todo = world_.join("todo@1.0.0");
  world_.command(web_, "todos.list", {.id = "m1", .expects = Expects::kOne, .timeout_ms = 1000});
  world_.pass(std::chrono::milliseconds(1100));
  world_.heard();
  world_.dismiss(todo);
  EXPECT_EQ(world_.heard("web-1"), "");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(CancelTest, NoErrorComesAfterTheAnswer) {
  const std::string todo = world_.join("todo@1.0.0");
  ask("m1");
  world_.reply(todo, "todos.listed", "m1");
  world_.heard();
  world_.dismiss(todo);
  EXPECT_EQ(world_.heard("web-1"), "");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(CancelTest, WhoAnswersHearsThatTheAskerIsLost) {
  world_.join("todo@1.0.0");
  ask("m1");
  world_.heard();
  world_.connection_breaks(web_);
  EXPECT_EQ(world_.heard("todo-1"), "todo-1: cancel m1\n");
}

TEST_F(CancelTest, ItIsSettled) {
  const std::string todo = world_.join("todo@1.0.0", 1);
  ask("m1");
  ask("m2");
  world_.cancel(web_, "m2");
  world_.heard();
  world_.pass(std::chrono::milliseconds(100));
  EXPECT_EQ(world_.heard("web-1"), "web-1: credit accepted 2 settled 2-2\n");
}

}  // namespace
}  // namespace exo::routing
