#include "services/watching/folder_watch.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/artifacts/git_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using testing_support::TestFolder;
using Kind = FileTouch::Kind;

class FolderWatchTest : public ::testing::Test {
 protected:
  FolderWatchTest() : watch_(std::move(FolderWatch::start()).value()) {
    folder_.with("server.js", "1").with("lib/index.js", "2").with("node_modules/dep/a.js", "3");
    EXPECT_TRUE(watch_.add_all(folder_.path()).ok());
  }

  // What is heard of this file; inotify has it as soon as the deed is done.
  std::vector<Kind> heard_of(const std::string& name) {
    std::vector<Kind> kinds;
    for (const FileTouch& touch : watch_.take()) {
      const bool is_again = !kinds.empty() && kinds.back() == touch.kind;
      if (touch.path == folder_.path() / name && !is_again) kinds.push_back(touch.kind);
    }
    return kinds;
  }

  TestFolder folder_;
  FolderWatch watch_;
};

using Kinds = std::vector<Kind>;

TEST_F(FolderWatchTest, HearsNothingWhereNothingHappens) {
  EXPECT_TRUE(watch_.take().empty());
}

TEST_F(FolderWatchTest, HearsOfTheWriterAndThatItHasClosed) {
  const UniqueFd file(::open((folder_.path() / "lib/index.js").c_str(), O_WRONLY | O_CLOEXEC));
  ASSERT_EQ(::write(file.get(), "x", 1), 1);
  EXPECT_EQ(heard_of("lib/index.js"), Kinds{Kind::kWritten});
  UniqueFd closing(::dup(file.get()));
  closing.reset();
  EXPECT_EQ(heard_of("lib/index.js"), Kinds()) << "somebody has it open still";
}

TEST_F(FolderWatchTest, HearsOfWhatWasWrittenInOneGo) {
  folder_.with("server.js", "changed");
  EXPECT_EQ(heard_of("server.js"), (Kinds{Kind::kWritten, Kind::kClosed}));
}

TEST_F(FolderWatchTest, HearsOfWhatIsMovedThereAndRemoved) {
  folder_.with("node_modules/new", "");
  fs::rename(folder_.path() / "node_modules/new", folder_.path() / "server.js");
  EXPECT_EQ(heard_of("server.js"), Kinds{Kind::kPlaced});
  fs::remove(folder_.path() / "server.js");
  EXPECT_EQ(heard_of("server.js"), Kinds{Kind::kPlaced});
}

TEST_F(FolderWatchTest, HearsOfTheRightToExecute) {
  fs::permissions(folder_.path() / "server.js", fs::perms::owner_all);
  EXPECT_EQ(heard_of("server.js"), Kinds{Kind::kClosed});
}

TEST_F(FolderWatchTest, HearsNothingOfWhatIsLeftAlone) {
  folder_.with("node_modules/dep/a.js", "changed");
  EXPECT_TRUE(watch_.take().empty());
}

TEST_F(FolderWatchTest, HearsOfANewFolderAndThenOfWhatIsInIt) {
  fs::create_directories(folder_.path() / "new/deep");
  EXPECT_EQ(heard_of("new"), Kinds{Kind::kPlaced});
  ASSERT_TRUE(watch_.add_all(folder_.path()).ok());
  folder_.with("new/deep/a.js", "1");
  EXPECT_EQ(heard_of("new/deep/a.js").front(), Kind::kPlaced);
}

TEST_F(FolderWatchTest, HearsOfAFolderThatIsMadeAgainWhereTheOneAboveIsWatched) {
  fs::remove_all(folder_.path() / "lib");
  EXPECT_EQ(heard_of("lib"), Kinds{Kind::kPlaced});
  folder_.with("lib/index.js", "again");
  EXPECT_EQ(heard_of("lib"), Kinds{Kind::kPlaced});
  ASSERT_TRUE(watch_.add_all(folder_.path()).ok());
  folder_.with("lib/index.js", "changed");
  EXPECT_EQ(heard_of("lib/index.js"), (Kinds{Kind::kWritten, Kind::kClosed}));
}

TEST_F(FolderWatchTest, HearsOfTheFolderThatIsThereNowAndNoLongerOfTheOneThatItReplaced) {
  folder_.with("lib/deep/a.js", "1");
  ASSERT_TRUE(watch_.add_all(folder_.path()).ok());
  folder_.with("node_modules/new/index.js", "new");
  fs::rename(folder_.path() / "lib", folder_.path() / "node_modules/old");
  fs::rename(folder_.path() / "node_modules/new", folder_.path() / "lib");
  EXPECT_EQ(heard_of("lib"), Kinds{Kind::kPlaced});
  ASSERT_TRUE(watch_.add_all(folder_.path()).ok());
  EXPECT_TRUE(watch_.take().empty());
  folder_.with("node_modules/old/index.js", "changed").with("node_modules/old/deep/a.js", "changed");
  EXPECT_TRUE(watch_.take().empty()) << "nobody asks for what is there now";
  folder_.with("lib/index.js", "changed");
  EXPECT_EQ(heard_of("lib/index.js"), (Kinds{Kind::kWritten, Kind::kClosed}));
}

TEST_F(FolderWatchTest, HearsOfAFolderThatTakesThePlaceOfTheOneItWasIn) {
  folder_.with("lib/deep/a.js", "1");
  ASSERT_TRUE(watch_.add_all(folder_.path()).ok());
  fs::rename(folder_.path() / "lib/deep", folder_.path() / "node_modules/deep");
  fs::remove_all(folder_.path() / "lib");
  fs::rename(folder_.path() / "node_modules/deep", folder_.path() / "lib");
  ASSERT_TRUE(watch_.add_all(folder_.path()).ok());
  EXPECT_FALSE(watch_.take().empty());
  folder_.with("lib/a.js", "changed");
  EXPECT_EQ(heard_of("lib/a.js"), (Kinds{Kind::kWritten, Kind::kClosed}));
}

TEST_F(FolderWatchTest, AFolderThatIsGoneIsNoError) {
  EXPECT_TRUE(watch_.add(folder_.path() / "no-such").ok());
  fs::remove_all(folder_.path() / "lib");
  EXPECT_FALSE(watch_.take().empty());
  EXPECT_TRUE(watch_.add_all(folder_.path()).ok());
}

}  // namespace
}  // namespace exo
