// Who owns the ledger of an environment: a host, as long as it runs, or whoever records a decision while none
// does, for a moment. Who wants to know of a host, or the ledger itself, waits for that moment to be over
// instead of telling a person to try again. Blocks the caller; from any thread.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "ledger/ownership.h"
#include "ledger/sqlite_ledger.h"

namespace exo {

// Reading a million events and appending one takes a second or two; a process that is stopped meanwhile is
// told of after this, as any other owner.
inline constexpr std::chrono::seconds kPassesWithin{15};

// Of an owner that only records what somebody has decided.
std::string passing_owner_id();
// Whether it is one, or has not yet written who it is.
bool is_passing(const Owner& owner);

// The host that owns the ledger in `folder`, or anybody who has held it for longer than a decision takes;
// nullopt when nobody owns it. Codes as of find_owner().
Result<std::optional<Owner>> find_host(const std::string& folder);

// As SqliteLedger::open(), when it is free of those who hold it for a moment.
Result<std::unique_ptr<SqliteLedger>> own_ledger(const SqliteLedger::Options& options);

}  // namespace exo
