#include "examples/todo-app/todo/todo_service.h"

#include <gtest/gtest.h>

#include "tests/todo-app/service_fixture.h"

namespace todo_app {
namespace {

using exo::Value;

class TodoServiceTest : public ServiceFixture<TodoService> {
 public:
  void add_many(int count) {
    Value::List titles;
    for (int number = 1; number <= count; ++number) titles.push_back("todo " + std::to_string(number));
    ask("todo.add-many", Value::map({{"titles", std::move(titles)}}));
  }
  static Value todo(int id) { return Value::map({{"id", id}, {"title", "todo " + std::to_string(id)}}); }
};

TEST_F(TodoServiceTest, RefusesPayloadsThatAreNotAsTheyMustBe) {
  EXPECT_EQ(refusal("todo.add", Value()), "payload: `title` must be a string");
  EXPECT_EQ(refusal("todo.add", Value::map({{"title", 7}})), "payload: `title` must be a string");
  EXPECT_EQ(refusal("todo.add-many", Value::map({{"titles", "a"}})), "payload: `titles` must be a list");
  EXPECT_EQ(refusal("todo.add-many", Value::map({{"titles", Value::List{"a", 7}}})),
            "payload: every one of `titles` must be a string");
  EXPECT_EQ(refusal("todo.delete", Value::map({{"id", "7"}})), "payload: `id` must be a whole number");
  EXPECT_EQ(refusal("todos.list", Value::map({{"limit", -1}})),
            "payload: `limit` must be a whole number that is not negative");
  EXPECT_EQ(refusal("todos.list", Value::map({{"newest", 1}})), "payload: `newest` must be true or false");
  EXPECT_EQ(ask("todos.count"), Value::map({{"count", 0}}));
}

TEST_F(TodoServiceTest, RefusesATodoWithoutAWord) {
  for (const char* const title : {"", " ", "\t\n "}) {
    EXPECT_EQ(refusal("todo.add", Value::map({{"title", title}})),
              "payload: `title` is empty; a todo needs at least one word");
  }
  EXPECT_EQ(refusal("todo.add-many", Value::map({{"titles", Value::List{"a", " "}}})),
            "payload: one of `titles` is empty; a todo needs at least one word");
  EXPECT_EQ(ask("todos.count"), Value::map({{"count", 0}}));
}

TEST_F(TodoServiceTest, KeepsATodoAndTellsItsId) {
  EXPECT_EQ(ask("todo.add", Value::map({{"title", "one"}})), Value::map({{"id", 1}, {"title", "one"}}));
  EXPECT_EQ(reply_name, "todo.added");
  EXPECT_EQ(ask("todos.list"), Value(Value::List{Value::map({{"id", 1}, {"title", "one"}})}));
  EXPECT_EQ(reply_name, "todos.listed");
}

TEST_F(TodoServiceTest, KeepsManyAtOnce) {
  EXPECT_EQ(ask("todo.add-many", Value::map({{"titles", Value::List{"a", "b"}}})),
            Value::map({{"count", 2}}));
  EXPECT_EQ(reply_name, "todos.added");
  EXPECT_EQ(ask("todos.count"), Value::map({{"count", 2}}));
}

TEST_F(TodoServiceTest, NeverUsesADeletedIdAgain) {
  add_many(2);
  EXPECT_EQ(ask("todo.delete", Value::map({{"id", 2}})), Value::map({{"id", 2}}));
  EXPECT_EQ(reply_name, "todo.deleted");
  EXPECT_EQ(ask("todo.add", Value::map({{"title", "three"}})), Value::map({{"id", 3}, {"title", "three"}}));
}

TEST_F(TodoServiceTest, DeletesWhatIsNotThereWithoutComplaint) {
  EXPECT_EQ(ask("todo.delete", Value::map({{"id", 99}})), Value::map({{"id", 99}}));
}

TEST_F(TodoServiceTest, ListsNothingWhenThereIsNothing) {
  EXPECT_EQ(ask("todos.list"), Value(Value::List{}));
}

TEST_F(TodoServiceTest, ListsAllInTheOrderOfTheirIds) {
  constexpr int kMoreThanTheWindow = 6000;
  add_many(kMoreThanTheWindow);
  const Value all = ask("todos.list");
  ASSERT_EQ(all.list()->size(), static_cast<std::size_t>(kMoreThanTheWindow));
  for (int id = 1; id <= kMoreThanTheWindow; ++id)
    ASSERT_EQ((*all.list())[static_cast<std::size_t>(id - 1)], todo(id));
}

TEST_F(TodoServiceTest, ListsAPart) {
  add_many(10);
  EXPECT_EQ(ask("todos.list", Value::map({{"limit", 2}, {"offset", 3}})),
            Value(Value::List{todo(4), todo(5)}));
  EXPECT_EQ(ask("todos.list", Value::map({{"limit", 2}, {"newest", true}})),
            Value(Value::List{todo(10), todo(9)}));
  EXPECT_EQ(ask("todos.list", Value::map({{"limit", 0}})), Value(Value::List{}));
}

TEST_F(TodoServiceTest, ListsWhatWasThereWhenTheListBegan) {
  add_many(6000);
  deliver("todos.list", 1000, {}, exo::Expects::kOne);
  for (int page = 0; page < 8; ++page) hear(exo::Kind::kReply);
  ask("todo.delete", Value::map({{"id", 6000}}));
  ask("todo.add", Value::map({{"title", "new"}}));
  exo::HeaderView window;
  window.kind = exo::Kind::kWindow;
  window.response_to = "c-1000";
  window.pages = 100;
  send(window);
  Value last;
  for (bool more = true; more;) {
    const exo::Heard page = hear(exo::Kind::kReply);
    more = page.header.more;
    if (!page.value().list()->empty()) last = page.value().list()->back();
  }
  EXPECT_EQ(last, todo(6000));
}

TEST_F(TodoServiceTest, CountsWhatWasAddedJustBefore) {
  for (int number = 0; number < 5; ++number) tell("todo.add", Value::map({{"title", "x"}}));
  EXPECT_EQ(ask("todos.count"), Value::map({{"count", 5}}));
}

TEST_F(TodoServiceTest, TellsThatATodoIsKeptOnlyAfterItIs) {
  tell("todo.add", Value::map({{"title", "x"}}));
  hear(exo::Kind::kHandled);
  SQLite::Database other(path(), SQLite::OPEN_READONLY);
  SQLite::Statement count(other, "SELECT count(*) FROM todos");
  count.executeStep();
  EXPECT_EQ(count.getColumn(0).getInt(), 1);
}

TEST_F(TodoServiceTest, FailsTheCommandsThatCannotBeWrittenAndGoesOn) {
  SQLite::Database other(path(), SQLite::OPEN_READWRITE);
  other.exec(
      "CREATE TRIGGER refuse BEFORE INSERT ON todos WHEN new.title = 'bad' BEGIN SELECT RAISE(ABORT, 'no'); "
      "END");
  EXPECT_EQ(refusal("todo.add", Value::map({{"title", "bad"}})), "no");
  EXPECT_EQ(ask("todo.add", Value::map({{"title", "good"}})), Value::map({{"id", 1}, {"title", "good"}}));
}

TEST_F(TodoServiceTest, KeepsStrangeTitlesAsTheyAre) {
  const std::string title("a\0b '\"; DROP TABLE todos; \xf0\x9f\x8d\x8c", 30);
  ask("todo.add", Value::map({{"title", title}}));
  EXPECT_EQ(ask("todos.list"), Value(Value::List{Value::map({{"id", 1}, {"title", title}})}));
}

}  // namespace
}  // namespace todo_app
