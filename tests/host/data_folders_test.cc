// Whose data is where, and what is not removed.
#include "host/data_folders.h"

#include <gtest/gtest.h>
#include <sys/mount.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "host/data_removal.h"
#include "host/ledger_owner.h"
#include "services/keeper/file_lock.h"
#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

class DataFoldersTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/exo-data-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    application_ = pattern;
    ::unsetenv("EXO_HOME");
    ASSERT_TRUE(state().create().ok());
    write("application.yml",
          "name: shop\nservices:\n  todo: {location: todo}\n  search: {location: search}\n");
    write("todo/service.yml", "type: worker\nversion: 1.0.0\nstartup: {command: node server.js}\n");
    write("search/service.yml",
          "type: worker\nversion: 2.0.0\ndata: own\nstartup: {command: node server.js}\n");
  }
  void TearDown() override { fs::remove_all(application_); }

  StateFolder state() const { return StateFolder::of(application_, "local").value(); }
  void write(const std::string& file, const std::string& content) const {
    fs::create_directories((application_ / file).parent_path());
    std::ofstream(application_ / file) << content;
  }
  void keep(const std::string& file, const std::string& content) const {
    write((state().data() / file).string(), content);
  }
  DataFolder folder(const std::string& name) const {
    const DataFolders found = find_data(state()).value();
    for (const DataFolder& each : found.folders) {
      if (each.name == name) return each;
    }
    return {};
  }
  // "removed", or the code of the error.
  std::string remove(const std::string& name, bool is_forced = false) const {
    const auto removed =
        remove_data(state(), {.name = name, .reason = "old", .who = "anna", .is_forced = is_forced});
    return removed ? "removed" : removed.error().code;
  }

  fs::path application_;
};

TEST_F(DataFoldersTest, ANameTellsWhoseItIs) {
  for (const char* name : {"todo/a", "search-2.0.0/a", "deployment-todo-1.0.0/a", "search-1.0.0/a"})
    keep(name, "");
  ASSERT_EQ(find_data(state()).value().application_fault, "");
  ASSERT_EQ(folder("todo").users.size(), 1U);
  EXPECT_EQ(folder("todo").users[0].version, (VersionKey{"todo", "1.0.0"}));
  ASSERT_EQ(folder("search-2.0.0").users.size(), 1U);
  ASSERT_EQ(folder("deployment-todo-1.0.0").users.size(), 1U);
  EXPECT_TRUE(folder("deployment-todo-1.0.0").users[0].is_script);
  EXPECT_TRUE(folder("search-1.0.0").users.empty());
}

TEST_F(DataFoldersTest, WhatIsInItCountsAndWhereALinkLeadsDoesNot) {
  keep("todo/pages/1", "12345");
  keep("todo/2", "123");
  write("elsewhere/large", std::string(1000, 'x'));
  fs::create_symlink(application_ / "elsewhere", state().data() / "todo/link");
  const DataFolder todo = folder("todo");
  EXPECT_EQ(todo.files, 3U);
  EXPECT_LT(todo.bytes, 500U);
  EXPECT_TRUE(todo.is_all_seen);
}

TEST_F(DataFoldersTest, WhatAVersionWouldBeginWithGoesOnlyByForce) {
  keep("todo/1", "12345");
  EXPECT_EQ(remove("todo"), "does-not-fit");
  EXPECT_TRUE(fs::exists(state().data() / "todo/1"));
  EXPECT_EQ(remove("todo", true), "removed");
  EXPECT_FALSE(fs::exists(state().data() / "todo"));
  EXPECT_EQ(remove("todo", true), "unknown");
}

TEST_F(DataFoldersTest, ALinkIsNotFollowed) {
  write("elsewhere/large", "12345");
  fs::create_directories(state().data());
  fs::create_directory_symlink(application_ / "elsewhere", state().data() / "search-1.0.0");
  EXPECT_EQ(remove("search-1.0.0"), "does-not-fit");
  EXPECT_TRUE(fs::exists(application_ / "elsewhere/large"));
}

TEST_F(DataFoldersTest, ALinkIsToldAsOneAndAFileAsWhatItIs) {
  write("elsewhere/large", "12345");
  keep("file", "123");
  fs::create_directory_symlink(application_ / "elsewhere", state().data() / "link");
  EXPECT_EQ(folder("link").link, (application_ / "elsewhere").string());
  EXPECT_LT(folder("link").files, 2U);
  EXPECT_EQ(folder("file").bytes, 3U);
  EXPECT_TRUE(folder("file").is_all_seen);
}

TEST_F(DataFoldersTest, WhatIsLeftOfARemovalIsNoDataAndGoesByItsName) {
  keep(leftover_name("todo") + "/1", "12345");
  keep(leftover_name("search-2.0.0") + "/1", "12345");
  const DataFolders found = find_data(state()).value();
  EXPECT_TRUE(found.folders.empty());
  ASSERT_EQ(found.leftovers.size(), 2U);
  EXPECT_EQ(remove("todo"), "removed");
  ASSERT_EQ(find_data(state()).value().leftovers.size(), 1U);
  EXPECT_EQ(find_data(state()).value().leftovers[0].name, "search-2.0.0");
}

TEST_F(DataFoldersTest, WhatAnotherFileSystemIsMountedInIsLeftAlone) {
  keep("search-1.0.0/1", "12345");
  keep(leftover_name("search-1.0.0") + "/1", "12345");
  const std::string outcome = in_child([&]() -> std::string {
    if (!make_private_mounts()) return "no mounts here";
    for (const auto& each : fs::directory_iterator(state().data())) {
      fs::create_directories(each.path() / "disk");
      if (::mount("none", (each.path() / "disk").c_str(), "tmpfs", 0, "size=1m") != 0)
        return "no mounts here";
      std::ofstream(each.path() / "disk/precious") << "1";
    }
    std::string result = remove("search-1.0.0", true);
    for (const auto& each : fs::directory_iterator(state().data()))
      result += fs::exists(each.path() / "disk/precious") ? ", there" : ", lost";
    fs::rename(state().data() / "search-1.0.0", application_ / "elsewhere");
    result += "; " + remove("search-1.0.0", true);
    for (const auto& each : fs::directory_iterator(state().data()))
      result += fs::exists(each.path() / "disk/precious") ? ", there" : ", lost";
    return result;
  });
  if (outcome == "no mounts here") GTEST_SKIP() << "a mount wants root, or a namespace of its own";
  EXPECT_EQ(outcome, "does-not-fit, there, there; does-not-fit, there");
}

TEST_F(DataFoldersTest, NothingIsRemovedWhileAKeeperEndsWhatItHasStarted) {
  keep("search-1.0.0/1", "12345");
  const auto keeper = take_file_lock((state().path() / "keeper.lock").string());
  ASSERT_TRUE(keeper.ok());
  EXPECT_EQ(remove("search-1.0.0", true), "in-use");
  EXPECT_TRUE(fs::exists(state().data() / "search-1.0.0/1"));
}

TEST_F(DataFoldersTest, NothingIsRemovedUnderAHost) {
  keep("search-1.0.0/1", "12345");
  const Ownership host = Ownership::acquire(state().path().string(), this_process("host-1")).value();
  EXPECT_EQ(remove("search-1.0.0", true), "in-use");
  EXPECT_TRUE(fs::exists(state().data() / "search-1.0.0/1"));
}

TEST_F(DataFoldersTest, ANameThatLeadsElsewhereIsNone) {
  keep("todo/1", "12345");
  for (const char* name : {"", ".", "..", "../data/todo", "todo/1"})
    EXPECT_EQ(remove(name, true), "unknown") << name;
}

}  // namespace
}  // namespace exo
