// All rows of a table as they are at one moment, page by page.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <memory>
#include <string>

#include "bus/relays/cpp/reply.h"

namespace todo_app {

// A list of {id, title} in pages, for Reply::stream(). Reads on a connection of its own, so that it neither
// holds up writers nor sees what they write meanwhile. `query` selects id and title; its parameters are bound
// by the caller through statement(). Throws SQLite::Exception.
class Snapshot {
 public:
  Snapshot(const std::string& path, const std::string& query);

  SQLite::Statement& statement() { return statement_; }
  // The next page; the last has no `more`.
  exo::Page next();

  static exo::PageSource stream(std::shared_ptr<Snapshot> snapshot);

 private:
  SQLite::Database database_;
  SQLite::Statement statement_;
};

// A {id, title} from the statement's current row.
exo::Value entry_of(SQLite::Statement& statement);

}  // namespace todo_app
