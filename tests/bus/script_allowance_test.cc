// A script that is to be killed after so many messages: which of them are heard, and when the host is told.
#include <gtest/gtest.h>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

const std::string kSpent = "host: allowance of deployment-search-2.0.0-1 spent\n";

// search@2.0.0 is held, and its script may send two commands.
class ScriptAllowanceTest : public testing::Test {
 protected:
  ScriptAllowanceTest() {
    world_.version("search@2.0.0").receives = {"search.add"};
    world_.version("search@2.0.0").sends = {"todos.list"};
    world_.version("search@2.0.0").gate = Gate::kHeld;
    world_.version("todo@1.0.0").receives = {"todos.list"};
    world_.script("search@2.0.0");
    world_.publish();
    held_ = world_.join("search@2.0.0");
    todo_ = world_.join("todo@1.0.0");
    script_ = world_.join_script("search@2.0.0", 2);
  }

  World world_;
  std::string held_, todo_, script_;
};

TEST_F(ScriptAllowanceTest, NothingIsHeardAfterTheLastOne) {
  world_.command(script_, "todos.list", {.id = "m1"});
  world_.command(script_, "search.add", {.id = "m2"});
  world_.heard();
  world_.command(script_, "search.add", {.id = "m3"});
  world_.command(script_, "deployment-search-2.0.0-offline-done", {.id = "done"});
  world_.say(script_, Kind::kDrain);
  EXPECT_EQ(world_.heard(), "");
}

TEST_F(ScriptAllowanceTest, TheHostIsToldOnceAllAreSettled) {
  world_.command(script_, "todos.list", {.id = "m1"});
  world_.command(script_, "search.add", {.id = "m2"});
  world_.handled(held_, {1});
  EXPECT_EQ(world_.heard("host: allowance"), "");
  world_.handled(todo_, {1});
  EXPECT_EQ(world_.heard("host: allowance"), kSpent);
}

TEST_F(ScriptAllowanceTest, TheHostIsNotToldBeforeItIsSpent) {
  world_.command(script_, "todos.list", {.id = "m1"});
  world_.handled(todo_, {1});
  EXPECT_EQ(world_.heard("host: allowance"), "");
}

TEST_F(ScriptAllowanceTest, WhatIsRefusedCostsNothing) {
  world_.command(script_, "todos.drop", {.id = "m1"});
  world_.command(script_, "todos.list", {.id = "m2"});
  world_.command(script_, "search.add", {.id = "m3"});
  EXPECT_NE(world_.heard(held_ + ": command search.add m3"), "");
}

TEST_F(ScriptAllowanceTest, WhatTheHeldVersionSendsCostsTheScriptNothing) {
  world_.command(held_, "todos.list", {.id = "m1", .activity = "rollout"});
  world_.command(script_, "todos.list", {.id = "m2"});
  world_.handled(todo_, {1, 2});
  EXPECT_EQ(world_.heard("host: allowance"), "");
}

TEST_F(ScriptAllowanceTest, WhatTheHeldVersionSendsIsSettledFirst) {
  world_.command(script_, "search.add", {.id = "m1"});
  world_.command(script_, "search.add", {.id = "m2"});
  world_.command(held_, "todos.list", {.id = "m3", .activity = "rollout"});
  world_.handled(held_, {1, 2});
  EXPECT_EQ(world_.heard("host: allowance"), "");
  world_.handled(todo_, {1});
  EXPECT_EQ(world_.heard("host: allowance"), kSpent);
}

TEST_F(ScriptAllowanceTest, ACheckpointBeforeTheLastOneReachesTheHostFirst) {
  world_.command(script_, "search.add", {.id = "m1"});
  world_.command(script_, "deployment-search-2.0.0-offline-checkpoint", {.id = "c1"});
  world_.command(script_, "search.add", {.id = "m2"});
  world_.handled(held_, {1, 2});
  const std::string heard = world_.heard("host: ");
  EXPECT_LT(heard.find("offline-checkpoint"), heard.find("allowance of")) << heard;
  EXPECT_NE(heard.find("allowance of"), std::string::npos) << heard;
}

}  // namespace
}  // namespace exo::routing
