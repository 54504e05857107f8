// The ledger: the durable, append-only record of what was decided and done in one environment.
//
// One sequence of events, numbered from 1 without gaps, each carrying the hash of the one before. Everything
// that a user sees is derived from it by replay; nothing in it is ever changed or removed. This is the port:
// SQLite implements it for one host, memory for tests; one conformance suite holds for all.
//
// Intent before effect is the caller's duty: append "attempt-started", and only when that has returned start
// the attempt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"
#include "ledger/event.h"

namespace exo {

// Used by one thread at a time. append() and read() block on the disk.
//
// Opening a ledger for writing makes its owner and raises its epoch, durably. An owner whose ledger was
// opened again by somebody else (its lock was taken away) is refused at its next append, before it has any
// effect.
class Ledger {
 public:
  Ledger() = default;
  Ledger(const Ledger&) = delete;
  Ledger& operator=(const Ledger&) = delete;
  virtual ~Ledger() = default;

  // Adds one event after the event `expected_position` (0: the ledger is empty). When it returns an event,
  // that event survives a power cut; it has sequence, epoch and hashes filled in. `at` is the caller's.
  //
  // An error leaves position() as it was, and the ledger usable. Codes (ledger/ledger_error.h):
  // - position-mismatch: events were added since; read them, and decide again.
  // - epoch-stale: another host owns the ledger; this one will never append again.
  // - removed: as from check_place().
  // - malformed, too-large, read-only: trying again is no use.
  // - disk-full, disk-read-only, busy, io: the event is not announced as recorded, but may be found so later
  // (its bytes were on
  //   the disk when making them durable failed). To try again, append the same content at the same position:
  //   it is recorded once. Another event instead gets position-mismatch when the first was recorded after
  //   all.
  // - ledger-altered, ledger-damaged: somebody else wrote to the files; end the host.
  virtual Result<LedgerEvent> append(std::uint64_t expected_position, LedgerEvent event) = 0;

  // The events from `from_sequence` on (0 means 1), ascending, at most `limit`; none when there are none.
  // Each is checked against its hash and its neighbour's: ledger-altered names the first that does not fit,
  // and then no event is returned.
  virtual Result<std::vector<LedgerEvent>> read(std::uint64_t from_sequence, std::size_t limit) = 0;

  // Whether the ledger is still this owner's, and is still found at its place. "epoch-stale" when another
  // host has taken it over; "removed" when it was deleted, moved or replaced, so that nobody else would see
  // what is recorded from now on: end the host. Any other code: it cannot be told just now. Cheap; for a host
  // to look before each process that it starts, and from time to time where it has nothing to append. Nothing
  // to check where the ledger was opened for reading.
  virtual Result<void> check_place() = 0;

  // Checks every event, and all else that the implementation keeps about them. The error names the first bad
  // sequence.
  virtual Result<void> verify() = 0;

  // The sequence of the last event: of those acknowledged to this owner; of those seen by the last read()
  // where it was opened for reading. 0 when empty.
  virtual std::uint64_t position() const = 0;

  // The epoch that this owner got by opening; 0 where it was opened for reading.
  virtual std::uint64_t epoch() const = 0;
};

}  // namespace exo
