// Held versions, waiting messages, and what a new table does to them.
#include <gtest/gtest.h>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

// web sends todo.add to todo, whose only version is held.
class GateTest : public testing::Test {
 protected:
  GateTest() {
    world.version("web@1.0.0").sends = {"todo.add"};
    VersionRoutes& todo = world.version("todo@1.0.0");
    todo.receives = {"todo.add"};
    todo.sends = {"log.write"};
    todo.gate = Gate::kHeld;
    world.version("log@1.0.0").receives = {"log.write"};
    world.publish();
    web = world.join("web@1.0.0");
    todo_1 = world.join("todo@1.0.0");
    log = world.join("log@1.0.0");
  }
  VersionRoutes& todo() { return world.version("todo@1.0.0"); }
  void set_gate(Gate gate) {
    todo().gate = gate;
    todo().starting = false;
    world.publish();
  }
  void start() {
    todo().starting = true;
    world.publish();
    world.heard();
  }
  World world;
  std::string web, todo_1, log;
};

TEST_F(GateTest, ProductionDoesNotReachAHeldVersion) {
  world.command(web, "todo.add", {.id = "m1"});
  EXPECT_EQ(world.heard(),
            "web-1: error held m1: todo@1.0.0 would receive \"todo.add\", but no traffic reaches a version "
            "before its "
            "offline script has succeeded; see \"exo status\"\n");
}

TEST_F(GateTest, NotEvenByAskingForTheVersion) {
  world.command(web, "todo.add", {.id = "m1", .version = "1.0.0"});
  EXPECT_EQ(world.heard("web-1: error held m1").empty(), false);
}

TEST_F(GateTest, AHeldVersionMaySendNothing) {
  world.command(todo_1, "log.write", {.id = "m1"});
  EXPECT_EQ(world.heard(),
            "todo-1: error held m1: todo@1.0.0 is held: it may send nothing before its offline script has "
            "succeeded, "
            "but within that script's activity\n");
}

TEST_F(GateTest, ProductionGoesToTheOpenVersionBesideTheHeldOne) {
  world.version("todo@0.9.0").receives = {"todo.add"};
  world.publish();
  const std::string old = world.join("todo@0.9.0");
  for (int i = 0; i < 5; ++i) world.command(web, "todo.add");
  EXPECT_EQ(world.heard("todo-1"), "");
}

TEST_F(GateTest, AMessageForAStartingRoleWaits) {
  start();
  world.command(web, "todo.add", {.id = "m1"});
  EXPECT_EQ(world.heard(), "");
  set_gate(Gate::kOpen);
  EXPECT_EQ(world.heard("todo-1"), "todo-1: command todo.add m1 from web@1.0.0 #1\n");
}

TEST_F(GateTest, WhatWaitsIsRefusedWhenTheVersionIsHeldAfterAll) {
  start();
  world.command(web, "todo.add", {.id = "m1"});
  set_gate(Gate::kHeld);
  EXPECT_EQ(world.heard("web-1: error held m1").empty(), false);
}

TEST_F(GateTest, WhatWaitsIsRefusedWhenItsRoleIsGone) {
  start();
  world.command(web, "todo.add", {.id = "m1"});
  world.plan.versions.erase(world.plan.versions.begin() + 1);
  world.publish();
  EXPECT_EQ(world.heard("web-1: error"),
            "web-1: error no-receiver m1: todo does not receive \"todo.add\" any more\n");
}

TEST_F(GateTest, WhatWaitsExpires) {
  start();
  world.command(web, "todo.add", {.id = "m1", .timeout_ms = 1000});
  world.pass(std::chrono::milliseconds(900));
  EXPECT_EQ(world.heard("web-1: error"), "");
  world.pass(std::chrono::milliseconds(200));
  EXPECT_EQ(world.heard("web-1: error"),
            "web-1: error expired m1: it waited for todo to start until its deadline had passed\n");
}

TEST_F(GateTest, WhatHasExpiredIsNotDeliveredEvenWhereNobodyHasNoticedYet) {
  start();
  world.command(web, "todo.add", {.id = "m1", .timeout_ms = 1000});
  world.pass_unnoticed(std::chrono::milliseconds(1000));
  set_gate(Gate::kOpen);
  EXPECT_EQ(world.heard(),
            "web-1: error expired m1: it waited for todo until its deadline had passed\n"
            "host: table 3\n");
}

TEST_F(GateTest, WhatWaitsExpiresAfterAMinuteIfNobodySaysOtherwise) {
  start();
  world.command(web, "todo.add", {.id = "m1"});
  world.pass(std::chrono::seconds(59));
  EXPECT_EQ(world.heard("web-1: error"), "");
  world.pass(std::chrono::seconds(2));
  EXPECT_EQ(world.heard("web-1: error expired m1").empty(), false);
}

TEST_F(GateTest, WhatWaitsKeepsItsOrder) {
  start();
  for (const char* id : {"m1", "m2", "m3"}) world.command(web, "todo.add", {.id = id});
  set_gate(Gate::kOpen);
  EXPECT_EQ(world.heard("todo-1"),
            "todo-1: command todo.add m1 from web@1.0.0 #1\n"
            "todo-1: command todo.add m2 from web@1.0.0 #2\n"
            "todo-1: command todo.add m3 from web@1.0.0 #3\n");
}

TEST_F(GateTest, AnOpenVersionWithoutAnInstanceGetsItsMessagesWhenOneComes) {
  world.dismiss(todo_1);
  set_gate(Gate::kOpen);
  world.heard();
  world.command(web, "todo.add", {.id = "m1"});
  EXPECT_EQ(world.heard(), "");
  world.register_on(50, world.registration(world.admit("todo@1.0.0")));
  EXPECT_EQ(world.heard("todo-2: command"), "todo-2: command todo.add m1 from web@1.0.0 #1\n");
}

TEST_F(GateTest, MessagesForAVersionThatClosesAreRoutedAgain) {
  set_gate(Gate::kOpen);
  world.dismiss(todo_1);
  world.command(web, "todo.add", {.id = "m1"});
  world.version("todo@0.9.0").receives = {"todo.add"};
  world.join("todo@0.9.0");
  set_gate(Gate::kHeld);
  EXPECT_EQ(world.heard("todo-2"), "todo-2: command todo.add m1 from web@1.0.0 #1\n");
}

TEST_F(GateTest, WhatAVersionHasMayStillBeAnsweredAfterItCloses) {
  set_gate(Gate::kOpen);
  world.command(web, "todo.add", {.id = "m1", .expects = Expects::kOne});
  set_gate(Gate::kHeld);
  world.heard();
  world.reply(todo_1, "todo.added", "m1");
  EXPECT_EQ(world.heard(), "web-1: reply todo.added to m1 from todo@1.0.0\n");
}

TEST_F(GateTest, NothingComesFromAVersionThatHasClosed) {
  set_gate(Gate::kOpen);
  world.command(todo_1, "log.write", {.id = "m1"});
  set_gate(Gate::kHeld);
  world.heard();
  world.command(todo_1, "log.write", {.id = "m2"});
  EXPECT_EQ(world.heard("todo-1: error held m2").empty(), false);
}

}  // namespace
}  // namespace exo::routing
