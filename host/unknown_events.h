// Events of a newer exo: of types that this one does not know, and passes over where it replays a ledger.
//
// One that nobody may decide without is refused by the ledger itself (may_be_passed_over() in
// ledger/event.h).
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "ledger/event.h"

namespace exo {

// A value; pure.
class UnknownEvents {
 public:
  // Each event of the ledger, in its order.
  void take(const LedgerEvent& event);

  // A line for people: how many, of which types, and where. nullopt: there are none.
  std::optional<std::string> notice() const;

 private:
  struct Seen {
    std::uint64_t count = 0;
    std::uint64_t first = 0;  // positions
    std::uint64_t last = 0;
  };
  std::map<std::string, Seen> types_;
};

}  // namespace exo
