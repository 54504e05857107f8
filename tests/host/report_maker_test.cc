#include "host/report_maker.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exo {
namespace {

VersionStatus version(const std::string& number, GateState gate) {
  VersionStatus status;
  status.key = {"todo", number};
  status.state = gate == GateState::kOpen ? VersionState::kLive : VersionState::kFailed;
  status.gate = gate;
  return status;
}

std::vector<InstanceReport> no_instances(const VersionKey&) {
  return {};
}

std::vector<VersionReport> running() {
  VersionStatus status = version("1.0.0", GateState::kHeld);
  status.offline = {.state = ScriptState::kRunning, .run = "todo-1.0.0-offline-1", .attempt = 2};
  return make_version_reports({status}, no_instances);
}

TEST(VersionReports, tell_how_a_running_script_gets_on) {
  auto reports = running();
  PhaseProgress phase;
  phase.run = "todo-1.0.0-offline-1";
  phase.attempt = 2;
  phase.progress = ScriptProgress{.done = 10, .total = 40, .note = "copying"};
  phase.per_second = 5;
  phase.left = std::chrono::seconds(6);
  phase.quiet = std::chrono::milliseconds(1500);
  PhaseProgress earlier = phase;
  earlier.attempt = 1;
  earlier.per_second = 1;
  add_progress({phase, earlier}, reports);
  const auto& pace = reports[0].offline.pace;
  ASSERT_TRUE(pace);
  EXPECT_EQ(pace->done, 10);
  EXPECT_EQ(pace->total, 40);
  EXPECT_EQ(pace->note, "copying");
  EXPECT_EQ(pace->per_second, 5);
  EXPECT_EQ(pace->left_ms, 6000);
  EXPECT_EQ(pace->quiet_ms, 1500);
  EXPECT_EQ(pace->text, "5/s, 6.0 s left");
  EXPECT_FALSE(reports[0].online.pace) << "which does not run";
}

TEST(VersionReports, tell_which_locks_a_running_script_has_and_waits_for) {
  auto reports = running();
  const auto locks = [](const rollout::AttemptId& id) -> std::vector<LockTable::Standing> {
    if (id != rollout::AttemptId{.run = "todo-1.0.0-offline-1", .attempt = 2}) return {};
    return {{.key = "accounts", .number = 7, .held_by = ""},
            {.key = "stock", .number = 0, .held_by = "deployment-shop-2.0.0"}};
  };
  add_locks(locks, reports);
  const auto& told = reports[0].offline.locks;
  ASSERT_EQ(told.size(), 2U);
  EXPECT_EQ(told[0].key, "accounts");
  EXPECT_EQ(told[0].number, 7U);
  EXPECT_EQ(told[1].held_by, "deployment-shop-2.0.0");
  EXPECT_TRUE(reports[0].online.locks.empty());
}

TEST(VersionReports, give_a_held_version_no_share) {
  const auto reports = make_version_reports({version("1.0.0", GateState::kHeld)}, no_instances);
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].split, 0);
  EXPECT_EQ(reports[0].gate, "held");
  EXPECT_EQ(reports[0].state, "failed");
}

TEST(VersionReports, give_all_traffic_to_the_newest_open_version) {
  const auto reports =
      make_version_reports({version("1.0.0", GateState::kOpen), version("2.0.0", GateState::kOpen),
                            version("3.0.0", GateState::kHeld)},
                           no_instances);
  EXPECT_EQ(reports[0].split, 0);
  EXPECT_EQ(reports[1].split, 1);
  EXPECT_EQ(reports[2].split, 0);
}

TEST(VersionReports, say_how_far_a_running_script_is) {
  VersionStatus status = version("1.0.0", GateState::kHeld);
  status.offline.state = ScriptState::kRunning;
  status.offline.run = "todo-1.0.0-offline-1";
  status.offline.attempt = 2;
  status.offline.progress = ScriptProgress{.done = 10, .total = 60'000, .note = "copying"};
  const auto reports = make_version_reports({status}, no_instances);
  EXPECT_EQ(reports[0].offline.state, "running");
  EXPECT_EQ(reports[0].offline.progress, "10 of 60000, copying");
  EXPECT_EQ(reports[0].online.state, "none");
}

TEST(VersionReports, of_versions_that_were_removed_give_them_no_traffic) {
  const auto reports = make_reports_of_missing({version("1.0.0", GateState::kOpen)});
  ASSERT_EQ(reports.size(), 1U);
  EXPECT_EQ(reports[0].state, "live");  // as the ledger has it
  EXPECT_EQ(reports[0].gate, "held");
  EXPECT_EQ(reports[0].split, 0);
  EXPECT_FALSE(reports[0].in_application);
  EXPECT_TRUE(make_version_reports({version("1.0.0", GateState::kOpen)}, no_instances)[0].in_application);
}

TEST(VersionReports, ask_for_the_instances_of_each_version) {
  const auto reports = make_version_reports({version("1.0.0", GateState::kOpen)}, [](const VersionKey& key) {
    return std::vector<InstanceReport>{{.id = to_text(key)}};
  });
  ASSERT_EQ(reports[0].instances.size(), 1U);
  EXPECT_EQ(reports[0].instances[0].id, "todo@1.0.0");
}

}  // namespace
}  // namespace exo
