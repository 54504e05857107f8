#include "ledger/file_place.h"

#include <fcntl.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/unique_fd.h"
#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

class FilePlaceTest : public ::testing::Test {
 protected:
  FilePlaceTest() { set_content(file_, "one"); }

  LedgerFolder folder_;
  std::string file_ = folder_.file("file");
};

TEST_F(FilePlaceTest, IsKeptWhileTheFileIsThere) {
  const FilePlace place(file_);
  set_content(file_, "another content of the same file");
  EXPECT_TRUE(place.is_kept());
}

TEST_F(FilePlaceTest, IsNotKeptWhenTheFileWasDeleted) {
  const FilePlace place(file_);
  fs::remove(file_);
  EXPECT_FALSE(place.is_kept());
}

TEST_F(FilePlaceTest, IsNotKeptWhenAnotherFileIsThere) {
  const FilePlace place(file_);
  set_content(folder_.file("other"), "one");
  fs::rename(folder_.file("other"), file_);
  EXPECT_FALSE(place.is_kept());
}

TEST_F(FilePlaceTest, IsNotKeptWhenAFileStandsInTheFoldersPlace) {
  const FilePlace place(file_);
  fs::rename(folder_.path(), folder_.path() + "-aside");
  set_content(folder_.path(), "");
  EXPECT_FALSE(place.is_kept());
  fs::remove(folder_.path());
  fs::rename(folder_.path() + "-aside", folder_.path());
}

TEST_F(FilePlaceTest, IsNotKeptWhereNothingWas) {
  EXPECT_FALSE(FilePlace(folder_.file("nothing")).is_kept());
}

// Between opening and looking, the path may have come to lead elsewhere.
TEST_F(FilePlaceTest, IsThatOfTheFileThatIsOpen) {
  const UniqueFd held(::open(file_.c_str(), O_RDONLY | O_CLOEXEC));
  EXPECT_TRUE(FilePlace(file_, held.get()).is_kept());
  set_content(folder_.file("other"), "one");
  fs::rename(folder_.file("other"), file_);
  EXPECT_FALSE(FilePlace(file_, held.get()).is_kept());
}

}  // namespace
}  // namespace exo
