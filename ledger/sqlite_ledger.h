// The ledger of one host on one machine, in SQLite: four kinds of file in the environment's folder.
//
//   ledger.db (-wal, -shm)  the events, and one row for each time that a host took ownership
//   ledger.head             which event the ledger ended at when something was last done because of it
//   ledger.lock             held by the owner as long as it lives; names it
//
// WAL with synchronous=FULL: an event is on the disk when append() has returned it, and the head after it. On
// opening for writing everything is checked: the database's structure, every hash, and that no event which
// the head names is missing. What does not hold is refused by name, and the files are left as they are.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "ledger/file_place.h"
#include "ledger/ledger.h"
#include "ledger/ledger_head.h"
#include "ledger/ownership.h"
#include "ledger/sqlite_database.h"

namespace exo {

class SqliteLedger final : public Ledger {
 public:
  struct Options {
    std::string folder;  // exists
    Owner owner;         // usually this_process(host id)
    // Gets each event in order when it has been checked, so that a host need not read all of them again. What
    // it was given is void when opening fails after all.
    std::function<void(const LedgerEvent&)> replayed = {};
    // Asked, under the lock, before a ledger is made where no file of one is: whether nothing says that there
    // must have been one. Its error is that of opening, and nothing was made.
    std::function<Result<void>()> may_begin = {};
  };

  // Takes ownership (code "owned" when another host has it), makes the ledger when there is none, checks all
  // of it and raises the epoch. Takes about a second for a million events. All codes:
  // ledger/ledger_error.h.
  static Result<std::unique_ptr<SqliteLedger>> open(const Options& options);

  // Without the lock and without any right to write: for verbs that need no host. Works while a host writes,
  // and on a folder that is read-only. Refuses a ledger behind its head; "absent" when nothing was recorded
  // yet. append() is refused with "read-only".
  static Result<std::unique_ptr<SqliteLedger>> open_for_reading(const std::string& folder);

  ~SqliteLedger() override;

  Result<LedgerEvent> append(std::uint64_t expected_position, LedgerEvent event) override;
  Result<std::vector<LedgerEvent>> read(std::uint64_t from_sequence, std::size_t limit) override;
  Result<void> check_place() override;
  Result<void> verify() override;
  std::uint64_t position() const override { return end_.sequence; }
  std::uint64_t epoch() const override { return epoch_; }

  // What opening found and put right, a sentence each, for the host's log: a torn slot, a head brought up.
  const std::vector<std::string>& notices() const { return notices_; }

 private:
  explicit SqliteLedger(std::string folder);

  Result<void> open_for_writing(const Options& options);
  Result<void> open_or_create_head(const Options& options);
  Result<void> open_database();
  Result<ChainEnd> check_all(const std::function<void(const LedgerEvent&)>& take) const;
  Result<void> check_structure(const SqliteDatabase& database, const std::string& pragma) const;
  Error or_damage(const Error& fault) const;
  Result<ChainEnd> walk_chain(const ChainEnd& head,
                              const std::function<void(const LedgerEvent&)>& take) const;
  Result<void> check_against_head(const ChainEnd& head);
  Result<void> raise_epoch(const Owner& owner);
  Result<void> bring_up_head();
  Result<void> prepare_statements();
  Result<void> insert(const LedgerEvent& event);
  Result<void> check_files();
  Result<void> check_epoch();
  Result<void> check_tail();
  Result<LedgerEvent> acknowledge();
  Error explained(const Error& error) const;

  std::string folder_;
  std::optional<Ownership> ownership_;  // first, so that it is given up last
  std::optional<LedgerHead> head_;
  std::vector<FilePlace> places_;  // of the files that are written; empty where it is open for reading
  SqliteDatabase database_;
  std::optional<SqliteStatement> insert_;
  std::optional<SqliteStatement> tail_;
  std::optional<SqliteStatement> newest_epoch_;
  std::uint64_t epoch_ = 0;
  ChainEnd end_;  // of the events acknowledged; for reading: seen
  // Committed, but the head could not be written after it: position() does not count it until it is.
  std::optional<LedgerEvent> unacknowledged_;
  std::vector<std::string> notices_;
};

std::string database_path(const std::string& folder);

}  // namespace exo
