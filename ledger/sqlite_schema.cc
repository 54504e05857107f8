#include "ledger/sqlite_schema.h"

#include <array>
#include <map>
#include <string>
#include <string_view>

#include "base/text.h"
#include "ledger/ledger_error.h"

namespace exo {
namespace {

struct SchemaPart {
  std::string_view name;
  std::string_view sql;  // as SQLite keeps it
};

constexpr std::array kParts{
    SchemaPart{"events", R"(CREATE TABLE events(
  sequence INTEGER PRIMARY KEY,
  format INTEGER NOT NULL,
  epoch INTEGER NOT NULL,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  host TEXT NOT NULL,
  type TEXT NOT NULL,
  role TEXT NOT NULL,
  version TEXT NOT NULL,
  phase TEXT NOT NULL,
  generation INTEGER NOT NULL,
  run TEXT NOT NULL,
  attempt INTEGER NOT NULL,
  details TEXT NOT NULL,
  previous_hash BLOB NOT NULL CHECK(length(previous_hash) = 32),
  hash BLOB NOT NULL CHECK(length(hash) = 32)
) STRICT)"},
    SchemaPart{"events_are_kept", R"(CREATE TRIGGER events_are_kept BEFORE DELETE ON events BEGIN
  SELECT RAISE(ABORT, 'the ledger only grows: an event is never deleted');
END)"},
    SchemaPart{"events_are_final", R"(CREATE TRIGGER events_are_final BEFORE UPDATE ON events BEGIN
  SELECT RAISE(ABORT, 'the ledger only grows: an event is never changed');
END)"},
    SchemaPart{"events_are_numbered", R"(CREATE TRIGGER events_are_numbered BEFORE INSERT ON events
WHEN NEW.sequence <> (SELECT coalesce(max(sequence), 0) + 1 FROM events) BEGIN
  SELECT RAISE(ABORT, 'events are numbered from 1 without gaps');
END)"},
    SchemaPart{"epochs", R"(CREATE TABLE epochs(
  epoch INTEGER PRIMARY KEY,
  host TEXT NOT NULL,
  pid INTEGER NOT NULL,
  machine TEXT NOT NULL,
  since TEXT NOT NULL
) STRICT)"},
    SchemaPart{"epochs_are_kept", R"(CREATE TRIGGER epochs_are_kept BEFORE DELETE ON epochs BEGIN
  SELECT RAISE(ABORT, 'an epoch is never deleted');
END)"},
    SchemaPart{"epochs_are_final", R"(CREATE TRIGGER epochs_are_final BEFORE UPDATE ON epochs BEGIN
  SELECT RAISE(ABORT, 'an epoch is never changed');
END)"},
    SchemaPart{"epochs_rise", R"(CREATE TRIGGER epochs_rise BEFORE INSERT ON epochs
WHEN NEW.epoch <= (SELECT coalesce(max(epoch), 0) FROM epochs) BEGIN
  SELECT RAISE(ABORT, 'an epoch is above those before it');
END)"},
};

Error damaged(const SqliteDatabase& database, const std::string& fault) {
  return ledger_failure(ledger_error::kLedgerDamaged, database.path() + " " + fault);
}

// name -> SQL of all tables, indices, triggers and views but SQLite's own.
Result<std::map<std::string, std::string>> found_parts(const SqliteDatabase& database) {
  auto statement =
      database.prepare("SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'");
  if (!statement) return statement.error();
  std::map<std::string, std::string> parts;
  for (;;) {
    const auto row = statement.value().step();
    if (!row) return row.error();
    if (!row.value()) return parts;
    parts.emplace(statement.value().text(0), statement.value().text(1));
  }
}

Result<void> compare_parts(const SqliteDatabase& database, const std::map<std::string, std::string>& found) {
  for (const SchemaPart& part : kParts) {
    const auto position = found.find(std::string(part.name));
    if (position == found.end()) return damaged(database, "lacks " + in_quotes(part.name));
    if (position->second != part.sql)
      return damaged(database, "has another " + in_quotes(part.name) + " than a ledger's");
  }
  for (const auto& [name, sql] : found) {
    bool ours = false;
    for (const SchemaPart& part : kParts) ours = ours || part.name == name;
    if (!ours) return damaged(database, "has a " + in_quotes(name) + " that does not belong to a ledger");
  }
  return {};
}

}  // namespace

Result<SchemaState> inspect_schema(const SqliteDatabase& database) {
  const auto application = database.query_number("PRAGMA application_id");
  if (!application) return application.error();
  const auto version = database.query_number("PRAGMA user_version");
  if (!version) return version.error();
  const auto parts = found_parts(database);
  if (!parts) return parts.error();
  if (application.value() == 0 && parts.value().empty()) return SchemaState::kEmpty;
  if (application.value() != kLedgerApplicationId) return damaged(database, "is not a ledger of exo");
  if (version.value() > kLedgerSchemaVersion) {
    return ledger_failure(ledger_error::kFormatNewer,
                          database.path() + " has format " + std::to_string(version.value()) +
                              ", this exo knows formats up to " + std::to_string(kLedgerSchemaVersion) +
                              ": use the exo that wrote it, or a newer one");
  }
  if (version.value() != kLedgerSchemaVersion) return damaged(database, "has no format number");
  if (auto same = compare_parts(database, parts.value()); !same) return same.error();
  return SchemaState::kLedger;
}

Result<void> create_schema(const SqliteDatabase& database) {
  SqliteTransaction transaction(database);
  if (auto begun = transaction.begin(); !begun) return begun;
  std::string sql;
  for (const SchemaPart& part : kParts) sql += std::string(part.sql) + ";\n";
  sql += "PRAGMA application_id = " + std::to_string(kLedgerApplicationId) + ";\n";
  sql += "PRAGMA user_version = " + std::to_string(kLedgerSchemaVersion) + ";\n";
  if (auto created = database.execute(sql); !created) return created;
  return transaction.commit();
}

}  // namespace exo
