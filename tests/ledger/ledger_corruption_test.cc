// What may happen to a ledger's files behind exo's back, and how each is refused by name.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <random>

#include "base/digest.h"
#include "ledger/chain.h"
#include "ledger/sqlite_event.h"
#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

using ::testing::Test;

constexpr std::uint64_t kEvents = 12;

bool starts_with(std::string_view text, std::string_view beginning) {
  return text.substr(0, beginning.size()) == beginning;
}

// A ledger of kEvents events that was closed in order: all of it is in ledger.db.
class ClosedLedger : public Test {
 protected:
  void refused(std::string_view code, std::string_view saying) {
    for (const std::string& outcome : {opening(folder_.path()), opening_for_reading(folder_.path())}) {
      EXPECT_TRUE(starts_with(outcome, std::string(code) + ": ")) << outcome;
      EXPECT_NE(outcome.find(saying), std::string::npos) << outcome;
    }
  }

  // What only reading events shows is named by open(), and by read() and verify() of a reader.
  void altered(std::string_view saying) {
    const std::string outcome = opening(folder_.path());
    EXPECT_TRUE(starts_with(outcome, "ledger-altered: ")) << outcome;
    EXPECT_NE(outcome.find(saying), std::string::npos) << outcome;
    const auto reader = SqliteLedger::open_for_reading(folder_.path());
    ASSERT_TRUE(reader.ok()) << reader.error().message;
    EXPECT_EQ(reader.value()->read(1, 100).error().code, "ledger-altered");
    EXPECT_EQ(reader.value()->verify().error().code, "ledger-altered");
    EXPECT_NE(reader.value()->verify().error().message.find(saying), std::string::npos);
  }

  LedgerFolder folder_;
  std::vector<LedgerEvent> written_ = write_and_close(folder_.path(), kEvents);
};

TEST_F(ClosedLedger, OpensWhenNothingHappenedToIt) {
  EXPECT_EQ(opening(folder_.path()), "opens");
  EXPECT_EQ(opening_for_reading(folder_.path()), "opens");
}

// The head.

TEST_F(ClosedLedger, IsRefusedWithoutItsHead) {
  std::filesystem::remove(folder_.file("ledger.head"));
  refused("head-missing", "put back the ledger.head that belongs to it");
}

TEST_F(ClosedLedger, IsRefusedWithAHeadOfAnyOtherLength) {
  const std::string whole = content_of(folder_.file("ledger.head"));
  for (std::size_t length = 0; length < whole.size(); ++length) {
    truncate_to(folder_.file("ledger.head"), length);
    const std::string outcome = opening_for_reading(folder_.path());
    ASSERT_TRUE(starts_with(outcome, "head-damaged: ")) << length << ": " << outcome;
    set_content(folder_.file("ledger.head"), whole);
  }
}

TEST_F(ClosedLedger, IsRefusedByAHostWithAShortenedHead) {
  truncate_to(folder_.file("ledger.head"), 5000);
  refused("head-damaged", "has 5000 bytes instead of 8192");
}

TEST_F(ClosedLedger, IsRefusedWithALongerHead) {
  set_content(folder_.file("ledger.head"), content_of(folder_.file("ledger.head")) + "x");
  refused("head-damaged", "has more bytes instead of 8192");
}

TEST_F(ClosedLedger, IsRefusedWhenBothSlotsAreTorn) {
  flip_byte(folder_.file("ledger.head"), 20);
  flip_byte(folder_.file("ledger.head"), kHeadSlotBytes + 20);
  refused("head-damaged", "has no whole slot");
}

TEST_F(ClosedLedger, OpensWhenOneSlotIsTorn) {
  for (const std::size_t slot : {0U, 1U}) {
    flip_byte(folder_.file("ledger.head"), slot * kHeadSlotBytes + 20);
    auto ledger = SqliteLedger::open(options_for(folder_.path()));
    ASSERT_TRUE(ledger.ok()) << ledger.error().message;
    EXPECT_EQ(all_events(*ledger.value()), written_);
    EXPECT_NE(ledger.value()->notices().at(0).find("torn"), std::string::npos);
  }
}

TEST_F(ClosedLedger, AcceptsAHeadThatIsOlderThanTheLedger) {
  copy_files(folder_.file("ledger.head"), folder_.file("older.head"));
  const auto newer = fill(*open_ledger(folder_.path()), kEvents + 1);
  copy_files(folder_.file("older.head"), folder_.file("ledger.head"));
  auto ledger = open_ledger(folder_.path());
  EXPECT_EQ(all_events(*ledger), newer);
  EXPECT_NE(ledger->notices().at(0).find("the head was brought up"), std::string::npos);
}

TEST_F(ClosedLedger, BringsAnOlderHeadUp) {
  copy_files(folder_.file("ledger.head"), folder_.file("older.head"));
  fill(*open_ledger(folder_.path()), kEvents + 1);
  copy_files(folder_.file("older.head"), folder_.file("ledger.head"));
  open_ledger(folder_.path());
  EXPECT_EQ(LedgerHead::read(folder_.path()).value().sequence, kEvents + 1);
}

// The ledger.

TEST_F(ClosedLedger, IsNotBegunAnewWhereSomethingSaysThatItWasThere) {
  for (const char* const file : {"ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.head"})
    std::filesystem::remove(folder_.file(file));
  SqliteLedger::Options options = options_for(folder_.path());
  options.may_begin = [] { return Result<void>(Error{"ledger-missing", "something has run here"}); };
  EXPECT_EQ(SqliteLedger::open(options).error().code, "ledger-missing");
  EXPECT_FALSE(std::filesystem::exists(folder_.file("ledger.head")));
  EXPECT_FALSE(std::filesystem::exists(folder_.file("ledger.db")));
}

TEST_F(ClosedLedger, IsNotAskedForWhereItIs) {
  SqliteLedger::Options options = options_for(folder_.path());
  options.may_begin = [] { return Result<void>(Error{"ledger-missing", "something has run here"}); };
  EXPECT_TRUE(SqliteLedger::open(options).ok());
}

// Its newest events are in the log, which a database that was made in its place would take for its own.
TEST(LedgerLog, AloneIsNoLedgerThatIsOnlyBeingMade) {
  LedgerFolder folder;
  write_and_crash(folder.path(), kEvents);
  std::filesystem::remove(folder.file("ledger.db"));
  std::filesystem::remove(folder.file("ledger.head"));
  for (const std::string& outcome : {opening(folder.path()), opening_for_reading(folder.path())}) {
    EXPECT_TRUE(starts_with(outcome, "head-missing: ")) << outcome;
    EXPECT_NE(outcome.find("ledger.db-wal is there"), std::string::npos) << outcome;
  }
}

// What whoever only reads finds in all of it: "whole", or a refusal as by opening().
std::string verification(const std::string& folder) {
  const auto reader = SqliteLedger::open_for_reading(folder);
  const Result<void> verified = reader ? reader.value()->verify() : Result<void>(reader.error());
  return verified ? "whole" : verified.error().code + ": " + verified.error().message;
}

// A database without its end may look as if it lacked its newest events and nothing else. Whoever verifies it
// says of it what a host says.
TEST_F(ClosedLedger, IsDamagedWhereverItIsCutOff) {
  constexpr std::size_t kStep = 1000;
  const std::string whole = content_of(folder_.file("ledger.db"));
  for (std::size_t length = whole.size() - kStep; length > kStep; length -= kStep) {
    set_content(folder_.file("ledger.db"), whole);
    truncate_to(folder_.file("ledger.db"), length);
    SCOPED_TRACE(std::to_string(length) + " of " + std::to_string(whole.size()) + " bytes");
    for (const std::string& outcome : {verification(folder_.path()), opening(folder_.path())}) {
      ASSERT_TRUE(starts_with(outcome, "ledger-damaged: ")) << outcome;
      ASSERT_EQ(outcome.find('\n'), std::string::npos) << outcome;
    }
  }
}

TEST_F(ClosedLedger, IsRefusedWhenItIsMissing) {
  std::filesystem::remove(folder_.file("ledger.db"));
  refused("ledger-missing", "put back the newest ledger.db and ledger.db-wal");
}

TEST_F(ClosedLedger, IsRefusedWhenItIsEmpty) {
  truncate_to(folder_.file("ledger.db"), 0);
  refused("ledger-behind", "holds no event");
}

TEST_F(ClosedLedger, IsRefusedWhenAnOlderCopyWasPutInItsPlace) {
  copy_files(folder_.file("ledger.db"), folder_.file("older.db"));
  fill(*open_ledger(folder_.path()), kEvents + 3);
  copy_files(folder_.file("older.db"), folder_.file("ledger.db"));
  refused("ledger-behind", "ends at event 12, although " + folder_.file("ledger.head") + " names event 15");
}

TEST_F(ClosedLedger, IsRefusedWhenItsLastEventWasDeleted) {
  tamper(folder_.path(), "DELETE FROM events WHERE sequence = 12");
  refused("ledger-behind", "ends at event 11");
}

TEST_F(ClosedLedger, IsRefusedWhenAllItsEventsWereDeleted) {
  tamper(folder_.path(), "DELETE FROM events");
  refused("ledger-behind", "holds no event");
}

TEST_F(ClosedLedger, IsRefusedWhenItIsAnotherLedger) {
  LedgerFolder other;
  auto ledger = open_ledger(other.path());
  ASSERT_TRUE(ledger->append(0, sample_event(99)).ok());
  fill(*ledger, kEvents);
  ledger.reset();
  copy_files(other.file("ledger.db"), folder_.file("ledger.db"));
  refused("ledger-differs", "event 12 of");
}

TEST_F(ClosedLedger, IsRefusedWhenAnyFieldOfAnEventWasChanged) {
  for (const std::string change :
       {"format = 0", "epoch = epoch + 1", "at = at + 1", "who = 'eve'", "host = ''", "type = 'gate-held'",
        "role = role || 'x'", "version = '9'", "phase = 'offline'", "generation = 9", "run = 'x'",
        "attempt = 9", "details = '{ }'", "hash = zeroblob(32)"}) {
    SCOPED_TRACE(change);
    copy_files(folder_.file("ledger.db"), folder_.file("whole.db"));
    tamper(folder_.path(), "UPDATE events SET " + change + " WHERE sequence = 6");
    altered("event 6 ");
    copy_files(folder_.file("whole.db"), folder_.file("ledger.db"));
  }
}

TEST_F(ClosedLedger, IsRefusedWhenALinkWasChanged) {
  tamper(folder_.path(), "UPDATE events SET previous_hash = zeroblob(32) WHERE sequence = 6");
  altered("event 6 does not carry the hash of the event before it");
}

TEST_F(ClosedLedger, IsRefusedWhenAnEventWasTakenOut) {
  tamper(folder_.path(), "DELETE FROM events WHERE sequence = 6");
  altered("event 7 stands where event 6 should be");
}

TEST_F(ClosedLedger, IsRefusedWhenAnEventWasTakenOutAndTheRestMovedUp) {
  tamper(folder_.path(),
         "DELETE FROM events WHERE sequence = 6;"
         "UPDATE events SET sequence = sequence - 1 WHERE sequence > 6;"
         "INSERT INTO events SELECT 12, format, epoch, at, who, host, type, role, version, phase, "
         "generation, run, "
         "attempt, details, previous_hash, hash FROM events WHERE sequence = 11");
  const std::string outcome = opening(folder_.path());
  EXPECT_TRUE(starts_with(outcome, "ledger-altered: ")) << outcome;
  EXPECT_NE(outcome.find("event 6 "), std::string::npos) << outcome;
}

TEST_F(ClosedLedger, IsRefusedWhenAnEventWasHiddenBelowTheFirst) {
  tamper(folder_.path(),
         "INSERT INTO events SELECT -3, format, epoch, at, who, host, type, role, version, phase, "
         "generation, run, "
         "attempt, details, previous_hash, hash FROM events WHERE sequence = 1");
  EXPECT_TRUE(starts_with(opening(folder_.path()), "ledger-altered: ")) << opening(folder_.path());
}

TEST_F(ClosedLedger, IsRefusedWhenItsHistoryWasRewrittenWithNewHashes) {
  auto ledger = open_ledger(folder_.path());
  std::vector<LedgerEvent> events = all_events(*ledger);
  ledger.reset();
  std::string sql;
  ChainEnd end = chain_end(events.at(4));
  for (std::size_t i = 5; i < events.size(); ++i) {
    events.at(i).who = "eve";
    seal(events.at(i), end, events.at(i).epoch);
    end = chain_end(events.at(i));
    sql += "UPDATE events SET who = 'eve', previous_hash = x'" + to_hex(events.at(i).previous_hash) +
           "', hash = x'" + to_hex(events.at(i).hash) + "' WHERE sequence = " + std::to_string(i + 1) + ";";
  }
  tamper(folder_.path(), sql);
  refused("ledger-differs", "is not the one that " + folder_.file("ledger.head") + " names");
}

TEST_F(ClosedLedger, IsRefusedWhenAnEventIsOfANewerFormat) {
  tamper(folder_.path(), "UPDATE events SET format = 2 WHERE sequence = 6");
  EXPECT_TRUE(starts_with(opening(folder_.path()), "format-newer: ")) << opening(folder_.path());
}

// As a newer exo would add it, of a type that this one does not know.
void add_unknown(const std::string& folder, const std::string& details) {
  auto reader = SqliteLedger::open_for_reading(folder);
  LedgerEvent event = reader.value()->read(kEvents, 1).value().front();
  reader.value().reset();
  const ChainEnd end = chain_end(event);
  event.type = "traffic-forecast";
  event.details = details;
  seal(event, end, event.epoch);
  SqliteDatabase database;
  ASSERT_TRUE(database.open(folder + "/ledger.db", SqliteMode::kReadWrite).ok());
  auto insert = prepare_insert(database);
  bind_event(insert.value(), event);
  ASSERT_TRUE(insert.value().run().ok());
}

TEST_F(ClosedLedger, OpensWithAnEventThatANewerExoWrote) {
  add_unknown(folder_.path(), R"({"mustKnow":false})");
  const auto ledger = open_ledger(folder_.path());
  EXPECT_EQ(ledger->position(), kEvents + 1);
  EXPECT_TRUE(ledger->append(kEvents + 1, sample_event(1)).ok());
}

TEST_F(ClosedLedger, IsRefusedWithAnEventThatMustBeKnown) {
  add_unknown(folder_.path(), R"({"mustKnow":true,"split":0.5})");
  const std::string outcome = opening(folder_.path());
  EXPECT_TRUE(starts_with(outcome, "format-newer: ")) << outcome;
  EXPECT_NE(outcome.find("event 13 is of the type \"traffic-forecast\""), std::string::npos) << outcome;
  const auto reader = SqliteLedger::open_for_reading(folder_.path());
  EXPECT_EQ(reader.value()->verify().error().code, "format-newer");
  EXPECT_EQ(reader.value()->read(1, 100).error().code, "format-newer");
  EXPECT_TRUE(reader.value()->read(1, kEvents).ok()) << "what comes before it says what it says";
}

TEST_F(ClosedLedger, IsRefusedWhenANewerExoMadeIt) {
  tamper(folder_.path(), "PRAGMA user_version = 2");
  refused("format-newer", "has format 2, this exo knows formats up to 1");
}

TEST_F(ClosedLedger, IsRefusedWhenItIsAnotherProgramsDatabase) {
  tamper(folder_.path(), "PRAGMA application_id = 1234");
  refused("ledger-damaged", "is not a ledger of exo");
}

TEST_F(ClosedLedger, IsRefusedWithoutATrigger) {
  SqliteDatabase database;
  ASSERT_TRUE(database.open(folder_.file("ledger.db"), SqliteMode::kReadWrite).ok());
  ASSERT_TRUE(database.execute("DROP TRIGGER events_are_final").ok());
  refused("ledger-damaged", "lacks \"events_are_final\"");
}

TEST_F(ClosedLedger, IsRefusedWithATriggerOfAStranger) {
  tamper(folder_.path(), "CREATE TRIGGER sly AFTER INSERT ON events BEGIN DELETE FROM epochs; END");
  refused("ledger-damaged", "has a \"sly\" that does not belong to a ledger");
}

TEST_F(ClosedLedger, IsRefusedWithAnotherTable) {
  tamper(folder_.path(), "DROP TABLE epochs; CREATE TABLE epochs(epoch INTEGER PRIMARY KEY, host TEXT)");
  refused("ledger-damaged", "\"epochs\"");
}

TEST_F(ClosedLedger, IsRefusedWhenItIsNoDatabase) {
  set_content(folder_.file("ledger.db"), std::string(8192, 'x'));
  refused("ledger-damaged", "file is not a database");
}

TEST_F(ClosedLedger, IsLeftAsItIsWhenItIsRefused) {
  tamper(folder_.path(), "UPDATE events SET who = 'eve' WHERE sequence = 6");
  const std::string ledger = content_of(folder_.file("ledger.db"));
  const std::string head = content_of(folder_.file("ledger.head"));
  opening(folder_.path());
  EXPECT_EQ(content_of(folder_.file("ledger.db")), ledger);
  EXPECT_EQ(content_of(folder_.file("ledger.head")), head);
}

TEST_F(ClosedLedger, KeepsItsEpochRisingWhenTheEpochsAreLost) {
  const std::uint64_t epoch = open_ledger(folder_.path())->epoch();
  tamper(folder_.path(), "DELETE FROM epochs");
  EXPECT_EQ(open_ledger(folder_.path())->epoch(), epoch + 1);
}

TEST_F(ClosedLedger, RefusesUpdatesDeletionsAndGapsInSql) {
  SqliteDatabase database;
  ASSERT_TRUE(database.open(folder_.file("ledger.db"), SqliteMode::kReadWrite).ok());
  const char* with_a_gap =
      "INSERT INTO events SELECT 14, format, epoch, at, who, host, type, role, version, phase, generation, "
      "run, attempt, details, previous_hash, hash FROM events WHERE sequence = 12";
  for (const std::string sql :
       {"UPDATE events SET who = 'eve'", "DELETE FROM events", "DELETE FROM events WHERE sequence = 12",
        "INSERT OR REPLACE INTO events SELECT * FROM events WHERE sequence = 3", with_a_gap,
        "UPDATE epochs SET host = ''", "DELETE FROM epochs",
        "INSERT INTO epochs VALUES (0, '', 1, '', '')"}) {
    EXPECT_FALSE(database.execute(sql).ok()) << sql;
  }
  EXPECT_EQ(opening(folder_.path()), "opens");
}

TEST_F(ClosedLedger, RefusesAnAppendAfterARowOfAStranger) {
  auto ledger = open_ledger(folder_.path());
  {
    SqliteDatabase database;
    ASSERT_TRUE(database.open(folder_.file("ledger.db"), SqliteMode::kReadWrite).ok());
    ASSERT_TRUE(
        database
            .execute(
                "INSERT INTO events SELECT 13, format, epoch, at, who, host, type, role, version, phase, "
                "generation, run, attempt, details, previous_hash, hash FROM events WHERE sequence = 12")
            .ok());
  }
  const auto refused = ledger->append(12, sample_event(13));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "ledger-altered");
  EXPECT_NE(refused.error().message.find("event 13 of"), std::string::npos) << refused.error().message;
}

// A ledger whose host died, so that all of it is still in the write-ahead log.
class CrashedLedger : public Test {
 protected:
  LedgerFolder folder_;
  std::vector<LedgerEvent> written_ = write_and_crash(folder_.path(), kEvents);
};

TEST_F(CrashedLedger, OpensWithAllEvents) {
  EXPECT_EQ(all_events(*open_ledger(folder_.path())), written_);
}

TEST_F(CrashedLedger, IsRefusedWithoutItsLog) {
  std::filesystem::remove(folder_.file("ledger.db-wal"));
  const std::string outcome = opening(folder_.path());
  EXPECT_TRUE(starts_with(outcome, "ledger-behind: ")) << outcome;
  EXPECT_NE(outcome.find("was ledger.db-wal deleted"), std::string::npos) << outcome;
}

TEST_F(CrashedLedger, IsRefusedWithoutItsHead) {
  std::filesystem::remove(folder_.file("ledger.head"));
  EXPECT_TRUE(starts_with(opening(folder_.path()), "head-missing: "));
}

TEST_F(CrashedLedger, IsRefusedWithoutItsHeadWhenOnlyTheLogIsLeft) {
  std::filesystem::remove(folder_.file("ledger.head"));
  std::filesystem::remove(folder_.file("ledger.db"));
  EXPECT_TRUE(starts_with(opening(folder_.path()), "head-missing: "));
}

TEST_F(CrashedLedger, KeepsItsLogWhenItIsRefused) {
  flip_byte(folder_.file("ledger.db-wal"), 40);
  const std::string log = content_of(folder_.file("ledger.db-wal"));
  EXPECT_TRUE(starts_with(opening(folder_.path()), "ledger-behind: ")) << opening(folder_.path());
  EXPECT_EQ(content_of(folder_.file("ledger.db-wal")), log);
}

// Many damages to one file: each attempt works on fresh copies of a sound ledger, and either refuses by name
// or gives exactly the events that were written.
class DamagedFile {
 public:
  DamagedFile(const LedgerFolder& sound, std::string name, std::vector<LedgerEvent> written)
      : sound_(sound), name_(std::move(name)), written_(std::move(written)) {}

  std::size_t size() const { return std::filesystem::file_size(sound_.file(name_)); }
  std::size_t accepted() const { return accepted_; }
  std::size_t refused() const { return refused_; }

  void truncated_to(std::size_t length) {
    attempt("length " + std::to_string(length),
            [length](const std::string& file) { truncate_to(file, length); });
  }
  void flipped_at(std::size_t offset) {
    attempt("flip at " + std::to_string(offset),
            [offset](const std::string& file) { flip_byte(file, offset); });
  }

 private:
  void attempt(const std::string& what, const std::function<void(const std::string&)>& damage) {
    SCOPED_TRACE(name_ + ": " + what);
    for (const char* const file : {"ledger.db", "ledger.db-wal", "ledger.head"}) {
      copy_files(sound_.file(file), copy_.file(file));
    }
    std::filesystem::remove(copy_.file("ledger.db-shm"));
    damage(copy_.file(name_));
    auto ledger = SqliteLedger::open(options_for(copy_.path()));
    if (!ledger) {
      ++refused_;
      check_refusal(ledger.error());
      return;
    }
    ++accepted_;
    check_accepted(std::move(ledger).value());
  }

  static void check_refusal(const Error& error) {
    const std::vector<std::string> by_name{"ledger-damaged", "ledger-altered", "ledger-behind",
                                           "ledger-differs", "head-damaged",   "format-newer"};
    EXPECT_NE(std::find(by_name.begin(), by_name.end(), error.code), by_name.end())
        << error.code << error.message;
  }

  // It holds what was written, and goes on holding it.
  void check_accepted(std::unique_ptr<SqliteLedger> ledger) {
    EXPECT_EQ(all_events(*ledger), written_);
    EXPECT_TRUE(ledger->append(written_.size(), sample_event(1)).ok());
    ledger.reset();
    EXPECT_EQ(open_ledger(copy_.path())->position(), written_.size() + 1);
  }

  const LedgerFolder& sound_;
  LedgerFolder copy_;
  std::string name_;
  std::vector<LedgerEvent> written_;
  std::size_t accepted_ = 0;
  std::size_t refused_ = 0;
};

// Every part of the file is met, at another place in each run of a new seed.
constexpr unsigned kSeed = 20261121;
constexpr std::size_t kAttempts = 600;

void flip_many(DamagedFile& file) {
  std::mt19937 random(kSeed);
  const std::size_t stride = std::max<std::size_t>(file.size() / kAttempts, 1);
  for (std::size_t at = 0; at < file.size(); at += stride) {
    file.flipped_at(std::min<std::size_t>(at + random() % stride, file.size() - 1));
  }
}

void truncate_many(DamagedFile& file) {
  constexpr std::size_t kPage = 4096;
  const std::size_t stride = std::max<std::size_t>(file.size() / kAttempts, 1);
  for (std::size_t length = 0; length < file.size(); length += stride) file.truncated_to(length);
  for (std::size_t edge = kPage; edge < file.size(); edge += kPage) {
    file.truncated_to(edge - 1);
    file.truncated_to(edge);
    file.truncated_to(edge + 1);
  }
}

TEST_F(ClosedLedger, IsNeverAcceptedWithOtherEventsWhereverAByteIsFlipped) {
  DamagedFile file(folder_, "ledger.db", written_);
  flip_many(file);
  EXPECT_GT(file.refused(), kAttempts / 4);
}

TEST_F(ClosedLedger, IsNeverAcceptedWithOtherEventsWhereverItIsCutOff) {
  DamagedFile file(folder_, "ledger.db", written_);
  truncate_many(file);
  // Accepted only where what is cut off is text in the last page, that of the epochs.
  EXPECT_LT(file.accepted(), file.refused() / 100);
}

TEST_F(ClosedLedger, IsNeverAcceptedWithOtherEventsWhereverAByteOfTheHeadIsFlipped) {
  DamagedFile file(folder_, "ledger.head", written_);
  for (std::size_t at = 0; at < 128; ++at) file.flipped_at(at);
  for (std::size_t at = 0; at < 128; ++at) file.flipped_at(kHeadSlotBytes + at);
  EXPECT_EQ(file.refused(), 0U);  // one slot is left each time
}

TEST_F(CrashedLedger, IsNeverAcceptedWithOtherEventsWhereverAByteOfTheLogIsFlipped) {
  DamagedFile file(folder_, "ledger.db-wal", written_);
  flip_many(file);
  EXPECT_GT(file.refused(), kAttempts / 4);
}

TEST_F(CrashedLedger, IsNeverAcceptedWithOtherEventsWhereverTheLogIsCutOff) {
  DamagedFile file(folder_, "ledger.db-wal", written_);
  truncate_many(file);
  EXPECT_GT(file.refused(), kAttempts / 4);
}

}  // namespace
}  // namespace exo
