#include "benchmarks/recording/writers.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <string_view>

#include "base/check.h"
#include "base/unique_fd.h"
#include "benchmarks/recording/sample.h"
#include "ledger/sqlite_ledger.h"

namespace exo {
namespace {

constexpr std::size_t kBlockBytes = 4096;
constexpr std::size_t kRecordBytes = 512;

// A file written and synced at a place.
class SyncedFile {
 public:
  explicit SyncedFile(const std::string& path)
      : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    EXO_CHECK(file_.get() >= 0);
  }
  void write(std::string_view bytes, std::uint64_t offset) {
    EXO_CHECK(::pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset)) ==
              static_cast<ssize_t>(bytes.size()));
    EXO_CHECK(::fdatasync(file_.get()) == 0);
  }

 private:
  UniqueFd file_;
};

class LedgerWriter final : public Writer {
 public:
  explicit LedgerWriter(const std::string& folder)
      : ledger_(SqliteLedger::open({.folder = folder, .owner = this_process("host-of-benchmark")}).value()) {}
  void write(std::uint64_t n) override {
    EXO_CHECK(ledger_->append(ledger_->position(), sample_event(n)).ok());
  }

 private:
  std::unique_ptr<SqliteLedger> ledger_;
};

class BareSqlite final : public Writer {
 public:
  explicit BareSqlite(const std::string& folder) {
    EXO_CHECK(sqlite3_open((folder + "/bare.db").c_str(), &database_) == SQLITE_OK);
    execute(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
        "CREATE TABLE events(sequence INTEGER PRIMARY KEY, format INT, epoch INT, at INT, who TEXT, host "
        "TEXT,"
        " type TEXT, role TEXT, version TEXT, phase TEXT, generation INT, run TEXT, attempt INT, details "
        "TEXT,"
        " previous_hash BLOB, hash BLOB) STRICT");
    EXO_CHECK(sqlite3_prepare_v2(database_, "INSERT INTO events VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", -1,
                                 &insert_, nullptr) == SQLITE_OK);
  }
  ~BareSqlite() override {
    sqlite3_finalize(insert_);
    sqlite3_close(database_);
  }
  void write(std::uint64_t n) override {
    const LedgerEvent event = sample_event(n);
    bind(0, n);
    for (const auto& [column, number] : {std::pair{1, event.format},
                                         {2, event.epoch},
                                         {3, event.at.nanoseconds},
                                         {10, event.generation},
                                         {12, event.attempt}}) {
      bind(column, number);
    }
    for (const auto& [column, text] : {std::pair<int, std::string_view>{4, event.who},
                                       {5, event.host},
                                       {6, event.type},
                                       {7, event.role},
                                       {8, event.version},
                                       {9, event.phase},
                                       {11, event.run},
                                       {13, event.details}}) {
      bind(column, text);
    }
    for (const int column : {14, 15}) {
      sqlite3_bind_blob(insert_, column + 1, event.hash.data(), static_cast<int>(event.hash.size()),
                        SQLITE_STATIC);
    }
    EXO_CHECK(sqlite3_step(insert_) == SQLITE_DONE);  // a transaction of its own
    sqlite3_reset(insert_);
  }

 private:
  void execute(const char* sql) {
    EXO_CHECK(sqlite3_exec(database_, sql, nullptr, nullptr, nullptr) == SQLITE_OK);
  }
  void bind(int column, std::uint64_t number) {
    sqlite3_bind_int64(insert_, column + 1, static_cast<sqlite3_int64>(number));
  }
  void bind(int column, std::string_view text) {
    const char* bytes = text.empty() ? "" : text.data();
    sqlite3_bind_text(insert_, column + 1, bytes, static_cast<int>(text.size()), SQLITE_STATIC);
  }

  sqlite3* database_ = nullptr;
  sqlite3_stmt* insert_ = nullptr;
};

class BareSqliteWithHead final : public Writer {
 public:
  explicit BareSqliteWithHead(const std::string& folder) : database_(folder), head_(folder + "/head") {
    head_.write(std::string(2 * kBlockBytes, '\0'), 0);
  }
  void write(std::uint64_t n) override {
    database_.write(n);
    head_.write(std::string(kBlockBytes, 'h'), n % 2 * kBlockBytes);
  }

 private:
  BareSqlite database_;
  SyncedFile head_;
};

class BareFile final : public Writer {
 public:
  explicit BareFile(const std::string& folder) : file_(folder + "/bare.log") {}
  void write(std::uint64_t n) override {
    file_.write(std::string(kRecordBytes, 'r'), (n - 1) * kRecordBytes);
  }

 private:
  SyncedFile file_;
};

}  // namespace

std::unique_ptr<Writer> make_writer(const std::string& name, const std::string& folder) {
  if (name == "exo") return std::make_unique<LedgerWriter>(folder);
  if (name == "sqlite") return std::make_unique<BareSqlite>(folder);
  if (name == "sqlite-head") return std::make_unique<BareSqliteWithHead>(folder);
  EXO_CHECK(name == "fdatasync");
  return std::make_unique<BareFile>(folder);
}

}  // namespace exo
