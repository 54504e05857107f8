// What the router counts of each route.
#include <gtest/gtest.h>

#include "tests/bus/watched_world.h"

namespace exo::routing {
namespace {

using std::chrono::milliseconds;
using Errors = std::vector<std::pair<std::string, std::uint64_t>>;

class TrafficTest : public testing::Test {
 protected:
  RouteTraffic route(std::string_view sender, std::string_view name, std::string_view version = "1.0.0") {
    const Traffic traffic = world_.router.traffic();
    for (const RouteTraffic& route : traffic.routes) {
      if (route.sender == sender && route.name == name && route.version == version) return route;
    }
    return {};
  }
  void ask(const char* id) { world_.command(world_.web, "todos.list", {.id = id, .expects = Expects::kOne}); }
  WatchedWorld world_;
};

TEST_F(TrafficTest, ARefusedCommandCountsWithItsCodeAndWithoutARoute) {
  world_.command(world_.web, "nobody.said.so", {});
  world_.command(world_.web, "unheard", {});
  const RouteTraffic refused = route("web", "", "");
  EXPECT_EQ(refused.receiver, "");
  EXPECT_EQ(refused.commands, 2U);
  EXPECT_EQ(refused.errors, (Errors{{"not-allowed", 1}, {"no-receiver", 1}}));
}

TEST_F(TrafficTest, ACommandCountsWhereItIsDelivered) {
  ask("m1");
  world_.pass(milliseconds(20));
  world_.handled(world_.todo, {1});
  world_.pass(milliseconds(10));
  world_.reply(world_.todo, "todos.listed", "m1");
  const RouteTraffic list = route("web", "todos.list");
  EXPECT_EQ(list.receiver, "todo");
  EXPECT_EQ(list.commands, 1U);
  EXPECT_EQ(list.replies, 1U);
  EXPECT_EQ(list.in_queue.longest, milliseconds(0));
  EXPECT_EQ(list.handling.sum, milliseconds(20));
  EXPECT_EQ(list.first_reply.sum, milliseconds(30));
  EXPECT_TRUE(list.errors.empty());
}

TEST_F(TrafficTest, EachPageIsAReplyAndOnlyTheFirstIsTimed) {
  world_.command(world_.web, "todos.list", {.id = "m1", .expects = Expects::kOne});
  world_.pass(milliseconds(5));
  world_.reply(world_.todo, "todos.listed", "m1", {.more = true});
  world_.pass(milliseconds(5));
  world_.reply(world_.todo, "todos.listed", "m1", {.page = 1});
  EXPECT_EQ(route("web", "todos.list").replies, 2U);
  EXPECT_EQ(route("web", "todos.list").first_reply.count, 1U);
  EXPECT_EQ(route("web", "todos.list").first_reply.longest, milliseconds(5));
}

TEST_F(TrafficTest, WhatWaitsIsCountedUntilItIsDelivered) {
  world_.say(world_.todo, Kind::kDrain);
  ask("m1");
  ask("m2");
  const std::uint64_t queued = route("web", "todos.list").queued + route("web", "todos.list", "").queued;
  EXPECT_EQ(queued, 2U);
  EXPECT_EQ(route("web", "todos.list").commands, 0U);
  world_.pass(milliseconds(30));
  world_.join("todo@1.0.0");
  EXPECT_EQ(route("web", "todos.list").queued + route("web", "todos.list", "").queued, 0U);
  EXPECT_EQ(route("web", "todos.list").commands, 2U);
  EXPECT_EQ(route("web", "todos.list").in_queue.sum, milliseconds(60));
}

TEST_F(TrafficTest, AHandlerThatFailsIsAnErrorOfItsVersion) {
  ask("m1");
  world_.failed(world_.todo, 1, "no disk");
  EXPECT_EQ(route("web", "todos.list").errors, (Errors{{"handler-failed", 1}}));
  EXPECT_EQ(route("web", "todos.list").commands, 1U);
}

TEST_F(TrafficTest, WhatExpiresInAQueueIsAnErrorAndACommandOnce) {
  world_.say(world_.todo, Kind::kDrain);
  world_.command(world_.web, "todos.list", {.id = "m1", .timeout_ms = 100});
  world_.pass(milliseconds(300));
  const RouteTraffic waited = route("web", "todos.list", "").commands > 0 ? route("web", "todos.list", "")
                                                                          : route("web", "todos.list");
  EXPECT_EQ(waited.commands, 1U);
  EXPECT_EQ(waited.queued, 0U);
  EXPECT_EQ(waited.errors, (Errors{{"expired", 1}}));
}

TEST_F(TrafficTest, WhatItsReceiverDoesNotAnswerInTimeIsAnError) {
  world_.command(world_.web, "todos.list", {.id = "m1", .expects = Expects::kOne, .timeout_ms = 100});
  world_.pass(milliseconds(300));
  EXPECT_EQ(route("web", "todos.list").commands, 1U);
  EXPECT_EQ(route("web", "todos.list").errors, (Errors{{"expired", 1}}));
}

TEST_F(TrafficTest, WhoIsLateAndFailsThenIsOneError) {
  world_.command(world_.web, "todos.list", {.id = "m1", .expects = Expects::kOne, .timeout_ms = 100});
  world_.pass(milliseconds(300));
  world_.failed(world_.todo, 1, "no disk");
  EXPECT_EQ(route("web", "todos.list").errors, (Errors{{"expired", 1}}));
}

TEST_F(TrafficTest, WhoHandlesInTimeAndAnswersNothingIsAnError) {
  world_.command(world_.web, "todos.list", {.id = "m1", .expects = Expects::kOne, .timeout_ms = 100});
  world_.handled(world_.todo, {1});
  world_.pass(milliseconds(300));
  EXPECT_EQ(route("web", "todos.list").errors, (Errors{{"expired", 1}}));
}

TEST_F(TrafficTest, WhatIsAnsweredOrExpectsNoAnswerDoesNotExpireWithItsReceiver) {
  world_.command(world_.web, "todos.list", {.id = "m1", .expects = Expects::kOne, .timeout_ms = 100});
  world_.reply(world_.todo, "todos.listed", "m1");
  world_.command(world_.web, "todos.list", {.id = "m2", .timeout_ms = 100});
  world_.pass(milliseconds(300));
  EXPECT_TRUE(route("web", "todos.list").errors.empty());
}

TEST_F(TrafficTest, RedeliveredIsCountedOnceMoreAndIsNoFurtherCommand) {
  world_.script("todo@1.0.0");
  world_.publish();
  const std::string script = world_.join_script("todo@1.0.0");
  world_.command(script, "mail.send", {.id = "m1"});
  world_.connection_breaks(world_.mail);
  world_.join("mail@1.0.0");
  const RouteTraffic mail = route("deployment-todo-1.0.0", "mail.send");
  EXPECT_EQ(mail.commands, 1U);
  EXPECT_EQ(mail.redelivered, 1U);
  EXPECT_TRUE(mail.errors.empty());
}

TEST_F(TrafficTest, AnInstanceThatDiesIsAnErrorOfWhatItHad) {
  ask("m1");
  world_.connection_breaks(world_.todo);
  EXPECT_EQ(route("web", "todos.list").errors, (Errors{{"receiver-lost", 1}}));
}

TEST_F(TrafficTest, WhatOperatorsAskOfExoIsNoTraffic) {
  world_.ask("exo.status", Value::map({}));
  EXPECT_TRUE(world_.router.traffic().routes.empty());
}

}  // namespace
}  // namespace exo::routing
