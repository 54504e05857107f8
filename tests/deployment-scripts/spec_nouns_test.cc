#include "deployment-scripts/spec_nouns.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace exo {
namespace {

constexpr char kFile[] = "deployment-scripts/nouns.yml";

std::vector<std::string> mistakes_of(const std::string& text) {
  std::vector<std::string> lines;
  for (const Mistake& mistake : parse_nouns(text, kFile).mistakes) lines.push_back(to_string(mistake));
  return lines;
}

std::string only_mistake_of(const std::string& text) {
  const std::vector<std::string> lines = mistakes_of(text);
  EXPECT_EQ(lines.size(), 1u);
  return lines.empty() ? "" : lines.front();
}

// --- mistakes --------------------------------------------------------------------------------------------

TEST(SpecNouns, ReportsATextInPlaceOfTheFile) {
  EXPECT_EQ(
      only_mistake_of("todos"),
      "deployment-scripts/nouns.yml:1: \"todos\": expected what specs call a service, such as \"todos:\"");
}

TEST(SpecNouns, ReportsWhatIsNoYaml) {
  const std::string mistake = only_mistake_of("todos:\n  entries: [\n");
  EXPECT_EQ(mistake.rfind("deployment-scripts/nouns.yml:", 0), 0u) << mistake;
}

TEST(SpecNouns, ReportsANounOfTwoWords) {
  EXPECT_EQ(only_mistake_of("all todos:\n  role: todo\n"),
            "deployment-scripts/nouns.yml:1: all todos: \"all todos\": expected one word of a sentence: "
            "letters, digits, "
            "\"-\" and "
            "\"_\"");
}

TEST(SpecNouns, ReportsAServiceThatHoldsText) {
  EXPECT_EQ(only_mistake_of("todos: todo\n"),
            "deployment-scripts/nouns.yml:1: todos: \"todo\": expected what the service holds, such as "
            "\"entries:\" "
            "with \"list: todos.list\" below it");
}

TEST(SpecNouns, ReportsAMisspelledRole) {
  EXPECT_EQ(
      only_mistake_of("todos:\n  rol: todo\n"),
      "deployment-scripts/nouns.yml:2: todos.rol: \"todo\": expected the messages behind this noun, such as "
      "\"list: todos.list\"; did you mean \"role\"?");
}

TEST(SpecNouns, ReportsARoleThatIsAList) {
  EXPECT_EQ(only_mistake_of("todos:\n  role: [todo]\n"),
            "deployment-scripts/nouns.yml:2: todos.role: expected a role of application.yml, such as \"role: "
            "todo\"");
}

TEST(SpecNouns, ReportsRecordsWithoutAMessage) {
  EXPECT_EQ(only_mistake_of("todos:\n  entries:\n    fields: {TITLE: title}\n"),
            "deployment-scripts/nouns.yml:2: todos.entries: expected the messages behind this noun, such as "
            "\"list: "
            "todos.list\"");
}

TEST(SpecNouns, ReportsAKeyThatIsMisspelled) {
  EXPECT_EQ(
      only_mistake_of("todos:\n  entries:\n    list: todos.list\n    ad: todo.add\n"),
      "deployment-scripts/nouns.yml:4: todos.entries.ad: \"ad\": nothing is known of this key; did you mean "
      "\"add\"?");
}

TEST(SpecNouns, ReportsATypeThatIsMisspelled) {
  EXPECT_EQ(
      only_mistake_of("todos:\n  entries:\n    list: todos.list\n    fields:\n"
                      "      DAYS: {name: days, type: nummber}\n"),
      "deployment-scripts/nouns.yml:5: todos.entries.fields.DAYS.type: \"nummber\": expected text, number or "
      "boolean; did you mean \"number\"?");
}

TEST(SpecNouns, ReportsAFieldWithoutAName) {
  EXPECT_EQ(mistakes_of("todos:\n  entries:\n    list: todos.list\n    fields:\n      DAYS: {type: number}\n")
                .size(),
            1u);
}

TEST(SpecNouns, ReportsAllMistakesAtOnce) {
  EXPECT_EQ(
      mistakes_of("todos:\n  role: {}\n  entries:\n    lst: todos.list\n    add: []\nsearch it: {}\n").size(),
      5u);
}

// --- what is read ----------------------------------------------------------------------------------------

TEST(SpecNouns, IsEmptyForAFileOfComments) {
  const LoadedNouns loaded = parse_nouns("# todos:\n", kFile);
  EXPECT_TRUE(loaded.mistakes.empty());
  EXPECT_TRUE(loaded.nouns.services.empty());
}

TEST(SpecNouns, TakesTheNounForTheRoleWhereNoneIsSaid) {
  const LoadedNouns loaded = parse_nouns("todo-search:\n", kFile);
  ASSERT_EQ(loaded.nouns.services.size(), 1u);
  EXPECT_EQ(loaded.nouns.services[0].role, "todo-search");
  EXPECT_EQ(loaded.nouns.services[0].role_place.line, 1);
}

TEST(SpecNouns, ReadsServicesTheirRecordsAndTheFieldsOfThese) {
  const LoadedNouns loaded = parse_nouns(
      "todos:\n"
      "  role: todo\n"
      "  entries:\n"
      "    add: todo.add\n"
      "    list: todos.list\n"
      "    in: todos\n"
      "    search: todo.find\n"
      "    by: words\n"
      "    fields:\n"
      "      TITLE: title\n"
      "      DAYS: {name: days, type: number}\n",
      kFile);
  ASSERT_TRUE(loaded.mistakes.empty()) << to_string(loaded.mistakes[0]);
  ASSERT_EQ(loaded.nouns.services.size(), 1u);
  const SpecService& service = loaded.nouns.services[0];
  EXPECT_EQ(service.noun, "todos");
  EXPECT_EQ(service.role, "todo");
  EXPECT_EQ(service.role_place, (Place{.file = kFile, .line = 2, .key = "todos.role"}));
  ASSERT_EQ(service.records.size(), 1u);
  const SpecRecords& records = service.records[0];
  EXPECT_EQ(records.noun, "entries");
  EXPECT_EQ(records.add, "todo.add");
  EXPECT_EQ(records.list, "todos.list");
  EXPECT_EQ(records.in, "todos");
  EXPECT_EQ(records.search, "todo.find");
  EXPECT_EQ(records.by, "words");
  EXPECT_EQ(records.fields,
            (std::vector<SpecField>{{.column = "TITLE", .name = "title"},
                                    {.column = "DAYS", .name = "days", .type = SpecFieldType::kNumber}}));
  EXPECT_EQ(records.places.at("list"), (Place{.file = kFile, .line = 5, .key = "todos.entries.list"}));
}

}  // namespace
}  // namespace exo
