#include "host/table_publisher.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "host/state_folder.h"

namespace exo {
namespace {

Application application_with_public_web() {
  ServiceVersion first;
  first.role = "web";
  first.version = parse_semantic_version("1.0.0").value();
  first.type = ServiceType::kPublic;
  ServiceVersion second = first;
  second.version = parse_semantic_version("2.0.0").value();
  Application application;
  application.roles.push_back({.name = "web", .versions = {first, second}, .is_public = true});
  application.roles.push_back({.name = "todo", .versions = {first}});
  return application;
}

VersionStatus web(const std::string& version, VersionState state, GateState gate) {
  VersionStatus status;
  status.key = {"web", version};
  status.state = state;
  status.gate = gate;
  return status;
}

const std::vector<ReadyInstance> kBothReady = {{.version = {"web", "1.0.0"}, .port = 5001},
                                               {.version = {"web", "2.0.0"}, .port = 5002}};

TEST(ForwardingTable, leads_no_connection_to_a_held_version) {
  const auto table = make_forwarding_table(application_with_public_web(),
                                           {web("1.0.0", VersionState::kLive, GateState::kOpen),
                                            web("2.0.0", VersionState::kPreparing, GateState::kHeld)},
                                           kBothReady, 9);
  ASSERT_NE(table.find("web"), nullptr);
  ASSERT_EQ(table.find("web")->targets.size(), 1U);
  EXPECT_EQ(table.find("web")->targets[0].port, 5001);
  EXPECT_EQ(table.position, 9U);
}

TEST(ForwardingTable, names_the_versions_that_are_held_so_that_their_connections_end) {
  const auto table = make_forwarding_table(application_with_public_web(),
                                           {web("1.0.0", VersionState::kFailed, GateState::kHeld),
                                            web("2.0.0", VersionState::kLive, GateState::kOpen)},
                                           kBothReady, 9);
  EXPECT_EQ(table.find("web")->held, std::vector<std::string>{"1.0.0"});
}

TEST(ForwardingTable, leads_connections_to_the_newest_open_version) {
  const auto table = make_forwarding_table(application_with_public_web(),
                                           {web("1.0.0", VersionState::kLive, GateState::kOpen),
                                            web("2.0.0", VersionState::kLive, GateState::kOpen)},
                                           kBothReady, 9);
  ASSERT_EQ(table.find("web")->targets.size(), 1U);
  EXPECT_EQ(table.find("web")->targets[0].version, "2.0.0");
}

TEST(ForwardingTable, says_what_a_visitor_waits_for) {
  const auto table = make_forwarding_table(application_with_public_web(),
                                           {web("1.0.0", VersionState::kStarting, GateState::kHeld)}, {}, 1);
  EXPECT_TRUE(table.find("web")->targets.empty());
  EXPECT_EQ(table.find("web")->state, "web@1.0.0 is starting");
}

TEST(ForwardingTable, has_no_entry_for_roles_that_are_not_public) {
  const auto table = make_forwarding_table(application_with_public_web(), {}, kBothReady, 1);
  EXPECT_EQ(table.find("todo"), nullptr);
}

TEST(TablePublisher, counts_a_position_as_in_effect_when_both_sides_have_confirmed_it) {
  const auto sockets = SocketFolder::create();
  ASSERT_TRUE(sockets.ok());
  auto broker = Broker::start(
      {.endpoint = "ipc://" + (sockets.value().path() / "bus").string(), .environment = "local"});
  auto forwarder = Forwarder::start({});
  ASSERT_TRUE(broker.ok() && forwarder.ok());
  const Application application = application_with_public_web();
  const Rollout rollout;
  TablePublisher publisher({.broker = *broker.value(),
                            .forwarder = *forwarder.value(),
                            .application = application,
                            .rollout = rollout,
                            .script_sends = {},
                            .operator_may_send = false});
  EXPECT_EQ(publisher.broker_confirmed(5), std::nullopt);
  EXPECT_EQ(publisher.forwarder_confirmed(4), 4U);
  EXPECT_EQ(publisher.forwarder_confirmed(7), 5U);
  EXPECT_EQ(publisher.forwarder_confirmed(7), std::nullopt) << "it was told already";
}

}  // namespace
}  // namespace exo
