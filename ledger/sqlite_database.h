// SQLite as the ledger uses it: a connection and its statements as values with one owner, every failure a
// Result in the ledger's words. The one place where sqlite3.h is included is this header's source.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/digest.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace exo {

enum class SqliteMode {
  kReadWrite,  // makes the file when it is missing
  kReadOnly,
};

class SqliteDatabase;

// A prepared statement. Destroyed before its database; used by one thread at a time. Parameters and columns
// count from 0. A step that fails, and one that finds no further row, resets it, so that it holds no lock.
class SqliteStatement {
 public:
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&& other) noexcept;
  SqliteStatement(const SqliteStatement&) = delete;
  SqliteStatement& operator=(const SqliteStatement&) = delete;
  ~SqliteStatement();

  // The texts and digests must live until the statement is reset.
  void bind(int parameter, std::uint64_t number);
  void bind(int parameter, std::string_view text);
  void bind(int parameter, const Sha256Digest& digest);

  // True: a row is there to be read. False: no further row.
  Result<bool> step();
  // For a statement that gives no rows.
  Result<void> run();
  void reset();

  // Of the row that step() gave. A value of another type reads as 0, empty or zero: hashes show it.
  std::uint64_t number(int column) const;
  std::string text(int column) const;
  // The same, into what is there, so that rows of a long walk take no memory each.
  void text(int column, std::string& into) const;
  Sha256Digest digest(int column) const;

 private:
  friend class SqliteDatabase;
  SqliteStatement(const SqliteDatabase* database, sqlite3_stmt* statement);

  const SqliteDatabase* database_;  // at a fixed address as long as the statement lives
  sqlite3_stmt* statement_;
};

// One connection, used by one thread at a time. At a fixed address once opened, since statements point to it.
//
// No other code of the process may open and close the database's file: closing any descriptor of it would
// drop the locks that SQLite holds.
class SqliteDatabase {
 public:
  SqliteDatabase() = default;
  SqliteDatabase(const SqliteDatabase&) = delete;
  SqliteDatabase& operator=(const SqliteDatabase&) = delete;
  ~SqliteDatabase();

  // Once per object. A read-only connection works while another process writes, and on a read-only folder.
  Result<void> open(const std::string& path, SqliteMode mode);

  Result<SqliteStatement> prepare(std::string_view sql) const;
  // One or more statements whose rows are of no interest.
  Result<void> execute(const std::string& sql) const;
  // The first column of the only row; 0 and "" when there is none.
  Result<std::uint64_t> query_number(std::string_view sql) const;
  Result<std::string> query_text(std::string_view sql) const;

  // Until this is called, closing leaves the write-ahead log as it is, so that a database that is refused is
  // not changed by having been looked at.
  void empty_log_on_close();
  bool in_transaction() const;
  const std::string& path() const { return path_; }

 private:
  friend class SqliteStatement;
  // What went wrong in the last call: code "ledger-damaged", "disk-full", "read-only", "busy", "absent" or
  // "io".
  Error last_error() const;

  std::string path_;
  sqlite3* database_ = nullptr;
};

// Begun for writing at once, so that what is read in it holds until it is committed; undone when destroyed
// before.
class SqliteTransaction {
 public:
  explicit SqliteTransaction(const SqliteDatabase& database) : database_(database) {}
  SqliteTransaction(const SqliteTransaction&) = delete;
  SqliteTransaction& operator=(const SqliteTransaction&) = delete;
  ~SqliteTransaction();

  Result<void> begin();
  // After an error nothing of the transaction is in the database, though a crash may bring it back
  // (ledger.h).
  Result<void> commit();

 private:
  const SqliteDatabase& database_;
};

}  // namespace exo
