#include "host/folder_handover.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr uid_t kBefore = 54'321;
constexpr uid_t kSomebodyElse = 54'322;
const Credentials kAfter{.uid = 54'323, .gid = 54'324, .groups = {}};

// A folder of the state, `data`, and beside it what is none of its business.
class FolderHandoverTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may change the owner of files";
    std::string pattern = "/tmp/exo-hand-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    top_ = pattern;
    make_folder("data");
  }
  void TearDown() override {
    if (!top_.empty()) fs::remove_all(top_);
  }

  std::string path(const std::string& name) const { return (top_ / name).string(); }
  void own(const std::string& name, uid_t uid) const {
    ASSERT_EQ(::lchown(path(name).c_str(), uid, uid), 0) << name;
  }
  void make_folder(const std::string& name) const {
    fs::create_directories(top_ / name);
    own(name, kBefore);
  }
  void make_file(const std::string& name, uid_t uid = kBefore) const {
    std::ofstream(top_ / name) << "content";
    own(name, uid);
  }
  uid_t owner(const std::string& name) const {
    struct stat status {};
    EXPECT_EQ(::lstat(path(name).c_str(), &status), 0) << name;
    return status.st_uid;
  }
  void hand_over_data() const {
    const auto given = hand_over(path("data"), kAfter);
    ASSERT_TRUE(given.ok()) << given.error().message;
  }

  fs::path top_;
};

TEST_F(FolderHandoverTest, AMissingFolderIsNamed) {
  const auto given = hand_over(path("nothing"), kAfter);
  ASSERT_FALSE(given.ok());
  EXPECT_NE(given.error().message.find(path("nothing")), std::string::npos) << given.error().message;
}

TEST_F(FolderHandoverTest, AFolderThatIsALinkStaysAsItIsAndSaysWhatToDo) {
  make_folder("elsewhere");
  fs::remove(top_ / "data");
  fs::create_symlink(top_ / "elsewhere", top_ / "data");
  const auto given = hand_over(path("data"), kAfter);
  ASSERT_FALSE(given.ok());
  EXPECT_NE(given.error().message.find("chown -R uid 54323"), std::string::npos) << given.error().message;
  EXPECT_EQ(owner("elsewhere"), kBefore);
}

TEST_F(FolderHandoverTest, AFolderBehindALinkMayBeTheUsersAlready) {
  make_folder("elsewhere");
  own("elsewhere", kAfter.uid);
  fs::remove(top_ / "data");
  fs::create_symlink(top_ / "elsewhere", top_ / "data");
  hand_over_data();
}

TEST_F(FolderHandoverTest, AllThatBelongedToTheFormerOwnerChangesHands) {
  make_folder("data/deep/er");
  own("data/deep", kBefore);
  make_file("data/deep/er/file");
  hand_over_data();
  for (const char* name : {"data", "data/deep", "data/deep/er", "data/deep/er/file"}) {
    EXPECT_EQ(owner(name), kAfter.uid) << name;
  }
  struct stat status {};
  ASSERT_EQ(::stat(path("data/deep/er/file").c_str(), &status), 0);
  EXPECT_EQ(status.st_gid, kAfter.gid);
}

TEST_F(FolderHandoverTest, WhatOthersHavePutThereStaysTheirs) {
  make_file("data/theirs", kSomebodyElse);
  hand_over_data();
  EXPECT_EQ(owner("data/theirs"), kSomebodyElse);
}

TEST_F(FolderHandoverTest, AHardLinkMovesNothingOfOthers) {
  make_file("secret", 0);
  ASSERT_EQ(::link(path("secret").c_str(), path("data/trap").c_str()), 0);
  hand_over_data();
  EXPECT_EQ(owner("secret"), 0U);
}

TEST_F(FolderHandoverTest, NoLinkIsFollowed) {
  make_folder("elsewhere");
  make_file("elsewhere/file");
  fs::create_symlink(top_ / "elsewhere", top_ / "data" / "link");
  fs::create_symlink(top_ / "elsewhere" / "file", top_ / "data" / "other");
  own("data/link", kBefore);
  hand_over_data();
  EXPECT_EQ(owner("data/link"), kAfter.uid);
  EXPECT_EQ(owner("elsewhere"), kBefore);
  EXPECT_EQ(owner("elsewhere/file"), kBefore);
}

// What a crash has cut short looks like this: the folder itself comes last.
TEST_F(FolderHandoverTest, IsDoneAgainWhereItWasCutShort) {
  make_file("data/done");
  own("data/done", kAfter.uid);
  make_file("data/not-yet");
  hand_over_data();
  EXPECT_EQ(owner("data/done"), kAfter.uid);
  EXPECT_EQ(owner("data/not-yet"), kAfter.uid);
}

TEST_F(FolderHandoverTest, LooksAtNothingWhereTheFolderIsTheUsersAlready) {
  make_file("data/file");
  own("data", kAfter.uid);
  hand_over_data();
  EXPECT_EQ(owner("data/file"), kBefore);
}

TEST_F(FolderHandoverTest, RefusesToGoDeeperThanItHasDescriptorsFor) {
  std::string deep = "data";
  for (int level = 0; level < 201; ++level) deep += "/d";
  fs::create_directories(top_ / deep);
  const auto given = hand_over(path("data"), kAfter);
  ASSERT_FALSE(given.ok());
  EXPECT_EQ(owner("data"), kBefore);
}

}  // namespace
}  // namespace exo
