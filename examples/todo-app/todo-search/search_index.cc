#include "examples/todo-app/todo-search/search_index.h"

#include "examples/todo-app/storage/database.h"

namespace todo_app {

namespace {

constexpr const char* kSchema = R"sql(
  CREATE TABLE IF NOT EXISTS titles (id INTEGER PRIMARY KEY, title TEXT NOT NULL) STRICT;
  CREATE VIRTUAL TABLE IF NOT EXISTS words USING fts5 (title, content = 'titles', content_rowid = 'id');
)sql";

// What separates a user's words, and what has no place in them: spaces and control characters.
bool is_separator(char letter) {
  const auto byte = static_cast<unsigned char>(letter);
  return byte <= 0x20 || byte == 0x7f;
}

// tryReset(): reset() would throw the error of the execution before once more.
void bind(SQLite::Statement& statement, std::int64_t id, const std::string& title) {
  statement.tryReset();
  statement.bind(1, id);
  statement.bindNoCopy(2, title);
}

}  // namespace

std::string match_expression(const std::string& text) {
  std::string expression;
  bool in_word = false;
  for (const char letter : text) {
    if (is_separator(letter)) {
      if (in_word) expression += '"';
      in_word = false;
      continue;
    }
    if (!in_word) expression += expression.empty() ? "\"" : " \"";
    in_word = true;
    expression += letter;
    if (letter == '"') expression += letter;
  }
  if (in_word) expression += '"';
  if (!expression.empty()) expression += " *";
  return expression;
}

SearchIndex::SearchIndex(const std::string& path)
    : database_(open_for_writing(path, kSchema)),
      add_title_(database_, "INSERT INTO titles (id, title) VALUES (?, ?) ON CONFLICT DO NOTHING"),
      add_words_(database_, "INSERT INTO words (rowid, title) VALUES (?, ?)"),
      title_of_(database_, "SELECT title FROM titles WHERE id = ?"),
      remove_words_(database_, "INSERT INTO words (words, rowid, title) VALUES ('delete', ?, ?)"),
      change_title_(database_, "UPDATE titles SET title = ?2 WHERE id = ?1"),
      count_(database_, "SELECT count(*) FROM titles"),
      find_(database_, "SELECT rowid, title FROM words WHERE words MATCH ? ORDER BY rank LIMIT ?") {}

void SearchIndex::put(std::int64_t id, const std::string& title) {
  bind(add_title_, id, title);
  if (add_title_.exec() == 0) return replace(id, title);
  bind(add_words_, id, title);
  add_words_.exec();
}

// The words of the old title must be told, since the index keeps no copy of it.
void SearchIndex::replace(std::int64_t id, const std::string& title) {
  title_of_.tryReset();
  title_of_.bind(1, id);
  title_of_.executeStep();
  const std::string before = title_of_.getColumn(0).getString();
  title_of_.tryReset();
  if (before == title) return;
  bind(remove_words_, id, before);
  remove_words_.exec();
  bind(change_title_, id, title);
  change_title_.exec();
  bind(add_words_, id, title);
  add_words_.exec();
}

std::int64_t SearchIndex::count() {
  count_.tryReset();
  count_.executeStep();
  const std::int64_t count = count_.getColumn(0).getInt64();
  count_.tryReset();
  return count;
}

std::vector<SearchIndex::Entry> SearchIndex::find(const std::string& text, std::int64_t limit) {
  std::vector<Entry> found;
  const std::string expression = match_expression(text);
  if (expression.empty()) return found;
  find_.tryReset();
  find_.bindNoCopy(1, expression);
  find_.bind(2, limit);
  while (find_.executeStep()) {
    found.push_back({find_.getColumn(0).getInt64(), find_.getColumn(1).getString()});
  }
  find_.tryReset();
  return found;
}

}  // namespace todo_app
