#include "host/artifact_copies.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <algorithm>

#include "tests/services/application_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using testing_support::ApplicationFolder;

constexpr const char* kHandlers = "module.exports = {};";

ArtifactManifest todo_with(const std::string& service, const std::string& script) {
  return {.role = "todo",
          .version = "0.0.1",
          .entries = {{.path = "deployment-scripts/todo-0.0.1.js", .size = 1, .digest = script},
                      {.path = "service/service.yml", .size = 1, .digest = service}}};
}

TEST(ServiceDigest, IsThatOfTheServiceAlone) {
  const std::string one(64, '1');
  const std::string two(64, '2');
  EXPECT_EQ(service_digest(todo_with(one, one)), service_digest(todo_with(one, two)));
  EXPECT_NE(service_digest(todo_with(one, one)), service_digest(todo_with(two, one)));
}

std::vector<std::string> paths_of(const LoadedScripts& scripts) {
  std::vector<std::string> paths;
  for (const Script& script : scripts.catalog.scripts) paths.push_back(script.path);
  return paths;
}

TEST(CopiedScripts, TakeThePlaceOfThoseOfTheWorkingTree) {
  ApplicationFolder tree;
  for (const char* version : {"0.0.1", "0.0.2", "0.0.10"})
    tree.with(std::string("deployment-scripts/todo-") + version + ".js", kHandlers);
  ApplicationFolder one;
  one.with("deployment-scripts/todo-0.0.2.js", kHandlers);
  ApplicationFolder none;
  ApplicationFolder more;
  more.with("deployment-scripts/todo-0.0.9.js", kHandlers);
  const LoadedScripts scripts = with_copied_scripts(
      load_scripts(tree.path()),
      {{{"todo", "0.0.1"}, none.path()}, {{"todo", "0.0.2"}, one.path()}, {{"todo", "0.0.9"}, more.path()}});
  EXPECT_EQ(paths_of(scripts),
            (std::vector<std::string>{one.path() + "/deployment-scripts/todo-0.0.2.js",
                                      more.path() + "/deployment-scripts/todo-0.0.9.js",
                                      tree.path() + "/deployment-scripts/todo-0.0.10.js"}));
}

TEST(CopiedScripts, BringTheirMistakes) {
  ApplicationFolder tree;
  tree.with("deployment-scripts/todo-0.0.1.js", kHandlers);
  ApplicationFolder copy;
  copy.with("deployment-scripts/todo-0.0.1.js", kHandlers);
  copy.with("deployment-scripts/todo-0.0.1.yml", "colour: blue\n");
  const auto scripts = with_copied_scripts(load_scripts(tree.path()), {{{"todo", "0.0.1"}, copy.path()}});
  EXPECT_EQ(scripts.mistakes.size(), 1U) << to_text(scripts.mistakes);
}

TEST(UnusedCopies, AreRemovedAndNothingElse) {
  const std::string used(64, 'a');
  const std::string unused(64, 'b');
  ApplicationFolder copies;
  copies.with(used + "/service/service.yml", "").with(unused + "/service/lib/index.js", "");
  copies.with("work.abc.new/content", "");
  for (const std::string name : {"/service/lib", "/service", ""})
    ASSERT_EQ(::chmod((copies.path() + "/" + unused + name).c_str(), 0555), 0);
  remove_unused_copies(copies.path(), {used});
  std::vector<std::string> left;
  for (const auto& entry : fs::directory_iterator(copies.path()))
    left.push_back(entry.path().filename().string());
  std::sort(left.begin(), left.end());
  EXPECT_EQ(left, (std::vector<std::string>{used, "work.abc.new"}));
}

TEST(UnusedCopies, AreNoneWhereThereIsNoFolder) {
  remove_unused_copies("/no/such/folder", {});
  EXPECT_FALSE(fs::exists("/no/such/folder"));
}

}  // namespace
}  // namespace exo
