// Whatever a ledger is refused for, repairing it leads to one that opens, holds what was whole, and says so.
#include "ledger/ledger_repair.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "ledger/ledger_export.h"
#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

using ::testing::Test;

constexpr std::uint64_t kEvents = 12;
constexpr UnixTime kNow{1'795'767'900'000'000'000};

LedgerRepairRequest request_for(const std::string& folder, std::string exported = "") {
  return {.folder = folder,
          .owner = this_process("repair-under-test"),
          .who = "ada",
          .reason = "the disk was changed",
          .at = kNow,
          .exported = std::move(exported),
          .begin_anew = false,
          .missing = std::nullopt,
          .reached = {}};
}

LedgerRepairRequest to_begin_anew(const std::string& folder) {
  LedgerRepairRequest request = request_for(folder);
  request.begin_anew = true;
  return request;
}

// As a host says that knows of processes which have run.
LedgerRepairRequest with_traces(LedgerRepairRequest request) {
  request.missing = Error{"ledger-missing", "something has run here"};
  return request;
}

std::string code_of(const Result<std::optional<LedgerRepair>>& repaired) {
  return repaired ? "repaired" : repaired.error().code;
}

std::vector<LedgerEvent> first_of(std::vector<LedgerEvent> events, std::size_t count) {
  events.resize(count);
  return events;
}

void export_to(const std::string& file, const std::string& folder) {
  std::ofstream lines(file, std::ios::binary);
  const auto ledger = SqliteLedger::open_for_reading(folder);
  const auto end = export_events(*ledger.value(), [&lines](std::string_view line) {
    lines << line;
    return Result<void>();
  });
  ASSERT_TRUE(end.ok());
}

void tamper_schema(const std::string& folder) {
  SqliteDatabase database;
  ASSERT_TRUE(database.open(database_path(folder), SqliteMode::kReadWrite).ok());
  ASSERT_TRUE(database.execute("DROP TRIGGER events_are_final").ok());
}

class RefusedLedger : public Test {
 protected:
  // Repairs it and looks at everything that follows; gives what the repair says.
  LedgerRepair repaired(const std::string& fault, std::uint64_t whole, std::string exported = "") {
    return repaired(fault, whole, request_for(folder_.path(), std::move(exported)));
  }

  LedgerRepair repaired(const std::string& fault, std::uint64_t whole, const LedgerRepairRequest& request) {
    const std::string before = opening(folder_.path());
    EXPECT_NE(before, "opens");
    auto repair = repair_ledger(request);
    EXPECT_TRUE(repair.ok() && repair.value()) << code_of(repair) << (repair ? "" : repair.error().message);
    if (!repair || !repair.value()) return {};
    EXPECT_EQ(repair.value()->fault, fault);
    holds(whole, *repair.value());
    return *repair.value();
  }

  void holds(std::uint64_t whole, const LedgerRepair& repair) {
    EXPECT_EQ(repair.position, whole);
    EXPECT_EQ(opening_for_reading(folder_.path()), "opens");
    auto ledger = open_ledger(folder_.path());
    std::vector<LedgerEvent> events = all_events(*ledger);
    ASSERT_EQ(events.size(), whole + 1);
    const LedgerEvent said = events.back();
    events.pop_back();
    EXPECT_EQ(events, first_of(written_, whole));
    EXPECT_EQ(said.type, "ledger-repaired");
    EXPECT_EQ(said.who, "ada");
    const auto details = nlohmann::json::parse(said.details);
    EXPECT_EQ(details["reason"], "the disk was changed");
    EXPECT_EQ(details["position"], whole);
    EXPECT_EQ(details["fault"], repair.fault);
    EXPECT_TRUE(ledger->verify().ok());
    EXPECT_TRUE(ledger->append(whole + 1, sample_event(1)).ok());
    EXPECT_FALSE(std::filesystem::exists(folder_.file("ledger.repair")));
  }

  std::string aside(const LedgerRepair& repair, const std::string& name) const {
    return folder_.file(repair.moved_to) + "/" + name;
  }

  LedgerFolder folder_;
  std::vector<LedgerEvent> written_ = write_and_close(folder_.path(), kEvents);
};

TEST_F(RefusedLedger, WithoutItsHeadKeepsAllEvents) {
  std::filesystem::remove(folder_.file("ledger.head"));
  const LedgerRepair repair = repaired("head-missing", kEvents);
  EXPECT_FALSE(repair.loss_known);  // newer events may have gone with the head
  EXPECT_EQ(repair.lost_from, 0U);
}

TEST_F(RefusedLedger, WithADamagedHeadKeepsAllEventsAndTheHead) {
  truncate_to(folder_.file("ledger.head"), 5000);
  const std::string head = content_of(folder_.file("ledger.head"));
  const LedgerRepair repair = repaired("head-damaged", kEvents);
  EXPECT_FALSE(repair.loss_known);
  EXPECT_EQ(content_of(aside(repair, "ledger.head")), head);
}

TEST_F(RefusedLedger, WithoutItsDatabaseBeginsWithNothing) {
  std::filesystem::remove(folder_.file("ledger.db"));
  const LedgerRepair repair = repaired("ledger-missing", 0, to_begin_anew(folder_.path()));
  EXPECT_EQ(repair.lost_from, 1U);
  EXPECT_EQ(repair.lost_to, kEvents);
}

TEST_F(RefusedLedger, BehindItsHeadSaysWhatIsLost) {
  copy_files(folder_.file("ledger.db"), folder_.file("older.db"));
  fill(*open_ledger(folder_.path()), kEvents + 3);
  copy_files(folder_.file("older.db"), folder_.file("ledger.db"));
  const LedgerRepair repair = repaired("ledger-behind", kEvents);
  EXPECT_EQ(repair.lost_from, kEvents + 1);
  EXPECT_EQ(repair.lost_to, kEvents + 3);
}

TEST_F(RefusedLedger, AlteredKeepsWhatIsBeforeAndTheRestAside) {
  tamper(folder_.path(), "UPDATE events SET who = 'eve' WHERE sequence = 6");
  const std::string database = content_of(folder_.file("ledger.db"));
  const LedgerRepair repair = repaired("ledger-altered", 5);
  EXPECT_EQ(repair.lost_from, 6U);
  EXPECT_EQ(repair.lost_to, kEvents);
  EXPECT_EQ(content_of(aside(repair, "ledger.db")), database);
}

TEST_F(RefusedLedger, WithAnEventTakenOutKeepsWhatIsBefore) {
  tamper(folder_.path(), "DELETE FROM events WHERE sequence = 6");
  repaired("ledger-altered", 5);
}

TEST_F(RefusedLedger, WithAnotherEventThanItsHeadNamesKeepsItsOwn) {
  LedgerFolder other;
  {
    auto ledger = open_ledger(other.path());
    ASSERT_TRUE(ledger->append(0, sample_event(99)).ok());
    written_ = fill(*ledger, kEvents);
  }
  copy_files(other.file("ledger.db"), folder_.file("ledger.db"));
  repaired("ledger-differs", kEvents);
}

TEST_F(RefusedLedger, WithoutATriggerLosesNothing) {
  tamper_schema(folder_.path());
  const LedgerRepair repair = repaired("ledger-damaged", kEvents);
  EXPECT_TRUE(repair.loss_known);
  EXPECT_EQ(repair.lost_from, 0U);
}

TEST_F(RefusedLedger, ThatIsNoDatabaseBeginsWithNothing) {
  set_content(folder_.file("ledger.db"), std::string(8192, 'x'));
  const LedgerRepair repair = repaired("ledger-damaged", 0, to_begin_anew(folder_.path()));
  EXPECT_EQ(repair.lost_to, kEvents);
}

// Nobody is to find out at the next start that every script runs again.
TEST_F(RefusedLedger, OfWhichNothingIsWholeIsLeftAloneUntilThatIsAskedFor) {
  std::filesystem::remove(folder_.file("ledger.db"));
  EXPECT_EQ(code_of(repair_ledger(request_for(folder_.path()))), "nothing-whole");
  EXPECT_EQ(opening(folder_.path()).substr(0, 15), "ledger-missing:");
  set_content(folder_.file("ledger.db"), std::string(8192, 'x'));
  EXPECT_EQ(code_of(repair_ledger(request_for(folder_.path()))), "nothing-whole");
  EXPECT_EQ(content_of(folder_.file("ledger.db")), std::string(8192, 'x'));
  std::filesystem::remove(folder_.file("ledger.head"));
  EXPECT_EQ(code_of(repair_ledger(request_for(folder_.path()))), "nothing-whole");
}

TEST_F(RefusedLedger, TakesWhatItHasLostFromACopyOfItsFiles) {
  LedgerFolder copy;
  for (const char* const file : {"ledger.db", "ledger.head"}) copy_files(folder_.file(file), copy.file(file));
  std::filesystem::remove(folder_.file("ledger.db"));
  repaired("ledger-missing", kEvents, copy.path());
}

TEST_F(RefusedLedger, IsLeftAloneWithACopyThatIsNotWhole) {
  LedgerFolder copy;
  copy_files(folder_.file("ledger.db"), copy.file("ledger.db"));
  tamper(copy.path(), "UPDATE events SET who = 'eve' WHERE sequence = 6");
  std::filesystem::remove(folder_.file("ledger.db"));
  const auto repair = repair_ledger(request_for(folder_.path(), copy.path()));
  EXPECT_EQ(code_of(repair), "export-damaged");
  EXPECT_NE(repair.error().message.find("of its 12 events only 5 are whole"), std::string::npos)
      << repair.error().message;
  std::filesystem::remove(copy.file("ledger.db"));
  EXPECT_EQ(code_of(repair_ledger(request_for(folder_.path(), copy.path()))), "export-damaged");
  EXPECT_EQ(opening(folder_.path()).substr(0, 15), "ledger-missing:");
}

TEST_F(RefusedLedger, TakesFromAnExportWhatItHasLost) {
  export_to(folder_.file("export.jsonl"), folder_.path());
  tamper(folder_.path(), "UPDATE events SET who = 'eve' WHERE sequence = 6");
  const LedgerRepair repair = repaired("ledger-altered", kEvents, folder_.file("export.jsonl"));
  EXPECT_EQ(repair.lost_from, 0U);
}

TEST_F(RefusedLedger, PrefersItsOwnEventsToAnOlderExport) {
  export_to(folder_.file("export.jsonl"), folder_.path());
  written_ = fill(*open_ledger(folder_.path()), kEvents + 4);
  std::filesystem::remove(folder_.file("ledger.head"));
  repaired("head-missing", kEvents + 4, folder_.file("export.jsonl"));
}

TEST_F(RefusedLedger, IsLeftAloneWithADamagedExport) {
  export_to(folder_.file("export.jsonl"), folder_.path());
  flip_byte(folder_.file("export.jsonl"), 60);
  std::filesystem::remove(folder_.file("ledger.head"));
  EXPECT_EQ(code_of(repair_ledger(request_for(folder_.path(), folder_.file("export.jsonl")))),
            "export-damaged");
  EXPECT_EQ(opening(folder_.path()).substr(0, 13), "head-missing:");
}

TEST_F(RefusedLedger, KeepsItsEpochRising) {
  const std::uint64_t epoch = open_ledger(folder_.path())->epoch();
  std::filesystem::remove(folder_.file("ledger.head"));
  repair_ledger(request_for(folder_.path())).value();
  EXPECT_GT(open_ledger(folder_.path())->epoch(), epoch);
}

TEST_F(RefusedLedger, KeepsEachRepairApart) {
  for (int round = 1; round <= 3; ++round) {
    std::filesystem::remove(folder_.file("ledger.head"));
    const auto repair = repair_ledger(request_for(folder_.path()));
    ASSERT_TRUE(repair.ok() && repair.value());
    EXPECT_EQ(repair.value()->moved_to,
              "ledger.damaged-20261127T082500Z" + (round == 1 ? "" : "-" + std::to_string(round)));
    EXPECT_TRUE(std::filesystem::exists(aside(*repair.value(), "ledger.db")));
  }
  EXPECT_EQ(open_ledger(folder_.path())->position(), kEvents + 3);
}

TEST_F(RefusedLedger, IsNotRepairedWhenANewerExoWroteIt) {
  tamper(folder_.path(), "PRAGMA user_version = 2");
  EXPECT_EQ(code_of(repair_ledger(request_for(folder_.path()))), "format-newer");
  std::filesystem::remove(folder_.file("ledger.head"));
  EXPECT_EQ(code_of(repair_ledger(request_for(folder_.path()))), "format-newer");
}

TEST_F(RefusedLedger, IsNotCutOffAtAnEventOfANewerFormat) {
  tamper(folder_.path(), "UPDATE events SET format = 2 WHERE sequence = 6");
  std::filesystem::remove(folder_.file("ledger.head"));
  EXPECT_EQ(code_of(repair_ledger(request_for(folder_.path()))), "format-newer");
}

// Ends a repair in a child process once `step` has been taken; gives how opening goes afterwards.
std::string opening_after(const std::string& folder, const std::string& step) {
  LedgerRepairRequest request = request_for(folder);
  in_child([&] {
    request.reached = [&step](std::string_view reached) {
      if (reached == step) ::_exit(9);
    };
    return code_of(repair_ledger(request));
  });
  return opening(folder);
}

class RepairCutShort : public ::testing::TestWithParam<std::string> {};

// The old ledger still has events in its log, so that a database without it would be another one.
TEST_P(RepairCutShort, LeavesALedgerThatIsRefusedUntilItIsRepaired) {
  LedgerFolder folder;
  const std::vector<LedgerEvent> written = write_and_crash(folder.path(), kEvents);
  std::filesystem::remove(folder.file("ledger.head"));
  const std::string outcome = opening_after(folder.path(), GetParam());
  if (GetParam() == "database in place") {
    EXPECT_EQ(outcome, "opens");
  } else {
    const std::string code = outcome.substr(0, outcome.find(':'));
    EXPECT_TRUE(can_be_repaired(code)) << outcome;
    const auto repair = repair_ledger(request_for(folder.path()));
    ASSERT_TRUE(repair.ok() && repair.value()) << code_of(repair);
    EXPECT_EQ(repair.value()->fault, "head-missing");
  }
  auto events = all_events(*open_ledger(folder.path()));
  ASSERT_EQ(events.size(), kEvents + 1);
  EXPECT_EQ(events.back().type, "ledger-repaired");
  events.pop_back();
  EXPECT_EQ(events, written);
}

INSTANTIATE_TEST_SUITE_P(AtEachStep, RepairCutShort,
                         ::testing::Values("database made", "making", "old head kept", "head in place",
                                           "ledger.db", "ledger.db-wal", "old files kept",
                                           "database in place"));

// The whole chain is in the workshop then, and its last event is the one that the old head names.
TEST(LedgerRepair, BeginsAgainWhereTheNewLedgerHadNoHeadYet) {
  LedgerFolder folder;
  const auto written = write_and_crash(folder.path(), kEvents);
  tamper_schema(folder.path());
  EXPECT_NE(opening_after(folder.path(), "database made"), "opens");
  const auto repair = repair_ledger(request_for(folder.path()));
  ASSERT_TRUE(repair.ok() && repair.value()) << code_of(repair);
  EXPECT_EQ(repair.value()->fault, "ledger-damaged");
  EXPECT_TRUE(std::filesystem::exists(folder.file(repair.value()->moved_to) + "/ledger.db"));
  auto events = all_events(*open_ledger(folder.path()));
  ASSERT_EQ(events.size(), kEvents + 1);
  EXPECT_EQ(events.back().type, "ledger-repaired");
  events.pop_back();
  EXPECT_EQ(events, written);
}

TEST(LedgerRepair, TakesNoEmptyExport) {
  LedgerFolder folder;
  write_and_close(folder.path(), kEvents);
  set_content(folder.file("export.jsonl"), "");
  EXPECT_EQ(code_of(repair_ledger(request_for(folder.path(), folder.file("export.jsonl")))),
            "export-damaged");
}

TEST(LedgerRepair, TouchesNothingOfALedgerThatIsWhole) {
  LedgerFolder folder;
  write_and_close(folder.path(), kEvents);
  const std::string database = content_of(folder.file("ledger.db"));
  const auto repair = repair_ledger(request_for(folder.path()));
  ASSERT_TRUE(repair.ok());
  EXPECT_FALSE(repair.value().has_value());
  EXPECT_EQ(content_of(folder.file("ledger.db")), database);
}

TEST(LedgerRepair, IsRefusedWhileAHostOwnsTheLedger) {
  LedgerFolder folder;
  const auto host = open_ledger(folder.path());
  fill(*host, 3);
  EXPECT_EQ(code_of(repair_ledger(request_for(folder.path()))), "owned");
  EXPECT_TRUE(host->append(3, sample_event(4)).ok());
}

TEST(LedgerRepair, HasNothingToDoWhereNothingWasRecorded) {
  LedgerFolder folder;
  EXPECT_EQ(code_of(repair_ledger(request_for(folder.path()))), "absent");
}

TEST(LedgerRepair, BeginsAnewWhereALedgerIsKnownToHaveBeenOnlyWhenThatIsAskedFor) {
  LedgerFolder folder;
  EXPECT_EQ(code_of(repair_ledger(with_traces(request_for(folder.path())))), "nothing-whole");
  EXPECT_FALSE(std::filesystem::exists(folder.file("ledger.head")));
  const auto repair = repair_ledger(with_traces(to_begin_anew(folder.path())));
  ASSERT_TRUE(repair.ok() && repair.value()) << code_of(repair);
  EXPECT_EQ(repair.value()->fault, "ledger-missing");
  EXPECT_FALSE(repair.value()->loss_known);
  const auto events = all_events(*open_ledger(folder.path()));
  ASSERT_EQ(events.size(), 1U);
  const auto details = nlohmann::json::parse(events.front().details);
  EXPECT_EQ(events.front().type, "ledger-repaired");
  EXPECT_EQ(details["found"], "something has run here");
  EXPECT_EQ(details["reason"], "the disk was changed");
}

TEST(LedgerRepair, GoesOnFromACopyWhereALedgerIsKnownToHaveBeen) {
  LedgerFolder copy;
  const auto written = write_and_crash(copy.path(), kEvents);  // all of it is in the copy's log
  LedgerFolder folder;
  const auto repair = repair_ledger(with_traces(request_for(folder.path(), copy.path())));
  ASSERT_TRUE(repair.ok() && repair.value()) << code_of(repair);
  EXPECT_EQ(repair.value()->fault, "ledger-missing");
  auto events = all_events(*open_ledger(folder.path()));
  events.pop_back();
  EXPECT_EQ(events, written);
}

// What a host knows of processes says nothing about a ledger whose files are there.
TEST(LedgerRepair, LeavesAWholeLedgerAloneWhateverElseIsThere) {
  LedgerFolder folder;
  write_and_close(folder.path(), kEvents);
  const auto repair = repair_ledger(with_traces(to_begin_anew(folder.path())));
  ASSERT_TRUE(repair.ok());
  EXPECT_FALSE(repair.value().has_value());
}

TEST(LedgerRepair, MakesALedgerOfAnExportAlone) {
  LedgerFolder old;
  const auto written = write_and_close(old.path(), kEvents);
  export_to(old.file("export.jsonl"), old.path());
  LedgerFolder folder;
  const auto repair = repair_ledger(request_for(folder.path(), old.file("export.jsonl")));
  ASSERT_TRUE(repair.ok() && repair.value()) << code_of(repair);
  EXPECT_EQ(repair.value()->fault, "absent");
  auto events = all_events(*open_ledger(folder.path()));
  events.pop_back();
  EXPECT_EQ(events, written);
}

// Ledger and head were set back together: only what was kept elsewhere shows it.
TEST(LedgerRepair, BringsBackWhatAnOlderBackupLacks) {
  LedgerFolder folder;
  write_and_close(folder.path(), kEvents);
  for (const char* const file : {"ledger.db", "ledger.head"})
    copy_files(folder.file(file), folder.file(std::string(file) + ".old"));
  const auto written = fill(*open_ledger(folder.path()), kEvents + 5);
  export_to(folder.file("export.jsonl"), folder.path());
  for (const char* const file : {"ledger.db", "ledger.head"})
    copy_files(folder.file(std::string(file) + ".old"), folder.file(file));
  const auto repair = repair_ledger(request_for(folder.path(), folder.file("export.jsonl")));
  ASSERT_TRUE(repair.ok() && repair.value()) << code_of(repair);
  EXPECT_EQ(repair.value()->fault, "ledger-set-back");
  auto events = all_events(*open_ledger(folder.path()));
  events.pop_back();
  EXPECT_EQ(events, written);
}

}  // namespace
}  // namespace exo
