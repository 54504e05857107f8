#include "bus/meters.h"

#include <gtest/gtest.h>

#include <deque>

namespace exo::routing {
namespace {

const std::string kWeb = "web";
const std::string kTodo = "todo";
const std::string kName = "todos.list";
const std::string kVersion = "1.0.0";

TEST(MetersTest, OneKeyHasOneMeter) {
  Meters meters;
  Meter& meter = meters.find({.sender = &kWeb, .name = &kName, .receiver = &kTodo, .version = &kVersion});
  ++meter.commands;
  EXPECT_EQ(&meters.find({.sender = &kWeb, .name = &kName, .receiver = &kTodo, .version = &kVersion}),
            &meter);
  EXPECT_NE(&meters.find({.sender = &kWeb, .name = &kName, .receiver = &kTodo}), &meter);
}

TEST(MetersTest, WhatThereIsNoRoomForSharesOneMeter) {
  Meters meters;
  std::deque<std::string> names;
  for (std::size_t i = 0; i < Meters::kLimit + 2; ++i) {
    names.push_back("name" + std::to_string(i));
    ++meters.find({.sender = &kWeb, .name = &names.back()}).commands;
  }
  const Traffic traffic = meters.report();
  ASSERT_EQ(traffic.routes.size(), Meters::kLimit + 1);
  EXPECT_EQ(traffic.routes.front().name, "(others)");
  EXPECT_EQ(traffic.routes.front().commands, 2U);
}

TEST(MetersTest, CodesThatThereIsNoRoomForAreOneCode) {
  Meters meters;
  for (std::size_t i = 1; i < kCodes; ++i) {
    EXPECT_EQ(meters.number_of("code-" + std::to_string(i)), i);
  }
  EXPECT_EQ(meters.number_of("one-too-many"), kOtherCode);
  EXPECT_EQ(meters.number_of("code-3"), 3);
  EXPECT_EQ(meters.code(kOtherCode), "other");
}

TEST(MetersTest, AReportHoldsOnlyErrorsThatHappened) {
  Meters meters;
  meters.number_of("held");
  ++meters.find({.sender = &kWeb}).errors[meters.number_of("expired")];
  const Traffic traffic = meters.report();
  ASSERT_EQ(traffic.routes.size(), 1U);
  EXPECT_EQ(traffic.routes[0].errors, (std::vector<std::pair<std::string, std::uint64_t>>{{"expired", 1}}));
}

}  // namespace
}  // namespace exo::routing
