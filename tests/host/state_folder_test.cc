#include "host/state_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <set>
#include <string>

namespace exo {
namespace {

namespace fs = std::filesystem;

class StateFolderTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/exo-state-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    application_ = pattern;
    ::unsetenv("EXO_HOME");
  }
  void TearDown() override {
    fs::remove_all(application_);
    ::unsetenv("EXO_HOME");
  }
  static unsigned mode(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
    return status.st_mode & 0777U;
  }
  fs::path application_;
};

TEST_F(StateFolderTest, refuses_a_name_that_would_leave_the_folder) {
  const auto folder = StateFolder::of(application_, "../elsewhere");
  ASSERT_FALSE(folder.ok());
  EXPECT_EQ(folder.error().code, "usage");
  EXPECT_NE(folder.error().message.find("'../elsewhere'"), std::string::npos);
}

TEST_F(StateFolderTest, names_the_path_that_cannot_be_made) {
  std::ofstream(application_ / ".exo") << "a file in the way";
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.ok());
  const auto created = folder.value().create();
  ASSERT_FALSE(created.ok());
  EXPECT_NE(created.error().message.find((application_ / ".exo").string()), std::string::npos);
}

TEST_F(StateFolderTest, is_private_and_ignores_itself) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.ok());
  ASSERT_TRUE(folder.value().create().ok());
  ASSERT_TRUE(folder.value().create_key().ok());
  EXPECT_EQ(mode(folder.value().path()), 0700U);
  EXPECT_EQ(mode(folder.value().key_file()), 0600U);
  std::ifstream ignored(application_ / ".exo" / ".gitignore");
  std::string line;
  std::getline(ignored, line);
  EXPECT_EQ(line, "*");
}

TEST_F(StateFolderTest, keeps_its_key_when_it_is_made_again) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.value().create().ok());
  ASSERT_TRUE(folder.value().create_key().ok());
  const auto first = folder.value().key();
  ASSERT_TRUE(folder.value().create_key().ok());
  const auto second = folder.value().key();
  ASSERT_TRUE(first.ok() && second.ok());
  EXPECT_EQ(first.value().size(), 64U);
  EXPECT_EQ(first.value(), second.value());
}

TEST_F(StateFolderTest, is_elsewhere_where_exo_home_says_so) {
  ::setenv("EXO_HOME", (application_ / "home").c_str(), 1);
  const auto folder = StateFolder::of(application_, "staging");
  ASSERT_TRUE(folder.ok());
  EXPECT_EQ(folder.value().path().parent_path().parent_path(), application_ / "home");
  ASSERT_TRUE(folder.value().create().ok());
  EXPECT_FALSE(fs::exists(application_ / ".exo"));
}

TEST_F(StateFolderTest, removes_the_sockets_of_a_host_that_was_killed) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.value().create().ok());
  const fs::path sockets = application_ / "exo-abc123";
  fs::create_directory(sockets);
  std::ofstream(sockets / "bus") << "";
  std::ofstream(folder.value().bus_file()) << "ipc://" << (sockets / "bus").string() << "\n";
  folder.value().remove_stale_sockets();
  EXPECT_FALSE(fs::exists(sockets));
  EXPECT_FALSE(fs::exists(folder.value().bus_file()));
}

TEST_F(StateFolderTest, removes_nothing_that_is_no_folder_of_sockets) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.value().create().ok());
  const fs::path precious = application_ / "precious";
  fs::create_directory(precious);
  std::ofstream(folder.value().bus_file()) << "ipc://" << (precious / "bus").string() << "\n";
  folder.value().remove_stale_sockets();
  EXPECT_TRUE(fs::exists(precious));
}

TEST_F(StateFolderTest, forgets_its_own_bus_and_nobody_elses) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.value().create().ok());
  std::ofstream(folder.value().bus_file()) << "ipc:///tmp/exo-2/bus\n";
  folder.value().forget_bus("ipc:///tmp/exo-1/bus");
  EXPECT_TRUE(fs::exists(folder.value().bus_file()));
  folder.value().forget_bus("ipc:///tmp/exo-2/bus");
  EXPECT_FALSE(fs::exists(folder.value().bus_file()));
}

TEST_F(StateFolderTest, lets_visitors_pass_to_tokens_and_data_only_and_list_nothing) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.value().create().ok());
  ASSERT_TRUE(folder.value().admit(Visitors::kOtherUsers).ok());
  for (const fs::path& passed :
       {application_ / ".exo", folder.value().path(), folder.value().tokens(), folder.value().data()}) {
    EXPECT_EQ(mode(passed), 0711U) << passed;
  }
  for (const fs::path& closed :
       {folder.value().logs(), folder.value().runs(), folder.value().python_cache()}) {
    EXPECT_EQ(mode(closed), 0700U) << closed;
  }
}

TEST_F(StateFolderTest, closes_what_was_made_open_before_visitors_come) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.value().create().ok());
  std::ofstream(folder.value().path() / "ledger.db") << "of an earlier run";
  fs::permissions(folder.value().path() / "ledger.db", static_cast<fs::perms>(0644));
  fs::permissions(folder.value().logs(), static_cast<fs::perms>(0755));
  ASSERT_TRUE(folder.value().admit(Visitors::kOtherUsers).ok());
  EXPECT_EQ(mode(folder.value().path() / "ledger.db"), 0600U);
  EXPECT_EQ(mode(folder.value().logs()), 0700U);
}

TEST_F(StateFolderTest, is_private_again_when_nobody_passes_any_more) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.value().create().ok());
  ASSERT_TRUE(folder.value().admit(Visitors::kOtherUsers).ok());
  ASSERT_TRUE(folder.value().admit(Visitors::kNone).ok());
  for (const fs::path& folder_of_exo :
       {folder.value().path(), folder.value().tokens(), folder.value().data()}) {
    EXPECT_EQ(mode(folder_of_exo), 0700U) << folder_of_exo;
  }
}

TEST_F(StateFolderTest, stays_as_open_as_somebody_has_made_it) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.value().create().ok());
  fs::permissions(folder.value().path(), static_cast<fs::perms>(0750));
  ASSERT_TRUE(folder.value().admit(Visitors::kNone).ok());
  EXPECT_EQ(mode(folder.value().path()), 0750U);
  ASSERT_TRUE(folder.value().admit(Visitors::kOtherUsers).ok());
  EXPECT_EQ(mode(folder.value().path()), 0751U);
}

TEST_F(StateFolderTest, removes_the_tokens_of_a_host_that_was_killed) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.value().create().ok());
  std::ofstream(folder.value().tokens() / "todo-1") << "secret";
  folder.value().remove_stale_tokens({});
  EXPECT_TRUE(fs::is_empty(folder.value().tokens()));
}

TEST_F(StateFolderTest, leaves_the_tokens_and_keys_of_what_runs_on) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.value().create().ok());
  for (const char* name : {"todo-1", "todo-1.curve", "todo-2", "todo-2.curve", ".curve"}) {
    std::ofstream(folder.value().tokens() / name) << "secret";
  }
  folder.value().remove_stale_tokens({"todo-2"});
  std::set<std::string> left;
  for (const auto& entry : fs::directory_iterator(folder.value().tokens()))
    left.insert(entry.path().filename());
  EXPECT_EQ(left, (std::set<std::string>{"todo-2", "todo-2.curve"}));
}

TEST_F(StateFolderTest, finds_the_folder_of_sockets_of_an_earlier_host_and_no_other) {
  const auto folder = StateFolder::of(application_, "local");
  ASSERT_TRUE(folder.value().create().ok());
  EXPECT_EQ(folder.value().socket_folder(), std::nullopt);
  for (const char* text : {"tcp://127.0.0.1:7600", "ipc:///home/kim/bus", "rubbish", ""}) {
    std::ofstream(folder.value().bus_file()) << text << "\n";
    EXPECT_EQ(folder.value().socket_folder(), std::nullopt) << text;
  }
  std::ofstream(folder.value().bus_file()) << "ipc:///run/user/7/exo-a1b2c3/bus\n";
  EXPECT_EQ(folder.value().socket_folder(), fs::path("/run/user/7/exo-a1b2c3"));
}

TEST(SocketFolder, of_an_earlier_host_is_made_again_where_it_is_gone) {
  std::optional<fs::path> path;
  {
    const auto folder = SocketFolder::create();
    ASSERT_TRUE(folder.ok());
    path = folder.value().path();
  }
  const auto again = SocketFolder::find(*path, Visitors::kNone);
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_TRUE(fs::is_directory(*path));
}

TEST(SocketFolder, that_is_left_stays) {
  fs::path path;
  {
    auto folder = SocketFolder::create();
    ASSERT_TRUE(folder.ok());
    path = folder.value().path();
    folder.value().leave();
  }
  EXPECT_TRUE(fs::exists(path));
  fs::remove_all(path);
}

TEST(SocketFolder, has_a_short_path_and_goes_with_its_owner) {
  fs::path path;
  {
    const auto folder = SocketFolder::create();
    ASSERT_TRUE(folder.ok());
    path = folder.value().path();
    EXPECT_LE(path.string().size(), 90U);
    EXPECT_TRUE(fs::is_directory(path));
  }
  EXPECT_FALSE(fs::exists(path));
}

TEST(SocketFolder, lets_visitors_pass_and_list_nothing) {
  const auto folder = SocketFolder::create(Visitors::kOtherUsers);
  ASSERT_TRUE(folder.ok());
  EXPECT_EQ(fs::status(folder.value().path()).permissions(), static_cast<fs::perms>(0711));
}

}  // namespace
}  // namespace exo
