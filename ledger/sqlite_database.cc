#include "ledger/sqlite_database.h"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <new>
#include <system_error>
#include <utility>

#include "base/check.h"
#include "ledger/ledger_error.h"

namespace exo {
namespace {

// Only a person with a database tool, or the end of another connection, ever holds a lock that we wait for.
constexpr int kBusyTimeoutMs = 5000;
// Above the largest event (details of 16 MiB and a kilobyte for each other field).
constexpr int kValueLimitBytes = 32 * 1024 * 1024;

std::string_view code_for(int result, int error_number) {
  switch (result & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH:
    case SQLITE_SCHEMA:
    case SQLITE_CONSTRAINT:  // what a host writes breaks none, unless somebody put others in
    case SQLITE_ERROR:       // a table or column that our statements name is not there
      return ledger_error::kLedgerDamaged;
    case SQLITE_FULL:
      return ledger_error::kDiskFull;
    case SQLITE_READONLY:
    case SQLITE_PERM:
      return ledger_error::kReadOnly;
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return ledger_error::kBusy;
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
      return error_number == 0 ? ledger_error::kIo : ledger_code_for(error_number);
    default:
      return ledger_error::kIo;
  }
}

// Triggers that a stranger put in must not call functions, and no statement may write to SQLite's own tables.
void harden(sqlite3* database) {
  sqlite3_db_config(database, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(database, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
  sqlite3_limit(database, SQLITE_LIMIT_LENGTH, kValueLimitBytes);
}

// Leaves the log's files in place when the last connection closes (a reader that may not write to the folder
// cannot make them), and what is in the log until the database is known to be good.
void keep_log(sqlite3* database) {
  int on = 1;
  sqlite3_file_control(database, "main", SQLITE_FCNTL_PERSIST_WAL, &on);
  sqlite3_db_config(database, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
}

// SQLite's own refusal of links is about each part of the path; here only the file itself may be none.
std::string with_real_folder(const std::string& path) {
  const std::filesystem::path file(path);
  std::error_code error;
  const auto folder = std::filesystem::canonical(file.parent_path(), error);
  return error ? path : (folder / file.filename()).string();
}

// What the kernel said. SQLite forgets it when a commit fails; the log's file, which a commit writes, does
// not.
int system_error_of(sqlite3* database) {
  int error_number = sqlite3_system_errno(database);
  sqlite3_file* log = nullptr;
  if (error_number == 0) sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log);
  if (log != nullptr && log->pMethods != nullptr) {
    log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &error_number);
  }
  return error_number;
}

}  // namespace

SqliteStatement::SqliteStatement(const SqliteDatabase* database, sqlite3_stmt* statement)
    : database_(database), statement_(statement) {}

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : database_(other.database_), statement_(std::exchange(other.statement_, nullptr)) {}

SqliteStatement& SqliteStatement::operator=(SqliteStatement&& other) noexcept {
  std::swap(database_, other.database_);
  std::swap(statement_, other.statement_);
  return *this;
}

SqliteStatement::~SqliteStatement() {
  sqlite3_finalize(statement_);
}

void SqliteStatement::bind(int parameter, std::uint64_t number) {
  EXO_CHECK(sqlite3_bind_int64(statement_, parameter + 1, static_cast<sqlite3_int64>(number)) == SQLITE_OK);
}

void SqliteStatement::bind(int parameter, std::string_view text) {
  // A null pointer would bind NULL.
  const char* const bytes = text.empty() ? "" : text.data();
  EXO_CHECK(sqlite3_bind_text64(statement_, parameter + 1, bytes, text.size(), SQLITE_STATIC, SQLITE_UTF8) ==
            SQLITE_OK);
}

void SqliteStatement::bind(int parameter, const Sha256Digest& digest) {
  EXO_CHECK(sqlite3_bind_blob64(statement_, parameter + 1, digest.data(), digest.size(), SQLITE_STATIC) ==
            SQLITE_OK);
}

Result<bool> SqliteStatement::step() {
  const int result = sqlite3_step(statement_);
  if (result == SQLITE_ROW) return true;
  if (result == SQLITE_DONE) {
    reset();
    return false;
  }
  Error error = database_->last_error();
  reset();
  return error;
}

Result<void> SqliteStatement::run() {
  auto row = step();
  reset();
  if (!row) return row.error();
  return {};
}

void SqliteStatement::reset() {
  sqlite3_reset(statement_);  // its result is that of the last step, which was reported then
}

std::uint64_t SqliteStatement::number(int column) const {
  return static_cast<std::uint64_t>(sqlite3_column_int64(statement_, column));
}

std::string SqliteStatement::text(int column) const {
  std::string text;
  this->text(column, text);
  return text;
}

// As bytes: a text would be copied first, to end in a NUL.
void SqliteStatement::text(int column, std::string& into) const {
  const void* const bytes = sqlite3_column_blob(statement_, column);
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  into.assign(bytes == nullptr ? "" : static_cast<const char*>(bytes), bytes == nullptr ? 0 : size);
}

Sha256Digest SqliteStatement::digest(int column) const {
  Sha256Digest digest{};
  const auto* const bytes = static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  if (bytes != nullptr && size == digest.size()) std::copy_n(bytes, size, digest.begin());
  return digest;
}

SqliteDatabase::~SqliteDatabase() {
  // Fails only when a statement outlives its database.
  EXO_CHECK(sqlite3_close(database_) == SQLITE_OK);
}

Result<void> SqliteDatabase::open(const std::string& path, SqliteMode mode) {
  EXO_CHECK(database_ == nullptr);
  path_ = path;
  const bool writes = mode == SqliteMode::kReadWrite;
  const int access = writes ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int result =
      sqlite3_open_v2(with_real_folder(path).c_str(), &database_,
                      access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOFOLLOW, nullptr);
  if (database_ == nullptr) throw std::bad_alloc();
  if (result != SQLITE_OK) return last_error();
  harden(database_);
  sqlite3_busy_timeout(database_, kBusyTimeoutMs);
  keep_log(database_);
  return execute("PRAGMA cell_size_check = ON");
}

Result<SqliteStatement> SqliteDatabase::prepare(std::string_view sql) const {
  sqlite3_stmt* statement = nullptr;
  const int result =
      sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), 0, &statement, nullptr);
  if (result != SQLITE_OK) return last_error();
  return SqliteStatement(this, statement);
}

Result<void> SqliteDatabase::execute(const std::string& sql) const {
  if (sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) return last_error();
  return {};
}

Result<std::uint64_t> SqliteDatabase::query_number(std::string_view sql) const {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement.value().step();
  if (!row) return row.error();
  return row.value() ? statement.value().number(0) : 0;
}

Result<std::string> SqliteDatabase::query_text(std::string_view sql) const {
  auto statement = prepare(sql);
  if (!statement) return statement.error();
  const auto row = statement.value().step();
  if (!row) return row.error();
  return row.value() ? statement.value().text(0) : std::string();
}

void SqliteDatabase::empty_log_on_close() {
  sqlite3_db_config(database_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);
}

bool SqliteDatabase::in_transaction() const {
  return sqlite3_get_autocommit(database_) == 0;
}

Error SqliteDatabase::last_error() const {
  const int result = sqlite3_extended_errcode(database_);
  const int error_number = system_error_of(database_);
  const std::string_view code = code_for(result, error_number);
  const std::string message = path_ + ": " + sqlite3_errmsg(database_);
  const bool by_the_system = (result & 0xff) == SQLITE_IOERR || (result & 0xff) == SQLITE_CANTOPEN;
  if (!by_the_system || error_number == 0) return ledger_failure(code, message);
  return Error{std::string(code), ledger_system_failure(message, error_number).message};
}

SqliteTransaction::~SqliteTransaction() {
  if (!database_.in_transaction()) return;
  // What fails here has failed before: SQLite then rolls back when the log is next read.
  static_cast<void>(database_.execute("ROLLBACK"));
}

Result<void> SqliteTransaction::begin() {
  return database_.execute("BEGIN IMMEDIATE");
}

Result<void> SqliteTransaction::commit() {
  return database_.execute("COMMIT");
}

}  // namespace exo
