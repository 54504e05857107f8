#include "host/seen_exits.h"

#include <gtest/gtest.h>

#include <csignal>

namespace exo {
namespace {

LedgerEvent attempt_event(std::uint64_t sequence, std::string type, std::uint64_t attempt) {
  return {.sequence = sequence,
          .type = std::move(type),
          .role = "todo",
          .version = "1.0.0",
          .phase = "online",
          .generation = 1,
          .run = "todo-1.0.0-online-1",
          .attempt = attempt};
}

// Its attempt 1 has failed, its attempt 2 is under way.
RolloutRecord under_way() {
  RolloutRecord record;
  record.apply(attempt_event(1, "attempt-started", 1));
  record.apply(attempt_event(2, "attempt-failed", 1));
  record.apply(attempt_event(3, "attempt-started", 2));
  return record;
}

ExitRecord exit_of(const std::string& id, WaitStatus status = WaitStatus::exited(3),
                   EndedBy by = EndedBy::kItself) {
  return {.exited = {.id = id,
                     .status = status,
                     .duration_ms = 8,
                     .max_resident_kib = 5,
                     .user_ms = 6,
                     .system_ms = 7,
                     .last_lines = {"bye"}},
          .role = "deployment-todo-1.0.0",
          .pid = 42,
          .by = by,
          .log = "/logs/run.log",
          .at = {}};
}

TEST(SeenExits, AreOfAttemptsUnderWay) {
  const auto seen =
      seen_exits(under_way(), {exit_of("todo-1.0.0-online-1-1-ab"), exit_of("web-1.0.0-host-7-1"),
                               exit_of("todo-1.0.0-online-1-2-cd")});
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].exit.id, (rollout::AttemptId{.run = "todo-1.0.0-online-1", .attempt = 2}));
  EXPECT_EQ(seen[0].exit.status, "exit code 3");
  EXPECT_EQ(seen[0].exit.last_lines, (std::vector<std::string>{"bye"}));
  EXPECT_EQ(seen[0].exit.log, "/logs/run.log");
  EXPECT_EQ(seen[0].exit.use,
            (rollout::ProcessUse{.duration_ms = 8, .peak_memory_kib = 5, .user_ms = 6, .system_ms = 7}));
}

TEST(SeenExits, AreNotOfAnAttemptWhoseNumberOnlyBeginsSo) {
  EXPECT_TRUE(seen_exits(under_way(), {exit_of("todo-1.0.0-online-1-20-ab")}).empty());
  EXPECT_TRUE(seen_exits(under_way(), {exit_of("todo-1.0.0-online-1-2-3-ab")}).empty());
}

TEST(SeenExits, AreTheNewestOfTheSameNumber) {
  const auto seen = seen_exits(under_way(), {exit_of("todo-1.0.0-online-1-2-ab", WaitStatus::exited(1)),
                                             exit_of("todo-1.0.0-online-1-2-cd", WaitStatus::exited(2))});
  ASSERT_EQ(seen.size(), 1U);
  EXPECT_EQ(seen[0].exit.status, "exit code 2");
}

rollout::SeenExit::Effect effect_of(WaitStatus status, EndedBy by) {
  return seen_exits(under_way(), {exit_of("todo-1.0.0-online-1-2-ab", status, by)}).at(0).effect;
}

TEST(SeenExits, AreFailuresOnlyWhereTheProcessEndedByItselfAndWithoutSuccess) {
  using Effect = rollout::SeenExit::Effect;
  EXPECT_EQ(effect_of(WaitStatus::exited(3), EndedBy::kItself), Effect::kFailed);
  EXPECT_EQ(effect_of(WaitStatus::signalled(SIGSEGV), EndedBy::kItself), Effect::kFailed);
  EXPECT_EQ(effect_of(WaitStatus::exited(0), EndedBy::kItself), Effect::kUnknown);  // its done may be lost
  EXPECT_EQ(effect_of(WaitStatus::exited(3), EndedBy::kRequest), Effect::kUnknown);
  EXPECT_EQ(effect_of(WaitStatus::signalled(SIGTERM), EndedBy::kRequest), Effect::kUnknown);
}

}  // namespace
}  // namespace exo
