// A request that several roles receive: who answers it, and what its asker hears of those who fail.
#include <gtest/gtest.h>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

using std::chrono::milliseconds;

// "todo" and "log" both receive what "web" asks.
class SeveralReceiversTest : public testing::Test {
 protected:
  SeveralReceiversTest() {
    world_.version("web@1.0.0").sends = {"todos.add"};
    world_.version("todo@1.0.0").receives = {"todos.add"};
    world_.version("log@1.0.0").receives = {"todos.add"};
    world_.publish();
    web_ = world_.join("web@1.0.0");
    todo_ = world_.join("todo@1.0.0");
    log_ = world_.join("log@1.0.0");
  }
  void ask(Said said = {}) {
    said.id = "m1";
    if (said.expects == Expects::kNone) said.expects = Expects::kOne;
    world_.command(web_, "todos.add", said);
    world_.heard();
  }
  World world_;
  std::string web_;
  std::string todo_;
  std::string log_;
};

TEST_F(SeveralReceiversTest, NoErrorComesAfterTheAnswer) {
  ask();
  world_.reply(todo_, "todos.added", "m1");
  world_.handled(todo_, {1});
  world_.failed(log_, 1, "disk full");
  EXPECT_EQ(world_.heard(web_), "web-1: reply todos.added to m1 from todo@1.0.0\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(SeveralReceiversTest, AnAnswerAfterAnothersFailureIsTheAnswer) {
  ask();
  world_.failed(log_, 1, "disk full");
  world_.reply(todo_, "todos.added", "m1");
  world_.handled(todo_, {1});
  EXPECT_EQ(world_.heard(web_), "web-1: reply todos.added to m1 from todo@1.0.0\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(SeveralReceiversTest, WhenAllFailTheFirstReasonIsTold) {
  ask();
  world_.failed(log_, 1, "disk full");
  EXPECT_EQ(world_.heard(), "");
  world_.failed(todo_, 1, "no such list");
  EXPECT_EQ(world_.heard(), "web-1: error handler-failed m1: disk full\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(SeveralReceiversTest, WhoHasCompletedWithoutAnAnswerIsNotWaitedForWhenAnotherFails) {
  ask();
  world_.handled(log_, {1});
  world_.failed(todo_, 1, "no such list");
  EXPECT_EQ(world_.heard(), "web-1: error handler-failed m1: no such list\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(SeveralReceiversTest, WhoCompletesWithoutAnAnswerEndsTheWaitingAfterAnothersFailure) {
  ask();
  world_.failed(todo_, 1, "no such list");
  EXPECT_EQ(world_.heard(), "");
  world_.handled(log_, {1});
  EXPECT_EQ(world_.heard(), "web-1: error handler-failed m1: no such list\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(SeveralReceiversTest, WhoDiesWithItKeepsNobodyFromAnswering) {
  ask();
  world_.dismiss(log_);
  world_.reply(todo_, "todos.added", "m1");
  EXPECT_EQ(world_.heard(web_), "web-1: reply todos.added to m1 from todo@1.0.0\n");
}

TEST_F(SeveralReceiversTest, ARoleThatIsHeldKeepsNobodyFromAnswering) {
  world_.version("log@1.0.0").gate = Gate::kHeld;
  world_.publish();
  ask();
  world_.reply(todo_, "todos.added", "m1");
  EXPECT_EQ(world_.heard(web_), "web-1: reply todos.added to m1 from todo@1.0.0\n");
}

TEST_F(SeveralReceiversTest, WhenAllAreHeldItIsRefusedAtOnce) {
  world_.version("log@1.0.0").gate = Gate::kHeld;
  world_.version("todo@1.0.0").gate = Gate::kHeld;
  world_.publish();
  world_.heard();
  world_.command(web_, "todos.add", {.id = "m1", .expects = Expects::kOne});
  EXPECT_EQ(world_.heard().substr(0, 27), "web-1: error held m1: todo@");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(SeveralReceiversTest, WhoBeginsToAnswerAnswers) {
  ask();
  world_.reply(todo_, "todos.added", "m1", {.more = true});
  world_.reply(log_, "logged", "m1", {.more = true});
  world_.reply(log_, "logged", "m1");
  world_.reply(todo_, "todos.added", "m1", {.page = 1});
  EXPECT_EQ(world_.heard(web_),
            "web-1: reply todos.added to m1 from todo@1.0.0 more\n"
            "web-1: reply todos.added to m1 from todo@1.0.0 page 1\n");
}

TEST_F(SeveralReceiversTest, WhoBeginsToAnswerTooLateIsToldToStop) {
  ask();
  world_.reply(todo_, "todos.added", "m1", {.more = true});
  world_.reply(log_, "logged", "m1", {.more = true});
  EXPECT_EQ(world_.heard(log_), "log-1: error receiver-lost m1: nobody waits for this reply any more\n");
}

TEST_F(SeveralReceiversTest, WhoHasBegunToAnswerIsNotDisturbedByAnothersFailure) {
  ask();
  world_.reply(todo_, "todos.added", "m1", {.more = true});
  world_.handled(todo_, {1});
  world_.failed(log_, 1, "disk full");
  world_.reply(todo_, "todos.added", "m1", {.page = 1});
  EXPECT_EQ(world_.heard(web_),
            "web-1: reply todos.added to m1 from todo@1.0.0 more\n"
            "web-1: reply todos.added to m1 from todo@1.0.0 page 1\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(SeveralReceiversTest, HalfAnAnswerEndsWithItsRolesFailure) {
  ask();
  world_.reply(todo_, "todos.added", "m1", {.more = true});
  world_.heard();
  world_.failed(todo_, 1, "no such list");
  world_.reply(log_, "logged", "m1");
  world_.failed(log_, 1, "disk full");
  EXPECT_EQ(world_.heard(web_), "web-1: error handler-failed m1: no such list\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(SeveralReceiversTest, HalfAnAnswerEndsWithItsInstance) {
  ask();
  world_.reply(todo_, "todos.added", "m1", {.more = true});
  world_.handled(todo_, {1});
  world_.heard();
  world_.dismiss(todo_);
  world_.failed(log_, 1, "disk full");
  EXPECT_EQ(world_.heard(web_),
            "web-1: error receiver-lost m1: todo (todo-1) was lost before it had completed this: its process "
            "has ended\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(SeveralReceiversTest, ItsDeadlineEndsItWhileOneIsStillAtWork) {
  world_.dismiss(log_);
  ask({.timeout_ms = 1000});
  world_.pass(milliseconds(1100));
  EXPECT_EQ(world_.heard(todo_), "todo-1: cancel m1\n");
}

TEST_F(SeveralReceiversTest, ItsDeadlineEndsAlsoTheAnswerOfWhoHasCompleted) {
  world_.dismiss(log_);
  ask({.timeout_ms = 1000});
  world_.reply(todo_, "todos.added", "m1", {.more = true});
  world_.handled(todo_, {1});
  world_.heard();
  world_.pass(milliseconds(1100));
  EXPECT_EQ(world_.heard(todo_), "todo-1: cancel m1\n");
  EXPECT_EQ(world_.router.unfinished(), 0U);
}

TEST_F(SeveralReceiversTest, ACommandThatAsksNothingFailsWithTheFirst) {
  world_.command(web_, "todos.add", {.id = "m1"});
  world_.heard();
  world_.failed(log_, 1, "disk full");
  EXPECT_EQ(world_.heard(), "web-1: error handler-failed m1: disk full\n");
}

TEST_F(SeveralReceiversTest, AScriptHearsOfTheFirstThatFails) {
  world_.script("todo@1.0.0");
  world_.publish();
  const std::string script = world_.join_script("todo@1.0.0");
  world_.heard();
  world_.command(script, "todos.add", {.id = "m1", .expects = Expects::kOne});
  world_.heard();
  world_.failed(log_, 1, "disk full");
  EXPECT_EQ(world_.heard(script), script + ": error handler-failed m1: disk full\n");
}

}  // namespace
}  // namespace exo::routing
