#include "ledger/memory_ledger.h"
#include "tests/ledger/ledger_under_test.h"

namespace exo {
namespace {

class MemoryUnderTest final : public LedgerUnderTest {
 public:
  std::unique_ptr<Ledger> open() override { return std::make_unique<MemoryLedger>(store_); }
  std::unique_ptr<Ledger> take_over() override { return open(); }

  void fill_disk(Ledger& ledger) override {
    dynamic_cast<MemoryLedger&>(ledger).fail_append({.error = {"disk-full", "there is no room in memory"}});
  }
  void free_disk(Ledger&) override {}  // a fault happens once

  void lose_acknowledgement(Ledger& ledger) override {
    dynamic_cast<MemoryLedger&>(ledger).fail_append(
        {.error = {"io", "the acknowledgement was lost"}, .effect = FaultEffect::kRecorded});
  }
  void mend(Ledger&) override {}

 private:
  std::shared_ptr<MemoryStore> store_ = std::make_shared<MemoryStore>();
};

}  // namespace

Implementation memory_implementation() {
  return {.name = "Memory", .make = [] { return std::make_unique<MemoryUnderTest>(); }};
}

}  // namespace exo
