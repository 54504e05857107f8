// What is kept elsewhere of a ledger, so that a later look at it shows whether it was set back or rewritten.
//
// Nothing on one disk can show that all of it was restored from an older backup: ledger and head then agree.
// A checkpoint names one event and its hash, and with it every event before. It is a text of few lines, for
// people too, that ends in a digest of the lines above, so that a slip of a pen or a cut-off end shows.
// docs/ledger.md has an example.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"
#include "ledger/chain.h"
#include "ledger/ledger.h"

namespace exo {

struct LedgerCheckpoint {
  std::string environment;  // for people: which ledger it is of
  std::uint64_t sequence = 0;
  Sha256Digest hash{};
  std::string at;  // RFC 3339: when it was made

  bool operator==(const LedgerCheckpoint&) const = default;
};

std::string encode_checkpoint(const LedgerCheckpoint& checkpoint);
// Code "malformed": not a checkpoint, or not as it was written. Any bytes may be given.
Result<LedgerCheckpoint> decode_checkpoint(std::string_view text);
// Whether a file that begins so is meant to be one.
bool is_checkpoint(std::string_view beginning);

// Whether `ledger` still holds the event that ended it then. Codes "ledger-set-back" when it ends before
// that, "ledger-rewritten" when another stands in its place.
Result<void> check_against(Ledger& ledger, const ChainEnd& then);

}  // namespace exo
