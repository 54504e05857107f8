#include "services/artifacts/artifact_store.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <ctime>
#include <fstream>

#include "services/artifacts/artifact_archive.h"
#include "services/artifacts/work_folder.h"
#include "tests/artifacts/git_folder.h"

namespace exo {
namespace {

using testing_support::content_of;
using testing_support::made_of;
using testing_support::names_below;
using testing_support::TestFolder;

class ArtifactStoreTest : public ::testing::Test {
 protected:
  StoredArtifact put(const std::string& content) {
    TestFolder root;
    const ArtifactManifest manifest = made_of(root, {{"service/service.yml", content}, {"service/a/b", "b"}});
    EXPECT_TRUE(write_archive(root.path(), manifest, root.path() / "archive", {}).ok());
    auto stored = store_.put(root.path() / "archive", manifest);
    EXPECT_TRUE(stored.ok()) << (stored.ok() ? "" : stored.error().message);
    return std::move(stored).value();
  }

  TestFolder folder_;
  const ArtifactStore store_{folder_.path() / "artifacts"};
};

TEST_F(ArtifactStoreTest, AnEmptyOneSaysSo) {
  const auto found = store_.find("todo@0.0.1");
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, "absent");
  EXPECT_TRUE(store_.list().value().empty());
}

TEST_F(ArtifactStoreTest, FindsByVersionByDigestAndByFile) {
  const StoredArtifact first = put("1");
  const StoredArtifact second = put("2");
  EXPECT_EQ(store_.find("todo@0.0.1").value().digest, second.digest);
  for (const std::string& word :
       {first.digest, "sha256:" + first.digest, first.digest.substr(0, 12), first.file.string()})
    EXPECT_EQ(store_.find(word).value().digest, first.digest) << word;
  EXPECT_FALSE(store_.find(first.digest.substr(0, 5)).ok());
  EXPECT_EQ(store_.list().value().size(), 2U);
}

TEST_F(ArtifactStoreTest, TheSameAgainIsKeptAsItWas) {
  const StoredArtifact first = put("1");
  struct stat before {};
  struct stat after {};
  ASSERT_EQ(::stat(first.file.c_str(), &before), 0);
  put("1");
  ASSERT_EQ(::stat(first.file.c_str(), &after), 0);
  EXPECT_EQ(before.st_ino, after.st_ino);
}

TEST_F(ArtifactStoreTest, ADamagedOneIsFoundAndReplaced) {
  const StoredArtifact artifact = put("1");
  const std::string whole = content_of(artifact.file);
  ASSERT_EQ(::chmod(artifact.file.c_str(), 0600), 0);
  std::ofstream(artifact.file, std::ios::binary | std::ios::trunc) << whole.substr(0, whole.size() / 2);
  EXPECT_FALSE(verify_artifact(artifact).ok());
  EXPECT_EQ(store_.find("todo@0.0.1").error().code, "damaged");
  put("1");
  EXPECT_TRUE(verify_artifact(artifact).ok());
}

TEST_F(ArtifactStoreTest, OneUnderTheNameOfAnotherIsRefused) {
  const StoredArtifact first = put("1");
  const StoredArtifact second = put("2");
  ASSERT_EQ(std::rename(second.file.c_str(), first.file.c_str()), 0);
  const auto found = store_.find(first.file.string());
  ASSERT_FALSE(found.ok());
  EXPECT_EQ(found.error().code, "damaged");
}

TEST_F(ArtifactStoreTest, UnpacksWhatNobodyMayWrite) {
  const auto place = store_.unpack(put("1"));
  ASSERT_TRUE(place.ok()) << place.error().message;
  EXPECT_EQ(content_of(place.value() / "service" / "service.yml"), "1");
  for (const auto& entry : std::filesystem::recursive_directory_iterator(place.value())) {
    struct stat status {};
    ASSERT_EQ(::lstat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0222U, 0U) << entry.path();
  }
  struct stat top {};
  ASSERT_EQ(::stat(place.value().c_str(), &top), 0);
  EXPECT_EQ(top.st_mode & 07777U, 0555U);
}

TEST_F(ArtifactStoreTest, UnpackedItHoldsNothingButWhatIsListed) {
  const StoredArtifact artifact = put("1");
  const auto place = store_.unpack(artifact);
  ASSERT_TRUE(place.ok());
  EXPECT_TRUE(faults_of_unpacked(place.value(), artifact.manifest).value().empty());
  ASSERT_EQ(::chmod((place.value() / "service").c_str(), 0755), 0);
  ASSERT_EQ(::chmod((place.value() / "service" / "service.yml").c_str(), 0644), 0);
  std::ofstream(place.value() / "service" / "service.yml") << "changed";
  std::ofstream(place.value() / "service" / "more") << "more";
  const auto faults = faults_of_unpacked(place.value(), artifact.manifest);
  EXPECT_EQ(faults.value(), (std::vector<std::string>{"service/service.yml has been changed",
                                                      "service/more does not belong there"}));
}

TEST_F(ArtifactStoreTest, ADamagedOneIsNotUnpacked) {
  const StoredArtifact artifact = put("1");
  const std::string whole = content_of(artifact.file);
  ASSERT_EQ(::chmod(artifact.file.c_str(), 0600), 0);
  std::ofstream(artifact.file, std::ios::binary | std::ios::trunc) << whole.substr(0, whole.size() / 2);
  EXPECT_FALSE(store_.unpack(artifact).ok());
  EXPECT_TRUE(names_below(store_.unpacked("x").parent_path()).empty());
}

// At whatever moment they are killed, and however many they are.
TEST_F(ArtifactStoreTest, WhoeverUnpacksItThereIsAWholeCopyOrNone) {
  const StoredArtifact artifact = put("1");
  const std::vector<std::string> whole{"manifest.json", "service", "service/a", "service/a/b",
                                       "service/service.yml"};
  for (int round = 0; round < 40; ++round) {
    std::vector<pid_t> children;
    for (int i = 0; i < 3; ++i) {
      const pid_t child = ::fork();
      ASSERT_GE(child, 0);
      if (child == 0) ::_exit(store_.unpack(artifact).ok() ? 0 : 1);
      children.push_back(child);
    }
    const timespec pause{.tv_sec = 0, .tv_nsec = round * 100'000L};
    ::nanosleep(&pause, nullptr);  // the moment of the kill is what is varied
    ::kill(children[0], SIGKILL);
    for (const pid_t child : children) {
      int status = 0;
      ASSERT_EQ(::waitpid(child, &status, 0), child);
      if (child == children[0]) continue;
      EXPECT_EQ(status, 0) << "round " << round;
    }
    ASSERT_EQ(names_below(store_.unpacked(artifact.digest)), whole) << "round " << round;
    remove_read_only_folder(store_.unpacked(artifact.digest));
  }
}

}  // namespace
}  // namespace exo
