#include "host/activity_trace.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace exo {
namespace {

constexpr std::uint64_t kStart = 1'795'208'579'407'000'000;
constexpr std::uint64_t kMillisecond = 1'000'000;

// A hop from web to todo, taken so many milliseconds after the beginning.
Value::Map hop(std::uint64_t number, std::uint64_t parent, std::uint64_t after_ms) {
  return {{"number", number},   {"parent", parent},           {"id", "m" + std::to_string(number)},
          {"sender", "web"},    {"name", "todos.list"},       {"receiverName", "todos.list"},
          {"receiver", "todo"}, {"receiverVersion", "0.0.1"}, {"taken", kStart + after_ms * kMillisecond}};
}

Value::Map with(Value::Map map, const Value::Map& more) {
  map.insert(map.end(), more.begin(), more.end());
  return map;
}

ActivityTrace trace(Value::List hops, const Value::Map& more = {}) {
  return trace_from_value("a1", with({{"hops", std::move(hops)}}, more)).value();
}

std::string tree(Value::List hops, const Value::Map& more = {}) {
  return to_tree(trace(std::move(hops), more), kStart + 100 * kMillisecond);
}

TEST(ActivityTraceTest, WhatIsNoTraceIsAnError) {
  EXPECT_EQ(trace_from_value("a1", Value::map({})).error().code, "malformed");
}

TEST(ActivityTraceTest, ACommandStandsBelowTheOneThatCausedIt) {
  EXPECT_EQ(tree({hop(1, 0, 0), hop(2, 1, 10), hop(3, 2, 20), hop(4, 1, 30), hop(5, 0, 40)}),
            "web --[ todos.list ]-> todo@0.0.1  +0.0 ms: queued for 100.0 ms\n"
            "├─ web --[ todos.list ]-> todo@0.0.1  +10.0 ms: queued for 90.0 ms\n"
            "│  └─ web --[ todos.list ]-> todo@0.0.1  +20.0 ms: queued for 80.0 ms\n"
            "└─ web --[ todos.list ]-> todo@0.0.1  +30.0 ms: queued for 70.0 ms\n"
            "web --[ todos.list ]-> todo@0.0.1  +40.0 ms: queued for 60.0 ms\n");
}

TEST(ActivityTraceTest, AParentThatIsNotThereOrComesLaterMakesARoot) {
  const ActivityTrace traced = trace({hop(1, 2, 0), hop(2, 99, 1), hop(3, 3, 2)});
  EXPECT_EQ(traced.roots, (std::vector<std::size_t>{0, 1, 2}));
}

TEST(ActivityTraceTest, SaysWhatBecameOfACommand) {
  const auto at = [](std::uint64_t after_ms) { return kStart + after_ms * kMillisecond; };
  const Value::Map delivered{{"delivered", at(10)}, {"deliveries", 1}};
  EXPECT_EQ(tree({with(hop(1, 0, 0), delivered)}),
            "web --[ todos.list ]-> todo@0.0.1  +0.0 ms: queued 10.0 ms, running for 90.0 ms\n");
  EXPECT_EQ(
      tree({with(hop(1, 0, 0), with(delivered, {{"handled", at(40)},
                                                {"replies", 1},
                                                {"reply", "todos.listed"},
                                                {"firstReply", at(30)},
                                                {"lastReply", at(30)}}))}),
      "web --[ todos.list ]-> todo@0.0.1  +0.0 ms: queued 10.0 ms, handled in 30.0 ms, todos.listed after "
      "30.0 ms\n");
  EXPECT_EQ(
      tree({with(
          hop(1, 0, 0),
          {{"delivered", at(10)}, {"deliveries", 2}, {"failed", at(1510)}, {"code", "handler-failed"}})}),
      "web --[ todos.list ]-> todo@0.0.1  +0.0 ms: queued 10.0 ms, delivered 2 times, failed after 1.51 s: "
      "handler-failed\n");
}

TEST(ActivityTraceTest, SaysWhatItDoesNotKnow) {
  const std::string text = tree({with(hop(1, 0, 0), {{"causeUnknown", true}})},
                                {{"overwritten", 7}, {"reachesBackTo", kStart}, {"leftOut", 3}});
  EXPECT_NE(text.find("what caused it is not remembered"), std::string::npos) << text;
  EXPECT_NE(text.find("3 further commands of this activity are left out\n"), std::string::npos) << text;
  EXPECT_NE(text.find("what the bus took before 2026-11-20T21:02:59.407Z is overwritten"), std::string::npos)
      << text;
}

TEST(ActivityTraceTest, AsJsonHasTheSameTree) {
  const auto json = nlohmann::json::parse(to_json(
      trace({with(hop(1, 0, 0), {{"delivered", kStart + 2'500'000}, {"deliveries", 1}}), hop(2, 1, 10)})));
  EXPECT_EQ(json["activity"], "a1");
  EXPECT_EQ(json["overwritten"], 0);
  EXPECT_EQ(json["reaches_back_to"], nullptr);
  const auto& root = json["commands"].at(0);
  EXPECT_EQ(root["state"], "running");
  EXPECT_EQ(root["at"], "2026-11-20T21:02:59.407Z");
  EXPECT_EQ(root["queued_ms"], 2.5);
  EXPECT_EQ(root["commands"].at(0)["id"], "m2");
  EXPECT_EQ(root["commands"].at(0)["state"], "queued");
  EXPECT_EQ(root["commands"].at(0)["after_ms"], 10.0);
}

}  // namespace
}  // namespace exo
