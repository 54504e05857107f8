// The tables of a ledger's database, and the triggers that let them only grow.
//
// Two tables: `events`, the ledger, and `epochs`, a row for each time that a host took ownership. Both refuse
// UPDATE and DELETE, and take only the row that comes next. This keeps people with a database tool from
// accidents; against purpose there is the chain of hashes.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "ledger/sqlite_database.h"

namespace exo {

inline constexpr std::uint64_t kLedgerApplicationId = 0x65786f4c;  // "exoL"
inline constexpr std::uint64_t kLedgerSchemaVersion = 1;

enum class SchemaState {
  kEmpty,   // a database without any table: new, or its log was lost
  kLedger,  // ours, whole
};

// Codes "format-newer" when a newer exo made it, "ledger-damaged" when something is there that is not a
// ledger's, or a table or trigger of a ledger is missing or changed; the message names it.
Result<SchemaState> inspect_schema(const SqliteDatabase& database);

// In one transaction: all of it, or nothing, survives a crash. The database is empty.
Result<void> create_schema(const SqliteDatabase& database);

}  // namespace exo
