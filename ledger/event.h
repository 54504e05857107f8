// One row of an environment's ledger.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"

namespace exo {

// The two halves of a deployment script: before a version meets traffic, and after.
enum class Phase { kOffline, kOnline };

// What happened, when, by whom. A value; empty text or 0 where a field does not apply.
struct LedgerEvent {
  std::uint64_t sequence = 0;  // from 1 upwards without gaps; given by the ledger
  UnixTime at;
  std::string who;
  std::string host;   // id of the host that wrote it, made at each start
  std::string type;   // "attempt-started", ...
  std::string role;
  std::string version;
  std::string phase;  // "offline", "online" or ""
  std::uint64_t generation = 0;
  std::string run;
  std::uint64_t attempt = 0;
  std::string details = "{}";  // canonical compact JSON object: what belongs to the event

  bool operator==(const LedgerEvent&) const = default;
};

}  // namespace exo
