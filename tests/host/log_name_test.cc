#include "host/log_name.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "deployment-scripts/rollout_events.h"

namespace exo {
namespace {

using Words = std::vector<std::string>;

TEST(LogName, refuses_files_that_are_no_logs) {
  for (const char* name : {"", ".log", "todo.log", "todo-0.0.1", "todo-0.0.1.log.gz", "todo-1.0.log",
                           "-0.0.1.log", "exo.log.old", "offline-1-1.log"}) {
    EXPECT_EQ(parse_log_file_name(name), std::nullopt) << name;
  }
}

TEST(LogName, knows_the_host) {
  const auto log = parse_log_file_name(kHostLog);
  ASSERT_TRUE(log);
  EXPECT_EQ(log->shown_role(), "exo");
  EXPECT_EQ(log->words(), Words{"exo"});
}

TEST(LogName, reads_back_the_names_of_instances) {
  for (const VersionKey& version :
       {VersionKey{"todo", "0.0.1"}, VersionKey{"todo-search-2", "1.0.0-rc.1+b.5"}}) {
    const auto log = parse_log_file_name(log_file_of_instances(version));
    ASSERT_TRUE(log) << to_text(version);
    EXPECT_EQ(log->version, version);
    EXPECT_EQ(log->shown_role(), version.role);
    EXPECT_EQ(log->words(), (Words{version.role, to_text(version)}));
  }
}

TEST(LogName, reads_back_the_names_of_attempts) {
  const VersionKey version{"todo-search", "0.0.1-rc.1"};
  for (const Phase phase : {Phase::kOffline, Phase::kOnline}) {
    const std::string run = run_id(version, phase, 3);
    const auto log = parse_log_file_name(log_file_of_attempt(run, 12));
    ASSERT_TRUE(log) << run;
    EXPECT_EQ(log->version, version);
    EXPECT_EQ(log->phase, to_string(phase));
    EXPECT_EQ(log->run, run);
    EXPECT_EQ(log->attempt, 12U);
    EXPECT_EQ(log->shown_role(), "deployment-todo-search-0.0.1-rc.1");
    EXPECT_EQ(log->words(), (Words{"todo-search", "todo-search@0.0.1-rc.1", log->shown_role(), run}));
  }
}

TEST(LogName, takes_a_prerelease_for_what_it_is) {
  const auto log = parse_log_file_name("todo-0.0.1-7.log");
  ASSERT_TRUE(log);
  EXPECT_EQ(log->version.version, "0.0.1-7");
  EXPECT_EQ(log->run, "");
}

TEST(LogName, knows_a_run_by_its_id) {
  const auto run = parse_run("todo-search-0.0.1-offline-1");
  ASSERT_TRUE(run);
  EXPECT_EQ(run->version, (VersionKey{"todo-search", "0.0.1"}));
  EXPECT_EQ(run->phase, "offline");
  EXPECT_EQ(run->run, "todo-search-0.0.1-offline-1");
  EXPECT_EQ(run->attempt, 0U);
  for (const char* none : {"", "exo", "todo-search", "todo-search@0.0.1", "todo-search-0.0.1",
                           "deployment-todo-search-0.0.1", "todo-search-0.0.1-offline"})
    EXPECT_FALSE(parse_run(none)) << none;
}

}  // namespace
}  // namespace exo
