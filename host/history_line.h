// An event of the ledger as `exo history` shows it. The JSON form is a contract with machines: keys may be
// added, never changed.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "ledger/event.h"

namespace exo {

// One event as `exo history --json` prints it: seq, at, who, host, event, role, version, phase, generation,
// run, attempt, then what belongs to the event. Fields that do not apply are null.
std::string to_json_line(const LedgerEvent& event);

// A page of history as it goes over the bus, and back.
std::string history_page_to_json(const std::vector<LedgerEvent>& events);
// The lines of a page, each an object as to_json_line() made it. Error `malformed`.
Result<std::vector<std::string>> history_lines_from_json(const std::string& page);

// The same line for people: "2026-11-20 21:02:59  attempt-done  todo-search@0.0.1 online attempt 1". A line
// that is no such JSON is given back as it is.
std::string history_line_for_people(const std::string& json_line);

// That line in so many columns, broken between words; what goes on stands below the event. As it is where the
// columns are 0, or too few for that. Each line ends in '\n'.
std::string history_lines_for_people(const std::string& json_line, std::size_t columns);

}  // namespace exo
