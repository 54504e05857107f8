#include "examples/todo-app/storage/snapshot.h"

#include "examples/todo-app/storage/database.h"

namespace todo_app {

namespace {

// Some milliseconds' work, and well below what goes into one message.
constexpr std::size_t kEntriesPerPage = 500;
constexpr std::size_t kBytesPerPage = 1024 * 1024;

}  // namespace

exo::Value entry_of(SQLite::Statement& statement) {
  const SQLite::Column title = statement.getColumn(1);
  return exo::Value::map({{"id", statement.getColumn(0).getInt64()}, {"title", title.getString()}});
}

Snapshot::Snapshot(const std::string& path, const std::string& query)
    : database_(open_for_reading(path)), statement_(database_, query) {}

exo::Page Snapshot::next() {
  exo::Page page;
  std::size_t bytes = 0;
  while (page.items.size() < kEntriesPerPage && bytes < kBytesPerPage) {
    if (!statement_.executeStep()) return page;
    bytes += static_cast<std::size_t>(statement_.getColumn(1).getBytes());
    page.items.push_back(entry_of(statement_));
  }
  page.more = true;
  return page;
}

exo::PageSource Snapshot::stream(std::shared_ptr<Snapshot> snapshot) {
  return [snapshot = std::move(snapshot)]() -> exo::Result<exo::Page> { return snapshot->next(); };
}

}  // namespace todo_app
