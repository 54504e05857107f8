#include "services/artifacts/artifact_archive.h"

#include <archive.h>
#include <archive_entry.h>
#include <gtest/gtest.h>

#include <functional>
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

// A tar archive that somebody has made by other means, entry by entry.
class Crafted {
 public:
  explicit Crafted(const ArtifactManifest& manifest) : handle_(archive_write_new()) {
    archive_write_set_format_gnutar(handle_);
    archive_write_open_memory(handle_, bytes_.data(), bytes_.size(), &used_);
    file("manifest.json", format_manifest(manifest));
  }
  Crafted(const Crafted&) = delete;
  Crafted& operator=(const Crafted&) = delete;
  ~Crafted() { archive_write_free(handle_); }

  void file(const std::string& name, const std::string& content, unsigned mode = 0644) {
    archive_entry* entry = begin(name, AE_IFREG, mode);
    archive_entry_set_size(entry, static_cast<la_int64_t>(content.size()));
    end(entry, content);
  }
  void link(const std::string& name, const std::string& target) {
    archive_entry* entry = begin(name, AE_IFLNK, 0777);
    archive_entry_set_symlink(entry, target.c_str());
    end(entry, "");
  }
  void hard_link(const std::string& name, const std::string& target) {
    archive_entry* entry = begin(name, AE_IFREG, 0644);
    archive_entry_set_hardlink(entry, target.c_str());
    end(entry, "");
  }
  void device(const std::string& name) { end(begin(name, AE_IFCHR, 0666), ""); }

  std::string bytes() {
    archive_write_close(handle_);
    return bytes_.substr(0, used_);
  }

 private:
  static archive_entry* begin(const std::string& name, unsigned type, unsigned mode) {
    archive_entry* entry = archive_entry_new();
    archive_entry_set_pathname(entry, name.c_str());
    archive_entry_set_filetype(entry, type);
    archive_entry_set_perm(entry, mode);
    return entry;
  }
  void end(archive_entry* entry, const std::string& content) {
    EXPECT_EQ(archive_write_header(handle_, entry), ARCHIVE_OK);
    archive_write_data(handle_, content.data(), content.size());
    archive_entry_free(entry);
  }

  std::string bytes_ = std::string(1'000'000, '\0');
  std::size_t used_ = 0;
  archive* handle_;
};

class CraftedArchiveTest : public ::testing::Test {
 protected:
  std::string refusal(const std::function<void(Crafted&)>& fill) {
    Crafted crafted(manifest_);
    fill(crafted);
    NoSink none;
    const auto read = read_archive(crafted.bytes(), none);
    return read.ok() ? "" : read.error().message;
  }

  TestFolder root_;
  const ArtifactManifest manifest_ = made_of(root_, {{"service/a", "1"}, {"service/service.yml", "2"}});
};

TEST_F(CraftedArchiveTest, OneThatIsAsItsManifestSaysIsTaken) {
  EXPECT_EQ(refusal([](Crafted& it) {
              it.file("service/a", "1");
              it.file("service/service.yml", "2");
            }),
            "");
}

TEST_F(CraftedArchiveTest, WhatIsNotListedIsRefused) {
  const std::vector<std::function<void(Crafted&)>> crafts{
      [](Crafted&) {},                                 // nothing
      [](Crafted& it) { it.file("service/a", "1"); },  // too little
      [](Crafted& it) {
        it.file("service/service.yml", "2");
        it.file("service/a", "1");
      },  // out of order
      [](Crafted& it) { it.file("../a", "1"); },
      [](Crafted& it) { it.file("/service/a", "1"); },
      [](Crafted& it) { it.file("service/./a", "1"); },
      [](Crafted& it) { it.link("service/a", "/etc/passwd"); },
      [](Crafted& it) { it.hard_link("service/a", "/etc/passwd"); },
      [](Crafted& it) { it.device("service/a"); },
      [](Crafted& it) { it.file("service/a", "1", 0755); },  // it is no program
      [](Crafted& it) { it.file("service/a", "2"); },        // another content
      [](Crafted& it) { it.file("service/a", "11"); },       // more of it
      [](Crafted& it) { it.file("service/a", ""); },         // less of it
      [](Crafted& it) {
        it.file("service/a", "1");
        it.file("service/a", "1");
      },  // twice
      [](Crafted& it) {
        it.file("service/a", "1");
        it.file("service/service.yml", "2");
        it.file("service/z", "more");
      },
  };
  for (std::size_t i = 0; i < crafts.size(); ++i) EXPECT_NE(refusal(crafts[i]), "") << "craft " << i;
}

}  // namespace
}  // namespace exo
