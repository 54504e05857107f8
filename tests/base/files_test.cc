#include "base/files.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <thread>

namespace exo {
namespace {

class FilesTest : public testing::Test {
 protected:
  FilesTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "exo-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FilesTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }

  void write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
  }

  std::vector<std::string> names() const {
    std::vector<std::string> result;
    for (const auto& entry : std::filesystem::directory_iterator(folder_))
      result.push_back(entry.path().filename());
    std::sort(result.begin(), result.end());
    return result;
  }

  static mode_t mode_of(const std::string& file) {
    struct stat status {};
    EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
    return status.st_mode & 07777;
  }

  std::string folder_;
};

TEST_F(FilesTest, ReadingWhatIsNotThereSaysSo) {
  const auto read = read_file(path("none"), 10);
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error(),
            (Error{"not-found", "cannot read " + path("none") + ": No such file or directory"}));
}

TEST_F(FilesTest, ReadingAFolderIsRefused) {
  EXPECT_EQ(read_file(folder_, 10).error().code, "not-a-file");
}

TEST_F(FilesTest, ReadingANamedPipeIsRefusedInsteadOfWaitedFor) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  EXPECT_EQ(read_file(path("pipe"), 10).error().code, "not-a-file");
}

TEST_F(FilesTest, ReadingADeviceIsRefused) {
  EXPECT_EQ(read_file("/dev/zero", 10).error().code, "not-a-file");
}

TEST_F(FilesTest, ReadingMoreThanTheLimitIsRefused) {
  write("file", "12345");
  EXPECT_EQ(read_file(path("file"), 4).error().code, "too-large");
  EXPECT_EQ(read_file(path("file"), 5).value(), "12345");
}

TEST_F(FilesTest, AFileWithoutAStatedSizeIsReadWithinTheLimitToo) {
  EXPECT_EQ(read_file("/proc/self/cmdline", 1).error().code, "too-large");
  EXPECT_FALSE(read_file("/proc/self/cmdline", 100'000).value().empty());
}

TEST_F(FilesTest, EveryByteIsRead) {
  std::string content(300'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31);
  write("file", content);
  EXPECT_TRUE(read_file(path("file"), content.size()).value() == content);
}

TEST_F(FilesTest, WritingIntoAFolderThatIsNotThereIsRefusedAndNamesThePath) {
  const auto written = write_file_atomically(path("none/file"), "x");
  ASSERT_FALSE(written.ok());
  EXPECT_EQ(written.error(),
            (Error{"not-found", "cannot write " + path("none/file") + ": No such file or directory"}));
}

TEST_F(FilesTest, WritingInPlaceOfAFolderFailsAndLeavesNothingBehind) {
  ASSERT_TRUE(make_folder(path("folder/inner")).ok());
  EXPECT_FALSE(write_file_atomically(path("folder"), "x").ok());
  EXPECT_EQ(names(), std::vector<std::string>{"folder"});
}

TEST_F(FilesTest, WritingReplacesTheContentForItsOwnerAlone) {
  write("file", "a longer content from before");
  ASSERT_TRUE(write_file_atomically(path("file"), "new").ok());
  EXPECT_EQ(read_file(path("file"), 100).value(), "new");
  EXPECT_EQ(mode_of(path("file")), 0600U);
  EXPECT_EQ(names(), std::vector<std::string>{"file"});
}

TEST_F(FilesTest, AReaderSeesTheOldContentOrTheNewAndNeverAPiece) {
  const std::string old_content(100'000, 'a');
  const std::string new_content(200'000, 'b');
  ASSERT_TRUE(write_file_atomically(path("file"), old_content).ok());
  std::atomic<bool> done{false};
  std::thread writer([&] {
    for (int i = 0; i < 50; ++i) {
      EXPECT_TRUE(write_file_atomically(path("file"), i % 2 == 0 ? new_content : old_content).ok());
    }
    done = true;
  });
  while (!done) {
    const auto read = read_file(path("file"), 1'000'000);
    EXPECT_TRUE(read.ok() && (read.value() == old_content || read.value() == new_content));
  }
  writer.join();
}

TEST_F(FilesTest, WritingByARelativeNameWorks) {
  const std::string before = std::filesystem::current_path();
  std::filesystem::current_path(folder_);
  const bool written = write_file_atomically("file", "x").ok();
  std::filesystem::current_path(before);
  EXPECT_TRUE(written);
  EXPECT_EQ(names(), std::vector<std::string>{"file"});
}

TEST_F(FilesTest, MakingAFolderWhereAFileIsIsRefused) {
  write("file", "x");
  EXPECT_EQ(make_folder(path("file")).error().code, "not-a-file");
  EXPECT_EQ(make_folder(path("file/inner")).error().code, "not-a-file");
}

TEST_F(FilesTest, MakingNoFolderIsRefused) {
  EXPECT_FALSE(make_folder("").ok());
}

TEST_F(FilesTest, MakingAFolderMakesThoseAboveItForTheirOwnerAlone) {
  ASSERT_TRUE(make_folder(path("a/b/c")).ok());
  EXPECT_EQ(mode_of(path("a")), 0700U);
  EXPECT_EQ(mode_of(path("a/b/c")), 0700U);
}

TEST_F(FilesTest, MakingAFolderThatIsThereLeavesItAsItIs) {
  ASSERT_EQ(::mkdir(path("a").c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path("a").c_str(), 0755), 0);
  EXPECT_TRUE(make_folder(path("a")).ok());
  EXPECT_TRUE(make_folder(path("a/")).ok());
  EXPECT_EQ(mode_of(path("a")), 0755U);
}

TEST_F(FilesTest, TwoWhoMakeTheSameFolderBothHaveIt) {
  for (int round = 0; round < 50; ++round) {
    const std::string folder = path("round" + std::to_string(round) + "/a/b");
    bool other = false;
    std::thread thread([&] { other = make_folder(folder).ok(); });
    EXPECT_TRUE(make_folder(folder).ok());
    thread.join();
    EXPECT_TRUE(other);
  }
}

TEST_F(FilesTest, TheRealPathOfNothingIsNotFound) {
  EXPECT_EQ(real_path(path("none")).error().code, "not-found");
}

TEST_F(FilesTest, TheRealPathHasNoLinksOrDots) {
  const std::string real_folder = std::filesystem::canonical(folder_);
  ASSERT_TRUE(make_folder(path("target")).ok());
  ASSERT_EQ(::symlink("target", path("link").c_str()), 0);
  EXPECT_EQ(real_path(path("link/../link/.")).value(), real_folder + "/target");
}

TEST_F(FilesTest, TemporaryNamesAreInTheSameFolderAndAllDifferent) {
  EXPECT_EQ(temporary_name(path("file")).compare(0, path("file.").size(), path("file.")), 0);
  EXPECT_NE(temporary_name(path("file")), temporary_name(path("file")));
}

TEST(FileError, HasACodeForWhatACallerCanAct) {
  EXPECT_EQ(file_error("read", "x", ENOENT).code, "not-found");
  EXPECT_EQ(file_error("read", "x", EACCES).code, "not-allowed");
  EXPECT_EQ(file_error("read", "x", EROFS).code, "disk-read-only");
  EXPECT_EQ(file_error("read", "x", ENOTDIR).code, "not-a-file");
  EXPECT_EQ(file_error("write", "x", ENOSPC),
            (Error{"disk-full", "cannot write x: No space left on device"}));
  EXPECT_EQ(file_error("read", "x", EIO), (Error{"io", "cannot read x: Input/output error"}));
}

}  // namespace
}  // namespace exo
