#include "base/file_writer.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace exo {
namespace {

namespace fs = std::filesystem;

class FileWriterTest : public testing::Test {
 protected:
  FileWriterTest() {
    std::string pattern = (fs::temp_directory_path() / "exo-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~FileWriterTest() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string content(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(path(name), std::ios::binary).rdbuf();
    return text.str();
  }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()));
  }

 private:
  std::string folder_;
};

TEST_F(FileWriterTest, MakesAFileOfAllThatWasWrittenForItsOwnerAlone) {
  const std::string piece(100'000, 'x');
  {
    auto file = FileWriter::begin(path("a"));
    ASSERT_TRUE(file.ok());
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(file.value().write(piece).ok());
    ASSERT_TRUE(file.value().write("end").ok());
    ASSERT_TRUE(file.value().keep().ok());
  }
  EXPECT_EQ(content("a"), piece + piece + piece + "end");
  EXPECT_EQ(files(), 1U);
  struct stat status {};
  ASSERT_EQ(::stat(path("a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0600U);
}

TEST_F(FileWriterTest, LeavesNothingOfAFileThatIsNotKept) {
  {
    auto file = FileWriter::begin(path("a"));
    ASSERT_TRUE(file.value().write(std::string(100'000, 'x')).ok());
    EXPECT_FALSE(fs::exists(path("a")));
  }
  EXPECT_EQ(files(), 0U);
}

TEST_F(FileWriterTest, NeverTakesThePlaceOfAnother) {
  std::ofstream(path("a")) << "mine";
  EXPECT_EQ(FileWriter::begin(path("a")).error().code, "exists");
  EXPECT_EQ(content("a"), "mine");
}

TEST_F(FileWriterTest, NeverTakesThePlaceOfOneThatCameMeanwhile) {
  auto file = FileWriter::begin(path("a"));
  std::ofstream(path("a")) << "mine";
  EXPECT_EQ(file.value().keep().error().code, "exists");
  EXPECT_EQ(content("a"), "mine");
}

TEST_F(FileWriterTest, NamesAFolderThatIsMissing) {
  const auto file = FileWriter::begin(path("missing/a"));
  EXPECT_EQ(file.error().code, "not-found");
  EXPECT_NE(file.error().message.find("missing/a"), std::string::npos);
}

}  // namespace
}  // namespace exo
