// What the router remembers of an activity.
#include <gtest/gtest.h>

#include "tests/bus/watched_world.h"

namespace exo::routing {
namespace {

using std::chrono::milliseconds;

class TraceTest : public testing::Test {
 protected:
  // web asks todo, in whose handler todo sends a mail.
  void begin(std::string caused_by) {
    world_.command(world_.web, "todos.list", {.id = "m1", .activity = "a1", .expects = Expects::kOne});
    world_.pass(milliseconds(10));
    world_.command(world_.todo, "mail.send",
                   {.id = "m2", .activity = "a1", .caused_by = std::move(caused_by)});
  }
  std::vector<Value> hops(const char* activity = "a1") {
    answer_ = world_.ask("exo.trace", Value::map({{"activity", activity}}));
    return *answer_.find("hops")->list();
  }

  WatchedWorld world_;
  Value answer_;
};

TEST_F(TraceTest, NoActivityIsRefused) {
  world_.heard();
  world_.command(world_.looker, "exo.trace", {.id = "q", .payload = "\x80", .expects = Expects::kOne});
  EXPECT_EQ(world_.heard(), "operator-1: error malformed q: payload: `activity` is missing\n");
}

TEST_F(TraceTest, AnActivityThatNobodyKnowsHasNoHops) {
  EXPECT_TRUE(hops().empty());
}

TEST_F(TraceTest, ARunningActivityIsShownAsFarAsItHasCome) {
  begin("m1");
  const auto all = hops();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(text_at(all[0], "id"), "m1");
  EXPECT_EQ(text_at(all[0], "name"), "todos.list");
  EXPECT_EQ(text_at(all[0], "receiverName"), "list");
  EXPECT_EQ(text_at(all[0], "receiverVersion"), "1.0.0");
  EXPECT_EQ(number_at(all[0], "parent"), 0U);
  EXPECT_EQ(number_at(all[0], "handled"), 0U);
  EXPECT_EQ(number_at(all[1], "parent"), number_at(all[0], "number"));
  EXPECT_EQ(number_at(all[1], "taken") - number_at(all[0], "taken"), 10'000'000U);
}

TEST_F(TraceTest, TimesOfDeliveryCompletionAndReplyAreTold) {
  begin("m1");
  world_.handled(world_.mail, {1});
  world_.pass(milliseconds(5));
  world_.reply(world_.todo, "todos.listed", "m1", {.more = true});
  world_.pass(milliseconds(5));
  world_.reply(world_.todo, "todos.listed", "m1", {.page = 1});
  world_.handled(world_.todo, {1});
  const auto all = hops();
  const std::uint64_t taken = number_at(all[0], "taken");
  EXPECT_EQ(number_at(all[0], "delivered"), taken);
  EXPECT_EQ(number_at(all[0], "firstReply"), taken + 15'000'000U);
  EXPECT_EQ(number_at(all[0], "lastReply"), taken + 20'000'000U);
  EXPECT_EQ(number_at(all[0], "handled"), taken + 20'000'000U);
  EXPECT_EQ(number_at(all[0], "replies"), 2U);
  EXPECT_EQ(text_at(all[0], "reply"), "todos.listed");
  EXPECT_EQ(number_at(all[1], "handled"), number_at(all[1], "delivered"));
}

TEST_F(TraceTest, WithoutAWordFromTheRelayWhatTheSenderHasInHandIsTheCause) {
  begin("");
  const auto all = hops();
  EXPECT_EQ(number_at(all[1], "parent"), number_at(all[0], "number"));
}

TEST_F(TraceTest, ACauseThatIsNotThereAnyMoreIsSaid) {
  begin("long-ago");
  const auto all = hops();
  EXPECT_EQ(number_at(all[1], "parent"), 0U);
  ASSERT_NE(all[1].find("causeUnknown"), nullptr);
}

TEST_F(TraceTest, ErrorsAndRefusalsAreHops) {
  world_.command(world_.web, "todos.list", {.id = "m1", .activity = "a1"});
  world_.failed(world_.todo, 1, "no disk");
  world_.command(world_.web, "unheard", {.id = "m2", .activity = "a1"});
  const auto all = hops();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(text_at(all[0], "code"), "handler-failed");
  EXPECT_EQ(text_at(all[1], "code"), "no-receiver");
  EXPECT_EQ(text_at(all[1], "name"), "unheard");
  EXPECT_EQ(text_at(all[1], "receiver"), "");
}

TEST_F(TraceTest, WhatItsReceiverDoesNotAnswerInTimeHasFailed) {
  world_.command(world_.web, "todos.list",
                 {.id = "m1", .activity = "a1", .expects = Expects::kOne, .timeout_ms = 100});
  world_.pass(milliseconds(300));
  const auto all = hops();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(text_at(all[0], "code"), "expired");
  EXPECT_EQ(number_at(all[0], "failed") - number_at(all[0], "taken"), 300'000'000U);
}

TEST_F(TraceTest, ARedeliveryIsCounted) {
  world_.script("todo@1.0.0");
  world_.publish();
  const std::string script = world_.join_script("todo@1.0.0");
  world_.command(script, "mail.send", {.id = "m1", .activity = "a1"});
  world_.connection_breaks(world_.mail);
  world_.join("mail@1.0.0");
  const auto all = hops();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(number_at(all[0], "deliveries"), 2U);
}

TEST_F(TraceTest, WhatIsOverwrittenIsSaidAndMoreIsNotRemembered) {
  begin("m1");
  EXPECT_EQ(number_at(answer_, "overwritten"), 0U);
  for (std::size_t i = 0; i < TraceRing::kHops; ++i) {
    world_.command(world_.web, "unheard", {.activity = "flood"});
    world_.router.outbox().clear_deliveries();
  }
  EXPECT_TRUE(hops("a1").empty());
  EXPECT_EQ(number_at(answer_, "overwritten"), 2U);
  EXPECT_GT(number_at(answer_, "reachesBackTo"), 0U);
  EXPECT_EQ(hops("flood").size(), Watch::kTracedHops);
  EXPECT_EQ(number_at(answer_, "leftOut"), TraceRing::kHops - Watch::kTracedHops);
  world_.handled(world_.todo, {1});  // of a hop that is overwritten: nothing to write it to
}

}  // namespace
}  // namespace exo::routing
