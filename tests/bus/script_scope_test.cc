#include "bus/script_scope.h"

#include <gtest/gtest.h>

namespace exo::routing {
namespace {

class ScriptScopeTest : public testing::Test {
 protected:
  std::size_t flows_told() {
    const std::size_t told = outbox_.events().size();
    outbox_.events().clear();
    return told;
  }
  Outbox outbox_;
  ScriptScope scope_{"script-1", outbox_};
};

TEST_F(ScriptScopeTest, CommandsOutliveTheirScript) {
  Command command;
  {
    ScriptScope ending("script-2", outbox_);
    ending.take(command);
  }
  EXPECT_EQ(command.scope, nullptr);
  EXPECT_FALSE(command.of_scope.linked);
}

TEST_F(ScriptScopeTest, NamesMadeFromDataAreTakenForNoFlows) {
  for (int i = 0; i < 5000; ++i) scope_.see_flow("script", "name" + std::to_string(i), "", "todo");
  EXPECT_EQ(flows_told(), 1000U);
}

TEST_F(ScriptScopeTest, FlowsAreCountedAnewOnTheNextConnection) {
  scope_.see_flow("script", "name", "name", "todo");
  scope_.end_flows();
  scope_.see_flow("script", "name", "name", "todo");
  EXPECT_EQ(flows_told(), 2U);
}

TEST_F(ScriptScopeTest, BarriersPassInTheirOrder) {
  Command command;
  command.arrival = 1;
  scope_.take(command);
  scope_.pass_when_settled({.id = "first"}, 2);
  scope_.pass_when_settled({.id = "second"}, 3);
  EXPECT_EQ(outbox_.events().size(), 0U);
  scope_.settle(command);
  ASSERT_EQ(outbox_.events().size(), 2U);
  EXPECT_EQ(std::get<MessageToExo>(outbox_.events()[0]).id, "first");
  EXPECT_EQ(std::get<MessageToExo>(outbox_.events()[1]).id, "second");
}

TEST_F(ScriptScopeTest, OnlySoManyBytesWait) {
  constexpr std::size_t kMebibyte = 1024U * 1024;
  Command command;
  command.arrival = 1;
  scope_.take(command);
  EXPECT_TRUE(scope_.room_for(17 * kMebibyte).ok()) << "one is always taken";
  MessageToExo checkpoint;
  checkpoint.payload = Payload(std::string(10 * kMebibyte, 'x'));
  scope_.pass_when_settled(std::move(checkpoint), 2);
  EXPECT_TRUE(scope_.room_for(6 * kMebibyte).ok());
  EXPECT_EQ(scope_.room_for(6 * kMebibyte + 1).error().code, "overloaded");
  scope_.settle(command);
  EXPECT_TRUE(scope_.room_for(17 * kMebibyte).ok());
}

TEST_F(ScriptScopeTest, QuietScriptsAreNotReported) {
  scope_.report_activity();
  EXPECT_EQ(outbox_.events().size(), 0U);
}

}  // namespace
}  // namespace exo::routing
