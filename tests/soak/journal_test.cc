#include "tests/soak/journal.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

namespace exo::soak {
namespace {

class JournalTest : public testing::Test {
 protected:
  JournalTest() {
    std::array<char, 32> folder{"/tmp/exo-journal-XXXXXX"};
    folder_ = ::mkdtemp(folder.data());
    path_ = folder_ + "/journal";
  }
  ~JournalTest() override { std::filesystem::remove_all(folder_); }
  std::vector<Record> records() const {
    std::vector<Record> all;
    read_journal(path_, [&](const Record& record) { all.push_back(record); });
    return all;
  }
  std::string folder_;
  std::string path_;
};

TEST_F(JournalTest, GivesWhatWasWritten) {
  Journal journal(path_);
  journal.write({7, 8}, Step::kFailed, 2);
  journal.write({7, 9}, Step::kDelivered);
  const auto all = records();
  ASSERT_EQ(all.size(), 2U) << "without its being closed";
  EXPECT_EQ(all[0].key.sender, 7U);
  EXPECT_EQ(all[0].key.number, 8U);
  EXPECT_EQ(all[0].step, Step::kFailed);
  EXPECT_EQ(all[0].detail, 2);
  EXPECT_EQ(all[1].key.number, 9U);
}

TEST_F(JournalTest, LeavesOutAPieceOfARecord) {
  Journal(path_).write({7, 8}, Step::kSent);
  std::ofstream(path_, std::ios::app) << "piece";
  EXPECT_EQ(records().size(), 1U);
}

TEST_F(JournalTest, ThatIsMissingIsAnError) {
  EXPECT_THROW(read_journal(path_, [](const Record&) {}), std::runtime_error);
}

}  // namespace
}  // namespace exo::soak
