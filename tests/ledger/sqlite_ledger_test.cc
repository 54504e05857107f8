// What only the SQLite ledger does; what it shares with every ledger is in the conformance suite.
#include "ledger/sqlite_ledger.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

TEST(SqliteLedger, IsRefusedWhileAnotherHostOwnsIt) {
  LedgerFolder folder;
  const auto first = open_ledger(folder.path());
  EXPECT_EQ(opening(folder.path()).substr(0, 7), "owned: ");
}

TEST(SqliteLedger, IsNotFollowedThroughASymbolicLinkUnlessItsFolderIsOne) {
  LedgerFolder folder;
  open_ledger(folder.path());
  std::filesystem::create_directory_symlink(folder.path(), folder.file("link"));
  EXPECT_EQ(opening(folder.file("link")), "opens");
  std::filesystem::rename(folder.file("ledger.db"), folder.file("elsewhere"));
  std::filesystem::create_symlink(folder.file("elsewhere"), folder.file("ledger.db"));
  EXPECT_EQ(opening(folder.path()).substr(0, 4), "io: ");
}

TEST(SqliteLedger, NamesTheHostThatOwnsIt) {
  LedgerFolder folder;
  const Owner ada{.pid = 4711, .machine = "build-7", .host_id = "ada", .since = "2026-11-20T21:02:59.407Z"};
  const auto first = SqliteLedger::open({.folder = folder.path(), .owner = ada});
  EXPECT_NE(opening(folder.path()).find("pid 4711 on build-7 since 2026-11-20T21:02:59.407Z"),
            std::string::npos);
}

TEST(SqliteLedger, GivesEachEventToWhoOpensIt) {
  LedgerFolder folder;
  const auto events = write_and_crash(folder.path(), 7);
  std::vector<LedgerEvent> replayed;
  auto options = options_for(folder.path());
  options.replayed = [&](const LedgerEvent& event) { replayed.push_back(event); };
  ASSERT_TRUE(SqliteLedger::open(options).ok());
  EXPECT_EQ(replayed, events);
}

TEST(SqliteLedger, IsUnchangedByAHostThatIsRefused) {
  LedgerFolder folder;
  auto first = open_ledger(folder.path());
  fill(*first, 2);
  opening(folder.path());
  EXPECT_TRUE(first->append(2, sample_event(3)).ok());
}

TEST(SqliteLedger, NeedsAFolder) {
  EXPECT_EQ(opening("/nowhere/at/all").substr(0, 8), "absent: ");
}

TEST(SqliteLedger, MakesItsFilesAndNoOther) {
  LedgerFolder folder;
  open_ledger(folder.path());
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder.path()))
    names.push_back(file.path().filename());
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"ledger.db", "ledger.db-shm", "ledger.db-wal", "ledger.head",
                                             "ledger.lock"}));
}

TEST(SqliteLedger, IsRefusedWhenAFileOfItWasDeleted) {
  for (const char* const name : {"ledger.lock", "ledger.head", "ledger.db", "ledger.db-wal"}) {
    LedgerFolder folder;
    auto ledger = open_ledger(folder.path());
    fill(*ledger, 2);
    std::filesystem::remove(folder.file(name));
    EXPECT_EQ(ledger->check_place().error().code, "removed") << name;
    const auto refused = ledger->append(2, sample_event(3));
    EXPECT_EQ(refused.error().code, "removed") << name;
    EXPECT_EQ(refused.error().message.find(folder.file(name) + " was deleted, moved or replaced"), 0U);
    EXPECT_EQ(ledger->position(), 2U);
  }
}

TEST(SqliteLedger, IsRefusedWhenACopyOfItWasPutInItsPlace) {
  LedgerFolder folder;
  auto ledger = open_ledger(folder.path());
  fill(*ledger, 2);
  std::filesystem::copy(folder.file("ledger.db"), folder.file("copy"));
  std::filesystem::rename(folder.file("copy"), folder.file("ledger.db"));
  EXPECT_EQ(ledger->append(2, sample_event(3)).error().code, "removed");
}

TEST(SqliteLedger, GoesOnWhenItsFolderWasMovedAndPutBack) {
  LedgerFolder folder;
  auto ledger = open_ledger(folder.path());
  std::filesystem::rename(folder.path(), folder.path() + "-aside");
  EXPECT_EQ(ledger->append(0, sample_event(1)).error().code, "removed");
  std::filesystem::rename(folder.path() + "-aside", folder.path());
  EXPECT_TRUE(ledger->append(0, sample_event(1)).ok());
}

// Nobody has locked the file that a restored backup has put under the lock's name: the epoch stands between.
TEST(SqliteLedger, HasOneWriterAlthoughItsLockCameBackWithABackup) {
  LedgerFolder folder;
  auto first = open_ledger(folder.path());
  fill(*first, 2);
  copy_files(folder.file("ledger.lock"), folder.file("restored"));
  std::filesystem::rename(folder.file("restored"), folder.file("ledger.lock"));
  EXPECT_EQ(first->check_place().error().code, "removed") << "it would start processes beside the next host";
  auto second = open_ledger(folder.path());
  EXPECT_EQ(first->append(2, sample_event(3)).error().code, "epoch-stale");
  EXPECT_TRUE(second->append(2, sample_event(3)).ok());
  EXPECT_EQ(opening(folder.path()).substr(0, 6), "owned:");
}

TEST(SqliteLedger, IsOpenedWithTheRestoredLockOfAHostThatHasGone) {
  LedgerFolder folder;
  auto ledger = open_ledger(folder.path());
  copy_files(folder.file("ledger.lock"), folder.file("kept"));
  ledger.reset();
  copy_files(folder.file("kept"), folder.file("ledger.lock"));
  EXPECT_EQ(opening(folder.path()), "opens");
}

TEST(SqliteLedger, HasNoPlaceToKeepWhereItIsOpenForReading) {
  LedgerFolder folder;
  write_and_close(folder.path(), 2);
  auto reader = SqliteLedger::open_for_reading(folder.path());
  std::filesystem::remove(folder.file("ledger.lock"));
  EXPECT_TRUE(reader.value()->check_place().ok());
}

TEST(SqliteLedger, HasNothingToSayWhenAllIsInOrder) {
  LedgerFolder folder;
  EXPECT_TRUE(open_ledger(folder.path())->notices().empty());
  EXPECT_TRUE(open_ledger(folder.path())->notices().empty());
}

TEST(SqliteLedger, NamesEachEventInItsHeadBeforeItIsAcknowledged) {
  LedgerFolder folder;
  auto ledger = open_ledger(folder.path());
  for (std::uint64_t position = 1; position <= 10; ++position) {
    const LedgerEvent last = fill(*ledger, position).back();
    const ChainEnd head = LedgerHead::read(folder.path()).value();
    EXPECT_EQ(head, chain_end(last));
  }
}

TEST(SqliteLedger, EmptiesItsLogWhenItIsClosed) {
  LedgerFolder folder;
  write_and_close(folder.path(), 10);
  EXPECT_EQ(std::filesystem::file_size(folder.file("ledger.db-wal")), 0U);
}

// A ledger may grow for years: the log is emptied into the database as it goes.
TEST(SqliteLedger, KeepsItsLogShort) {
  LedgerFolder folder;
  auto ledger = open_ledger(folder.path());
  fill(*ledger, 3000);
  EXPECT_LT(std::filesystem::file_size(folder.file("ledger.db-wal")), 5U << 20);
}

TEST(SqliteLedger, GivesItsEventsToPeopleWithADatabaseTool) {
  LedgerFolder folder;
  write_and_close(folder.path(), 2);
  SqliteDatabase database;
  ASSERT_TRUE(database.open(folder.file("ledger.db"), SqliteMode::kReadOnly).ok());
  EXPECT_EQ(database.query_text("SELECT group_concat(type) FROM events").value(),
            "version-introduced,attempt-started");
  EXPECT_EQ(database.query_number("SELECT count(*) FROM epochs").value(), 1U);
}

TEST(SqliteLedger, VerifiesAllThatItHolds) {
  LedgerFolder folder;
  auto ledger = open_ledger(folder.path());
  fill(*ledger, 30);
  EXPECT_TRUE(ledger->verify().ok());
  tamper(folder.path(), "UPDATE events SET who = 'eve' WHERE sequence IN (9, 20)");
  EXPECT_NE(ledger->verify().error().message.find("event 9 is not what its hash was made over"),
            std::string::npos);
}

TEST(SqliteLedger, NamesTheFileOfWhatItFindsAltered) {
  LedgerFolder folder;
  write_and_close(folder.path(), 3);
  tamper(folder.path(), "UPDATE events SET who = 'eve' WHERE sequence = 2");
  EXPECT_EQ(opening(folder.path()),
            "ledger-altered: " + folder.file("ledger.db") + ": event 2 is not what its hash was made over");
}

TEST(SqliteLedger, GivesNoEventOfAPageInWhichOneWasAltered) {
  LedgerFolder folder;
  auto ledger = open_ledger(folder.path());
  fill(*ledger, 30);
  tamper(folder.path(), "UPDATE events SET who = 'eve' WHERE sequence = 9");
  EXPECT_EQ(ledger->read(5, 10).error().code, "ledger-altered");
  EXPECT_EQ(ledger->read(10, 5).error().code, "ledger-altered");  // 10 has to join 9
  EXPECT_TRUE(ledger->read(11, 5).ok());
}

TEST(SqliteLedger, WaitsForNobodyWhoReads) {
  LedgerFolder folder;
  auto ledger = open_ledger(folder.path());
  fill(*ledger, 3);
  SqliteDatabase reader;
  ASSERT_TRUE(reader.open(folder.file("ledger.db"), SqliteMode::kReadOnly).ok());
  auto rows = reader.prepare("SELECT sequence FROM events");
  ASSERT_TRUE(rows.ok());
  ASSERT_TRUE(rows.value().step().value());  // in the middle of reading
  EXPECT_TRUE(ledger->append(3, sample_event(4)).ok());
}

}  // namespace
}  // namespace exo
