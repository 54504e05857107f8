#include "host/application_part.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "host/application_check.h"
#include "tests/services/application_folder.h"

namespace exo {
namespace {

using testing_support::ApplicationFolder;

// web waits for todo, which has two versions; search@0.0.2 requires search@0.0.1; each version of search has
// a script.
class ApplicationPartTest : public testing::Test {
 protected:
  ApplicationPartTest() {
    folder_.with(
        "application.yml",
        "name: shop\nservices:\n  web: {location: ./web}\n"
        "  todo: {versions: [{location: ./todo-1}, {location: ./todo-2}]}\n"
        "  search: {versions: [{location: ./search-1}, {location: ./search-2}, {location: ./search-3}]}\n");
    service("web", "0.0.1", "depends-on: [todo]\n");
    service("todo-1", "0.0.1");
    service("todo-2", "0.0.2");
    service("search-1", "0.0.1");
    service("search-2", "0.0.2", "requires: [0.0.1]\n");
    service("search-3", "0.0.3");
    for (const char* version : {"0.0.1", "0.0.2", "0.0.3"})
      folder_.with(std::string("deployment-scripts/search-") + version + ".js", "");
  }

  void service(const std::string& folder, const std::string& version, const std::string& more = "") {
    folder_.with(folder + "/service.yml",
                 "version: " + version + "\ndevelopment: {scripts: {run: sh run.sh}}\n" + more);
  }

  // "web@0.0.1 …", or the error's message.
  std::string kept(const std::vector<std::string>& wanted) {
    ApplicationCheck check =
        check_application({.application = folder_.path(), .ports = {}, .environment = {}});
    EXPECT_TRUE(check.mistakes.empty()) << to_text(check.mistakes);
    const auto done = keep_only(wanted, *check.application, check.catalog);
    if (!done) return done.error().code + ": " + done.error().message;
    left_out_.clear();
    for (const VersionKey& key : done.value()) left_out_ += (left_out_.empty() ? "" : " ") + to_text(key);
    std::string text;
    for (const VersionKey& key : versions_of(*check.application))
      text += (text.empty() ? "" : " ") + to_text(key);
    scripts_.clear();
    for (const Script& script : check.catalog.scripts) scripts_.push_back(to_text(script.brings_in));
    return text;
  }

  ApplicationFolder folder_;
  std::vector<std::string> scripts_;  // that were left the last time
  std::string left_out_;              // the last time
};

TEST_F(ApplicationPartTest, NamesARoleThatIsNotThere) {
  EXPECT_EQ(kept({"todos"}), "usage: --only todos: there is no service \"todos\"; did you mean \"todo\"?");
}

TEST_F(ApplicationPartTest, NamesAVersionThatIsNotThere) {
  EXPECT_EQ(kept({"todo@0.0.3"}), "usage: --only todo@0.0.3: the versions of todo are 0.0.1 and 0.0.2");
}

TEST_F(ApplicationPartTest, KeepsEverythingWhereNothingIsNamed) {
  EXPECT_EQ(kept({}), "web@0.0.1 todo@0.0.1 todo@0.0.2 search@0.0.1 search@0.0.2 search@0.0.3");
  EXPECT_EQ(scripts_.size(), 3U);
  EXPECT_EQ(left_out_, "");
}

TEST_F(ApplicationPartTest, KeepsAllVersionsOfARoleAndTheirScripts) {
  EXPECT_EQ(kept({"todo"}), "todo@0.0.1 todo@0.0.2");
  EXPECT_TRUE(scripts_.empty());
}

TEST_F(ApplicationPartTest, KeepsOneVersionAndItsScript) {
  EXPECT_EQ(kept({"search@0.0.3"}), "search@0.0.3");
  EXPECT_EQ(scripts_, std::vector<std::string>{"search@0.0.3"});
}

TEST_F(ApplicationPartTest, KeepsTheVersionsThatAVersionRequires) {
  EXPECT_EQ(kept({"search@0.0.2"}), "search@0.0.1 search@0.0.2");
}

TEST_F(ApplicationPartTest, KeepsTheRolesThatAreWaitedFor) {
  EXPECT_EQ(kept({"web"}), "web@0.0.1 todo@0.0.1 todo@0.0.2");
}

TEST_F(ApplicationPartTest, KeepsNoMoreOfARoleThatIsWaitedForThanIsNamed) {
  EXPECT_EQ(kept({"web", "todo@0.0.2"}), "web@0.0.1 todo@0.0.2");
  EXPECT_EQ(left_out_, "todo@0.0.1 search@0.0.1 search@0.0.2 search@0.0.3");
}

}  // namespace
}  // namespace exo
