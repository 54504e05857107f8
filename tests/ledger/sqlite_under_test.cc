#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>

#include "base/check.h"
#include "base/unique_fd.h"
#include "tests/ledger/ledger_fixture.h"
#include "tests/ledger/ledger_under_test.h"

namespace exo {
namespace {

void limit_file_size(rlim_t bytes) {
  struct rlimit limit {};
  EXO_CHECK(::getrlimit(RLIMIT_FSIZE, &limit) == 0);
  limit.rlim_cur = bytes;
  EXO_CHECK(::setrlimit(RLIMIT_FSIZE, &limit) == 0);
}

// The descriptor by which this process has `path` open; -1 when it has not.
int descriptor_of(const std::string& path) {
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    if (std::filesystem::read_symlink(entry.path(), gone) == path) return std::stoi(entry.path().filename());
  }
  return -1;
}

class SqliteUnderTest final : public LedgerUnderTest {
 public:
  ~SqliteUnderTest() override { limit_file_size(RLIM_INFINITY); }

  std::unique_ptr<Ledger> open() override { return open_ledger(folder_.path()); }

  std::unique_ptr<Ledger> take_over() override {
    std::filesystem::remove(lock_path(folder_.path()));
    return open_ledger(folder_.path());
  }

  // The write-ahead log may not grow beyond what it has. The kernel tells the writer by a signal, too.
  void fill_disk(Ledger&) override {
    std::signal(SIGXFSZ, SIG_IGN);
    limit_file_size(std::filesystem::file_size(folder_.file("ledger.db-wal")));
  }

  void free_disk(Ledger&) override { limit_file_size(RLIM_INFINITY); }

  // Puts a descriptor that cannot be written in the place of the head's.
  void lose_acknowledgement(Ledger&) override {
    head_ = descriptor_of(head_path(folder_.path()));
    EXO_CHECK(head_ >= 0);
    writable_head_.reset(::fcntl(head_, F_DUPFD_CLOEXEC, 0));
    const UniqueFd nowhere(::open("/dev/null", O_RDONLY | O_CLOEXEC));
    EXO_CHECK(::dup3(nowhere.get(), head_, O_CLOEXEC) == head_);
  }

  void mend(Ledger&) override { EXO_CHECK(::dup3(writable_head_.get(), head_, O_CLOEXEC) == head_); }

 private:
  LedgerFolder folder_;
  int head_ = -1;
  UniqueFd writable_head_;
};

}  // namespace

Implementation sqlite_implementation() {
  return {.name = "Sqlite", .make = [] { return std::make_unique<SqliteUnderTest>(); }};
}

}  // namespace exo
