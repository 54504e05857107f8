#include "bus/affinity.h"

#include <gtest/gtest.h>

#include <string>

namespace exo::routing {
namespace {

class AffinityTest : public testing::Test {
 protected:
  AffinityTest() {
    for (const char* role : {"todo", "mail"}) {
      plan_.versions.push_back({.role = role, .version = "1.0.0", .gate = Gate::kOpen});
    }
    fleet_.adopt(RoutingTable::compile(plan_));
  }
  VersionState& todo() { return *fleet_.versions()[0]; }
  VersionState& mail() { return *fleet_.versions()[1]; }
  RoutingPlan plan_;
  Fleet fleet_;
  Affinity affinity_{fleet_, 3};
};

TEST_F(AffinityTest, AnUnknownActivityHasNoTie) {
  EXPECT_EQ(affinity_.find("a", *todo().role).version, nullptr);
}

TEST_F(AffinityTest, ATieEndsWhenItsVersionsGateCloses) {
  affinity_.remember("a", todo(), 1);
  plan_.versions[0].gate = Gate::kHeld;
  fleet_.adopt(RoutingTable::compile(plan_));
  plan_.versions[0].gate = Gate::kOpen;
  fleet_.adopt(RoutingTable::compile(plan_));
  EXPECT_EQ(affinity_.find("a", *todo().role).version, nullptr);
}

TEST_F(AffinityTest, ATieOutlivesDraining) {
  affinity_.remember("a", todo(), 1);
  plan_.versions[0].gate = Gate::kDraining;
  fleet_.adopt(RoutingTable::compile(plan_));
  EXPECT_EQ(affinity_.find("a", *todo().role).version, &todo());
}

TEST_F(AffinityTest, AnActivityHasATieForEachRole) {
  affinity_.remember("a", todo(), 1);
  affinity_.remember("a", mail(), 2);
  EXPECT_EQ(affinity_.find("a", *todo().role).instance, 1U);
  EXPECT_EQ(affinity_.find("a", *mail().role).instance, 2U);
}

TEST_F(AffinityTest, TheLatestInstanceCounts) {
  affinity_.remember("a", todo(), 1);
  affinity_.remember("a", todo(), 2);
  EXPECT_EQ(affinity_.find("a", *todo().role).instance, 2U);
}

TEST_F(AffinityTest, TheLeastRecentlyUsedTieLeavesFirst) {
  for (const char* activity : {"a", "b", "c"}) affinity_.remember(activity, todo(), 1);
  affinity_.find("a", *todo().role);
  affinity_.remember("d", todo(), 1);
  EXPECT_EQ(affinity_.find("b", *todo().role).version, nullptr);
  EXPECT_NE(affinity_.find("a", *todo().role).version, nullptr);
  EXPECT_EQ(affinity_.size(), 3U);
}

TEST_F(AffinityTest, WhatIsUsedAgainAndAgainOutlivesManyOthers) {
  Affinity affinity(fleet_, 64);
  for (int i = 0; i < 10'000; ++i) {
    affinity.remember("other " + std::to_string(i), todo(), 1);
    if (i % 20 == 0) affinity.remember("kept", todo(), 2);
  }
  EXPECT_EQ(affinity.find("kept", *todo().role).instance, 2U);
  EXPECT_EQ(affinity.size(), 64U);
}

TEST_F(AffinityTest, TheLatestAreThereWhenItIsFull) {
  Affinity affinity(fleet_, 64);
  for (std::uint64_t i = 1; i <= 1000; ++i) affinity.remember("a" + std::to_string(i), todo(), i);
  for (std::uint64_t i = 1000; i > 1000 - 32; --i) {
    EXPECT_EQ(affinity.find("a" + std::to_string(i), *todo().role).instance, i);
  }
  EXPECT_EQ(affinity.find("a1", *todo().role).version, nullptr);
}

}  // namespace
}  // namespace exo::routing
