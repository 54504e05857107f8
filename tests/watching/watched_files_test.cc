#include "services/watching/watched_files.h"

#include <gtest/gtest.h>

#include "tests/artifacts/git_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using testing_support::commit_all;
using testing_support::git;
using testing_support::TestFolder;
using Names = std::vector<std::string>;

class WatchedFilesTest : public ::testing::Test {
 protected:
  WatchedFilesTest() { folder_.with("server.js", "1").with("lib/index.js", "2"); }

  static Names names(WatchedFiles& files) {
    const auto digests = files.read();
    EXPECT_TRUE(digests.ok()) << (digests.ok() ? "" : digests.error().message);
    Names names;
    if (!digests.ok()) return names;
    for (const auto& [name, digest] : digests.value()) names.push_back(name);
    return names;
  }

  TestFolder folder_;
};

TEST_F(WatchedFilesTest, AreThoseThatGitTracks) {
  commit_all(folder_.path());
  folder_.with("built.js", "").with("node_modules/dep.js", "");
  WatchedFiles files(folder_.path(), std::nullopt);
  EXPECT_EQ(names(files), (Names{"lib/index.js", "server.js"}));
  git(folder_.path(), {"add", "built.js"});
  fs::remove(folder_.path() / "server.js");
  EXPECT_EQ(names(files), (Names{"built.js", "lib/index.js"}));
}

TEST_F(WatchedFilesTest, AreThoseThatAreNamedWhateverGitKnows) {
  commit_all(folder_.path());
  folder_.with("dist/a.js", "");
  WatchedFiles files(folder_.path(), Names{"dist", "server.js", "not-there"});
  EXPECT_EQ(names(files), (Names{"dist/a.js", "server.js"}));
}

TEST_F(WatchedFilesTest, WithoutGitAreAllButWhatIsLeftAlone) {
  folder_.with("node_modules/dep.js", "")
      .with(".exo/local/ledger.db", "")
      .with(".swp", "")
      .with("a/.b/c", "");
  WatchedFiles files(folder_.path(), std::nullopt);
  EXPECT_EQ(names(files), (Names{"lib/index.js", "server.js"}));
}

TEST_F(WatchedFilesTest, OfAFolderOfWhichGitTracksNothingAreAllUntilItTracksSome) {
  commit_all(folder_.path());
  folder_.with("new/a.js", "1").with("new/b.js", "2").with("new/node_modules/dep.js", "");
  folder_.with("new/.gitignore", "*.log\n").with("new/made.log", "");
  WatchedFiles files(folder_.path() / "new", std::nullopt);
  EXPECT_EQ(names(files), (Names{"a.js", "b.js"}));
  git(folder_.path(), {"add", "new/a.js"});
  EXPECT_EQ(names(files), Names{"a.js"});
}

TEST_F(WatchedFilesTest, AnotherContentOfTheSameSizeIsSeen) {
  WatchedFiles files(folder_.path(), std::nullopt);
  const FileDigests before = files.read().value();
  EXPECT_EQ(files.read().value(), before);
  folder_.with("server.js", "3");
  const FileDigests after = files.read().value();
  EXPECT_NE(after.at("server.js"), before.at("server.js"));
  EXPECT_EQ(after.at("lib/index.js"), before.at("lib/index.js"));
}

TEST_F(WatchedFilesTest, AFileSavedAsItWasIsTheSame) {
  WatchedFiles files(folder_.path(), std::nullopt);
  const FileDigests before = files.read().value();
  folder_.with("server.js", "1");
  EXPECT_EQ(files.read().value(), before);
}

TEST_F(WatchedFilesTest, ALinkElsewhereAndTheRightToExecuteAreSeen) {
  fs::create_symlink("lib", folder_.path() / "link");
  WatchedFiles files(folder_.path(), std::nullopt);
  const FileDigests before = files.read().value();
  fs::remove(folder_.path() / "link");
  fs::create_symlink("server.js", folder_.path() / "link");
  fs::permissions(folder_.path() / "server.js", fs::perms::owner_all);
  const FileDigests after = files.read().value();
  EXPECT_NE(after.at("link"), before.at("link"));
  EXPECT_NE(after.at("server.js"), before.at("server.js"));
}

}  // namespace
}  // namespace exo
