// An event as a row of the table `events`, and back.
#pragma once

#include <string_view>

#include "ledger/event.h"
#include "ledger/sqlite_database.h"

namespace exo {

// In the order of the two functions below; as many as there are question marks.
inline constexpr std::string_view kEventColumns =
    "sequence, format, epoch, at, who, host, type, role, version, phase, generation, run, attempt, details, "
    "previous_hash, hash";

// Fills `event` from a statement that selects kEventColumns, after a step that gave a row. Its texts keep the
// memory that they have, so that one event read into again and again costs none.
void read_event(const SqliteStatement& row, LedgerEvent& event);

// Adds one event: bind_event(), then run(). The event must live until then.
Result<SqliteStatement> prepare_insert(const SqliteDatabase& database);
void bind_event(SqliteStatement& row, const LedgerEvent& event);

}  // namespace exo
