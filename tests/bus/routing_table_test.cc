#include "bus/routing_table.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

VersionRoutes todo() {
  return {.role = "todo",
          .version = "1.0.0",
          .sends = {"created"},
          .receives = {"create"},
          .translations = {{"todos.create", "create"}}};
}

TEST(RoutingTableDeathTest, AVersionThatIsThereTwiceIsABug) {
  EXPECT_DEATH(RoutingTable::compile({.versions = {todo(), todo()}}), "bug");
}

TEST(RoutingTableDeathTest, AnInternalNameWithTwoPublicOnesIsABug) {
  VersionRoutes routes = todo();
  routes.translations.push_back({"todos.make", "create"});
  EXPECT_DEATH(RoutingTable::compile({.versions = {routes}}), "bug");
}

TEST(RoutingTableDeathTest, ANegativeShareIsABug) {
  VersionRoutes routes = todo();
  routes.share = -1;
  EXPECT_DEATH(RoutingTable::compile({.versions = {routes}}), "bug");
}

TEST(RoutingTableDeathTest, ARoleWithoutANameIsABug) {
  VersionRoutes routes = todo();
  routes.role.clear();
  EXPECT_DEATH(RoutingTable::compile({.versions = {routes}}), "bug");
}

TEST(RoutingTableDeathTest, AScriptThatRunsTwiceIsABug) {
  const ScriptRoutes script{
      .sender = "deployment-todo-1.0.0", .role = "todo", .version = "1.0.0", .activity_id = "a", .sends = {}};
  EXPECT_DEATH(RoutingTable::compile({.scripts = {script, script}}), "bug");
}

TEST(RoutingTableTest, AnEmptyPlanKnowsNothing) {
  const auto table = RoutingTable::compile({});
  EXPECT_EQ(table->find_version("todo", "1.0.0"), nullptr);
  EXPECT_EQ(table->find_name("todos.create"), nullptr);
  EXPECT_EQ(table->find_script("deployment-todo-1.0.0"), nullptr);
}

TEST(RoutingTableTest, ANameIsFoundByItsPublicTextOnly) {
  const auto table = RoutingTable::compile({.versions = {todo()}});
  EXPECT_EQ(table->find_name("create"), nullptr);
  ASSERT_NE(table->find_name("todos.create"), nullptr);
  EXPECT_EQ(table->find_name("todos.create")->roles.at(0).receivers.at(0).internal_name, "create");
}

TEST(RoutingTableTest, ANameThatNobodyReceivesHasNoRoles) {
  const auto table = RoutingTable::compile({.versions = {todo()}});
  EXPECT_TRUE(table->find_name("created")->roles.empty());
}

TEST(RoutingTableTest, VersionsOfOneRoleReceiveTogether) {
  VersionRoutes newer = todo();
  newer.version = "2.0.0";
  const auto table = RoutingTable::compile({.versions = {todo(), newer}});
  ASSERT_EQ(table->find_name("todos.create")->roles.size(), 1U);
  EXPECT_EQ(table->find_name("todos.create")->roles[0].receivers.size(), 2U);
}

TEST(RoutingTableTest, ANameListedTwiceIsReceivedOnce) {
  VersionRoutes routes = todo();
  routes.receives.emplace_back("create");
  const auto table = RoutingTable::compile({.versions = {routes}});
  EXPECT_EQ(table->find_name("todos.create")->roles.at(0).receivers.size(), 1U);
}

TEST(RoutingTableTest, EachNameStandsAtItsIndex) {
  const auto table = RoutingTable::compile({.versions = {todo()}});
  for (std::size_t i = 0; i < table->names().size(); ++i) EXPECT_EQ(table->names()[i]->index, i);
}

TEST(RoutingTableTest, TranslationsGoBothWays) {
  const auto table = RoutingTable::compile({.versions = {todo()}});
  const RoutingTable::Version& version = *table->find_version("todo", "1.0.0");
  EXPECT_EQ(to_public(version, "create"), "todos.create");
  EXPECT_EQ(to_internal(version, "todos.create"), "create");
}

TEST(RoutingTableTest, AnUntranslatedNameIsPublicAsItIs) {
  const auto table = RoutingTable::compile({.versions = {todo()}});
  const RoutingTable::Version& version = *table->find_version("todo", "1.0.0");
  EXPECT_EQ(to_public(version, "created"), "created");
  EXPECT_EQ(to_internal(version, "created"), "created");
}

TEST(RoutingTableTest, AScriptKnowsWhatItBringsIn) {
  const ScriptRoutes script{
      .sender = "deployment-todo-1.0.0", .role = "todo", .version = "1.0.0", .activity_id = "a", .sends = {}};
  const auto table = RoutingTable::compile({.versions = {todo()}, .scripts = {script}});
  EXPECT_EQ(table->find_script("deployment-todo-1.0.0")->brings_in, table->find_version("todo", "1.0.0"));
}

TEST(RoutingTableTest, AScriptOfAVersionThatIsNotThereBringsNothingIn) {
  const ScriptRoutes script{
      .sender = "deployment-todo-2.0.0", .role = "todo", .version = "2.0.0", .activity_id = "a", .sends = {}};
  const auto table = RoutingTable::compile({.versions = {todo()}, .scripts = {script}});
  EXPECT_EQ(table->find_script("deployment-todo-2.0.0")->brings_in, nullptr);
}

TEST(RoutingTableTest, TheTableKeepsItsPosition) {
  EXPECT_EQ(RoutingTable::compile({.position = 7})->position(), 7U);
}

}  // namespace
}  // namespace exo
