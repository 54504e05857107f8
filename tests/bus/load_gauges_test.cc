// How long production's commands take, as scripts that slow down ask for it.
#include <gtest/gtest.h>

#include "tests/bus/watched_world.h"

namespace exo::routing {
namespace {

using std::chrono::milliseconds;

// search@2.0.0 is held, and its script runs; the script sends todos.list, too.
class LoadGauges : public testing::Test {
 protected:
  LoadGauges() {
    world_.version("search@2.0.0").receives = {"search.add"};
    world_.version("search@2.0.0").sends = {"todos.list"};
    world_.version("search@2.0.0").gate = Gate::kHeld;
    world_.script("search@2.0.0");
    world_.publish();
    held_ = world_.join("search@2.0.0");
    script_ = world_.join_script("search@2.0.0");
  }

  LoadReport measure() {
    const auto reports =
        world_.router.measure_load({{.name = "todos.list", .waits_over = milliseconds{50}}}, world_.now());
    EXPECT_EQ(reports.size(), 1U);
    return reports.at(0);
  }
  void ask(const std::string& sender, const char* id) {
    world_.command(sender, "todos.list", {.id = id, .expects = Expects::kOne});
  }
  void answer(std::uint64_t delivery, const char* id) {
    world_.handled(world_.todo, {delivery});
    world_.reply(world_.todo, "todos.listed", id);
  }

  WatchedWorld world_;
  std::string held_, script_;
};

TEST_F(LoadGauges, WhatCameBeforeAnybodyAskedIsNotTold) {
  ask(world_.web, "m1");
  answer(1, "m1");
  EXPECT_EQ(measure().ended.count(), 0U);
}

TEST_F(LoadGauges, EachReportTellsWhatCameSinceTheOneBefore) {
  measure();
  ask(world_.web, "m1");
  world_.pass(milliseconds{30});
  answer(1, "m1");
  const Histogram first = measure().ended;
  EXPECT_EQ(first.count(), 1U);
  EXPECT_EQ(first.quantile(0.99), milliseconds{30});
  EXPECT_EQ(measure().ended.count(), 0U);
}

TEST_F(LoadGauges, OtherNamesAreNotCounted) {
  measure();
  world_.command(world_.todo, "mail.send", {.id = "m1", .expects = Expects::kOne});
  world_.handled(world_.mail, {1});
  world_.reply(world_.mail, "mail.sent", "m1");
  EXPECT_EQ(measure().ended.count(), 0U);
}

TEST_F(LoadGauges, WhatWantsNoReplyCountsWhenItIsHandled) {
  measure();
  world_.command(world_.web, "todos.list", {.id = "m1"});
  world_.pass(milliseconds{20});
  world_.handled(world_.todo, {1});
  EXPECT_EQ(measure().ended.quantile(0.99), milliseconds{20});
}

TEST_F(LoadGauges, AFailureCountsWithTheTimeThatItTook) {
  measure();
  ask(world_.web, "m1");
  world_.pass(milliseconds{40});
  world_.failed(world_.todo, 1, "no such list");
  EXPECT_EQ(measure().ended.quantile(0.99), milliseconds{40});
}

TEST_F(LoadGauges, AScriptsOwnMessagesAreNotProduction) {
  measure();
  ask(script_, "m1");
  world_.pass(milliseconds{30});
  answer(1, "m1");
  ask(script_, "m2");
  world_.pass(milliseconds{100});
  const LoadReport report = measure();
  EXPECT_EQ(report.ended.count(), 0U);
  EXPECT_EQ(report.waiting.count(), 0U);
}

TEST_F(LoadGauges, WhatTheVersionSendsForItsScriptIsNotProductionEither) {
  measure();
  world_.command(held_, "todos.list", {.id = "m1", .activity = "rollout", .expects = Expects::kOne});
  world_.pass(milliseconds{100});
  EXPECT_EQ(measure().waiting.count(), 0U);
  answer(1, "m1");
  EXPECT_EQ(measure().ended.count(), 0U);
}

TEST_F(LoadGauges, WhoWaitsForLongIsToldBeforeAnAnswerComes) {
  measure();
  ask(world_.web, "m1");
  world_.pass(milliseconds{40});
  ask(world_.web, "m2");
  world_.pass(milliseconds{30});
  LoadReport report = measure();
  EXPECT_EQ(report.ended.count(), 0U);
  EXPECT_EQ(report.waiting.count(), 1U) << "the other one has not waited for 50 ms";
  EXPECT_EQ(report.waiting.quantile(1), milliseconds{70});
  answer(1, "m1");
  report = measure();
  EXPECT_EQ(report.waiting.count(), 0U) << "it is answered";
  EXPECT_EQ(report.ended.count(), 1U);
}

TEST_F(LoadGauges, WithoutAQuestionNothingIsTimed) {
  measure();
  EXPECT_TRUE(world_.router.measure_load({}, world_.now()).empty());
  ask(world_.web, "m1");
  answer(1, "m1");
  EXPECT_EQ(measure().ended.count(), 0U);
}

}  // namespace
}  // namespace exo::routing
