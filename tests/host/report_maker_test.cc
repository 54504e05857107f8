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
