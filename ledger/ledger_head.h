// `ledger.head`: which event the ledger ended at when something was last done because of it.
//
// SQLite cannot see that its newest events are gone: a database whose write-ahead log was deleted, or an
// older copy of it, looks whole. The head is kept apart from it for that. It is a file of fixed size with two
// slots, written in turn: after each commit, and before anybody acts on it, the older slot is overwritten and
// synced. A crash while a slot is written tears that slot alone, and the other one counts. Overwriting in
// place needs no room on the disk. docs/ledger.md has the bytes.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "ledger/chain.h"

namespace exo {

// A slot has a disk block to itself, so that a block lost or torn takes one slot and not both.
inline constexpr std::size_t kHeadSlotBytes = 4096;
inline constexpr std::size_t kHeadFileBytes = 2 * kHeadSlotBytes;

struct HeadSlot {
  std::uint64_t counter = 0;  // how many times the head was written; the higher one is newer
  ChainEnd end;

  bool operator==(const HeadSlot&) const = default;
};

// The meaning of a head's bytes.
struct HeadContent {
  std::array<std::optional<HeadSlot>, 2> slots;  // nullopt: torn
  std::size_t newest = 0;                        // index of the slot that counts; it is not nullopt

  const HeadSlot& newest_slot() const { return *slots.at(newest); }
};

// kHeadSlotBytes bytes.
std::string encode_head_slot(const HeadSlot& slot);
// nullopt when the slot is not whole. Any bytes may be given.
std::optional<HeadSlot> decode_head_slot(std::string_view bytes);
// Code "head-damaged" when the size is not kHeadFileBytes or neither slot is whole. Any bytes may be given.
Result<HeadContent> decode_head(std::string_view bytes);

// The head file of one ledger, open for writing. Only the ledger's owner may have one. Movable; used by one
// thread at a time; blocks on the disk.
class LedgerHead {
 public:
  // Makes a head that names no event; replaces one that is there. Nothing, or all of it, survives a power
  // cut.
  static Result<LedgerHead> create(const std::string& folder);
  // Codes: "head-missing", "head-damaged", "io", "read-only".
  static Result<LedgerHead> open(const std::string& folder);
  // The newest end, without the right to write; safe while the owner writes. Same codes.
  static Result<ChainEnd> read(const std::string& folder);

  const ChainEnd& end() const { return content_.newest_slot().end; }
  // True when one slot was torn when the file was opened: a crash while it was written, or a bad disk.
  bool was_torn() const { return was_torn_; }

  // Makes `end` the newest, durably. After an error the newest slot is as it was, and advance() may be tried
  // again.
  Result<void> advance(const ChainEnd& end);

 private:
  LedgerHead(std::string path, UniqueFd file, HeadContent content);

  std::string path_;
  UniqueFd file_;
  HeadContent content_;
  bool was_torn_ = false;
};

std::string head_path(const std::string& folder);

}  // namespace exo
