// The gate as one simulated host's broker keeps it: tables arrive when the broker's thread gets round to
// them, and only the one in effect decides where a message goes. The tables are the real ones.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "bus/routing_table.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_status.h"

namespace exo {

class SimulatedBroker {
 public:
  // The host hands a table over.
  void publish(std::shared_ptr<const RoutingTable> table);

  bool has_tables_to_take() const { return !on_their_way_.empty(); }
  // Takes the next table; returns the position that is confirmed by that.
  std::uint64_t take_table();

  // The newest that was handed over, whether in effect or not; null before the first.
  const RoutingTable* newest() const;
  const RoutingTable* in_effect() const { return in_effect_.get(); }
  // 0 before the first table.
  std::uint64_t position_in_effect() const { return in_effect_ ? in_effect_->position() : 0; }
  // The version that a production message for the role goes to; null when it is held or waits.
  const RoutingTable::Version* receiver_of(const std::string& role) const;

 private:
  std::deque<std::shared_ptr<const RoutingTable>> on_their_way_;
  std::shared_ptr<const RoutingTable> in_effect_;
};

// The table that the host makes of what its core says.
std::shared_ptr<const RoutingTable> make_table(const std::vector<VersionStatus>& versions,
                                               const std::vector<rollout::AttemptKey>& scripts,
                                               std::uint64_t position);

}  // namespace exo
