// A script that is paused or throttled: its credit, and that of everybody else.
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

#include "tests/bus/world.h"

namespace exo::routing {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// search@2.0.0 is held, and its script runs; web sends to the same role.
class ScriptPaceTest : public testing::Test {
 protected:
  ScriptPaceTest() {
    world_.version("search@2.0.0").receives = {"search.add"};
    world_.version("search@2.0.0").gate = Gate::kHeld;
    world_.version("todo@1.0.0").receives = {"todos.list"};
    world_.version("web@1.0.0").sends = {"todos.list"};
    world_.script("search@2.0.0");
    world_.publish();
    held_ = world_.join("search@2.0.0");
    todo_ = world_.join("todo@1.0.0");
    web_ = world_.join("web@1.0.0");
    script_ = world_.join_script("search@2.0.0");
  }

  void hold_to(std::optional<Rate> rate) {
    world_.script("search@2.0.0").at_most = rate;
    world_.publish();
    hear();
  }
  // As a relay does: sends what waits, one after the other, as far as its credit goes.
  void send_what_may_be_sent() {
    while (waiting_ > 0 && sent_ < granted_) {
      --waiting_;
      world_.command(script_, "search.add", {.id = "m" + std::to_string(++sent_)});
    }
    hear();
  }
  void hear() {
    const std::string heard = world_.heard();
    static const std::regex kGrant(" search:([0-9]+)");
    for (std::size_t begin = 0; begin < heard.size();) {
      const std::size_t end = heard.find('\n', begin);
      const std::string line = heard.substr(begin, end - begin);
      begin = end + 1;
      std::smatch grant;
      if (line.starts_with(script_ + ": credit") && std::regex_search(line, grant, kGrant)) {
        granted_ = std::stoull(grant[1]);
      }
      if (line.starts_with(held_ + ": command search.add")) delivered_.push_back(line);
    }
  }
  // Everything is handled at once, tick by tick.
  void live(milliseconds time) {
    for (; time > milliseconds{0}; time -= milliseconds{50}) {
      world_.pass(milliseconds{50});
      hear();
      send_what_may_be_sent();
      while (handled_ < delivered_.size()) world_.handled(held_, {++handled_});
      world_.drained();
      hear();
      send_what_may_be_sent();
    }
  }

  World world_;
  std::string held_, todo_, web_, script_;
  std::uint64_t granted_ = 256;  // as the script heard when it joined
  std::uint64_t sent_ = 0;
  std::uint64_t waiting_ = 0;
  std::uint64_t handled_ = 0;
  std::vector<std::string> delivered_;
};

TEST_F(ScriptPaceTest, APausedScriptGetsNoCreditAndLosesWhatItHasNotUsed) {
  waiting_ = 3;
  send_what_may_be_sent();
  hold_to(Rate{});
  EXPECT_EQ(granted_, 3u);
  waiting_ = 40;
  live(seconds{10});
  EXPECT_EQ(delivered_.size(), 3u);
}

TEST_F(ScriptPaceTest, AfterAResumeAllArriveInOrderAndOnce) {
  hold_to(Rate{});
  waiting_ = 400;
  live(seconds{1});
  hold_to(std::nullopt);
  live(seconds{1});
  ASSERT_EQ(delivered_.size(), 400u);
  for (std::size_t i = 0; i < delivered_.size(); ++i) {
    EXPECT_NE(delivered_[i].find(" m" + std::to_string(i + 1) + " "), std::string::npos) << delivered_[i];
  }
}

TEST_F(ScriptPaceTest, WhatAPausedScriptHasHandedOverIsStillAnswered) {
  world_.command(script_, "todos.list", {.id = "q1", .expects = Expects::kOne});
  hold_to(Rate{});
  world_.reply(todo_, "todos.listed", "q1");
  EXPECT_NE(world_.heard(script_ + ": reply"), "");
}

TEST_F(ScriptPaceTest, OthersAreUnaffected) {
  hold_to(Rate{});
  world_.command(web_, "todos.list", {.id = "w1"});
  EXPECT_NE(world_.heard(todo_ + ": command todos.list w1"), "");
}

TEST_F(ScriptPaceTest, AScriptThatJoinsWhilePausedGetsNoCredit) {
  world_.dismiss(script_);
  hold_to(Rate{});
  script_ = world_.join_script("search@2.0.0");
  granted_ = sent_ = 0;
  waiting_ = 1;
  live(seconds{1});
  EXPECT_EQ(delivered_.size(), 0u);
}

TEST_F(ScriptPaceTest, WhatAPausedScriptSaysToExoIsHeard) {
  hold_to(Rate{});
  world_.command(script_, "deployment-search-2.0.0-offline-checkpoint", {.id = "c1"});
  EXPECT_NE(world_.heard("host: "), "");
}

TEST_F(ScriptPaceTest, AThrottledScriptSendsWhatItsRateAllows) {
  hold_to(Rate{50, seconds{1}});
  waiting_ = 10'000;
  live(seconds{20});
  EXPECT_LE(sent_, 50u * 20 + 2) << "one to begin with for each role";
  EXPECT_GE(sent_, 50u * 20 - 10);
}

TEST_F(ScriptPaceTest, WhatItDidNotUseIsABurstOfASecondAtMost) {
  hold_to(Rate{50, seconds{1}});
  live(seconds{60});
  waiting_ = 10'000;
  live(milliseconds{100});
  EXPECT_LE(sent_, 50u + 7);
}

TEST_F(ScriptPaceTest, ASlowRateIsKeptToo) {
  hold_to(Rate{30, std::chrono::minutes{1}});
  waiting_ = 100;
  live(seconds{60});
  EXPECT_GE(sent_, 29u);
  EXPECT_LE(sent_, 32u);
}

}  // namespace
}  // namespace exo::routing
