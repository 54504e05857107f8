#include "services/artifacts/artifact_archive.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "base/digest.h"
#include "tests/artifacts/git_folder.h"

namespace exo {
namespace {

using testing_support::content_of;
using testing_support::made_of;
using testing_support::TestFolder;

class ArtifactArchiveTest : public ::testing::Test {
 protected:
  std::filesystem::path write(const ArtifactManifest& manifest, const std::string& name) {
    const auto written = write_archive(root_.path(), manifest, out_.path() / name, {});
    EXPECT_TRUE(written.ok()) << (written.ok() ? "" : written.error().message);
    return out_.path() / name;
  }

  TestFolder root_;
  TestFolder out_;
  const ArtifactManifest manifest_ =
      made_of(root_, {{"service/service.yml", "version: 0.0.1\n"},
                      {"service/" + std::string(200, 'd') + "/ü.txt", std::string(700'000, 'x')},
                      {"service/empty", ""}});
};

TEST_F(ArtifactArchiveTest, IsReadAsItWasWritten) {
  NoSink none;
  const auto read = read_archive(write(manifest_, "a"), none, {});
  ASSERT_TRUE(read.ok()) << read.error().message;
  EXPECT_EQ(read.value(), manifest_);
  EXPECT_EQ(read_manifest(out_.path() / "a").value(), manifest_);
}

TEST_F(ArtifactArchiveTest, TheSameGivesTheSameBytes) {
  EXPECT_EQ(content_of(write(manifest_, "a")), content_of(write(manifest_, "b")));
}

TEST_F(ArtifactArchiveTest, AFileThatHasChangedSinceIsRefused) {
  root_.with("service/empty", "no more");
  const auto written = write_archive(root_.path(), manifest_, out_.path() / "a", {});
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error().code, "changed");
}

TEST_F(ArtifactArchiveTest, EachCutIsRefused) {
  const std::string whole = content_of(write(manifest_, "a"));
  // What follows the end of the tar archive is padding.
  for (std::size_t size = 0; size < whole.size() - 20; ++size) {
    NoSink none;
    EXPECT_FALSE(read_archive(std::string_view(whole).substr(0, size), none).ok()) << "cut at " << size;
  }
}

TEST_F(ArtifactArchiveTest, WhatIsNoArchiveIsRefused) {
  NoSink none;
  const std::vector<std::string> texts{std::string(), std::string("x"), std::string(5000, '\0'),
                                       std::string(2000, 'a')};
  for (const std::string& text : texts) EXPECT_FALSE(read_archive(text, none).ok());
}

// Whoever makes an archive by other means can put anything into it.
TEST_F(ArtifactArchiveTest, WhatIsNotAsTheManifestSaysIsRefused) {
  root_.with("service/empty", "other");
  ArtifactManifest other = manifest_;
  for (ArtifactEntry& entry : other.entries) {
    if (entry.path == "service/empty") entry = {.path = entry.path, .size = 5, .digest = sha256_hex("other")};
  }
  // The archive of `other` beneath the manifest of the first: of the same length, so that only bytes change.
  std::string bytes = content_of(write(other, "a"));
  NoSink none;
  ASSERT_TRUE(read_archive(bytes, none).ok());
  for (std::size_t place = bytes.size() / 2; place < bytes.size() - 20; place += 7) {
    std::string damaged = bytes;
    damaged[place] = static_cast<char>(damaged[place] ^ 0x20);
    const auto read = read_archive(damaged, none);
    // Some bits of zstd and of tar's headers say nothing about what is in it; then all of it is as listed.
    if (!read.ok()) continue;
    EXPECT_EQ(digest_of(read.value()), digest_of(other)) << "at " << place;
  }
}

}  // namespace
}  // namespace exo
