// The chain of hashes: each event carries the hash of the one before and its own, so that an event cannot be
// changed, left out or put in without every later hash showing it.
//
// Pure functions on values; any thread. The encoding that is hashed is documented in docs/ledger.md with a
// worked example that a test recomputes.
#pragma once

#include <cstdint>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "ledger/event.h"

namespace exo {

// The last link of a chain: what the next event has to join. All zero before the first event.
struct ChainEnd {
  std::uint64_t sequence = 0;
  std::uint64_t epoch = 0;
  Sha256Digest hash{};

  bool operator==(const ChainEnd&) const = default;
};

ChainEnd chain_end(const LedgerEvent& event);

// The bytes that an event's hash is made over: every field but the hash itself.
std::string canonical_bytes(const LedgerEvent& event);
Sha256Digest event_hash(const LedgerEvent& event);

// Fills what the ledger gives (sequence, format, epoch, hashes), so that the event joins `end`.
void seal(LedgerEvent& event, const ChainEnd& end, std::uint64_t epoch);

// Whether `event` joins `end`: sequence, epoch and both hashes. Code "ledger-altered", or "format-newer" when
// its hash is made in a way, or it says something, that this exo does not know and must know; the message
// names the sequence.
Result<void> check_link(const ChainEnd& end, const LedgerEvent& event);

// Whether two events say the same, apart from when and from what the ledger gives: then one is another try at
// appending the other.
bool same_content(const LedgerEvent& left, const LedgerEvent& right);

}  // namespace exo
