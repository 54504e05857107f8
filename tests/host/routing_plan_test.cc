#include "host/routing_plan.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bus/wire/header.h"

namespace exo {
namespace {

ServiceVersion service(const std::string& role, const std::string& version) {
  ServiceVersion result;
  result.role = role;
  result.version = parse_semantic_version(version).value();
  result.sends = {role + ".sent"};
  result.receives = {role + ".asked"};
  result.translations = {{.public_name = "public.asked", .internal_name = role + ".asked"}};
  return result;
}

Application todo_app() {
  Application application;
  application.name = "todo-app";
  application.roles.push_back(
      {.name = "todo", .versions = {service("todo", "1.0.0"), service("todo", "2.0.0")}});
  return application;
}

VersionStatus status(const std::string& version, GateState gate) {
  VersionStatus result;
  result.key = {"todo", version};
  result.gate = gate;
  return result;
}

RoutingPlan plan_of(const std::vector<VersionStatus>& versions,
                    const std::vector<RunningScript>& scripts = {}) {
  const Application application = todo_app();
  return make_routing_plan({.application = application,
                            .versions = versions,
                            .scripts = scripts,
                            .follows = {},
                            .position = 7,
                            .operator_may_send = true});
}

TEST(RoutingPlan, gives_a_held_version_no_traffic_although_it_is_the_newest) {
  const RoutingPlan plan = plan_of({status("1.0.0", GateState::kOpen), status("2.0.0", GateState::kHeld)});
  ASSERT_EQ(plan.versions.size(), 2U);
  EXPECT_EQ(plan.versions[1].gate, Gate::kHeld);
  EXPECT_EQ(plan.versions[1].share, 0);
  EXPECT_EQ(plan.versions[0].share, 1);
}

TEST(RoutingPlan, gives_the_newest_open_version_the_unpinned_traffic) {
  const RoutingPlan plan = plan_of({status("1.0.0", GateState::kOpen), status("2.0.0", GateState::kOpen)});
  EXPECT_EQ(plan.versions[0].share, 0);
  EXPECT_EQ(plan.versions[1].share, 1);
}

TEST(RoutingPlan, leaves_out_versions_that_the_application_does_not_hold) {
  EXPECT_TRUE(plan_of({status("3.0.0", GateState::kOpen)}).versions.empty());
}

TEST(RoutingPlan, carries_the_contract_and_the_position) {
  const RoutingPlan plan = plan_of({status("1.0.0", GateState::kDraining)});
  EXPECT_EQ(plan.position, 7U);
  EXPECT_TRUE(plan.operator_may_send);
  EXPECT_EQ(plan.versions[0].gate, Gate::kDraining);
  EXPECT_EQ(plan.versions[0].sends, std::vector<std::string>{"todo.sent"});
  EXPECT_EQ(plan.versions[0].receives, std::vector<std::string>{"todo.asked"});
  EXPECT_EQ(plan.versions[0].translations.at(0).public_name, "public.asked");
}

TEST(RoutingPlan, names_a_running_script_by_what_it_brings_in) {
  RunningScript script{
      .key = {.version = {"todo", "2.0.0"}, .id = {.run = "todo-2.0.0-offline-1", .attempt = 2}},
      .sends = std::nullopt};
  const RoutingPlan plan = plan_of({}, {script});
  ASSERT_EQ(plan.scripts.size(), 1U);
  EXPECT_EQ(plan.scripts[0].sender, "deployment-todo-2.0.0");
  EXPECT_EQ(plan.scripts[0].activity_id, "todo-2.0.0-offline-1/2");
  EXPECT_FALSE(plan.scripts[0].sends.has_value());
}

TEST(Activity, of_a_long_run_fits_the_wire_and_tells_attempts_apart) {
  const std::string run = std::string(150, 'r') + "-offline-1";
  const std::string first = activity_of({.run = run, .attempt = 1});
  EXPECT_LE(first.size(), kIdLimitBytes);
  EXPECT_NE(first, activity_of({.run = run, .attempt = 2}));
}

}  // namespace
}  // namespace exo
