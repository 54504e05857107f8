#include "host/tap_doubts.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

Application todo_app() {
  ServiceVersion todo;
  todo.role = "todo";
  todo.version = parse_semantic_version("0.0.1").value();
  todo.receives = {"list"};
  todo.translations = {{.public_name = "todos.list", .internal_name = "list"}};
  ServiceVersion search;
  search.role = "todo-search";
  search.version = parse_semantic_version("0.0.2").value();
  search.sends = {"todos.list"};
  Application application;
  application.roles = {{.name = "todo", .versions = {todo}}, {.name = "todo-search", .versions = {search}}};
  return application;
}

std::vector<std::string> doubts(const TapWish& wish) {
  return doubts_about(wish, todo_app());
}

using Doubts = std::vector<std::string>;

TEST(TapDoubtsTest, WhatTheFilesKnowIsNotDoubted) {
  EXPECT_EQ(doubts({}), Doubts{});
  EXPECT_EQ(doubts({.role = "todo", .name = "todos.list", .version = "0.0.1"}), Doubts{});
  EXPECT_EQ(doubts({.name = "list"}), Doubts{});
  EXPECT_EQ(doubts({.name = "todo.*"}), Doubts{});
}

TEST(TapDoubtsTest, ScriptsAndExoAreNotInTheFiles) {
  EXPECT_EQ(doubts({.role = "deployment-todo-0.0.1", .version = "0.0.9"}), Doubts{});
  EXPECT_EQ(doubts({.role = "exo-operator"}), Doubts{});
  EXPECT_EQ(doubts({.name = "exo.status"}), Doubts{});
}

TEST(TapDoubtsTest, AMisspelledRoleIsNamedWithTheOneThatIsNear) {
  EXPECT_EQ(doubts({.role = "tood"}), Doubts{"no service is called \"tood\" here; did you mean \"todo\"?"});
}

TEST(TapDoubtsTest, ANameIsDoubtedOnlyWhereItIsNearToOne) {
  EXPECT_EQ(doubts({.name = "todos.lits"}),
            Doubts{"no service states a message \"todos.lits\"; did you mean \"todos.list\"?"});
  EXPECT_EQ(doubts({.name = "pigeons.counted"}), Doubts{});
}

TEST(TapDoubtsTest, AStarInTheMiddleIsALetter) {
  EXPECT_EQ(doubts({.name = "todos.*st"}),
            Doubts{"in \"todos.*st\" the * is a letter like others; only at the end it stands for more"});
}

TEST(TapDoubtsTest, AVersionThatNobodyHasIsNamed) {
  EXPECT_EQ(doubts({.version = "9.9.9"}), Doubts{"no service here has a version 9.9.9"});
  EXPECT_EQ(doubts({.role = "todo", .version = "0.0.2"}), Doubts{"todo has no version 0.0.2"});
}

}  // namespace
}  // namespace exo
