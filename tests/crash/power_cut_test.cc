// A power cut at every write and every sync of what the keeper and the follow log keep: what was said to be
// on the disk is there afterwards, and whatever else is there, the next host goes on with it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "base/ids.h"
#include "host/disk_follow_file.h"
#include "host/follow_log.h"
#include "services/keeper/exit_records.h"
#include "tests/crash/power_cut_files.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

constexpr unsigned kSeed = 4711;
constexpr int kImagesOfAMoment = 4;

class Folder {
 public:
  Folder() : path_(fs::canonical("/tmp").string() + "/power-cut-" + random_id(40)) {
    fs::create_directories(path_);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  ~Folder() { fs::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// What is looked at after each cut, by a fixture for each kind of file.
class PowerCutAt : public testing::Test {
 protected:
  virtual void look_at(const std::string& image) = 0;

  void cut() {
    if (HasFatalFailure()) return;
    for (int i = 0; i <= kImagesOfAMoment; ++i) {
      SCOPED_TRACE("seed " + std::to_string(kSeed) + ", image " + std::to_string(++images_));
      Folder image;
      disk_->write_image(image.path(), i == 0 ? Loss::kEverything : Loss::kAnything, random_);
      look_at(image.path());
    }
  }
  void begin() {
    disk_.emplace(folder_.path());
    disk_->at_each_moment([this] { cut(); });
  }

  Folder folder_;
  std::optional<PowerCutFiles> disk_;
  std::mt19937 random_{kSeed};
  std::uint64_t images_ = 0;
};

// --- keeper.jsonl ----------------------------------------------------------------------------------------

class PowerCutAtKeeperRecords : public PowerCutAt {
 protected:
  static ExitRecord record_of(const std::string& id) {
    return {.exited = {.id = id,
                       .status = WaitStatus::exited(3),
                       .last_lines = {std::string(id.size() * 37 % 1500, 'x')}},
            .role = "visits",
            .log = "visits-0.0.1.log"};
  }
  static std::vector<std::string> ids_in(const std::string& folder) {
    std::vector<std::string> ids;
    for (const ExitRecord& record : read_exit_records(folder)) ids.push_back(record.exited.id);
    return ids;
  }
  std::string next_id() const {
    const std::string number = std::to_string(acknowledged_.size() + 1);
    return "visits-" + std::string(acknowledged_.size() % 40, '0') + number;
  }

  void append(ExitRecords& records) {
    const std::string id = next_id();
    ASSERT_FALSE(records.append(record_of(id)).has_value());
    acknowledged_.push_back(id);
    cut();
  }

  void look_at(const std::string& image) override {
    std::vector<std::string> found = ids_in(image);
    ASSERT_GE(found.size(), acknowledged_.size()) << "an end that was recorded is lost";
    std::vector<std::string> expected = acknowledged_;
    if (found.size() > expected.size()) {
      expected.push_back(next_id());
      ++found_more_;
    }
    ASSERT_EQ(found, expected);
    auto next = ExitRecords::open(image);
    ASSERT_TRUE(next.ok()) << next.error().message;
    ASSERT_FALSE(next.value().append(record_of("of-the-next-keeper")).has_value());
    expected.emplace_back("of-the-next-keeper");
    ASSERT_EQ(ids_in(image), expected) << "what was torn spoils what follows";
  }

  std::vector<std::string> acknowledged_;
  std::uint64_t found_more_ = 0;
};

TEST_F(PowerCutAtKeeperRecords, LosesNoEndThatWasRecorded) {
  begin();
  for (int keepers = 0; keepers < 3; ++keepers) {
    auto records = ExitRecords::open(folder_.path());
    ASSERT_TRUE(records.ok()) << records.error().message;
    for (int i = 0; i < 15; ++i) append(records.value());
  }
  EXPECT_GT(images_, 45U * kImagesOfAMoment);
  EXPECT_GT(found_more_, 10U) << "no cut ever left a record that was not synced";
}

TEST_F(PowerCutAtKeeperRecords, LosesNoneWhenALongFileIsSetAside) {
  std::string filler(static_cast<std::size_t>(ExitRecords::kMaxBytes), ' ');
  filler.back() = '\n';
  acknowledged_.push_back(next_id());
  std::ofstream(folder_.path() + "/keeper.jsonl", std::ios::binary)
      << filler << encode(record_of(acknowledged_.back()));
  begin();
  auto records = ExitRecords::open(folder_.path());
  ASSERT_TRUE(records.ok()) << records.error().message;
  ASSERT_TRUE(fs::exists(folder_.path() + "/keeper.jsonl.old"));
  for (int i = 0; i < 3; ++i) append(records.value());
}

// --- the log of followed commands ------------------------------------------------------------------------

class PowerCutAtFollowLog : public PowerCutAt {
 protected:
  static constexpr std::uint64_t kLaterHost = 100;  // its epoch
  static std::unique_ptr<DiskFollowFile> file_in(const std::string& folder, std::uint64_t epoch) {
    return std::make_unique<DiskFollowFile>(
        folder, FollowLogName{.run = "greeter-0.0.2-offline-1", .follow = 17, .epoch = epoch});
  }
  static std::string payload_of(std::uint64_t number) {
    return std::to_string(number) + std::string(number * 61 % 900, 'x');
  }
  static void add(FollowLog& log, std::uint64_t number) {
    log.add(number, "todo.add", ContentType::kJson, Payload(payload_of(number)));
  }

  void add_batch(FollowLog& log, std::uint64_t commands) {
    for (std::uint64_t i = 0; i < commands; ++i) add(log, ++added_);
    const auto synced = log.sync();
    ASSERT_TRUE(synced.ok()) << synced.error().message;
    acknowledged_ += synced.value().size();
    ASSERT_EQ(acknowledged_, added_);
    cut();
  }

  void look_at(const std::string& image) override {
    FollowLog log(file_in(image, kLaterHost));
    const auto opened = log.open(is_begun_ ? FollowLog::WhereNone::kRefuse : FollowLog::WhereNone::kBegin);
    ASSERT_TRUE(opened.ok()) << opened.error().code << ": " << opened.error().message;
    ASSERT_GE(log.commands(), acknowledged_) << "a command that was passed on is lost";
    ASSERT_LE(log.commands(), added_);
    if (log.commands() > acknowledged_) ++found_more_;
    const std::uint64_t found = log.commands();
    add(log, found + 1);
    ASSERT_TRUE(log.sync().ok());
    FollowLog::Reader reader;
    for (std::uint64_t number = 1; number <= found + 1; ++number) {
      const auto record = log.read(reader);
      ASSERT_TRUE(record.ok()) << record.error().message;
      ASSERT_EQ(record.value().payload, payload_of(number));
    }
  }

  bool is_begun_ = false;  // every later host must find it
  std::uint64_t added_ = 0;
  std::uint64_t acknowledged_ = 0;
  std::uint64_t found_more_ = 0;
};

TEST_F(PowerCutAtFollowLog, LosesNoCommandThatWasPassedOn) {
  begin();
  for (std::uint64_t epoch = 1; epoch <= 3; ++epoch) {
    FollowLog log(file_in(folder_.path(), epoch));
    const auto opened = log.open(is_begun_ ? FollowLog::WhereNone::kRefuse : FollowLog::WhereNone::kBegin);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    is_begun_ = true;
    cut();
    for (std::uint64_t batch = 1; batch <= 12; ++batch) add_batch(log, batch % 5 + 1);
  }
  EXPECT_GT(images_, 36U * kImagesOfAMoment);
  EXPECT_GT(found_more_, 10U) << "no cut ever left a command that was not synced";
}

}  // namespace
}  // namespace exo
