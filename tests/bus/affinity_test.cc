#include "bus/affinity.h"

#include <gtest/gtest.h>

namespace exo::routing {
namespace {

class AffinityTest : public testing::Test {
 protected:
  AffinityTest() {
    for (const char* role : {"todo", "mail"}) {
      plan.versions.push_back({.role = role, .version = "1.0.0", .gate = Gate::kOpen});
    }
    fleet.adopt(RoutingTable::compile(plan));
  }
  VersionState& todo() { return *fleet.versions()[0]; }
  VersionState& mail() { return *fleet.versions()[1]; }
  RoutingPlan plan;
  Fleet fleet;
  Affinity affinity{3};
};

TEST_F(AffinityTest, AnUnknownActivityHasNoTie) {
  EXPECT_EQ(affinity.find("a", *todo().role).version, nullptr);
}

TEST_F(AffinityTest, ATieEndsWhenItsVersionsGateCloses) {
  affinity.remember("a", todo(), 1);
  plan.versions[0].gate = Gate::kHeld;
  fleet.adopt(RoutingTable::compile(plan));
  plan.versions[0].gate = Gate::kOpen;
  fleet.adopt(RoutingTable::compile(plan));
  EXPECT_EQ(affinity.find("a", *todo().role).version, nullptr);
}

TEST_F(AffinityTest, ATieOutlivesDraining) {
  affinity.remember("a", todo(), 1);
  plan.versions[0].gate = Gate::kDraining;
  fleet.adopt(RoutingTable::compile(plan));
  EXPECT_EQ(affinity.find("a", *todo().role).version, &todo());
}

TEST_F(AffinityTest, AnActivityHasATieForEachRole) {
  affinity.remember("a", todo(), 1);
  affinity.remember("a", mail(), 2);
  EXPECT_EQ(affinity.find("a", *todo().role).instance, 1U);
  EXPECT_EQ(affinity.find("a", *mail().role).instance, 2U);
}

TEST_F(AffinityTest, TheLatestInstanceCounts) {
  affinity.remember("a", todo(), 1);
  affinity.remember("a", todo(), 2);
  EXPECT_EQ(affinity.find("a", *todo().role).instance, 2U);
}

TEST_F(AffinityTest, TheLeastRecentlyUsedTieLeavesFirst) {
  for (const char* activity : {"a", "b", "c"}) affinity.remember(activity, todo(), 1);
  affinity.find("a", *todo().role);
  affinity.remember("d", todo(), 1);
  EXPECT_EQ(affinity.find("b", *todo().role).version, nullptr);
  EXPECT_NE(affinity.find("a", *todo().role).version, nullptr);
  EXPECT_EQ(affinity.size(), 3U);
}

}  // namespace
}  // namespace exo::routing
