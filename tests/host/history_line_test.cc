#include "host/history_line.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace exo {
namespace {

using nlohmann::json;

LedgerEvent attempt_failed() {
  LedgerEvent event;
  event.sequence = 12;
  event.at = UnixTime{1'700'000'000'123'000'000U};
  event.who = "ada";
  event.host = "h1";
  event.type = "attempt-failed";
  event.role = "todo-search";
  event.version = "0.0.1";
  event.phase = "online";
  event.generation = 1;
  event.run = "todo-search-0.0.1-online-1";
  event.attempt = 2;
  event.details = R"({"reason":"exit code 3","seq":99})";
  return event;
}

TEST(HistoryLine, refuses_a_page_that_holds_no_history) {
  EXPECT_EQ(history_lines_from_json("{}").error().code, "malformed");
  EXPECT_EQ(history_lines_from_json("nonsense").error().code, "malformed");
  EXPECT_EQ(history_lines_from_json(R"({"events":5})").error().code, "malformed");
}

TEST(HistoryLine, has_the_documented_keys_and_what_belongs_to_the_event) {
  const json line = json::parse(to_json_line(attempt_failed()));
  EXPECT_EQ(line["at"], "2023-11-14T22:13:20.123Z");
  EXPECT_EQ(line["event"], "attempt-failed");
  EXPECT_EQ(line["attempt"], 2);
  EXPECT_EQ(line["reason"], "exit code 3");
  for (const char* key : {"seq", "who", "host", "role", "version", "phase", "generation", "run"}) {
    EXPECT_FALSE(line.at(key).is_null()) << key;
  }
}

TEST(HistoryLine, does_not_let_a_detail_take_the_place_of_a_key) {
  EXPECT_EQ(json::parse(to_json_line(attempt_failed()))["seq"], 12);
}

TEST(HistoryLine, says_null_for_what_does_not_apply) {
  LedgerEvent event;
  event.sequence = 1;
  event.type = "host-started";
  const json line = json::parse(to_json_line(event));
  for (const char* key : {"role", "version", "phase", "generation", "run", "attempt"}) {
    EXPECT_TRUE(line.at(key).is_null()) << key;
  }
}

TEST(HistoryLine, survives_the_way_over_the_bus) {
  const auto lines = history_lines_from_json(history_page_to_json({attempt_failed(), attempt_failed()}));
  ASSERT_TRUE(lines.ok());
  EXPECT_EQ(lines.value(), std::vector<std::string>(2, to_json_line(attempt_failed())));
}

TEST(HistoryLine, for_people_names_the_version_the_attempt_and_the_reason) {
  EXPECT_EQ(
      history_line_for_people(to_json_line(attempt_failed())),
      "2023-11-14 22:13:20  attempt-failed       todo-search@0.0.1 online attempt 2: exit code 3  (ada)");
}

TEST(HistoryLine, for_people_says_why_an_attempt_took_long) {
  LedgerEvent event = attempt_failed();
  event.details =
      R"({"reason":"exit code 3","slowed":{"times":2,"ms":41000,"because":"todos.list p99 83 ms > 50 ms"}})";
  EXPECT_EQ(
      history_line_for_people(to_json_line(event)),
      "2023-11-14 22:13:20  attempt-failed       todo-search@0.0.1 online attempt 2: exit code 3; slowed for "
      "41 s, 2 times, at last: todos.list p99 83 ms > 50 ms  (ada)");
}

TEST(HistoryLine, for_people_cannot_be_used_to_forge_lines_or_move_the_cursor) {
  LedgerEvent event = attempt_failed();
  event.details = R"({"reason":"\u001b[2J\nexo: ready: all live"})";
  const std::string line = history_line_for_people(to_json_line(event));
  EXPECT_EQ(line.find('\n'), std::string::npos) << line;
  EXPECT_EQ(line.find('\x1b'), std::string::npos) << line;
}

TEST(HistoryLine, for_people_is_broken_between_words_below_its_event) {
  EXPECT_EQ(history_lines_for_people(to_json_line(attempt_failed()), 80),
            "2023-11-14 22:13:20  attempt-failed       todo-search@0.0.1 online attempt 2:\n"
            "                       exit code 3  (ada)\n");
}

TEST(HistoryLine, for_people_is_not_broken_where_nobody_looks_or_nothing_would_fit) {
  const std::string line = history_line_for_people(to_json_line(attempt_failed())) + "\n";
  for (const std::size_t columns : {0U, 30U, 200U}) {
    EXPECT_EQ(history_lines_for_people(to_json_line(attempt_failed()), columns), line) << columns;
  }
}

TEST(HistoryLine, for_people_gives_back_what_is_no_event) {
  EXPECT_EQ(history_line_for_people("nonsense"), "nonsense");
}

TEST(HistoryLine, tells_people_that_another_content_takes_back) {
  LedgerEvent event;
  event.sequence = 1;
  event.who = "ada";
  event.type = "undo-decided";
  event.role = "todo-search";
  event.version = "0.0.1";
  event.phase = "undo";
  event.details = R"({"reason":"it loses entries"})";
  EXPECT_EQ(history_line_for_people(to_json_line(event)).find("another content"), std::string::npos);
  event.details = R"({"differs":true,"reason":"it loses entries"})";
  const std::string line = history_line_for_people(to_json_line(event));
  EXPECT_NE(
      line.find("undo: it loses entries; by another content of its script than the one that did it  (ada)"),
      std::string::npos)
      << line;
}

}  // namespace
}  // namespace exo
