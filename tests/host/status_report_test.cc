#include "host/status_report.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <sstream>
#include <string>
#include <vector>

#include "base/text.h"

namespace exo {
namespace {

StatusReport todo_app() {
  StatusReport report{
      .application = "todo-app", .environment = "local", .host = std::nullopt, .services = {}};
  report.services.push_back(
      {.role = "todo-search",
       .version = "0.0.1",
       .state = "preparing",
       .gate = "held",
       .split = 0,
       .reason = "",
       .instances = {{.id = "todo-search-0.0.1-1", .pid = 42, .state = "ready", .restarts = 2}},
       .offline = {.state = "running", .run = "r1", .attempt = 2, .progress = "10 of 20"},
       .online = {.state = "pending"}});
  return report;
}

TEST(StatusReport, refuses_json_that_is_no_status) {
  EXPECT_EQ(status_from_json("{}").error().code, "malformed");
  EXPECT_EQ(status_from_json("not json").error().code, "malformed");
  EXPECT_EQ(status_from_json(R"({"application":1})").error().code, "malformed");
}

TEST(StatusReport, has_the_documented_keys) {
  const auto json = nlohmann::json::parse(to_json(todo_app()));
  EXPECT_EQ(json["application"], "todo-app");
  EXPECT_EQ(json["environment"], "local");
  EXPECT_TRUE(json.at("host").is_null());
  const auto& service = json["services"][0];
  for (const char* key : {"role", "version", "state", "gate", "split", "instances", "scripts"}) {
    EXPECT_TRUE(service.contains(key)) << key;
  }
  for (const char* key : {"id", "pid", "state", "restarts"})
    EXPECT_TRUE(service["instances"][0].contains(key)) << key;
  EXPECT_EQ(service["scripts"]["offline"]["attempt"], 2);
}

TEST(StatusReport, says_null_where_there_is_no_run_or_attempt) {
  const auto json = nlohmann::json::parse(to_json(todo_app()));
  const auto& online = json["services"][0]["scripts"]["online"];
  EXPECT_TRUE(online.at("run").is_null());
  EXPECT_TRUE(online.at("attempt").is_null());
}

TEST(StatusReport, names_the_host_that_runs) {
  StatusReport report = todo_app();
  report.host = HostReport{.pid = 7, .since = "2026-11-20T21:02:59.407Z", .bus = "ipc:///tmp/b"};
  const auto json = nlohmann::json::parse(to_json(report));
  EXPECT_EQ(json["host"]["pid"], 7);
  EXPECT_EQ(json["host"]["bus"], "ipc:///tmp/b");
}

TEST(StatusReport, says_whether_the_host_answers_and_what_troubles_it) {
  StatusReport report = todo_app();
  report.host = HostReport{.pid = 7, .since = "now", .bus = "", .trouble = ""};
  auto host = nlohmann::json::parse(to_json(report))["host"];
  EXPECT_EQ(host["answers"], false);
  EXPECT_TRUE(host.at("trouble").is_null());
  report.host = HostReport{.pid = 7, .since = "now", .bus = "ipc:///tmp/b", .trouble = "disk full"};
  host = nlohmann::json::parse(to_json(report))["host"];
  EXPECT_EQ(host["answers"], true);
  EXPECT_EQ(host["trouble"], "disk full");
}

StatusReport with_a_script_at_work() {
  StatusReport report = todo_app();
  report.services[0].offline.pace = PaceReport{.done = 27'000,
                                               .total = 60'000,
                                               .note = "copying",
                                               .per_second = 810.5,
                                               .left_ms = 4'000,
                                               .quiet_ms = 12,
                                               .text = "810/s, 4.0 s left"};
  report.services[0].offline.locks = {{.key = "accounts", .number = 7, .held_by = ""},
                                      {.key = "stock", .number = 0, .held_by = "deployment-shop-2.0.0"}};
  return report;
}

TEST(StatusReport, tells_machines_how_a_script_gets_on_and_what_it_has_locked) {
  const auto json = nlohmann::json::parse(to_json(with_a_script_at_work()));
  const auto& offline = json["services"][0]["scripts"]["offline"];
  EXPECT_EQ(offline["done"].dump(), "27000") << "a whole number as such";
  EXPECT_EQ(offline["total"], 60'000);
  EXPECT_EQ(offline["note"], "copying");
  EXPECT_EQ(offline["per_second"], 810.5);
  EXPECT_EQ(offline["left_ms"], 4'000);
  EXPECT_EQ(offline["quiet_ms"], 12);
  EXPECT_EQ(offline["locks"][0],
            (nlohmann::json{{"key", "accounts"}, {"state", "held"}, {"number", 7}, {"held_by", nullptr}}));
  EXPECT_EQ(offline["locks"][1]["state"], "waiting");
  EXPECT_EQ(offline["locks"][1]["held_by"], "deployment-shop-2.0.0");
  EXPECT_FALSE(json["services"][0]["scripts"]["online"].contains("quiet_ms")) << "which does not run";
}

TEST(StatusReport, brings_the_pace_and_the_locks_of_a_script_over_the_bus) {
  const std::string text = to_json(with_a_script_at_work());
  const auto read = status_from_json(text);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(to_json(read.value()), text);
  const std::string table = to_table(read.value(), {.width = 1000, .colors = ColorMode::kPlain});
  EXPECT_NE(table.find("running 10 of 20, 810/s, 4.0 s left, waits for the lock \"stock\" of "
                       "deployment-shop-2.0.0 (attempt 2)"),
            std::string::npos)
      << table;
}

StatusReport with_a_slowed_script() {
  StatusReport report = todo_app();
  PhaseReport& offline = report.services[0].offline;
  offline.slowed = "todos.list p99 83 ms > 50 ms";
  offline.rate = "20/s";
  offline.throttled = "by kim: gently";
  offline.throttled_to = "100/s";
  return report;
}

std::string table_of(const StatusReport& report) {
  return to_table(report, {.width = 1000, .colors = ColorMode::kPlain});
}

TEST(StatusReport, says_why_a_script_is_slowed_and_what_a_person_has_decided_besides) {
  const std::string text = to_json(with_a_slowed_script());
  const auto offline = nlohmann::json::parse(text)["services"][0]["scripts"]["offline"];
  EXPECT_EQ(offline["slowed"], "todos.list p99 83 ms > 50 ms");
  EXPECT_EQ(offline["rate"], "20/s");
  EXPECT_EQ(offline["throttled_to"], "100/s");
  const auto read = status_from_json(text);
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(to_json(read.value()), text);
  const std::string table = table_of(read.value());
  EXPECT_NE(table.find("running, slowed to 20/s 10 of 20"), std::string::npos) << table;
  EXPECT_NE(table.find("its offline phase is slowed to 20/s: todos.list p99 83 ms > 50 ms\n"),
            std::string::npos)
      << table;
  EXPECT_NE(table.find("its offline phase is throttled to 100/s by kim: gently\n"), std::string::npos)
      << table;
}

TEST(StatusTable, tells_a_standstill_and_the_rate_of_the_settings) {
  StatusReport report = with_a_slowed_script();
  report.services[0].offline.rate = "none";
  EXPECT_NE(table_of(report).find("running, slowed to a standstill"), std::string::npos) << table_of(report);
  report.services[0].offline = {.state = "running", .run = "r1", .attempt = 1, .rate = "500/s"};
  EXPECT_NE(table_of(report).find("its offline phase is throttled to 500/s by its settings\n"),
            std::string::npos)
      << table_of(report);
}

TEST(StatusReport, survives_the_way_over_the_bus) {
  StatusReport report = todo_app();
  report.host = HostReport{.pid = 7, .since = "now", .bus = "ipc:///tmp/b", .trouble = "disk full"};
  report.services[0].reason = "it fell over";
  report.services[0].in_application = false;
  const auto read = status_from_json(to_json(report));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(to_json(read.value()), to_json(report));
}

TEST(StatusReport, is_written_even_when_a_reason_is_not_utf8) {
  StatusReport report = todo_app();
  report.services[0].reason = "bad \xff byte";
  EXPECT_TRUE(status_from_json(to_json(report)).ok());
}

TEST(StatusTable, says_that_a_host_does_not_answer_yet_or_cannot_write) {
  StatusReport report = todo_app();
  report.host = HostReport{.pid = 7, .since = "now", .bus = "", .trouble = ""};
  EXPECT_EQ(to_table(report, {.width = 80})
                .find("todo-app in local: host pid 7 since now is starting or "
                      "stopping; this is what the ledger holds\n"),
            0U);
  report.host = HostReport{.pid = 7, .since = "now", .bus = "ipc:///tmp/b", .trouble = "disk full"};
  EXPECT_EQ(to_table(report, {.width = 80})
                .find("todo-app in local: host pid 7 since now\n"
                      "the ledger cannot be written; nothing goes on until it can: disk full\n"),
            0U);
}

TEST(StatusTable, says_what_has_become_of_a_version_that_was_removed) {
  StatusReport report = todo_app();
  report.services[0].state = "live";
  report.services[0].in_application = false;
  const std::string table = to_table(report, {.width = 120});
  EXPECT_NE(table.find("todo-search@0.0.1  removed"), std::string::npos) << table;
  EXPECT_NE(table.find("todo-search@0.0.1: it was introduced here and is not in the application any more"),
            std::string::npos)
      << table;
}

TEST(StatusTable, says_that_the_undo_of_a_version_that_was_removed_waits) {
  StatusReport report = todo_app();
  report.services[0].in_application = false;
  report.services[0].reason = "its undo waits: put it back";
  EXPECT_EQ(to_table(report, {.width = 120}).find("its undo waits"), std::string::npos)
      << "nothing is to be undone";
  report.services[0].undo.state = "pending";
  EXPECT_NE(to_table(report, {.width = 120}).find("todo-search@0.0.1: its undo waits: put it back\n"),
            std::string::npos);
}

TEST(StatusTable, says_why_an_undo_has_failed) {
  StatusReport report = todo_app();
  report.services[0].state = "undoing";
  report.services[0].reason.clear();
  report.services[0].undo = {.state = "interrupted", .reason = "the host ended while it ran"};
  EXPECT_NE(
      to_table(report, {.width = 120}).find("todo-search@0.0.1: its undo: the host ended while it ran\n"),
      std::string::npos);
}

TEST(StatusTable, fits_a_terminal_of_eighty_columns) {
  StatusReport report = todo_app();
  report.services[0].instances[0].state = "waiting to be started again after a long pause";
  std::istringstream lines(to_table(report, {.width = 80}));
  for (std::string line; std::getline(lines, line);) EXPECT_LE(count_characters(line), 80U) << line;
}

TEST(StatusTable, cuts_between_characters_and_says_that_it_did) {
  StatusReport report = todo_app();
  report.services[0].offline.progress = "7 of 20, Größenänderungen übertragen und geprüft";
  for (std::size_t width = 60; width < 140; ++width) {
    const std::string table = to_table(report, {.width = width});
    EXPECT_TRUE(is_utf8(table)) << table;
    std::istringstream lines(table);
    for (std::string line; std::getline(lines, line);) {
      const bool is_row = line.starts_with("todo-search@");
      EXPECT_LE(is_row ? count_characters(line) : 0, width) << line;
    }
    const bool whole = table.find("geprüft (attempt 2)") != std::string::npos;
    EXPECT_NE(whole, table.find("…") != std::string::npos) << table;
  }
}

TEST(StatusTable, keeps_columns_straight_under_letters_beyond_ascii) {
  StatusReport report = todo_app();
  report.services.push_back(report.services[0]);
  report.services[0].offline.progress = "größer";
  std::istringstream lines(to_table(report, {.width = 200}));
  std::vector<std::size_t> columns;
  for (std::string line; std::getline(lines, line);) {
    const std::size_t online = line.find("pending");
    if (online != std::string::npos) columns.push_back(count_characters(line.substr(0, online)));
  }
  ASSERT_EQ(columns.size(), 2U);
  EXPECT_EQ(columns[0], columns[1]);
}

TEST(StatusTable, has_colours_only_where_they_are_wanted) {
  StatusReport report = todo_app();
  report.services[0].state = "failed";
  EXPECT_EQ(to_table(report, {.width = 80}).find('\x1b'), std::string::npos);
  const std::string colored = to_table(report, {.width = 80, .colors = ColorMode::kColored});
  EXPECT_NE(colored.find("\x1b[31mfailed\x1b[0m"), std::string::npos) << colored;
}

TEST(StatusTable, never_shortens_the_name_of_a_version) {
  StatusReport report = todo_app();
  report.services[0].role = std::string(60, 'r');
  EXPECT_NE(to_table(report, {.width = 40}).find(std::string(60, 'r') + "@0.0.1"), std::string::npos);
}

TEST(StatusTable, shows_progress_attempts_and_restarts) {
  const std::string table = to_table(todo_app(), {.width = 120});
  EXPECT_NE(table.find("running 10 of 20 (attempt 2)"), std::string::npos) << table;
  EXPECT_NE(table.find("ready pid 42 restarts 2"), std::string::npos) << table;
}

TEST(StatusTable, says_what_an_instance_lacks_that_runs_and_is_not_ready) {
  StatusReport report = todo_app();
  report.services[0].instances[0].state = "starting";
  report.services[0].instances[0].lacking = "nothing is heard of it on the bus";
  const auto again = status_from_json(to_json(report));
  ASSERT_TRUE(again.ok());
  EXPECT_NE(to_table(again.value(), {.width = 200})
                .find("starting pid 42 restarts 2: nothing is heard of it on the bus"),
            std::string::npos);
}

TEST(StatusTable, says_why_a_version_failed) {
  StatusReport report = todo_app();
  report.services[0].offline.reason = "exit code 3";
  EXPECT_NE(to_table(report, {.width = 80}).find("todo-search@0.0.1: exit code 3"), std::string::npos);
}

TEST(StatusTable, shows_no_control_character_of_a_script) {
  StatusReport report = todo_app();
  report.services[0].offline.reason = "\x1b[2J\nexo: ready";
  const std::string table = to_table(report, {.width = 80});
  EXPECT_EQ(table.find('\x1b'), std::string::npos) << table;
  EXPECT_EQ(table.find("\nexo: ready"), std::string::npos) << table;
}

TEST(StatusTable, says_that_nothing_has_come_in_yet) {
  StatusReport report = todo_app();
  report.services.clear();
  EXPECT_NE(to_table(report, {.width = 80}).find("no service version has been introduced yet"),
            std::string::npos);
}

}  // namespace
}  // namespace exo
