#include "examples/todo-app/storage/database.h"

#include <cstdlib>

namespace todo_app {

namespace {

// How long one process waits for another one's transaction on the same file.
constexpr int kBusyTimeoutMs = 5000;

}  // namespace

exo::Result<std::string> data_file(const std::string& name) {
  const char* folder = std::getenv("EXO_DATA");
  if (folder == nullptr || *folder == '\0') {
    return exo::Error{"bad-environment",
                      "the environment variable EXO_DATA must name the folder for " + name};
  }
  return std::string(folder) + "/" + name;
}

SQLite::Database open_for_writing(const std::string& path, const std::string& schema) {
  SQLite::Database database(path, SQLite::OPEN_READWRITE | SQLite::OPEN_CREATE, kBusyTimeoutMs);
  database.exec("PRAGMA journal_mode=WAL");
  database.exec("PRAGMA synchronous=NORMAL");
  database.exec("PRAGMA cache_size=-16384");
  database.exec(schema);
  return database;
}

SQLite::Database open_for_reading(const std::string& path) {
  return {path, SQLite::OPEN_READONLY, kBusyTimeoutMs};
}

}  // namespace todo_app
