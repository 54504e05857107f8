// The titles of todos, and the words in them.
#pragma once

#include <SQLiteCpp/Database.h>
#include <SQLiteCpp/Statement.h>

#include <cstdint>
#include <string>
#include <vector>

namespace todo_app {

// A table of titles by id, and an FTS5 index of their words that holds no copy of them. Adding a known id
// replaces its title, so adding twice doubles nothing. Throws SQLite::Exception; the caller holds
// transactions. For one thread.
class SearchIndex {
 public:
  struct Entry {
    std::int64_t id = 0;
    std::string title;
    bool operator==(const Entry&) const = default;
  };

  explicit SearchIndex(const std::string& path);

  SQLite::Database& database() { return database_; }
  void put(std::int64_t id, const std::string& title);
  std::int64_t count();
  // The entries in which every word of `text` occurs, the last also as the beginning of a word; the best
  // first. None when there is no word in `text`.
  std::vector<Entry> find(const std::string& text, std::int64_t limit);

 private:
  void replace(std::int64_t id, const std::string& title);

  SQLite::Database database_;
  SQLite::Statement add_title_;
  SQLite::Statement add_words_;
  SQLite::Statement title_of_;
  SQLite::Statement remove_words_;
  SQLite::Statement change_title_;
  SQLite::Statement count_;
  SQLite::Statement find_;
};

// FTS5's expression for a user's words: each quoted, so that nothing in them is taken for an operator.
std::string match_expression(const std::string& text);

}  // namespace todo_app
