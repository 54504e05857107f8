#include "bus/script_scope.h"

#include <gtest/gtest.h>

namespace exo::routing {
namespace {

class ScriptScopeTest : public testing::Test {
 protected:
  std::size_t flows_told() {
    const std::size_t told = outbox.events().size();
    outbox.events().clear();
    return told;
  }
  Outbox outbox;
  ScriptScope scope{"script-1", outbox};
};

TEST_F(ScriptScopeTest, CommandsOutliveTheirScript) {
  Command command;
  {
    ScriptScope ending("script-2", outbox);
    ending.take(command);
  }
  EXPECT_EQ(command.scope, nullptr);
  EXPECT_FALSE(command.of_scope.linked);
}

TEST_F(ScriptScopeTest, NamesMadeFromDataAreTakenForNoFlows) {
  for (int i = 0; i < 5000; ++i) scope.see_flow("script", "name" + std::to_string(i), "", "todo");
  EXPECT_EQ(flows_told(), 1000U);
}

TEST_F(ScriptScopeTest, FlowsAreCountedAnewOnTheNextConnection) {
  scope.see_flow("script", "name", "name", "todo");
  scope.end_flows();
  scope.see_flow("script", "name", "name", "todo");
  EXPECT_EQ(flows_told(), 2U);
}

TEST_F(ScriptScopeTest, BarriersPassInTheirOrder) {
  Command command;
  command.arrival = 1;
  scope.take(command);
  scope.pass_when_settled({.id = "first"}, 2);
  scope.pass_when_settled({.id = "second"}, 3);
  EXPECT_EQ(outbox.events().size(), 0U);
  scope.settle(command);
  ASSERT_EQ(outbox.events().size(), 2U);
  EXPECT_EQ(std::get<MessageToExo>(outbox.events()[0]).id, "first");
  EXPECT_EQ(std::get<MessageToExo>(outbox.events()[1]).id, "second");
}

TEST_F(ScriptScopeTest, QuietScriptsAreNotReported) {
  scope.report_activity();
  EXPECT_EQ(outbox.events().size(), 0U);
}

}  // namespace
}  // namespace exo::routing
