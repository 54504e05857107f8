// The real desk of follows in a simulated host: between its broker, its core and a disk that fails.
#include <utility>

#include "base/overloaded.h"
#include "tests/simulation/simulated_host.h"

namespace exo {

void SimulatedHost::send_write() {
  if (!is_alive_ || environment_.plan.versions.empty()) return;
  traffic_.send(environment_.random.one_of(environment_.plan.versions).key.role);
  drive_desk();
}

void SimulatedHost::let_receivers_work() {
  if (!is_alive_) return;
  traffic_.work(ready_);
  drive_desk();
}

std::optional<VersionKey> SimulatedHost::serving(const std::string& role) const {
  const RoutingTable::Version* version = broker_.receiver_of(role);
  return version == nullptr ? std::nullopt : std::optional(VersionKey{role, version->text});
}

void SimulatedHost::drive_desk() {
  if (!can_act()) return;
  while (traffic_.has_events()) {
    std::visit(
        Overloaded{[&](const FollowedSettled& settled) { follow_desk_.take(settled, environment_.now); },
                   [&](const FollowWaits& waits) { follow_desk_.take(waits, environment_.now); },
                   [&](const auto& event) { follow_desk_.take(event); }},
        traffic_.take_event());
  }
  follow_desk_.drive(environment_.now);
  for (rollout::Input& input : std::exchange(desk_inputs_, {})) {
    const auto* left = std::get_if<rollout::FollowShort>(&input);
    const bool ends = left != nullptr && environment_.options.mutation == Mutation::kEndReplayTooEarly;
    const rollout::FollowShort said = left != nullptr ? *left : rollout::FollowShort{};
    inbox_.push_back(std::move(input));
    if (ends) inbox_.emplace_back(rollout::FollowDone{said.run, said.replay, {}});
  }
}

}  // namespace exo
