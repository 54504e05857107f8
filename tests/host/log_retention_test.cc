#include "host/log_retention.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

namespace exo {
namespace {

namespace fs = std::filesystem;

const VersionKey kTodo{"todo", "0.0.2"};

LogName attempt(std::uint64_t number, const std::string& run = "todo-0.0.2-offline-1") {
  return {.version = kTodo, .phase = "offline", .run = run, .attempt = number};
}

std::size_t two(const VersionKey&) {
  return 2;
}

std::vector<std::uint64_t> numbers(const std::vector<LogName>& logs) {
  std::vector<std::uint64_t> all;
  all.reserve(logs.size());
  for (const LogName& log : logs) all.push_back(log.attempt);
  return all;
}

using Numbers = std::vector<std::uint64_t>;

TEST(LogRetention, KeepsTheNewestOfEachRun) {
  const auto leaving = logs_to_delete({attempt(1), attempt(10), attempt(9), attempt(2), attempt(3)}, two, {});
  EXPECT_EQ(numbers(leaving), (Numbers{3, 2, 1}));
  EXPECT_TRUE(logs_to_delete({attempt(1), attempt(2), attempt(1, "todo-0.0.2-offline-2")}, two, {}).empty());
}

TEST(LogRetention, NeverDeletesTheLogOfAnAttemptThatIsNotFinished) {
  const auto leaving =
      logs_to_delete({attempt(1), attempt(2), attempt(3), attempt(4)}, two, {{"todo-0.0.2-offline-1", 1}});
  EXPECT_EQ(numbers(leaving), Numbers{2});
}

TEST(LogRetention, LeavesOtherLogsAlone) {
  LogName instances{.version = kTodo, .phase = "", .run = ""};
  EXPECT_TRUE(logs_to_delete({LogName{}, instances}, [](const VersionKey&) { return 0U; }, {}).empty());
}

TEST(LogRetention, KnowsWhichAttemptsAreNotFinished) {
  RolloutRecord record;
  std::uint64_t sequence = 0;
  const auto apply = [&](const std::string& type, const std::string& phase) {
    LedgerEvent event;
    event.sequence = ++sequence;
    event.type = type;
    event.role = kTodo.role;
    event.version = kTodo.version;
    event.phase = phase;
    event.generation = 1;
    event.run = "todo-0.0.2-" + phase + "-1";
    event.attempt = 1;
    record.apply(event);
  };
  apply("attempt-started", "offline");
  apply("attempt-done", "offline");
  apply("attempt-started", "online");
  EXPECT_EQ(unfinished_attempts(record),
            (std::set<rollout::AttemptId>{{.run = "todo-0.0.2-online-1", .attempt = 1}}));
}

TEST(LogRetention, DeletesFilesWithWhatWasSetAsideOfThem) {
  std::string folder = "/tmp/exo-retention-XXXXXX";
  ASSERT_NE(::mkdtemp(folder.data()), nullptr);
  const auto path = [&](const std::string& name) { return fs::path(folder) / name; };
  for (const char* name :
       {"todo-0.0.2-offline-1-1.log", "todo-0.0.2-offline-1-1.log.1", "todo-0.0.2-offline-1-1.log.2",
        "todo-0.0.2-offline-1-2.log", "todo-0.0.2-offline-1-3.log", "todo-0.0.2.log", "exo.log"})
    std::ofstream(path(name)) << "x\n";
  const auto notices = LogRetention({.folder = folder, .kept = two}).tidy({});
  ASSERT_EQ(notices.size(), 1U);
  EXPECT_EQ(notices[0], "the log of attempt 1 of todo-0.0.2-offline-1 was deleted: 2 newer ones are kept");
  EXPECT_FALSE(fs::exists(path("todo-0.0.2-offline-1-1.log")));
  EXPECT_FALSE(fs::exists(path("todo-0.0.2-offline-1-1.log.2")));
  EXPECT_TRUE(fs::exists(path("todo-0.0.2-offline-1-2.log")));
  EXPECT_TRUE(fs::exists(path("todo-0.0.2.log")));
  EXPECT_TRUE(fs::exists(path("exo.log")));
  fs::remove_all(folder);
}

}  // namespace
}  // namespace exo
