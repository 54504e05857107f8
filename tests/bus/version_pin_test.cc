#include "bus/version_pin.h"

#include <gtest/gtest.h>

namespace exo::routing {
namespace {

class VersionPinTest : public testing::Test {
 protected:
  bool admits(std::string_view pin, const std::string& version) {
    const auto table = RoutingTable::compile({.versions = {{.role = "todo", .version = version}}});
    return pins_.read(pin).admits(table->versions()[0]);
  }
  VersionPins pins_;
};

TEST_F(VersionPinTest, AnotherVersionIsNotAdmitted) {
  EXPECT_FALSE(admits("1.0.0", "1.0.1"));
}

TEST_F(VersionPinTest, WhatIsNoRangeAdmitsNothing) {
  EXPECT_FALSE(admits("newest", "1.0.0"));
}

TEST_F(VersionPinTest, ARangeDoesNotAdmitAVersionThatIsNone) {
  EXPECT_FALSE(admits("^1.0.0", "blue"));
}

TEST_F(VersionPinTest, TheVersionsOwnTextIsAdmittedWhateverItLooksLike) {
  EXPECT_TRUE(admits("blue", "blue"));
}

TEST_F(VersionPinTest, NoPinAdmitsAll) {
  EXPECT_TRUE(admits("", "blue"));
}

TEST_F(VersionPinTest, ARangeAdmitsWhatItContains) {
  EXPECT_TRUE(admits("^1.0.0", "1.9.0"));
  EXPECT_FALSE(admits("^1.0.0", "2.0.0"));
}

TEST_F(VersionPinTest, ManyDifferentPinsAreForgottenNotHeapedUp) {
  for (int i = 0; i < 10'000; ++i) pins_.read(std::to_string(i) + ".0.0");
  EXPECT_TRUE(admits("~1.2.0", "1.2.9"));
}

}  // namespace
}  // namespace exo::routing
