// Held versions, waiting messages, and what a new table does to them.
#include <gtest/gtest.h>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

// web sends todo.add to todo, whose only version is held.
class GateTest : public testing::Test {
 protected:
  GateTest() {
    world_.version("web@1.0.0").sends = {"todo.add"};
    VersionRoutes& todo = world_.version("todo@1.0.0");
    todo.receives = {"todo.add"};
    todo.sends = {"log.write"};
    todo.gate = Gate::kHeld;
    world_.version("log@1.0.0").receives = {"log.write"};
    world_.publish();
    web_ = world_.join("web@1.0.0");
    todo_1_ = world_.join("todo@1.0.0");
    log_ = world_.join("log@1.0.0");
  }
  VersionRoutes& todo() { return world_.version("todo@1.0.0"); }
  void set_gate(Gate gate) {
    todo().gate = gate;
    todo().starting = false;
    world_.publish();
  }
  void start() {
    todo().starting = true;
    world_.publish();
    world_.heard();
  }
  World world_;
  std::string web_, todo_1_, log_;
};

TEST_F(GateTest, ProductionDoesNotReachAHeldVersion) {
  world_.command(web_, "todo.add", {.id = "m1"});
  EXPECT_EQ(world_.heard(),
            "web-1: error held m1: todo@1.0.0 would receive \"todo.add\", but no traffic reaches a version "
            "before its "
            "offline script has succeeded; see \"exo status\"\n");
}

TEST_F(GateTest, NotEvenByAskingForTheVersion) {
  world_.command(web_, "todo.add", {.id = "m1", .version = "1.0.0"});
  EXPECT_EQ(world_.heard("web-1: error held m1").empty(), false);
}

TEST_F(GateTest, AHeldVersionMaySendNothing) {
  world_.command(todo_1_, "log.write", {.id = "m1"});
  EXPECT_EQ(world_.heard(),
            "todo-1: error held m1: todo@1.0.0 is held: it may send nothing before its offline script has "
            "succeeded, "
            "but within that script's activity\n");
}

TEST_F(GateTest, ProductionGoesToTheOpenVersionBesideTheHeldOne) {
  world_.version("todo@0.9.0").receives = {"todo.add"};
  world_.publish();
  const std::string old = world_.join("todo@0.9.0");
  for (int i = 0; i < 5; ++i) world_.command(web_, "todo.add");
  EXPECT_EQ(world_.heard("todo-1"), "");
}

TEST_F(GateTest, AMessageForAStartingRoleWaits) {
  start();
  world_.command(web_, "todo.add", {.id = "m1"});
  EXPECT_EQ(world_.heard(), "");
  set_gate(Gate::kOpen);
  EXPECT_EQ(world_.heard("todo-1"), "todo-1: command todo.add m1 from web@1.0.0 #1\n");
}

TEST_F(GateTest, WhatWaitsIsRefusedWhenTheVersionIsHeldAfterAll) {
  start();
  world_.command(web_, "todo.add", {.id = "m1"});
  set_gate(Gate::kHeld);
  EXPECT_EQ(world_.heard("web-1: error held m1").empty(), false);
}

TEST_F(GateTest, WhatWaitsIsRefusedWhenItsRoleIsGone) {
  start();
  world_.command(web_, "todo.add", {.id = "m1"});
  world_.plan.versions.erase(world_.plan.versions.begin() + 1);
  world_.publish();
  EXPECT_EQ(world_.heard("web-1: error"),
            "web-1: error no-receiver m1: todo does not receive \"todo.add\" any more\n");
}

TEST_F(GateTest, WhatWaitsExpires) {
  start();
  world_.command(web_, "todo.add", {.id = "m1", .timeout_ms = 1000});
  world_.pass(std::chrono::milliseconds(900));
  EXPECT_EQ(world_.heard("web-1: error"), "");
  world_.pass(std::chrono::milliseconds(200));
  EXPECT_EQ(world_.heard("web-1: error"),
            "web-1: error expired m1: it waited for todo to start until its deadline had passed\n");
}

TEST_F(GateTest, WhatHasExpiredIsNotDeliveredEvenWhereNobodyHasNoticedYet) {
  start();
  world_.command(web_, "todo.add", {.id = "m1", .timeout_ms = 1000});
  world_.pass_unnoticed(std::chrono::milliseconds(1000));
  set_gate(Gate::kOpen);
  EXPECT_EQ(world_.heard(),
            "web-1: error expired m1: it waited for todo until its deadline had passed\n"
            "host: table 3\n");
}

TEST_F(GateTest, WhatWaitsExpiresAfterAMinuteIfNobodySaysOtherwise) {
  start();
  world_.command(web_, "todo.add", {.id = "m1"});
  world_.pass(std::chrono::seconds(59));
  EXPECT_EQ(world_.heard("web-1: error"), "");
  world_.pass(std::chrono::seconds(2));
  EXPECT_EQ(world_.heard("web-1: error expired m1").empty(), false);
}

TEST_F(GateTest, WhatWaitsKeepsItsOrder) {
  start();
  for (const char* id : {"m1", "m2", "m3"}) world_.command(web_, "todo.add", {.id = id});
  set_gate(Gate::kOpen);
  EXPECT_EQ(world_.heard("todo-1"),
            "todo-1: command todo.add m1 from web@1.0.0 #1\n"
            "todo-1: command todo.add m2 from web@1.0.0 #2\n"
            "todo-1: command todo.add m3 from web@1.0.0 #3\n");
}

TEST_F(GateTest, AnOpenVersionWithoutAnInstanceGetsItsMessagesWhenOneComes) {
  world_.dismiss(todo_1_);
  set_gate(Gate::kOpen);
  world_.heard();
  world_.command(web_, "todo.add", {.id = "m1"});
  EXPECT_EQ(world_.heard(), "");
  world_.register_on(50, world_.registration(world_.admit("todo@1.0.0")));
  EXPECT_EQ(world_.heard("todo-2: command"), "todo-2: command todo.add m1 from web@1.0.0 #1\n");
}

TEST_F(GateTest, MessagesForAVersionThatClosesAreRoutedAgain) {
  set_gate(Gate::kOpen);
  world_.dismiss(todo_1_);
  world_.command(web_, "todo.add", {.id = "m1"});
  world_.version("todo@0.9.0").receives = {"todo.add"};
  world_.join("todo@0.9.0");
  set_gate(Gate::kHeld);
  EXPECT_EQ(world_.heard("todo-2"), "todo-2: command todo.add m1 from web@1.0.0 #1\n");
}

TEST_F(GateTest, WhatAVersionHasMayStillBeAnsweredAfterItCloses) {
  set_gate(Gate::kOpen);
  world_.command(web_, "todo.add", {.id = "m1", .expects = Expects::kOne});
  set_gate(Gate::kHeld);
  world_.heard();
  world_.reply(todo_1_, "todo.added", "m1");
  EXPECT_EQ(world_.heard(), "web-1: reply todo.added to m1 from todo@1.0.0\n");
}

TEST_F(GateTest, NothingComesFromAVersionThatHasClosed) {
  set_gate(Gate::kOpen);
  world_.command(todo_1_, "log.write", {.id = "m1"});
  set_gate(Gate::kHeld);
  world_.heard();
  world_.command(todo_1_, "log.write", {.id = "m2"});
  EXPECT_EQ(world_.heard("todo-1: error held m2").empty(), false);
}

}  // namespace
}  // namespace exo::routing
