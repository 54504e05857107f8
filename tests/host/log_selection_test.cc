#include "host/log_selection.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exo {
namespace {

LogName log(const std::string& file) {
  const auto name = parse_log_file_name(file);
  EXPECT_TRUE(name) << file;
  return name.value_or(LogName{});
}

const std::vector<LogName> kKnown = {log("exo.log"), log("web-0.0.1.log"), log("todo-0.0.1.log"),
                                     log("todo-0.0.2.log"), log("todo-0.0.2-offline-1-1.log")};

std::string refusal(const std::string& word) {
  const auto selection = LogSelection::of({word}, kKnown);
  EXPECT_FALSE(selection.ok()) << word;
  return selection.ok() ? "" : selection.error().message;
}

// The files that these words select.
std::vector<std::string> taken(const std::vector<std::string>& words) {
  const auto selection = LogSelection::of(words, kKnown);
  EXPECT_TRUE(selection.ok()) << selection.error().message;
  std::vector<std::string> roles;
  for (const LogName& name : kKnown) {
    if (selection.value().takes(name)) roles.push_back(name.shown_role() + " " + name.version.version);
  }
  return roles;
}

using Names = std::vector<std::string>;

TEST(LogSelection, names_the_nearest_role_version_or_run) {
  EXPECT_EQ(refusal("wbe"), R"(there is no role, version or run "wbe"; did you mean "web"?)");
  EXPECT_EQ(refusal("todo@0.0.3"),
            R"(there is no role, version or run "todo@0.0.3"; did you mean "todo@0.0.1"?)");
  EXPECT_EQ(
      refusal("todo-0.0.2-ofline-1"),
      R"(there is no role, version or run "todo-0.0.2-ofline-1"; did you mean "todo-0.0.2-offline-1"?)");
}

TEST(LogSelection, lists_what_there_is_where_nothing_is_near) {
  EXPECT_EQ(refusal("frobnicate"),
            R"(there is no role, version or run "frobnicate"; there are: deployment-todo-0.0.2, exo, todo, )"
            "todo-0.0.2-offline-1, todo@0.0.1, todo@0.0.2, web, web@0.0.1");
}

TEST(LogSelection, tells_who_names_a_folder_how_to) {
  EXPECT_NE(refusal("examples/todo-app").find("--application"), std::string::npos);
}

TEST(LogSelection, shows_no_control_characters) {
  EXPECT_EQ(refusal("\x1b[2J").find('\x1b'), std::string::npos);
}

TEST(LogSelection, takes_everything_without_words) {
  EXPECT_EQ(taken({}).size(), kKnown.size());
}

TEST(LogSelection, takes_all_versions_and_scripts_of_a_role) {
  EXPECT_EQ(taken({"todo"}), (Names{"todo 0.0.1", "todo 0.0.2", "deployment-todo-0.0.2 0.0.2"}));
}

TEST(LogSelection, takes_one_version_with_its_scripts) {
  EXPECT_EQ(taken({"todo@0.0.2"}), (Names{"todo 0.0.2", "deployment-todo-0.0.2 0.0.2"}));
}

TEST(LogSelection, takes_a_run_and_a_script_by_its_role_on_the_bus) {
  EXPECT_EQ(taken({"todo-0.0.2-offline-1"}), Names{"deployment-todo-0.0.2 0.0.2"});
  EXPECT_EQ(taken({"deployment-todo-0.0.2"}), Names{"deployment-todo-0.0.2 0.0.2"});
}

TEST(LogSelection, takes_one_attempt_of_a_run) {
  const LogName second{
      .version = {"todo", "0.0.2"}, .phase = "offline", .run = "todo-0.0.2-offline-1", .attempt = 2};
  LogName first = second;
  first.attempt = 1;
  const auto selection = LogSelection::of({"todo-0.0.2-offline-1"}, {first, second});
  ASSERT_TRUE(selection.ok());
  EXPECT_TRUE(selection.value().takes(first));
  EXPECT_FALSE(selection.value().only(2).takes(first));
  EXPECT_TRUE(selection.value().only(2).takes(second));
}

TEST(LogSelection, takes_what_any_word_means) {
  EXPECT_EQ(taken({"web", "exo", "web"}), (Names{"exo ", "web 0.0.1"}));
}

}  // namespace
}  // namespace exo
