#include "ledger/ledger_salvage.h"

#include <algorithm>
#include <string_view>

#include "ledger/ledger_error.h"
#include "ledger/sqlite_database.h"
#include "ledger/sqlite_event.h"
#include "ledger/sqlite_ledger.h"
#include "ledger/sqlite_schema.h"

namespace exo {
namespace {

// What shows that there is nothing more to be read, and not that it cannot be read just now.
bool is_the_end(const Error& error) {
  return error.code == ledger_error::kLedgerDamaged || error.code == ledger_error::kAbsent;
}

Result<ChainEnd> walk(const SqliteDatabase& database,
                      const std::function<Result<void>(const LedgerEvent&)>& take) {
  ChainEnd end;
  LedgerEvent event;
  auto rows = database.prepare("SELECT " + std::string(kEventColumns) + " FROM events ORDER BY sequence");
  if (!rows) return is_the_end(rows.error()) ? Result<ChainEnd>(end) : rows.error();
  for (;;) {
    const auto row = rows.value().step();
    if (!row && !is_the_end(row.error())) return row.error();
    if (!row || !row.value()) return end;
    read_event(rows.value(), event);
    const auto linked = check_link(end, event);
    if (!linked && linked.error().code == ledger_error::kFormatNewer) return linked.error();
    if (!linked) return end;
    if (auto taken = take(event); !taken) return taken.error();
    end = chain_end(event);
  }
}

// 0 where the database does not say.
std::uint64_t number_in(const SqliteDatabase& database, std::string_view query) {
  const auto number = database.query_number(query);
  return number ? number.value() : 0;
}

// Of a newer exo's ledger nobody here can say what is whole.
Result<void> check_format(const SqliteDatabase& database) {
  if (number_in(database, "PRAGMA user_version") <= kLedgerSchemaVersion) return {};
  return ledger_failure(ledger_error::kFormatNewer,
                        database.path() + " was made by a newer exo: use that one");
}

}  // namespace

Result<SalvagedEvents> salvage_events(const std::string& folder,
                                      const std::function<Result<void>(const LedgerEvent&)>& take) {
  SqliteDatabase database;
  if (auto opened = database.open(database_path(folder), SqliteMode::kReadOnly); !opened)
    return is_the_end(opened.error()) ? Result<SalvagedEvents>(SalvagedEvents{}) : opened.error();
  if (auto known = check_format(database); !known) return known.error();
  const auto whole = walk(database, take);
  if (!whole) return whole.error();
  return SalvagedEvents{
      .whole = whole.value(),
      .found = std::max(number_in(database, "SELECT count(*) FROM events"), whole.value().sequence),
      .epoch = std::max(number_in(database, "SELECT max(epoch) FROM epochs"), whole.value().epoch)};
}

}  // namespace exo
