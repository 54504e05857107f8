// Which versions wait for other roles before they are started.
#include <gtest/gtest.h>

#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using Until = rollout::Dependency::Until;

const VersionKey kWeb{"web", "1.0.0"};
const VersionKey kTodo1{"todo", "1.0.0"};
const VersionKey kTodo2{"todo", "2.0.0"};

rollout::VersionToBringIn depending(rollout::VersionToBringIn version, Until until) {
  version.dependencies = {{"todo", until}};
  return version;
}

bool was_started(const RolloutBench& bench, const VersionKey& version) {
  const auto starts = bench.all<rollout::StartInstances>();
  return std::any_of(starts.begin(), starts.end(),
                     [&](const auto& start) { return start.version == version; });
}

TEST(Dependency, OnAStartedRoleWaitsForAProcess) {
  RolloutBench bench;
  bench.begin({depending(plain(kWeb), Until::kStarted), plain(kTodo1)});
  EXPECT_FALSE(was_started(bench, kWeb));
  EXPECT_EQ(bench.status(kWeb).state, VersionState::kStaged);
  EXPECT_EQ(bench.status(kWeb).reason, "it waits for todo to be started");
  const auto told = bench.announced(rollout::AnnouncementKind::kVersionWaits);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].text, "web@1.0.0 is not started yet: it waits for todo to be started");
  bench.feed(rollout::InstanceStarted{kTodo1});
  EXPECT_TRUE(was_started(bench, kWeb));
}

TEST(Dependency, OnAReadyRoleWaitsForAReadyInstance) {
  RolloutBench bench;
  bench.begin({depending(plain(kWeb), Until::kReady), plain(kTodo1)});
  bench.feed(rollout::InstanceStarted{kTodo1});
  EXPECT_FALSE(was_started(bench, kWeb));
  bench.ready(kTodo1);
  EXPECT_TRUE(was_started(bench, kWeb));
}

TEST(Dependency, OnAReadyRoleIsMetByAHeldVersion) {
  RolloutBench bench;
  bench.begin({depending(plain(kWeb), Until::kReady), with_script(kTodo1)});
  bench.ready(kTodo1);
  EXPECT_TRUE(was_started(bench, kWeb));
}

TEST(Dependency, OnALiveRoleLetsThatRolesScriptGoFirst) {
  RolloutBench bench;
  bench.begin({depending(plain(kWeb), Until::kLive), with_script(kTodo1)});
  bench.ready(kTodo1);
  EXPECT_FALSE(was_started(bench, kWeb));
  bench.succeeds(kTodo1);
  EXPECT_FALSE(was_started(bench, kWeb)) << "its online phase is still to run";
  bench.succeeds(kTodo1);
  EXPECT_TRUE(was_started(bench, kWeb)) << bench.transcript();
  bench.ready(kWeb);
  EXPECT_EQ(bench.all<rollout::Ready>().size(), 1u);
}

TEST(Dependency, OnARoleThatWaitsForAScriptDoesNotHoldThatScriptUp) {
  const VersionKey users{"users", "1.0.0"};
  rollout::VersionToBringIn users_after_web = plain(users);
  users_after_web.dependencies = {{"web", Until::kReady}};
  RolloutBench bench;
  bench.begin({users_after_web, depending(plain(kWeb), Until::kLive), with_script(kTodo1)});
  bench.ready(kTodo1);
  bench.succeeds(kTodo1);
  bench.succeeds(kTodo1);
  bench.ready(kWeb);
  EXPECT_TRUE(was_started(bench, users)) << bench.transcript();
}

TEST(Dependency, OnARoleWhoseLatestVersionRequiresOneWithAScriptDoesNotHoldThatScriptUp) {
  rollout::VersionToBringIn second = plain(kTodo2);
  second.required_versions = {{.version = kTodo1, .place = {}}};
  rollout::VersionToBringIn web = depending(plain(kWeb), Until::kLive);
  RolloutBench bench;
  bench.begin({second, web, with_script(kTodo1)});
  bench.ready(kTodo1);
  EXPECT_TRUE(bench.has_attempt(kTodo1)) << bench.transcript();
}

TEST(Dependency, OnARoleWhoseOnlyVersionWithoutAScriptFailsDoesNotHoldTheOthersScriptUp) {
  RolloutBench bench;
  bench.begin({depending(plain(kWeb), Until::kLive), plain(kTodo1), with_script(kTodo2)});
  bench.ready(kTodo2);
  EXPECT_FALSE(bench.has_attempt(kTodo2));
  bench.feed(rollout::InstanceNotReady{kTodo1, "it does not come"});
  EXPECT_TRUE(bench.has_attempt(kTodo2)) << bench.transcript();
}

TEST(Dependency, IsMetByAnyVersionOfTheRole) {
  RolloutBench bench;
  bench.begin({depending(plain(kWeb), Until::kLive), plain(kTodo1), with_script(kTodo2)});
  bench.ready(kTodo1);
  EXPECT_TRUE(was_started(bench, kWeb));
}

TEST(Dependency, WaitsAgainInTheNextRollout) {
  RolloutBench first;
  first.begin({depending(plain(kWeb), Until::kReady), plain(kTodo1)});
  first.ready(kTodo1);
  first.ready(kWeb);
  RolloutBench second(first.ledger());
  second.begin({depending(plain(kWeb), Until::kReady), plain(kTodo1)});
  EXPECT_FALSE(was_started(second, kWeb));
  second.ready(kTodo1);
  EXPECT_TRUE(was_started(second, kWeb));
}

TEST(Dependency, ThatIsLostLaterStopsNothing) {
  RolloutBench bench;
  bench.begin({depending(plain(kWeb), Until::kReady), plain(kTodo1)});
  bench.ready(kTodo1);
  bench.ready(kWeb);
  bench.feed(rollout::InstanceLost{kTodo1});
  EXPECT_EQ(bench.status(kWeb).state, VersionState::kLive);
}

TEST(Dependency, OnARoleThatFailsHoldsTheVersionAndSaysWhy) {
  RolloutBench bench;
  bench.begin({depending(plain(kWeb), Until::kReady), plain(kTodo1)});
  bench.feed(rollout::InstanceNotReady{kTodo1, "it does not come"});
  EXPECT_EQ(bench.status(kWeb).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kWeb).reason,
            "it depends on todo being ready, but no version of it is, and all have failed");
  EXPECT_EQ(bench.all<rollout::Ready>().size(), 1u);
  EXPECT_FALSE(was_started(bench, kWeb));
}

TEST(Dependency, ThatComesBackLetsTheVersionBegin) {
  RolloutBench bench;
  bench.begin({depending(plain(kWeb), Until::kReady), plain(kTodo1)});
  bench.feed(rollout::InstanceNotReady{kTodo1, "it does not come"});
  bench.ready(kTodo1);
  EXPECT_TRUE(was_started(bench, kWeb)) << bench.transcript();
  bench.ready(kWeb);
  EXPECT_EQ(bench.status(kWeb).state, VersionState::kLive);
  EXPECT_EQ(bench.status(kWeb).gate, GateState::kOpen);
  EXPECT_EQ(bench.events_of(kWeb), "version-failed, version-introduced, gate-opened, version-live");
}

TEST(Dependency, ThatFailsClosesTheGateOfAVersionThatWasLive) {
  RolloutBench first;
  first.begin({depending(plain(kWeb), Until::kReady), plain(kTodo1)});
  first.ready(kTodo1);
  first.ready(kWeb);
  RolloutBench second(first.ledger());
  second.begin({depending(plain(kWeb), Until::kReady), plain(kTodo1)});
  second.feed(rollout::InstanceNotReady{kTodo1, "it does not come"});
  EXPECT_EQ(second.status(kWeb).gate, GateState::kHeld);
  second.ready(kTodo1);
  second.ready(kWeb);
  EXPECT_EQ(second.status(kWeb).state, VersionState::kLive) << second.transcript();
}

}  // namespace
}  // namespace exo
