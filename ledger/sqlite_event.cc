#include "ledger/sqlite_event.h"

#include <string>
#include <utility>

namespace exo {

void read_event(const SqliteStatement& row, LedgerEvent& event) {
  event.sequence = row.number(0);
  event.format = row.number(1);
  event.epoch = row.number(2);
  event.at = UnixTime{row.number(3)};
  row.text(4, event.who);
  row.text(5, event.host);
  row.text(6, event.type);
  row.text(7, event.role);
  row.text(8, event.version);
  row.text(9, event.phase);
  event.generation = row.number(10);
  row.text(11, event.run);
  event.attempt = row.number(12);
  row.text(13, event.details);
  event.previous_hash = row.digest(14);
  event.hash = row.digest(15);
}

Result<SqliteStatement> prepare_insert(const SqliteDatabase& database) {
  return database.prepare("INSERT INTO events(" + std::string(kEventColumns) +
                          ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
}

void bind_event(SqliteStatement& row, const LedgerEvent& event) {
  row.bind(0, event.sequence);
  row.bind(1, event.format);
  row.bind(2, event.epoch);
  row.bind(3, event.at.nanoseconds);
  row.bind(4, event.who);
  row.bind(5, event.host);
  row.bind(6, event.type);
  row.bind(7, event.role);
  row.bind(8, event.version);
  row.bind(9, event.phase);
  row.bind(10, event.generation);
  row.bind(11, event.run);
  row.bind(12, event.attempt);
  row.bind(13, event.details);
  row.bind(14, event.previous_hash);
  row.bind(15, event.hash);
}

}  // namespace exo
