// The service that keeps the todos.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <string>

#include "bus/relays/cpp/relay.h"
#include "examples/todo-app/storage/grouped_writes.h"

namespace todo_app {

// Handles a relay's commands with one SQLite file:
//
//   todo.add {title}                          → todo.added {id, title}
//   todo.add-many {titles}                    → todos.added {count}
//   todo.delete {id}                          → todo.deleted {id}, also when there was none
//   todos.count {}                            → todos.counted {count}
//   todos.list {limit?, offset?, newest?}     → todos.listed [{id, title}, …], by id; in pages
//
// A payload that is not so, or a title without a word, fails its command. For the relay's thread; the relay
// must outlive it.
class TodoService {
 public:
  // Opens or makes the file. Throws SQLite::Exception.
  TodoService(exo::Relay& relay, const std::string& path);

 private:
  void add(const exo::Command& command, exo::Reply reply);
  void add_many(const exo::Command& command, exo::Reply reply);
  void remove(const exo::Command& command, exo::Reply reply);
  void count(exo::Reply reply);
  void list(const exo::Command& command, exo::Reply reply);
  std::int64_t insert(const std::string& title);

  std::string path_;
  SQLite::Database database_;
  SQLite::Statement insert_;
  SQLite::Statement delete_;
  SQLite::Statement count_;
  GroupedWrites writes_;
};

}  // namespace todo_app
