// What those see who look at messages as they flow.
#include <gtest/gtest.h>

#include "bus/taps.h"
#include "tests/bus/watched_world.h"

namespace exo::routing {
namespace {

using std::chrono::milliseconds;

class TapTest : public testing::Test {
 protected:
  // A tap with this filter that waits for messages.
  void tap(const Value& filter) { ASSERT_TRUE(world_.ask("exo.tap", filter).is_nil()); }
  void ask(const char* id, std::string payload = {}) {
    world_.command(world_.web, "todos.list",
                   {.id = id, .payload = std::move(payload), .activity = "a1", .expects = Expects::kOne});
  }
  // What the tap is told now: "kind name" of each message, a word each.
  std::string seen() {
    answer_ = world_.answer();
    std::string text;
    if (const Value* messages = answer_.find("messages")) {
      for (const Value& message : *messages->list()) {
        text += text_at(message, "kind") + ":" + text_at(message, "name") + " ";
      }
    }
    return text;
  }
  const Value& message(std::size_t index) { return answer_.find("messages")->list()->at(index); }

  WatchedWorld world_;
  Value answer_;
};

TEST_F(TapTest, AFilterThatIsNoMapIsRefused) {
  world_.heard();
  world_.command(world_.looker, "exo.tap", {.id = "q", .payload = "\x01", .expects = Expects::kOne});
  EXPECT_EQ(world_.heard(), "operator-1: error malformed q: payload: it must be a map\n");
}

TEST_F(TapTest, OnlyOperatorsTap) {
  world_.heard();
  world_.command(world_.web, "exo.tap", {.id = "q", .payload = "\x80", .expects = Expects::kOne});
  EXPECT_EQ(world_.heard().find("web-1: error not-allowed"), 0U);
}

TEST_F(TapTest, ItIsAnsweredWhenSomethingHasGoneOverTheBus) {
  tap(Value::map({}));
  ask("m1", "\x07");
  EXPECT_EQ(seen(), "command:todos.list ");
  EXPECT_EQ(text_at(message(0), "sender"), "web");
  EXPECT_EQ(text_at(message(0), "senderVersion"), "1.0.0");
  EXPECT_EQ(text_at(message(0), "receiver"), "todo");
  EXPECT_EQ(text_at(message(0), "receiverName"), "list");
  EXPECT_EQ(text_at(message(0), "receiverVersion"), "1.0.0");
  EXPECT_EQ(text_at(message(0), "id"), "m1");
  EXPECT_EQ(text_at(message(0), "activityId"), "a1");
  EXPECT_EQ(number_at(message(0), "payloadBytes"), 1U);
  EXPECT_EQ(message(0).find("payload"), nullptr);
  EXPECT_GT(number_at(message(0), "at"), 0U);
}

TEST_F(TapTest, WhatComesBetweenTwoQuestionsIsKeptForTheNext) {
  tap(Value::map({}));
  ask("m1");
  EXPECT_EQ(seen(), "command:todos.list ");
  ask("m2");
  world_.reply(world_.todo, "todos.listed", "m2");
  world_.failed(world_.todo, 1, "no disk");
  EXPECT_EQ(seen(), "");
  answer_ = world_.ask("exo.tap", Value::map({}));
  ASSERT_EQ(answer_.find("messages")->list()->size(), 3U);
  EXPECT_EQ(text_at(message(1), "kind"), "reply");
  EXPECT_EQ(text_at(message(1), "sender"), "todo");
  EXPECT_EQ(text_at(message(1), "receiver"), "web");
  EXPECT_EQ(text_at(message(1), "responseTo"), "m2");
  EXPECT_EQ(text_at(message(2), "kind"), "error");
  EXPECT_EQ(text_at(message(2), "code"), "handler-failed");
  EXPECT_EQ(text_at(message(2), "reason"), "no disk");
}

TEST_F(TapTest, ARefusedCommandIsSeenWithItsError) {
  tap(Value::map({}));
  world_.command(world_.web, "unheard", {.id = "m1"});
  EXPECT_EQ(seen(), "error:unheard ");
  EXPECT_EQ(text_at(message(0), "code"), "no-receiver");
  EXPECT_EQ(text_at(message(0), "responseTo"), "m1");
}

TEST_F(TapTest, FiltersKeepWhatIsNotWantedInTheBroker) {
  const std::vector<std::pair<Value, bool>> filters = {
      {Value::map({{"role", "web"}}), true},
      {Value::map({{"role", "todo"}}), true},
      {Value::map({{"role", "mail"}}), false},
      {Value::map({{"name", "todos.list"}}), true},
      {Value::map({{"name", "list"}}), true},
      {Value::map({{"name", "todos.*"}}), true},
      {Value::map({{"name", "todos"}}), false},
      {Value::map({{"activity", "a1"}}), true},
      {Value::map({{"activity", "a2"}}), false},
      {Value::map({{"version", "1.0.0"}}), true},
      {Value::map({{"version", "2.0.0"}}), false},
      {Value::map({{"role", "todo"}, {"version", "2.0.0"}}), false},
      {Value::map({{"role", "todo"}, {"name", "other"}}), false},
  };
  for (std::size_t i = 0; i < filters.size(); ++i) {
    WatchedWorld world;
    ASSERT_TRUE(world.ask("exo.tap", filters[i].first).is_nil());
    world.command(world.web, "todos.list", {.activity = "a1"});
    EXPECT_EQ(!world.answer().is_nil(), filters[i].second) << "filter " << i;
  }
}

TEST_F(TapTest, PayloadsComeWhereTheyAreAskedForAndAreNotTooLarge) {
  tap(Value::map({{"payloads", true}}));
  ask("m1", "\x07");
  ask("m2", std::string(kTappedPayloadLimitBytes + 1, 'x'));
  seen();
  ASSERT_NE(message(0).find("payload"), nullptr);
  EXPECT_EQ(message(0).find("payload")->binary()->bytes, "\x07");
  EXPECT_EQ(text_at(message(0), "contentType"), "msgpack");
  EXPECT_EQ(message(1).find("payload"), nullptr);
  EXPECT_EQ(number_at(message(1), "payloadBytes"), kTappedPayloadLimitBytes + 1);
}

TEST_F(TapTest, ASlowTapIsBoundedAndToldWhatWasLeftOut) {
  tap(Value::map({{"payloads", true}}));
  ask("m0");
  seen();
  constexpr std::size_t kEnough = Taps::kLimitBytes / kTappedPayloadLimitBytes + 10;
  const std::string large(kTappedPayloadLimitBytes, '\x07');
  for (std::size_t i = 1; i <= kEnough; ++i) ask(("m" + std::to_string(i)).c_str(), large);
  answer_ = world_.ask("exo.tap", Value::map({}));
  const std::size_t kept = answer_.find("messages")->list()->size();
  EXPECT_LT(kept, kEnough);
  EXPECT_EQ(kept + number_at(answer_, "leftOut"), kEnough);
  EXPECT_EQ(world_.router.unfinished(), kEnough + 1);  // the bus has lost nothing
}

TEST_F(TapTest, ATapOnASilentBusIsToldThatItLives) {
  tap(Value::map({}));
  world_.pass(std::chrono::seconds(9));
  EXPECT_TRUE(world_.answer().is_nil());
  world_.pass_unnoticed(std::chrono::seconds(2));
  answer_ = world_.answer();
  ASSERT_NE(answer_.find("messages"), nullptr);
  EXPECT_TRUE(answer_.find("messages")->list()->empty());
}

TEST_F(TapTest, TwoTapsSeeTheSame) {
  tap(Value::map({}));
  const std::string first = world_.looker;
  const std::string second = world_.looker = world_.join_operator();
  tap(Value::map({}));
  ask("m1");
  world_.drained();
  const std::string heard = world_.heard();
  EXPECT_NE(heard.find(first + ": reply exo.tap"), std::string::npos);
  EXPECT_NE(heard.find(second + ": reply exo.tap"), std::string::npos);
}

TEST_F(TapTest, ATapEndsWithItsConnection) {
  tap(Value::map({}));
  world_.say(world_.looker, Kind::kGoodbye);
  ask("m1");
  world_.drained();
  EXPECT_EQ(world_.heard("operator-1: reply"), "");
}

TEST_F(TapTest, OneTooManyIsRefused) {
  for (std::size_t i = 0; i < Taps::kLimit; ++i) {
    tap(Value::map({}));
    world_.looker = world_.join_operator();
  }
  world_.heard();
  world_.command(world_.looker, "exo.tap", {.id = "q", .payload = "\x80", .expects = Expects::kOne});
  EXPECT_EQ(world_.heard().find(world_.looker + ": error overloaded q"), 0U);
}

}  // namespace
}  // namespace exo::routing
