// Reading a ledger without owning it: what verbs do that need no host.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include <filesystem>

#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

std::unique_ptr<SqliteLedger> open_reader(const std::string& folder) {
  auto reader = SqliteLedger::open_for_reading(folder);
  EXPECT_TRUE(reader.ok()) << reader.error().message;
  return std::move(reader).value();
}

// Nothing in it can be made, changed or removed: a read-only mount, or where none can be made (not root) the
// permissions of the folder and its files.
void make_read_only(const std::string& folder) {
  const char* const path = folder.c_str();
  if (make_private_mounts() && ::mount(path, path, nullptr, MS_BIND, nullptr) == 0) {
    ::mount(path, path, nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr);
    return;
  }
  for (const auto& file : std::filesystem::directory_iterator(folder)) ::chmod(file.path().c_str(), 0400);
  ::chmod(path, 0500);
}

TEST(ReadingLedger, IsAbsentWhereNothingWasRecorded) {
  LedgerFolder folder;
  EXPECT_EQ(opening_for_reading(folder.path()),
            "absent: there is no ledger in " + folder.path() + ": nothing was recorded yet");
}

TEST(ReadingLedger, IsAbsentWhereThereIsNoFolder) {
  EXPECT_EQ(opening_for_reading("/nowhere/at/all").substr(0, 8), "absent: ");
}

TEST(ReadingLedger, IsAbsentWhileItIsBeingMade) {
  LedgerFolder folder;
  ASSERT_TRUE(LedgerHead::create(folder.path()).ok());
  EXPECT_EQ(opening_for_reading(folder.path()).substr(0, 8), "absent: ");
  set_content(folder.file("ledger.db"), "");
  EXPECT_EQ(opening_for_reading(folder.path()).substr(0, 8), "absent: ");
}

TEST(ReadingLedger, MakesNothingWhereThereIsNone) {
  LedgerFolder folder;
  opening_for_reading(folder.path());
  EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

TEST(ReadingLedger, RefusesToAppend) {
  LedgerFolder folder;
  write_and_close(folder.path(), 3);
  const auto refused = open_reader(folder.path())->append(3, sample_event(4));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "read-only");
}

TEST(ReadingLedger, GivesAllEvents) {
  LedgerFolder folder;
  const auto written = write_and_close(folder.path(), 9);
  EXPECT_EQ(all_events(*open_reader(folder.path())), written);
}

TEST(ReadingLedger, HasThePositionThatItSawLast) {
  LedgerFolder folder;
  auto host = open_ledger(folder.path());
  fill(*host, 3);
  const auto reader = open_reader(folder.path());
  EXPECT_EQ(reader->position(), 3U);
  fill(*host, 5);
  EXPECT_EQ(reader->position(), 3U);
  all_events(*reader);
  EXPECT_EQ(reader->position(), 5U);
}

TEST(ReadingLedger, HasNoEpoch) {
  LedgerFolder folder;
  write_and_close(folder.path(), 1);
  EXPECT_EQ(open_reader(folder.path())->epoch(), 0U);
}

TEST(ReadingLedger, FollowsAHostThatWrites) {
  LedgerFolder folder;
  auto host = open_ledger(folder.path());
  const auto reader = open_reader(folder.path());
  for (std::uint64_t position = 1; position <= 50; ++position) {
    const auto written = fill(*host, position);
    EXPECT_EQ(all_events(*reader), written);
    EXPECT_TRUE(reader->verify().ok());
  }
}

TEST(ReadingLedger, DoesNotHinderAHostThatStarts) {
  LedgerFolder folder;
  write_and_close(folder.path(), 3);
  const auto reader = open_reader(folder.path());
  ASSERT_TRUE(reader->read(1, 1).ok());
  EXPECT_EQ(opening(folder.path()), "opens");
}

TEST(ReadingLedger, GivesWhatAHostThatDiedHadRecorded) {
  LedgerFolder folder;
  const auto written = write_and_crash(folder.path(), 9);
  EXPECT_EQ(all_events(*open_reader(folder.path())), written);
}

TEST(ReadingLedger, LeavesTheFilesAsTheyAre) {
  LedgerFolder folder;
  write_and_crash(folder.path(), 9);
  const std::string ledger = content_of(folder.file("ledger.db"));
  const std::string log = content_of(folder.file("ledger.db-wal"));
  all_events(*open_reader(folder.path()));
  EXPECT_EQ(content_of(folder.file("ledger.db")), ledger);
  EXPECT_EQ(content_of(folder.file("ledger.db-wal")), log);
}

TEST(ReadingLedger, WorksOnAReadOnlyFolder) {
  LedgerFolder folder;
  write_and_close(folder.path(), 9);
  EXPECT_EQ(in_child([&] {
              make_read_only(folder.path());
              return std::to_string(all_events(*open_reader(folder.path())).size());
            }),
            "9");
}

TEST(ReadingLedger, WorksOnAReadOnlyFolderWhoseHostDied) {
  LedgerFolder folder;
  write_and_crash(folder.path(), 9);
  EXPECT_EQ(in_child([&] {
              make_read_only(folder.path());
              return std::to_string(all_events(*open_reader(folder.path())).size());
            }),
            "9");
}

TEST(ReadingLedger, IsTheOnlyWayOnAReadOnlyFolder) {
  LedgerFolder folder;
  write_and_close(folder.path(), 9);
  EXPECT_EQ(in_child([&] {
              make_read_only(folder.path());
              const std::string outcome = opening(folder.path());
              const std::string code = outcome.substr(0, outcome.find(':'));
              return code == "disk-read-only" || code == "read-only" ? std::string() : outcome;
            }),
            "");
}

}  // namespace
}  // namespace exo
