// An implementation of the Ledger port, as the conformance suite sees it.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "ledger/ledger.h"

namespace exo {

// One ledger, empty at first, that hosts open one after the other. To admit another engine: derive from this,
// and add a line to implementations().
class LedgerUnderTest {
 public:
  LedgerUnderTest() = default;
  LedgerUnderTest(const LedgerUnderTest&) = delete;
  LedgerUnderTest& operator=(const LedgerUnderTest&) = delete;
  virtual ~LedgerUnderTest() = default;

  // As the next host would; the one before has been destroyed.
  virtual std::unique_ptr<Ledger> open() = 0;
  // As a host would whose predecessor still lives but has lost its lock.
  virtual std::unique_ptr<Ledger> take_over() = 0;

  // From now on appends of `ledger` fail with disk-full, until there is room again.
  virtual void fill_disk(Ledger& ledger) = 0;
  virtual void free_disk(Ledger& ledger) = 0;

  // The next append of `ledger` fails with "io" once its event is on the disk already.
  virtual void lose_acknowledgement(Ledger& ledger) = 0;
  virtual void mend(Ledger& ledger) = 0;
};

struct Implementation {
  std::string name;
  std::function<std::unique_ptr<LedgerUnderTest>()> make;
};

Implementation sqlite_implementation();
Implementation memory_implementation();

}  // namespace exo
