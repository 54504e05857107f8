// A ledger of many events, and how long a host takes until it knows what it says.
#pragma once

#include <cstdint>
#include <string>

namespace exo {

// Makes a ledger of `count` sample events in an empty folder: in one transaction, because a million that are
// each made durable take an hour.
void fill_ledger(const std::string& folder, std::uint64_t count);

struct ReplayTimes {
  double seconds =
      0;  // for every check of a host that opens its ledger, and every event into the rollout core
  std::uint64_t events = 0;
};

// What a starting host does, on the ledger in `folder`.
ReplayTimes replay_ledger(const std::string& folder);

}  // namespace exo
