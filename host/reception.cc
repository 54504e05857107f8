#include "host/reception.h"

#include <variant>

#include "base/clock.h"
#include "base/overloaded.h"

namespace exo {

void Reception::take_broker_events() {
  for (const BrokerEvent& event : parts_.data_plane.broker().take_events()) {
    std::visit(
        Overloaded{
            [&](const InstanceRegistered& registered) { take(registered); },
            [&](const InstanceLost& lost) { take(lost); },
            [&](const InstanceSilent& silent) { parts_.fleet.silent(silent); },
            [&](const MessageToExo& message) { take(message); },
            [&](const TableInEffect& table) { confirm(parts_.tables.broker_confirmed(table.position)); },
            [&](const FlowSeen& flow) { parts_.narrator.flow(flow); },
            [&](const ScriptActive& active) { parts_.scripts.active(active); },
            [&](const AllowanceSpent& spent) { parts_.scripts.spent(spent); },
            [&](const BrokerNotice& notice) { parts_.journal.note("bus: " + notice.text); },
            [&](const FollowedCommand& command) { parts_.follows.take(command); },
            [&](const FollowedSettled& settled) { parts_.follows.take(settled, monotonic_now()); },
            [&](const FollowBegun& begun) { parts_.follows.take(begun); },
            [&](const FollowWaits& waits) { parts_.follows.take(waits, monotonic_now()); },
            [&](const FollowHeldBack& held_back) { parts_.follows.take(held_back); },
            [&](const ReplaySettled& settled) { parts_.follows.take(settled); },
            [&](const TrafficSeen& seen) { take(seen); },
            [&](const LoadSeen& seen) { parts_.loads.take(seen, monotonic_now()); },
        },
        event);
  }
}

void Reception::take(const InstanceRegistered& registered) {
  if (registered.kind != PeerKind::kOperator) {
    parts_.locks.registered(registered);
    if (!parts_.scripts.registered(registered)) parts_.fleet.registered(registered);
    return;
  }
  parts_.decisions.joined(registered);
  if (registered.who.empty()) return;
  parts_.journal.note(registered.who + " has joined the bus as " + registered.instance);
}

void Reception::take(const InstanceLost& lost) {
  parts_.journal.note(lost.instance + " has left the bus: " + lost.reason);
  parts_.decisions.left(lost.instance);
  parts_.locks.disconnected(lost.instance);
  parts_.fleet.lost(lost);
}

void Reception::take(const MessageToExo& message) {
  const bool is_taken = parts_.held_messages.take(message) || parts_.decisions.take(message) ||
                        parts_.locks.take(message, monotonic_now());
  if (is_taken) return;
  if (message.peer == PeerKind::kOperator) return parts_.operators.answer(message);
  if (!parts_.fleet.answered(message)) parts_.scripts.said(message);
}

void Reception::take(const TrafficSeen& seen) {
  parts_.operators.take(seen.traffic);
  if (parts_.metrics) parts_.metrics->take(seen.traffic);
}

void Reception::take_forwarder_events() {
  for (const ForwarderEvent& event : parts_.data_plane.forwarder().take_events()) {
    std::visit(
        Overloaded{
            [&](const ForwardingInEffect& table) {
              confirm(parts_.tables.forwarder_confirmed(table.position));
            },
            [&](const ForwardingDrained& drained) {
              parts_.journal.note("no connection to " + drained.role + "@" + drained.version + " is left");
            },
            [&](const ForwarderNotice& notice) { parts_.journal.note("ports: " + notice.text); },
        },
        event);
  }
}

void Reception::confirm(std::optional<std::uint64_t> position) {
  if (position) parts_.inputs.push_back(rollout::TableInEffect{*position});
}

}  // namespace exo
