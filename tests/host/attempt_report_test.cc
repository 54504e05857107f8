#include "host/attempt_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace exo {
namespace {

using Lines = std::vector<std::string>;

constexpr const char* kRun = "todo-0.0.2-offline-1";

std::string event(const std::string& type, int attempt, nlohmann::json details = nlohmann::json::object()) {
  details.update({{"seq", 1},
                  {"at", "2026-11-20T21:02:59.407Z"},
                  {"event", type},
                  {"role", "todo"},
                  {"version", "0.0.2"},
                  {"phase", "offline"},
                  {"run", kRun},
                  {"attempt", attempt}});
  return details.dump();
}

const nlohmann::json kExit{{"status", "exit code 3"},
                           {"durationMs", 3200},
                           {"peakMemoryKib", 55'400},
                           {"userMs", 210},
                           {"systemMs", 30}};

AttemptReport only(const AttemptReports& reports) {
  EXPECT_EQ(reports.attempts().size(), 1U);
  return reports.attempts().begin()->second;
}

TEST(AttemptReports, PassOverWhatIsNotTheirs) {
  AttemptReports reports(kRun);
  reports.take("no json");
  reports.take("[]");
  reports.take(R"({"event":"host-started","run":null,"attempt":null})");
  reports.take(R"({"event":"attempt-started","run":"todo-0.0.2-online-1","attempt":1})");
  EXPECT_TRUE(reports.attempts().empty());
}

TEST(AttemptReports, KnowAnAttemptThatIsUnderWay) {
  AttemptReports reports(kRun);
  reports.take(event("attempt-started", 1));
  EXPECT_EQ(lines_of(only(reports)),
            (Lines{"todo-0.0.2-offline-1, attempt 1: running; began 2026-11-20 21:02:59"}));
}

TEST(AttemptReports, TellHowADryRunEnded) {
  AttemptReports reports(kRun);
  reports.take(event("dry-run-started", 1));
  nlohmann::json details = kExit;
  details.update({{"outcome", "done"}});
  reports.take(event("dry-run-ended", 1, details));
  EXPECT_EQ(only(reports).outcome, "done");
  EXPECT_EQ(only(reports).status, "exit code 3");
  EXPECT_EQ(only(reports).started, only(reports).ended);
}

TEST(AttemptReports, TellHowAnAttemptFailed) {
  AttemptReports reports(kRun);
  reports.take(event("attempt-started", 1));
  nlohmann::json details = kExit;
  details.update({{"stage", "exit"}, {"reason", "it ended before\nit said done"}});
  reports.take(event("attempt-failed", 1, details));
  EXPECT_EQ(
      lines_of(only(reports)),
      (Lines{"todo-0.0.2-offline-1, attempt 1: failed after 3.2 s, exit code 3, peak memory 54.1 MiB; began "
             "2026-11-20 21:02:59",
             "  reason: it ended before\\x0ait said done"}));
}

TEST(AttemptReports, TakeTheExitOfWhatWasDoneBefore) {
  AttemptReports reports(kRun);
  reports.take(event("attempt-started", 1));
  reports.take(event("attempt-done", 1));
  reports.take(event("attempt-exited", 1, kExit));
  EXPECT_EQ(
      lines_of(only(reports)),
      (Lines{"todo-0.0.2-offline-1, attempt 1: done after 3.2 s, exit code 3, peak memory 54.1 MiB; began "
             "2026-11-20 21:02:59"}));
}

// One whose log is not there any more, as the ledger tells of it.
AttemptReport without_log(const nlohmann::json& details) {
  AttemptReports reports(kRun);
  reports.take(event("attempt-started", 1));
  nlohmann::json all = kExit;
  all.update(details);
  reports.take(event("attempt-failed", 1, all));
  AttemptReport report = only(reports);
  EXPECT_TRUE(had_log(report));
  report.is_log_deleted = true;
  return report;
}

TEST(AttemptReports, HaveTheLastLinesWhereALogWasDeleted) {
  const AttemptReport report = without_log({{"lines", {"archive: no route", "giving up"}}});
  EXPECT_EQ(report.last_lines, (Lines{"archive: no route", "giving up"}));
  EXPECT_EQ(lines_of(report).back(), "  its log was deleted; the last 2 lines of it, from the ledger:");
  const auto told = nlohmann::json::parse(to_json_line(report));
  EXPECT_EQ(told.at("log_deleted"), true);
  EXPECT_EQ(told.at("lines"), (Lines{"archive: no route", "giving up"}));
  EXPECT_EQ(told.at("lines_left_out"), 0);
}

TEST(AttemptReports, SayWhereNothingIsLeftOfADeletedLog) {
  const AttemptReport report = without_log(nlohmann::json::object());
  EXPECT_EQ(lines_of(report).back(), "  its log was deleted, and the ledger keeps no line of it");
  EXPECT_TRUE(nlohmann::json::parse(to_json_line(report)).at("lines").is_null());
}

TEST(AttemptReports, AreNotExpectedToHaveALogBeforeTheirProcessHasEnded) {
  AttemptReports reports(kRun);
  reports.take(event("attempt-started", 1));
  EXPECT_FALSE(had_log(only(reports)));
  reports.take(event("attempt-interrupted", 1, {{"stage", "interrupted"}}));
  EXPECT_FALSE(had_log(only(reports))) << "its process may never have begun";
}

TEST(AttemptReports, ToldToMachinesHaveTheKeysOfALine) {
  AttemptReports reports(kRun);
  reports.take(event("attempt-started", 1));
  const auto running = nlohmann::json::parse(to_json_line(only(reports)));
  EXPECT_EQ(running.at("outcome"), "running");
  EXPECT_TRUE(running.at("ended").is_null());
  EXPECT_TRUE(running.at("duration_ms").is_null());
  EXPECT_TRUE(running.at("text").is_null());
  reports.take(event("attempt-done", 1));
  reports.take(event("attempt-exited", 1, kExit));
  const auto done = nlohmann::json::parse(to_json_line(only(reports)));
  EXPECT_EQ(done.at("outcome"), "done");
  EXPECT_EQ(done.at("at"), "2026-11-20T21:02:59.407Z");
  EXPECT_EQ(done.at("duration_ms"), 3200);
  EXPECT_EQ(done.at("peak_memory_kib"), 55'400);
  EXPECT_EQ(done.at("status"), "exit code 3");
}

}  // namespace
}  // namespace exo
