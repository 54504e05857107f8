#include "examples/todo-app/todo-search/search_service.h"

#include <gtest/gtest.h>

#include "tests/todo-app/service_fixture.h"

namespace todo_app {
namespace {

using exo::Value;

class SearchServiceTest : public ServiceFixture<SearchService> {
 public:
  static Value entry(int id, const std::string& title) { return Value::map({{"id", id}, {"title", title}}); }
  Value search(const std::string& text) { return ask("todo-search.search", Value::map({{"text", text}})); }
};

TEST_F(SearchServiceTest, RefusesPayloadsThatAreNotAsTheyMustBe) {
  EXPECT_EQ(refusal("todo-search.add", Value::map({{"title", "x"}})), "payload: `id` must be a whole number");
  EXPECT_EQ(refusal("todo-search.add", Value::map({{"id", 1}})), "payload: `title` must be a string");
  EXPECT_EQ(refusal("todo-search.search"), "payload: `text` must be a string");
  for (const Value& limit : {Value(0), Value(1001), Value("x")}) {
    EXPECT_EQ(refusal("todo-search.search", Value::map({{"text", "x"}, {"limit", limit}})),
              "payload: `limit` must be a whole number from 1 to 1000");
  }
  EXPECT_EQ(ask("todo-search.count"), Value::map({{"count", 0}}));
}

TEST_F(SearchServiceTest, FindsWhatWasAddedJustBefore) {
  tell("todo-search.add", entry(7, "buy milk"));
  EXPECT_EQ(search("milk"), Value(Value::List{entry(7, "buy milk")}));
  EXPECT_EQ(reply_name, "todo-search.found");
}

TEST_F(SearchServiceTest, AnswersAnAdditionWhereAnAnswerIsExpected) {
  EXPECT_EQ(ask("todo-search.add", entry(7, "buy milk")), Value::map({{"id", 7}}));
  EXPECT_EQ(reply_name, "todo-search.added");
}

TEST_F(SearchServiceTest, DoublesNothingThatIsAddedAgain) {
  for (int attempt = 0; attempt < 3; ++attempt) tell("todo-search.add", entry(7, "buy milk"));
  EXPECT_EQ(ask("todo-search.count"), Value::map({{"count", 1}}));
  EXPECT_EQ(reply_name, "todo-search.counted");
}

TEST_F(SearchServiceTest, FindsNothingForNoText) {
  tell("todo-search.add", entry(7, "buy milk"));
  EXPECT_EQ(search(""), Value(Value::List{}));
}

TEST_F(SearchServiceTest, FindsNoMoreThanItIsAskedFor) {
  for (int id = 1; id <= 5; ++id) tell("todo-search.add", entry(id, "milk"));
  EXPECT_EQ(ask("todo-search.search", Value::map({{"text", "milk"}, {"limit", 2}})).list()->size(), 2U);
}

TEST_F(SearchServiceTest, ListsAllInTheOrderOfTheirIds) {
  for (int id = 200; id > 0; --id) tell("todo-search.add", entry(id, "todo"));
  const Value all = ask("todo-search.list");
  EXPECT_EQ(reply_name, "todo-search.listed");
  ASSERT_EQ(all.list()->size(), 200U);
  EXPECT_EQ(all.list()->front(), entry(1, "todo"));
  EXPECT_EQ(all.list()->back(), entry(200, "todo"));
}

}  // namespace
}  // namespace todo_app
