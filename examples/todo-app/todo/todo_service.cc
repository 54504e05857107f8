#include "examples/todo-app/todo/todo_service.h"

#include <limits>
#include <memory>
#include <utility>

#include "examples/todo-app/storage/database.h"
#include "examples/todo-app/storage/snapshot.h"

namespace todo_app {

namespace {

using exo::Command;
using exo::Reply;
using exo::Value;

// AUTOINCREMENT: an id is never used again, so that nobody takes a new todo for one that was deleted.
constexpr const char* kSchema =
    "CREATE TABLE IF NOT EXISTS todos (id INTEGER PRIMARY KEY AUTOINCREMENT, title TEXT NOT NULL) STRICT";

// What `todos.list` may be asked: keys that are absent or nil have their default.
struct Selection {
  std::int64_t limit = std::numeric_limits<std::int64_t>::max();
  std::int64_t offset = 0;
  bool newest = false;
};

// Nobody could find it again.
bool is_empty(const std::string& title) {
  return title.find_first_not_of(" \t\r\n\v\f") == std::string::npos;
}

exo::Result<void> read_count(const Value& payload, const std::string& key, std::int64_t& count) {
  const Value* value = payload.find(key);
  if (value == nullptr || value->is_nil()) return {};
  const auto number = value->integer();
  if (!number || *number < 0) {
    return exo::Error{"bad-payload", "payload: `" + key + "` must be a whole number that is not negative"};
  }
  count = *number;
  return {};
}

exo::Result<Selection> read_selection(const Value& payload) {
  Selection selection;
  if (const auto read = read_count(payload, "limit", selection.limit); !read.ok()) return read.error();
  if (const auto read = read_count(payload, "offset", selection.offset); !read.ok()) return read.error();
  const Value* newest = payload.find("newest");
  if (newest == nullptr || newest->is_nil()) return selection;
  if (!newest->flag()) return exo::Error{"bad-payload", "payload: `newest` must be true or false"};
  selection.newest = *newest->flag();
  return selection;
}

}  // namespace

TodoService::TodoService(exo::Relay& relay, const std::string& path)
    : path_(path),
      database_(open_for_writing(path, kSchema)),
      insert_(database_, "INSERT INTO todos (title) VALUES (?)"),
      delete_(database_, "DELETE FROM todos WHERE id = ?"),
      count_(database_, "SELECT count(*) FROM todos"),
      writes_(database_) {
  relay.handle("todo.add", [this](const Command& command, Reply reply) { add(command, std::move(reply)); });
  relay.handle("todo.add-many",
               [this](const Command& command, Reply reply) { add_many(command, std::move(reply)); });
  relay.handle("todo.delete",
               [this](const Command& command, Reply reply) { remove(command, std::move(reply)); });
  relay.handle("todos.count", [this](const Command&, Reply reply) { count(std::move(reply)); });
  relay.handle("todos.list",
               [this](const Command& command, Reply reply) { list(command, std::move(reply)); });
  relay.on_drained([this] { writes_.commit(); });
}

// tryReset(), here and below: reset() would throw the error of the execution before once more.
std::int64_t TodoService::insert(const std::string& title) {
  insert_.tryReset();
  insert_.bindNoCopy(1, title);
  insert_.exec();
  return database_.getLastInsertRowid();
}

void TodoService::add(const Command& command, Reply reply) {
  const auto title = command.payload.string_at("title");
  if (!title.ok()) return reply.error(title.error().message);
  if (is_empty(*title.value()))
    return reply.error("payload: `title` is empty; a todo needs at least one word");
  writes_.add(std::move(reply), "todo.added", [&] {
    return Value::map({{"id", insert(*title.value())}, {"title", *title.value()}});
  });
}

void TodoService::add_many(const Command& command, Reply reply) {
  const auto titles = command.payload.list_at("titles");
  if (!titles.ok()) return reply.error(titles.error().message);
  for (const Value& title : *titles.value()) {
    if (title.string() == nullptr) return reply.error("payload: every one of `titles` must be a string");
    if (is_empty(*title.string()))
      return reply.error("payload: one of `titles` is empty; a todo needs at least one word");
  }
  writes_.add(std::move(reply), "todos.added", [&] {
    for (const Value& title : *titles.value()) insert(*title.string());
    return Value::map({{"count", titles.value()->size()}});
  });
}

void TodoService::remove(const Command& command, Reply reply) {
  const auto id = command.payload.integer_at("id");
  if (!id.ok()) return reply.error(id.error().message);
  writes_.add(std::move(reply), "todo.deleted", [&] {
    delete_.tryReset();
    delete_.bind(1, id.value());
    delete_.exec();
    return Value::map({{"id", id.value()}});
  });
}

void TodoService::count(Reply reply) {
  writes_.commit();
  count_.tryReset();
  count_.executeStep();
  const std::int64_t count = count_.getColumn(0).getInt64();
  count_.tryReset();
  reply.send("todos.counted", Value::map({{"count", count}}));
}

void TodoService::list(const Command& command, Reply reply) {
  const auto selection = read_selection(command.payload);
  if (!selection.ok()) return reply.error(selection.error().message);
  writes_.commit();
  const std::string order = selection.value().newest ? "DESC" : "ASC";
  auto snapshot = std::make_shared<Snapshot>(
      path_, "SELECT id, title FROM todos ORDER BY id " + order + " LIMIT ? OFFSET ?");
  snapshot->statement().bind(1, selection.value().limit);
  snapshot->statement().bind(2, selection.value().offset);
  reply.stream("todos.listed", Snapshot::stream(std::move(snapshot)));
}

}  // namespace todo_app
