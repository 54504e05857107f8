// Reading log files: one, many in the order of time, and while they change.
#include "host/log_view.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace exo {
namespace {

namespace fs = std::filesystem;

using Lines = std::vector<std::string>;

class LogViewTest : public ::testing::Test {
 protected:
  LogViewTest() {
    std::string pattern = "/tmp/exo-logs-XXXXXX";
    EXPECT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  ~LogViewTest() override { fs::remove_all(folder_); }

  void append(const std::string& file, const std::string& text) const {
    std::ofstream(folder_ / file, std::ios::binary | std::ios::app) << text;
  }
  LogView view(const std::vector<std::string>& words = {},
               std::optional<UnixTime> since = std::nullopt) const {
    const auto selection = LogSelection::of(words, known_logs(folder_, folder_));
    EXPECT_TRUE(selection.ok()) << selection.error().message;
    return LogView(folder_, selection.value(), since);
  }
  static Lines new_lines(LogView& view) {
    Lines lines;
    EXPECT_TRUE(view.give_new(add_to(lines)).ok());
    return lines;
  }
  static Lines all_lines(LogView view) {
    Lines lines;
    EXPECT_TRUE(view.give_all(add_to(lines)).ok());
    return lines;
  }
  static LogView::Give add_to(Lines& lines) {
    return [&lines](const LogEntry& entry) {
      lines.push_back(entry.log.shown_role() + ": " + entry.line.text);
      return true;
    };
  }

  fs::path folder_;
};

// The second of a minute, as the keeper writes it.
std::string at(int second, const std::string& text) {
  return "2026-11-20T21:02:" + std::string(second < 10 ? "0" : "") + std::to_string(second) + ".000Z " +
         text + "\n";
}

TEST_F(LogViewTest, reads_what_was_set_aside_before_the_rest) {
  append("todo-0.0.1.log.2", at(1, "one"));
  append("todo-0.0.1.log.1", at(2, "two"));
  append("todo-0.0.1.log", at(3, "three"));
  EXPECT_EQ(all_lines(view()), (Lines{"todo: one", "todo: two", "todo: three"}));
}

TEST_F(LogViewTest, follows_a_log_that_is_set_aside_again_and_again) {
  const std::string log = "todo-0.0.1.log";
  append(log, at(1, "one"));
  LogView all = view();
  EXPECT_EQ(new_lines(all), Lines{"todo: one"});
  append(log, at(2, "two"));
  fs::rename(folder_ / log, folder_ / (log + ".2"));
  append(log + ".1", at(3, "three"));
  append(log, at(4, "four"));
  EXPECT_EQ(new_lines(all), (Lines{"todo: two", "todo: three", "todo: four"}));
  EXPECT_EQ(new_lines(all), Lines{});
}

TEST_F(LogViewTest, goes_on_with_the_oldest_that_is_left_of_a_log) {
  const std::string log = "todo-0.0.1.log";
  append(log, at(1, "one"));
  LogView all = view();
  EXPECT_EQ(new_lines(all), Lines{"todo: one"});
  fs::rename(folder_ / log, folder_ / "gone");
  append(log + ".1", at(3, "three"));
  append(log, at(4, "four"));
  EXPECT_EQ(new_lines(all), (Lines{"todo: three", "todo: four"}));
}

TEST_F(LogViewTest, finds_nothing_where_there_is_no_folder) {
  LogView nothing(folder_ / "missing", LogSelection(), std::nullopt);
  EXPECT_EQ(new_lines(nothing), Lines{});
}

TEST_F(LogViewTest, names_a_log_that_cannot_be_read_once_and_shows_the_others) {
  fs::create_symlink(folder_ / "web-0.0.1.log", folder_ / "web-0.0.1.log");
  append("todo-0.0.1.log", at(1, "here"));
  LogView all = view();
  Lines lines;
  Result<void> outcome = all.give_new(add_to(lines));
  ASSERT_FALSE(outcome.ok());
  EXPECT_NE(outcome.error().message.find("web-0.0.1.log"), std::string::npos);
  EXPECT_TRUE(all.give_new(add_to(lines)).ok());
  EXPECT_EQ(lines, Lines{"todo: here"});
}

TEST_F(LogViewTest, puts_the_lines_of_all_logs_in_the_order_of_time) {
  append("web-0.0.1.log", at(1, "one") + at(4, "four"));
  append("todo-0.0.1.log", at(2, "two") + at(5, "five"));
  append("todo-0.0.1-online-1-1.log", at(3, "three"));
  EXPECT_EQ(all_lines(view()),
            (Lines{"web: one", "todo: two", "deployment-todo-0.0.1: three", "web: four", "todo: five"}));
}

TEST_F(LogViewTest, keeps_the_order_of_a_log_when_the_clock_went_back) {
  append("web-0.0.1.log", at(5, "first") + at(1, "second"));
  append("todo-0.0.1.log", at(3, "other"));
  EXPECT_EQ(all_lines(view()), (Lines{"todo: other", "web: first", "web: second"}));
}

TEST_F(LogViewTest, shows_only_what_is_not_older_than_asked) {
  append("web-0.0.1.log", at(1, "old") + at(2, "just") + at(3, "new"));
  EXPECT_EQ(all_lines(view({}, parse_time("2026-11-20T21:02:02Z").value())),
            (Lines{"web: just", "web: new"}));
}

TEST_F(LogViewTest, gives_every_byte_of_a_line) {
  const std::string odd("\xff\x1b[2J\r tail \0", 13);
  append("web-0.0.1.log", at(1, odd) + at(2, "") + at(3, " indented"));
  EXPECT_EQ(all_lines(view()), (Lines{"web: " + odd, "web: ", "web:  indented"}));
}

TEST_F(LogViewTest, takes_lines_without_a_time_with_those_before_them) {
  append("web-0.0.1.log", "from before times were kept\n" + at(2, "two") + "2026-11-20 not a time\n");
  append("todo-0.0.1.log", at(1, "one") + at(3, "three"));
  EXPECT_EQ(all_lines(view()), (Lines{"web: from before times were kept", "todo: one", "web: two",
                                      "web: 2026-11-20 not a time", "todo: three"}));
}

TEST_F(LogViewTest, shows_what_people_saw_of_the_host_and_all_of_it_by_name) {
  append("exo.log", at(1, "info ready") + at(2, "debug publish-table") + at(3, "warning held"));
  EXPECT_EQ(all_lines(view()), (Lines{"exo: ready", "exo: held"}));
  EXPECT_EQ(all_lines(view({"exo"})), (Lines{"exo: ready", "exo: publish-table", "exo: held"}));
}

TEST_F(LogViewTest, leaves_files_alone_that_are_no_logs) {
  append("notes.txt", "mine\n");
  append("todo.log", "mine\n");
  EXPECT_EQ(all_lines(view()), Lines{});
}

TEST_F(LogViewTest, waits_for_the_end_of_a_line_until_the_reading_ends) {
  append("web-0.0.1.log", at(1, "whole") + "2026-11-20T21:02:02.000Z ha");
  LogView web = view();
  EXPECT_EQ(new_lines(web), Lines{"web: whole"});
  append("web-0.0.1.log", "lf");
  EXPECT_EQ(new_lines(web), Lines{});
  EXPECT_EQ(all_lines(std::move(web)), Lines{"web: half"});
}

TEST_F(LogViewTest, goes_on_with_what_is_appended_and_with_logs_that_come_later) {
  append("web-0.0.1.log", at(1, "one"));
  LogView all = view();
  EXPECT_EQ(new_lines(all), Lines{"web: one"});
  append("web-0.0.1.log", at(3, "three"));
  append("todo-0.0.1.log", at(2, "two"));
  EXPECT_EQ(new_lines(all), (Lines{"todo: two", "web: three"}));
  EXPECT_EQ(new_lines(all), Lines{});
}

TEST_F(LogViewTest, reads_a_log_that_was_cut_short_from_its_beginning) {
  append("web-0.0.1.log", at(1, "a long line before"));
  LogView web = view();
  EXPECT_EQ(new_lines(web), Lines{"web: a long line before"});
  fs::resize_file(folder_ / "web-0.0.1.log", 0);
  EXPECT_EQ(new_lines(web), Lines{});
  append("web-0.0.1.log", at(2, "after"));
  EXPECT_EQ(new_lines(web), Lines{"web: after"});
}

TEST_F(LogViewTest, reads_a_log_that_was_set_aside_to_its_end_and_then_the_new_one) {
  append("web-0.0.1.log", at(1, "one"));
  LogView web = view();
  EXPECT_EQ(new_lines(web), Lines{"web: one"});
  append("web-0.0.1.log", at(2, "two") + "torn");
  fs::rename(folder_ / "web-0.0.1.log", folder_ / "web-0.0.1.log.1");
  append("web-0.0.1.log", at(3, "three"));
  EXPECT_EQ(new_lines(web), (Lines{"web: two", "web: torn", "web: three"}));
}

TEST_F(LogViewTest, gives_a_line_that_never_ends_in_pieces) {
  append("web-0.0.1.log", std::string(3'000'000, 'x'));
  std::size_t total = 0;
  LogView web = view();
  ASSERT_TRUE(web.give_all([&](const LogEntry& entry) {
                   EXPECT_LE(entry.line.text.size(), 2'000'000U);
                   total += entry.line.text.size();
                   return true;
                 })
                  .ok());
  EXPECT_EQ(total, 3'000'000U);
}

TEST_F(LogViewTest, stops_when_nobody_wants_more) {
  append("web-0.0.1.log", at(1, "one") + at(2, "two"));
  LogView web = view();
  int given = 0;
  ASSERT_TRUE(web.give_all([&](const LogEntry&) { return ++given < 1; }).ok());
  EXPECT_EQ(given, 1);
}

TEST(LogEntryAsJson, has_the_documented_keys) {
  const LogEntry entry{
      .log = {.version = {"todo", "0.0.1"}, .phase = "offline", .run = "todo-0.0.1-offline-1", .attempt = 2},
      .line = {.at = UnixTime{407'000'000}, .text = "half \xff"},
      .level = ""};
  const nlohmann::json expected = {{"at", "1970-01-01T00:00:00.407Z"},
                                   {"role", "todo"},
                                   {"version", "0.0.1"},
                                   {"phase", "offline"},
                                   {"run", "todo-0.0.1-offline-1"},
                                   {"attempt", 2},
                                   {"level", nullptr},
                                   {"text", "half \xEF\xBF\xBD"}};
  EXPECT_EQ(nlohmann::json::parse(to_json_line(entry)), expected);
}

TEST(LogEntryAsJson, says_null_where_there_is_no_run) {
  const auto json =
      nlohmann::json::parse(to_json_line({.log = {}, .line = {.at = {}, .text = "ready"}, .level = "info"}));
  EXPECT_EQ(json["role"], "exo");
  EXPECT_EQ(json["level"], "info");
  for (const char* key : {"version", "phase", "run", "attempt"}) EXPECT_TRUE(json.at(key).is_null()) << key;
}

}  // namespace
}  // namespace exo
