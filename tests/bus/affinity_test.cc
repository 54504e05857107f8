#include "bus/affinity.h"

#include <gtest/gtest.h>

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
  Affinity affinity_{3};
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

}  // namespace
}  // namespace exo::routing
