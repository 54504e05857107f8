#include "host/table_publisher.h"

#include <algorithm>
#include <memory>
#include <utility>

#include "host/routing_plan.h"

namespace exo {
namespace {

// The newest version of the role whose gate is open; versions come in the application's order, oldest first.
const VersionStatus* newest_open(const std::string& role, const std::vector<VersionStatus>& versions) {
  const VersionStatus* newest = nullptr;
  for (const VersionStatus& version : versions) {
    if (version.key.role == role && version.gate == GateState::kOpen) newest = &version;
  }
  return newest;
}

std::string describe_state(const std::string& role, const std::vector<VersionStatus>& versions) {
  std::string text;
  for (const VersionStatus& version : versions) {
    if (version.key.role != role) continue;
    if (!text.empty()) text += ", ";
    text += to_text(version.key) + " is " + std::string(to_text(version.state));
  }
  return text.empty() ? role + " has no version" : text;
}

}  // namespace

ForwardingTable make_forwarding_table(const Application& application,
                                      const std::vector<VersionStatus>& versions,
                                      const std::vector<ReadyInstance>& ready, std::uint64_t position) {
  ForwardingTable table{.position = position, .roles = {}};
  for (const Role& role : application.roles) {
    if (!role.is_public) continue;
    ForwardingRole forwarding{
        .role = role.name, .targets = {}, .state = describe_state(role.name, versions), .held = {}};
    for (const VersionStatus& version : versions) {
      if (version.key.role == role.name && version.gate == GateState::kHeld) {
        forwarding.held.push_back(version.key.version);
      }
    }
    const VersionStatus* open = newest_open(role.name, versions);
    for (const ReadyInstance& instance : ready) {
      if (open == nullptr || instance.version != open->key || instance.port == 0) continue;
      forwarding.targets.push_back({.version = instance.version.version, .port = instance.port});
    }
    table.roles.push_back(std::move(forwarding));
  }
  return table;
}

TablePublisher::TablePublisher(Parts parts) : parts_(std::move(parts)) {}

void TablePublisher::publish(const std::vector<ReadyInstance>& ready) {
  const std::vector<VersionStatus> versions = parts_.rollout.status();
  std::vector<RunningScript> scripts;
  for (const rollout::AttemptKey& key : parts_.rollout.running_scripts()) {
    const auto sends = parts_.script_sends.find(key.version);
    scripts.push_back(
        {.key = key,
         .sends = sends == parts_.script_sends.end() ? std::nullopt : std::optional(sends->second),
         .at_most = parts_.rollout.at_most(key.version)});
  }
  parts_.broker.publish(
      RoutingTable::compile(make_routing_plan({.application = parts_.application,
                                               .versions = versions,
                                               .scripts = scripts,
                                               .follows = parts_.rollout.follows(),
                                               .position = parts_.rollout.position(),
                                               .operator_may_send = parts_.operator_may_send})));
  publish_forwarding(ready);
}

void TablePublisher::publish_forwarding(const std::vector<ReadyInstance>& ready) {
  parts_.forwarder.publish(std::make_shared<const ForwardingTable>(
      make_forwarding_table(parts_.application, parts_.rollout.status(), ready, parts_.rollout.position())));
}

std::optional<std::uint64_t> TablePublisher::broker_confirmed(std::uint64_t position) {
  broker_position_ = std::max(broker_position_, position);
  return both_confirmed();
}

std::optional<std::uint64_t> TablePublisher::forwarder_confirmed(std::uint64_t position) {
  forwarder_position_ = std::max(forwarder_position_, position);
  return both_confirmed();
}

std::optional<std::uint64_t> TablePublisher::both_confirmed() {
  const std::uint64_t both = std::min(broker_position_, forwarder_position_);
  if (both <= told_position_) return std::nullopt;
  told_position_ = both;
  return both;
}

}  // namespace exo
