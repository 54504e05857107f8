#include "host/routing_plan.h"

#include <map>

#include "base/check.h"
#include "base/digest.h"
#include "bus/wire/header.h"

namespace exo {
namespace {

// The wire's limit for ids, less room for a prefix.
constexpr std::size_t kActivityLimit = kIdLimitBytes - 8;

Gate to_gate(GateState state) {
  switch (state) {
    case GateState::kHeld:
      return Gate::kHeld;
    case GateState::kOpen:
      return Gate::kOpen;
    case GateState::kDraining:
      return Gate::kDraining;
  }
  EXO_CHECK(false);
}

VersionRoutes routes_of(const ServiceVersion& service, const VersionStatus& status) {
  VersionRoutes routes{.role = service.role,
                       .version = to_string(service.version),
                       .sends = service.sends,
                       .receives = service.receives,
                       .at_least_once = service.at_least_once,
                       .translations = {},
                       .gate = to_gate(status.gate),
                       .starting = status.starting,
                       .share = 0};
  for (const MessageTranslation& translation : service.translations) {
    routes.translations.push_back(
        {.public_name = translation.public_name, .internal_name = translation.internal_name});
  }
  return routes;
}

// Versions are in the application's order, oldest first, so the last open one of a role is its newest.
void give_traffic_to_newest(std::vector<VersionRoutes>& versions) {
  std::map<std::string, VersionRoutes*> newest;
  for (VersionRoutes& version : versions) {
    if (version.gate == Gate::kOpen) newest[version.role] = &version;
  }
  for (const auto& [role, version] : newest) version->share = 1;
}

}  // namespace

std::string activity_of(const rollout::AttemptId& attempt) {
  std::string activity = attempt.run + "/" + std::to_string(attempt.attempt);
  if (activity.size() > kActivityLimit) activity = sha256_hex(activity).substr(0, kActivityLimit);
  return activity;
}

RoutingPlan make_routing_plan(const RoutingPlanInput& input) {
  RoutingPlan plan{.position = input.position,
                   .versions = {},
                   .scripts = {},
                   .follows = {},
                   .operator_may_send = input.operator_may_send};
  for (const VersionStatus& status : input.versions) {
    const ServiceVersion* service = input.application.find_version(status.key.role, status.key.version);
    if (service != nullptr) plan.versions.push_back(routes_of(*service, status));
  }
  give_traffic_to_newest(plan.versions);
  for (const RunningScript& script : input.scripts) {
    plan.scripts.push_back({.sender = bus_role(script.key.version),
                            .role = script.key.version.role,
                            .version = script.key.version.version,
                            .activity_id = activity_of(script.key.id),
                            .sends = script.sends,
                            .at_most = script.at_most});
  }
  for (const rollout::WantedFollow& follow : input.follows) {
    plan.follows.push_back({.run = follow.run,
                            .role = follow.version.role,
                            .version = follow.version.version,
                            .commands = follow.commands,
                            .held_back = follow.held_back,
                            .began_at = follow.began_at,
                            .replay = follow.replay});
  }
  return plan;
}

}  // namespace exo
