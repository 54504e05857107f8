// The log of followed commands: what was durable is there again, what was torn is cut, what was altered is
// refused.
#include "host/follow_log.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>
#include <fstream>
#include <map>
#include <sstream>

#include "base/files.h"
#include "base/ids.h"
#include "host/disk_follow_file.h"

namespace exo {
namespace {

class FollowLogTest : public ::testing::Test {
 protected:
  FollowLogTest()
      : folder_(testing::TempDir() + "follow-" + random_id(40)), path_(folder_ / "run.7.1.follow") {
    std::filesystem::create_directories(folder_);
  }
  ~FollowLogTest() override { std::filesystem::remove_all(folder_); }

  // Of the host with that epoch.
  std::unique_ptr<DiskFollowFile> file_of(std::uint64_t epoch, std::uint64_t follow = 7) const {
    return std::make_unique<DiskFollowFile>(folder_,
                                            FollowLogName{.run = "run", .follow = follow, .epoch = epoch});
  }
  FollowLog opened(std::uint64_t epoch = 1, std::uint64_t follow = 7) const {
    FollowLog log(file_of(epoch, follow));
    const auto done = log.open();
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message);
    return log;
  }
  std::string refusal() const {
    FollowLog log(file_of(1));
    const auto done = log.open();
    return done.ok() ? "" : done.error().code + ": " + done.error().message;
  }
  static void add(FollowLog& log, std::uint64_t number) {
    log.add(number, "todo.add", ContentType::kJson, Payload("todo " + std::to_string(number)));
  }
  static void sync(FollowLog& log) {
    const auto done = log.sync();
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().message);
  }
  // Three commands, each durable before the next is written.
  void write_three() const {
    FollowLog log = opened();
    for (const std::uint64_t number : {1U, 2U, 3U}) {
      add(log, number);
      sync(log);
    }
  }
  static std::string replayed(const FollowLog& log) {
    std::string text;
    FollowLog::Reader reader;
    while (reader.next() <= log.last_sequence()) {
      const auto record = log.read(reader);
      if (!record) return text + record.error().message;
      if (record.value().kind == FollowRecord::Kind::kCommand && !log.is_left_out(record.value().sequence)) {
        text += record.value().payload + "\n";
      }
    }
    return text;
  }
  std::string bytes() const { return read_file(path_.string(), 1 << 20).value(); }
  void overwrite(const std::string& content) const {
    std::ofstream(path_, std::ios::binary | std::ios::trunc) << content;
  }

  std::filesystem::path folder_;
  std::filesystem::path path_;
};

TEST_F(FollowLogTest, ALogThatIsNotThereBeginsEmpty) {
  EXPECT_EQ(opened().commands(), 0u);
  EXPECT_EQ(bytes(), kFollowLogBeginning);
}

TEST_F(FollowLogTest, ALogThatMustBeThereIsNotBegunAnew) {
  FollowLog log(file_of(1));
  const auto done = log.open(FollowLog::WhereNone::kRefuse);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code + ": " + done.error().message,
            "missing: " + folder_.string() + "/run.7.*.follow, which holds what was recorded, is not there");
  EXPECT_FALSE(std::filesystem::exists(path_)) << "an empty log would be taken for a whole one";
  write_three();
  EXPECT_TRUE(log.open(FollowLog::WhereNone::kRefuse).ok());
}

TEST_F(FollowLogTest, WhatIsSyncedIsThereAgain) {
  write_three();
  const FollowLog log = opened();
  EXPECT_EQ(log.commands(), 3u);
  EXPECT_EQ(replayed(log), "todo 1\ntodo 2\ntodo 3\n");
}

TEST_F(FollowLogTest, ARecordKeepsAllThatACommandHas) {
  {
    FollowLog log = opened();
    log.add(7, "todo.add", ContentType::kRaw, Payload(std::string_view("\0\xff", 2)));
    const auto written = log.sync();
    ASSERT_EQ(written.value().size(), 1u);
    EXPECT_EQ(written.value()[0].number, 7u);
    EXPECT_EQ(written.value()[0].sequence, 1u);
  }
  const FollowLog log = opened();
  FollowLog::Reader reader;
  EXPECT_EQ(log.read(reader).value(), (FollowRecord{.sequence = 1,
                                                    .synced = 16,
                                                    .name = "todo.add",
                                                    .content_type = ContentType::kRaw,
                                                    .payload = std::string("\0\xff", 2)}));
}

TEST_F(FollowLogTest, NothingIsDurableBeforeTheSync) {
  FollowLog log = opened();
  add(log, 1);
  EXPECT_EQ(log.commands(), 0u);
  EXPECT_EQ(log.first_pending(), 1u);
  sync(log);
  EXPECT_EQ(log.first_pending(), 0u);
  EXPECT_FALSE(log.has_pending());
}

TEST_F(FollowLogTest, WhatIsDroppedBeforeTheSyncIsNeverWritten) {
  FollowLog log = opened();
  add(log, 1);
  add(log, 2);
  EXPECT_TRUE(log.drop(1));
  sync(log);
  EXPECT_FALSE(log.drop(2)) << "it is in the file";
  EXPECT_EQ(replayed(log), "todo 2\n");
}

TEST_F(FollowLogTest, WhatIsLeftOutStaysLeftOut) {
  write_three();
  {
    FollowLog log = opened();
    log.leave_out(2);
    sync(log);
  }
  const FollowLog log = opened();
  EXPECT_EQ(replayed(log), "todo 1\ntodo 3\n");
  EXPECT_EQ(log.left_out(), 1u);
  EXPECT_EQ(log.commands(), 3u);
}

TEST_F(FollowLogTest, WhatIsLeftOutIsNotReplayedWhileTheDiskTakesNothing) {
  write_three();
  FollowLog log = opened();
  log.leave_out(2);
  EXPECT_TRUE(log.has_pending());
  EXPECT_EQ(replayed(log), "todo 1\ntodo 3\n");
}

TEST_F(FollowLogTest, ItGoesOnWhereItEnded) {
  write_three();
  {
    FollowLog log = opened();
    add(log, 9);
    sync(log);
  }
  EXPECT_EQ(replayed(opened()), "todo 1\ntodo 2\ntodo 3\ntodo 9\n");
}

TEST_F(FollowLogTest, ATailThatIsTornAnywhereIsCut) {
  {
    FollowLog log = opened();
    add(log, 1);
    sync(log);
  }
  const std::size_t durable = bytes().size();
  {
    FollowLog log = opened();
    add(log, 2);
    add(log, 3);
    sync(log);
  }
  const std::string whole = bytes();
  std::map<std::uint64_t, int> kept;
  for (std::size_t length = durable; length <= whole.size(); ++length) {
    overwrite(whole.substr(0, length));
    const FollowLog log = opened();
    ++kept[log.commands()];
    EXPECT_EQ(replayed(log).rfind("todo 1\n", 0), 0u) << length;
  }
  EXPECT_EQ(kept.size(), 3u);
  EXPECT_EQ(kept[3], 1) << "the whole log";
}

TEST_F(FollowLogTest, AHoleInTheBatchThatWasTornIsCutToo) {
  {
    FollowLog log = opened();
    for (const std::uint64_t number : {1U, 2U, 3U}) add(log, number);
    sync(log);
  }
  std::string torn = bytes();
  torn.replace(torn.find("todo 2"), 6, 6, '\0');
  overwrite(torn);
  EXPECT_EQ(replayed(opened()), "todo 1\n");
}

TEST_F(FollowLogTest, ARecordThatIsAlteredAnywhereIsRefused) {
  write_three();
  const std::string whole = bytes();
  const std::size_t third = whole.size() - (whole.size() - kFollowLogBeginning.size()) / 3;
  for (std::size_t at = kFollowLogBeginning.size(); at < third; ++at) {
    std::string altered = whole;
    altered[at] = static_cast<char>(altered[at] ^ 0x20);
    overwrite(altered);
    const std::string number =
        at < kFollowLogBeginning.size() + (third - kFollowLogBeginning.size()) / 2 ? "1" : "2";
    EXPECT_EQ(refusal(), "altered: " + path_.string() + ": record " + number + " is not what was written")
        << at;
    EXPECT_EQ(bytes(), altered) << "it is left as it was found";
  }
}

TEST_F(FollowLogTest, ARecordThatIsMissingIsRefused) {
  write_three();
  const std::string whole = bytes();
  const std::size_t size = (whole.size() - kFollowLogBeginning.size()) / 3;
  overwrite(whole.substr(0, 16 + size) + whole.substr(16 + 2 * size));
  EXPECT_EQ(refusal(), "altered: " + path_.string() + ": record 2 is not what was written");
}

TEST_F(FollowLogTest, AnotherFileIsRefused) {
  overwrite("todo: a list of what is to be done");
  EXPECT_EQ(refusal(),
            "altered: " + path_.string() + " does not begin like a log of followed commands of this exo");
}

TEST_F(FollowLogTest, AnAlterationWhileItIsOpenIsSeenWhenItIsRead) {
  FollowLog log = opened();
  for (const std::uint64_t number : {1U, 2U}) add(log, number);
  sync(log);
  std::fstream file(path_, std::ios::binary | std::ios::in | std::ios::out);
  file.seekp(static_cast<std::streamoff>(bytes().find("todo 2")));
  file << "T" << std::flush;
  EXPECT_EQ(replayed(log), "todo 1\n" + path_.string() + ": record 2 is not what was written");
}

// Stopped between its last look at the environment and the rename.
TEST_F(FollowLogTest, AHostThatFinishesItsFileTooLateTakesNobodysPlace) {
  write_three();
  const auto late = file_of(2);
  ASSERT_TRUE(late->find().value());
  const std::uint64_t end = late->size().value();
  {
    FollowLog next = opened(3);
    add(next, 4);
    sync(next);
  }
  EXPECT_TRUE(late->renew(kFollowLogBeginning, end).ok());
  EXPECT_EQ(replayed(opened(4)), "todo 1\ntodo 2\ntodo 3\ntodo 4\n");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_), {}), 1) << "older ones are removed";
}

TEST_F(FollowLogTest, AHostTakesUpNoLogOfALaterOne) {
  opened(3);
  FollowLog late(file_of(2));
  const auto done = late.open();
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code + ": " + done.error().message,
            "io: " + (folder_ / "run.7.3.follow").string() + " is a later host's");
}

TEST_F(FollowLogTest, WhatIsLeftOfAnEarlierFollowIsNothingToTheNextOne) {
  write_three();
  EXPECT_EQ(opened(2, 12).commands(), 0u);
  EXPECT_EQ(opened(2, 7).commands(), 3u);
}

TEST_F(FollowLogTest, AnOlderHostThatWakesUpWritesNowhere) {
  FollowLog older = opened();
  add(older, 1);
  sync(older);
  FollowLog newer = opened();
  add(older, 2);
  sync(older);
  add(newer, 3);
  sync(newer);
  EXPECT_EQ(replayed(opened()), "todo 1\ntodo 3\n");
}

TEST_F(FollowLogTest, ADiskWithoutRoomKeepsWhatWasDurableAndLosesNothing) {
  FollowLog log = opened();
  add(log, 1);
  sync(log);
  std::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit full{.rlim_cur = bytes().size() + 40, .rlim_max = before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  const std::size_t size = bytes().size();
  add(log, 2);
  add(log, 3);
  const auto refused = log.sync();
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "disk-full");
  EXPECT_EQ(bytes().size(), size);
  EXPECT_EQ(log.first_pending(), 2u);
  EXPECT_TRUE(log.drop(2)) << "its sender has given it up";
  sync(log);
  EXPECT_EQ(replayed(opened()), "todo 1\ntodo 3\n");
}

TEST_F(FollowLogTest, AFullDiskIsToldOfTheFileThatIsWrittenAndNotOfTheOneThatIsRead) {
  const std::uint64_t size = 8192;
  std::ofstream(path_, std::ios::binary) << std::string(size, 'x');
  const auto file = file_of(2);
  ASSERT_TRUE(file->find().value());
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit full{size / 2, before.rlim_max};
  const auto handled = std::signal(SIGXFSZ, SIG_IGN);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  const auto renewed = file->renew("", size);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, handled);
  ASSERT_FALSE(renewed.ok());
  EXPECT_NE(renewed.error().message.find("run.7.2.follow.new"), std::string::npos) << renewed.error().message;
}

// The bytes in the page's code block.
std::string bytes_of_page() {
  std::ifstream page(EXO_FOLLOW_LOG_PAGE);
  EXPECT_TRUE(page.good()) << EXO_FOLLOW_LOG_PAGE;
  std::string bytes;
  bool inside = false;
  for (std::string line; std::getline(page, line);) {
    if (line.rfind("```", 0) == 0) {
      inside = line == "```hex";
      continue;
    }
    std::istringstream words(inside ? line.substr(0, line.find('#')) : "");
    for (std::string word; words >> word;) bytes.push_back(static_cast<char>(std::stoi(word, nullptr, 16)));
  }
  return bytes;
}

TEST(FollowLogPage, ItsExampleIsWhatIsWritten) {
  std::string bytes(kFollowLogBeginning);
  append_follow_record({.sequence = 1, .synced = bytes.size(), .name = "todo.add"}, "\x81\xa2id\x01", bytes);
  append_follow_record(
      {.sequence = 2, .synced = bytes.size(), .kind = FollowRecord::Kind::kLeftOut, .left_out = 1}, "",
      bytes);
  EXPECT_EQ(bytes_of_page(), bytes);
}

TEST(FollowRecord, WhatIsNoneIsRefused) {
  EXPECT_FALSE(read_follow_record(""));
  EXPECT_FALSE(read_follow_record(std::string(200, '\0')));
  EXPECT_EQ(follow_record_size(std::string(4, '\xff')), 0u);
}

TEST(FollowRecord, AnyFlippedBitIsSeen) {
  std::string bytes;
  append_follow_record({.sequence = 1, .name = "todo.add"}, "milk", bytes);
  ASSERT_TRUE(read_follow_record(bytes));
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::string altered = bytes;
    altered[bit / 8] = static_cast<char>(altered[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_FALSE(read_follow_record(altered)) << bit;
  }
}

}  // namespace
}  // namespace exo
