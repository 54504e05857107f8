// The files that the keeper writes: locks, logs, records.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "services/keeper/exit_records.h"
#include "services/keeper/file_lock.h"
#include "services/keeper/output_log.h"

namespace exo {
namespace {

class KeeperFilesTest : public testing::Test {
 protected:
  KeeperFilesTest() {
    std::string folder = "/tmp/exo-files-XXXXXX";
    EXO_CHECK(::mkdtemp(folder.data()) != nullptr);
    folder_ = folder;
  }
  ~KeeperFilesTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  std::string contents(const std::string& name) const {
    const std::ifstream file(path(name), std::ios::binary);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
  }
  void write(const std::string& name, const std::string& text) const {
    std::ofstream(path(name), std::ios::binary) << text;
  }
  UniqueFd locked(const std::string& name) const {
    auto lock = take_file_lock(path(name));
    EXPECT_TRUE(lock.ok());
    return std::move(lock).value();
  }
  ExitRecords records() const {
    auto opened = ExitRecords::open(folder_);
    EXPECT_TRUE(opened.ok());
    return std::move(opened).value();
  }

  std::string folder_;
};

constexpr UnixTime kTaken{407'000'000};

ExitRecord record_of(const std::string& id) {
  return {.exited = {.id = id,
                     .status = WaitStatus::exited(3),
                     .duration_ms = 8,
                     .max_resident_kib = 5,
                     .user_ms = 6,
                     .system_ms = 7,
                     .last_lines = {"bye"}},
          .role = "web",
          .pid = 42,
          .by = EndedBy::kItself,
          .log = "/logs/web.log",
          .at = {}};
}

TEST_F(KeeperFilesTest, ALockInAMissingFolderIsAnErrorThatNamesTheFile) {
  const auto lock = take_file_lock(path("missing/lock"));
  ASSERT_FALSE(lock.ok());
  EXPECT_EQ(lock.error().code, "lock");
  EXPECT_NE(lock.error().message.find(path("missing/lock")), std::string::npos) << lock.error().message;
}

TEST_F(KeeperFilesTest, AHeldLockIsBusyEvenForItsHolder) {
  const UniqueFd held = locked("lock");
  EXPECT_EQ(take_file_lock(path("lock")).error().code, "busy");
}

TEST_F(KeeperFilesTest, ALockIsFreeWhenItIsClosed) {
  UniqueFd held = locked("lock");
  held.reset();
  EXPECT_TRUE(take_file_lock(path("lock")).ok());
}

TEST_F(KeeperFilesTest, ALockIsHeldUntilItsLastCopyIsClosed) {
  UniqueFd held = locked("lock");
  const UniqueFd copy(::dup(held.get()));
  held.reset();
  EXPECT_FALSE(take_file_lock(path("lock")).ok());
}

TEST_F(KeeperFilesTest, ClosingAnotherDescriptorOfTheFileKeepsTheLock) {
  const UniqueFd held = locked("lock");
  UniqueFd other(::open(path("lock").c_str(), O_RDWR | O_CLOEXEC));
  other.reset();  // a plain fcntl lock would be gone now
  EXPECT_FALSE(take_file_lock(path("lock")).ok());
}

TEST_F(KeeperFilesTest, ALockThatNobodyHoldsHasNoHolderWhateverItsText) {
  EXPECT_EQ(find_lock_holder(path("lock")), std::nullopt);
  write("lock", "12\n");
  EXPECT_EQ(find_lock_holder(path("lock")), std::nullopt);
}

TEST_F(KeeperFilesTest, TheHolderOfALockIsFoundByItsTextAndNotHindered) {
  UniqueFd held = locked("lock");
  write_lock_text(held.get(), "12");
  EXPECT_EQ(find_lock_holder(path("lock")), "12");
  held.reset();
  EXPECT_TRUE(take_file_lock(path("lock")).ok());
}

// With the pid of a process that lives, as chance may have it.
TEST_F(KeeperFilesTest, ALockThatCameBackWithABackupIsFree) {
  write("keeper.lock", "exo-keeper, pid " + std::to_string(::getpid()) + "\n");
  EXPECT_FALSE(find_lock_holder(path("keeper.lock")).has_value());
  const auto lock = take_file_lock(path("keeper.lock"));
  EXPECT_TRUE(lock.ok()) << lock.error().message;
}

TEST_F(KeeperFilesTest, ALockThatIsWrittenOverIsHeldAllTheSame) {
  const auto lock = take_file_lock(path("keeper.lock"));
  ASSERT_TRUE(lock.ok());
  write("keeper.lock", "another\n");
  EXPECT_EQ(take_file_lock(path("keeper.lock")).error().code, "busy");
}

TEST_F(KeeperFilesTest, AMissingLockFileHasNoText) {
  EXPECT_EQ(read_lock_text(path("lock")), "");
}

TEST_F(KeeperFilesTest, ALockTextReplacesTheOneBefore) {
  write("lock", "a longer text than the new one\n");
  const UniqueFd held = locked("lock");
  write_lock_text(held.get(), "12");
  EXPECT_EQ(contents("lock"), "12\n");
  EXPECT_EQ(read_lock_text(path("lock")), "12");
}

TEST_F(KeeperFilesTest, ALogThatIsAFolderIsAnErrorThatNamesIt) {
  const auto log = OutputLog::open(folder_);
  ASSERT_FALSE(log.ok());
  EXPECT_NE(log.error().message.find(folder_), std::string::npos) << log.error().message;
}

// Somebody who could write the folder once may have left links to files of root's there.
TEST_F(KeeperFilesTest, NothingIsWrittenThroughALink) {
  write("precious", "as it was");
  for (const char* name : {"log", "lock", "keeper.jsonl"})
    std::filesystem::create_symlink(path("precious"), path(name));
  const auto log = OutputLog::open(path("log"));
  const auto lock = take_file_lock(path("lock"));
  const auto exits = ExitRecords::open(folder_);
  ASSERT_FALSE(log.ok() || lock.ok() || exits.ok());
  for (const Error& error : {log.error(), lock.error(), exits.error()})
    EXPECT_NE(error.message.find("it is a link, which exo does not write through"), std::string::npos)
        << error.message;
  EXPECT_EQ(contents("precious"), "as it was");
}

TEST_F(KeeperFilesTest, ALogWithoutAPathKeepsNothing) {
  auto log = OutputLog::open("");
  ASSERT_TRUE(log.ok());
  EXPECT_EQ(log.value().append({"line"}, kTaken), std::nullopt);
}

TEST_F(KeeperFilesTest, ALogIsAppendedTo) {
  write("log", "before\n");
  auto log = OutputLog::open(path("log"));
  ASSERT_TRUE(log.ok());
  EXPECT_EQ(log.value().append({"one", ""}, kTaken), std::nullopt);
  EXPECT_EQ(contents("log"), "before\n1970-01-01T00:00:00.407Z one\n1970-01-01T00:00:00.407Z \n");
}

TEST_F(KeeperFilesTest, ALongLogIsSetAsideAndTheOldestIsDeleted) {
  auto log = OutputLog::open(path("log"), {.file_bytes = 1, .old_files = 2});
  ASSERT_TRUE(log.ok());
  for (const char* line : {"one", "two", "three", "four"})
    EXPECT_EQ(log.value().append({line}, kTaken), std::nullopt);
  const std::string stamp = "1970-01-01T00:00:00.407Z ";
  EXPECT_EQ(contents("log"),
            stamp + "[exo: this log has become too long; its oldest part was deleted]\n" + stamp + "four\n");
  EXPECT_EQ(contents("log.1"), stamp + "three\n");
  EXPECT_EQ(contents("log.2"), stamp + "two\n");
  EXPECT_FALSE(std::filesystem::exists(path("log.3")));
}

TEST_F(KeeperFilesTest, ALogIsSetAsideOnceItHasReachedItsLength) {
  const std::string line = "1970-01-01T00:00:00.407Z one\n";
  auto log = OutputLog::open(path("log"), {.file_bytes = 2 * line.size(), .old_files = 1});
  ASSERT_TRUE(log.ok());
  for (int i = 0; i < 2; ++i) EXPECT_EQ(log.value().append({"one"}, kTaken), std::nullopt);
  EXPECT_FALSE(std::filesystem::exists(path("log.1")));
  EXPECT_EQ(log.value().append({"one"}, kTaken), std::nullopt);
  EXPECT_EQ(contents("log.1"), line + line);
  EXPECT_EQ(contents("log"), line);
}

TEST_F(KeeperFilesTest, ALogThatWasLongBeforeIsSetAsideToo) {
  write("log", "from an earlier run\n");
  auto log = OutputLog::open(path("log"), {.file_bytes = 5, .old_files = 1});
  ASSERT_TRUE(log.ok());
  EXPECT_EQ(log.value().append({"new"}, kTaken), std::nullopt);
  EXPECT_EQ(contents("log.1"), "from an earlier run\n");
}

// Two processes of a version, one of which ends late, write to one log.
TEST_F(KeeperFilesTest, WhatAnotherHasSetAsideIsNotSetAsideAgain) {
  auto early = OutputLog::open(path("log"), {.file_bytes = 1, .old_files = 3});
  auto late = OutputLog::open(path("log"), {.file_bytes = 1, .old_files = 3});
  ASSERT_TRUE(early.ok() && late.ok());
  EXPECT_EQ(early.value().append({"one"}, kTaken), std::nullopt);
  EXPECT_EQ(early.value().append({"two"}, kTaken), std::nullopt);
  EXPECT_EQ(late.value().append({"three"}, kTaken), std::nullopt);
  EXPECT_EQ(contents("log"), "1970-01-01T00:00:00.407Z two\n1970-01-01T00:00:00.407Z three\n");
  EXPECT_FALSE(std::filesystem::exists(path("log.2")));
}

TEST_F(KeeperFilesTest, ALogThatCannotBeSetAsideGoesOn) {
  auto log = OutputLog::open(path("log"), {.file_bytes = 1, .old_files = 1});
  ASSERT_TRUE(log.ok());
  std::filesystem::create_directories(path("log.1/occupied"));
  for (const char* line : {"one", "two"}) EXPECT_EQ(log.value().append({line}, kTaken), std::nullopt);
  EXPECT_EQ(contents("log"), "1970-01-01T00:00:00.407Z one\n1970-01-01T00:00:00.407Z two\n");
}

TEST_F(KeeperFilesTest, AFullDiskIsSaidOnce) {
  auto log = OutputLog::open("/dev/full");
  ASSERT_TRUE(log.ok());
  const auto first = log.value().append({"one"}, kTaken);
  ASSERT_TRUE(first.has_value());
  EXPECT_NE(first->find("No space left"), std::string::npos) << *first;
  EXPECT_EQ(log.value().append({"two"}, kTaken), std::nullopt);
}

// A pipe that is full and then empty again stands in for a disk.
TEST_F(KeeperFilesTest, ALogThatCanBeWrittenAgainNamesWhatIsMissing) {
  ASSERT_EQ(::mkfifo(path("pipe").c_str(), 0600), 0);
  const UniqueFd reader(::open(path("pipe").c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  const int capacity = ::fcntl(reader.get(), F_SETPIPE_SZ, 4096);
  ASSERT_GT(capacity, 0);
  auto log = OutputLog::open(path("pipe"));
  ASSERT_TRUE(log.ok());
  const std::size_t stamp = std::string("1970-01-01T00:00:00.407Z ").size();
  const std::string filling(static_cast<std::size_t>(capacity) - stamp - 1, 'x');
  ASSERT_EQ(log.value().append({filling}, kTaken), std::nullopt);
  ASSERT_TRUE(log.value().append({"lost", "lost too"}, kTaken).has_value());
  std::string read(static_cast<std::size_t>(capacity), '\0');
  ASSERT_EQ(::read(reader.get(), read.data(), read.size()), capacity);
  const auto again = log.value().append({"kept"}, kTaken);
  ASSERT_TRUE(again.has_value());
  EXPECT_NE(again->find("2 lines are missing"), std::string::npos) << *again;
  read.assign(static_cast<std::size_t>(capacity), '\0');
  read.resize(static_cast<std::size_t>(::read(reader.get(), read.data(), read.size())));
  EXPECT_EQ(read,
            "1970-01-01T00:00:00.407Z [exo: 2 lines are missing here]\n1970-01-01T00:00:00.407Z kept\n");
}

TEST_F(KeeperFilesTest, RecordsInAMissingFolderAreAnErrorThatNamesTheFile) {
  const auto opened = ExitRecords::open(path("missing"));
  ASSERT_FALSE(opened.ok());
  EXPECT_NE(opened.error().message.find("missing/keeper.jsonl"), std::string::npos) << opened.error().message;
}

TEST_F(KeeperFilesTest, ARecordIsALineOfJson) {
  ExitRecords file = records();
  ASSERT_EQ(file.append(record_of("web-1")), std::nullopt);
  const auto record = nlohmann::json::parse(contents("keeper.jsonl"));
  const nlohmann::json expected = {{"id", "web-1"},
                                   {"role", "web"},
                                   {"pid", 42},
                                   {"code", 3},
                                   {"signal", 0},
                                   {"core", false},
                                   {"status", "exit code 3"},
                                   {"duration_ms", 8},
                                   {"user_ms", 6},
                                   {"system_ms", 7},
                                   {"max_resident_kib", 5},
                                   {"by", "itself"},
                                   {"log", "/logs/web.log"},
                                   {"last_lines", {"bye"}},
                                   {"at", "1970-01-01T00:00:00.000Z"}};
  EXPECT_EQ(record, expected);
}

TEST_F(KeeperFilesTest, RecordsAreReadBackAsTheyWere) {
  ExitRecord killed = record_of("web-2");
  killed.exited.status = WaitStatus::signalled(SIGKILL);
  killed.by = EndedBy::kRequest;
  {
    ExitRecords file = records();
    ASSERT_EQ(file.append(record_of("web-1")), std::nullopt);
    ASSERT_EQ(file.append(killed), std::nullopt);
  }
  const auto read = read_exit_records(folder_);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(encode(read[0]), encode(record_of("web-1")));
  EXPECT_EQ(encode(read[1]), encode(killed));
}

TEST_F(KeeperFilesTest, RecordsOfTheFileThatWasSetAsideComeFirstAndLinesThatAreNoneAreLeftOut) {
  write("keeper.jsonl.old", encode(record_of("old")) + "{\"id\":\"cut sho");
  write("keeper.jsonl", "\nnull\n" + encode(record_of("new")));
  const auto read = read_exit_records(folder_);
  ASSERT_EQ(read.size(), 2U);
  EXPECT_EQ(read[0].exited.id, "old");
  EXPECT_EQ(read[1].exited.id, "new");
}

TEST_F(KeeperFilesTest, ARecordFollowsATornLineOnALineOfItsOwn) {
  write("keeper.jsonl", "{\"id\":\"cut sho");
  ASSERT_EQ(records().append(record_of("a")), std::nullopt);
  EXPECT_TRUE(contents("keeper.jsonl").starts_with("{\"id\":\"cut sho\n{"));
}

TEST_F(KeeperFilesTest, ARecordOfTextThatIsNotUtf8IsWritten) {
  ASSERT_EQ(records().append(record_of("\xFF")), std::nullopt);
  EXPECT_EQ(nlohmann::json::parse(contents("keeper.jsonl")).at("id"), "\xEF\xBF\xBD");
}

// A pipe, which takes a record and cannot keep it, stands in for a disk.
TEST_F(KeeperFilesTest, ADiskThatKeepsNoRecordsIsToldOnce) {
  ASSERT_EQ(::mkfifo(path("keeper.jsonl").c_str(), 0600), 0);
  ExitRecords file = records();
  const auto first = file.append(record_of("a"));
  ASSERT_TRUE(first.has_value());
  EXPECT_NE(first->find(path("keeper.jsonl")), std::string::npos) << *first;
  EXPECT_EQ(file.append(record_of("b")), std::nullopt);
}

TEST_F(KeeperFilesTest, ALargeRecordFileIsSetAside) {
  write("keeper.jsonl", std::string(static_cast<std::size_t>(ExitRecords::kMaxBytes) + 1, '\n'));
  (void)records();
  EXPECT_EQ(std::filesystem::file_size(path("keeper.jsonl.old")), ExitRecords::kMaxBytes + 1);
  EXPECT_EQ(contents("keeper.jsonl"), "");
}

}  // namespace
}  // namespace exo
