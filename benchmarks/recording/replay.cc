#include "benchmarks/recording/replay.h"

#include <chrono>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "benchmarks/recording/sample.h"
#include "deployment-scripts/rollout.h"
#include "ledger/chain.h"
#include "ledger/ledger_head.h"
#include "ledger/sqlite_database.h"
#include "ledger/sqlite_ledger.h"

namespace exo {
namespace {

void bind(SqliteStatement& row, const LedgerEvent& event) {
  int column = 0;
  for (const std::uint64_t number : {event.sequence, event.format, event.epoch, event.at.nanoseconds}) {
    row.bind(column++, number);
  }
  for (const std::string* text :
       {&event.who, &event.host, &event.type, &event.role, &event.version, &event.phase}) {
    row.bind(column++, *text);
  }
  row.bind(column++, event.generation);
  row.bind(column++, event.run);
  row.bind(column++, event.attempt);
  row.bind(column++, event.details);
  row.bind(column++, event.previous_hash);
  row.bind(column, event.hash);
}

ChainEnd insert_all(const SqliteDatabase& database, std::uint64_t count, std::uint64_t epoch) {
  auto insert =
      database.prepare("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  EXO_CHECK(insert.ok());
  ChainEnd end;
  for (std::uint64_t n = 1; n <= count; ++n) {
    LedgerEvent event = sample_event(n);
    seal(event, end, epoch);
    bind(insert.value(), event);
    EXO_CHECK(insert.value().run().ok());
    end = chain_end(event);
  }
  return end;
}

double seconds_since(MonotonicTime begin) {
  return std::chrono::duration<double>(monotonic_now() - begin).count();
}

}  // namespace

void fill_ledger(const std::string& folder, std::uint64_t count) {
  std::uint64_t epoch = 0;
  {
    const auto made = SqliteLedger::open({.folder = folder, .owner = this_process("host-of-benchmark")});
    EXO_CHECK(made.ok());
    epoch = made.value()->epoch();
  }
  SqliteDatabase database;
  EXO_CHECK(database.open(database_path(folder), SqliteMode::kReadWrite).ok());
  SqliteTransaction transaction(database);
  EXO_CHECK(transaction.begin().ok());
  const ChainEnd end = insert_all(database, count, epoch);
  EXO_CHECK(transaction.commit().ok());
  EXO_CHECK(database.execute("PRAGMA wal_checkpoint(TRUNCATE)").ok());  // as by the end of a host
  auto head = LedgerHead::open(folder);
  EXO_CHECK(head.ok() && head.value().advance(end).ok());
}

ReplayTimes replay_ledger(const std::string& folder) {
  Rollout rollout;
  const MonotonicTime begin = monotonic_now();
  const auto ledger =
      SqliteLedger::open({.folder = folder,
                          .owner = this_process("host-of-benchmark"),
                          .replayed = [&](const LedgerEvent& event) { rollout.apply(event); }});
  EXO_CHECK(ledger.ok());
  return {.seconds = seconds_since(begin), .events = rollout.position()};
}

}  // namespace exo
