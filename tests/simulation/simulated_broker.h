// The gate as one simulated host's broker keeps it: tables, and what else the host tells it, arrive in this
// order when the broker's thread gets round to them, and only the table in effect decides where a message
// goes. The tables are the real ones.
#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "bus/follow_events.h"
#include "bus/routing_table.h"
#include "deployment-scripts/follow.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_status.h"
#include "host/routing_plan.h"

namespace exo {

// All copies of followed commands up to this number are recorded.
struct RecordedUpTo {
  std::uint64_t number = 0;
};

class SimulatedBroker {
 public:
  using Table = std::shared_ptr<const RoutingTable>;
  using Told = std::variant<Table, RecordedUpTo, ReplayedCommand>;

  // The host hands a table over.
  void publish(Table table);
  void recorded(std::uint64_t number) { on_their_way_.emplace_back(RecordedUpTo{number}); }
  void replay(ReplayedCommand command) { on_their_way_.emplace_back(std::move(command)); }

  bool has_words_to_take() const { return !on_their_way_.empty(); }
  // Takes what the host has told it next; a table is in effect by that.
  Told take();

  // The newest that was handed over, whether in effect or not; null before the first.
  const RoutingTable* newest() const;
  const RoutingTable* in_effect() const { return in_effect_.get(); }
  // 0 before the first table.
  std::uint64_t position_in_effect() const { return in_effect_ ? in_effect_->position() : 0; }
  // The version that a production message for the role goes to; null when it is held or waits.
  const RoutingTable::Version* receiver_of(const std::string& role) const;

 private:
  std::deque<Told> on_their_way_;
  Table newest_;
  Table in_effect_;
};

// The table that the host makes of what its core says.
std::shared_ptr<const RoutingTable> make_table(const std::vector<VersionStatus>& versions,
                                               const std::vector<RunningScript>& scripts,
                                               const std::vector<rollout::WantedFollow>& follows,
                                               std::uint64_t position);

}  // namespace exo
