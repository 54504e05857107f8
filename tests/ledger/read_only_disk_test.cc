// A file system that becomes read-only under a ledger: what was recorded stays, and the ledger goes on when
// it can be written again.
//
// The kernel lets nobody remount a file system read-only while a file of it is open for writing; it does so
// itself, after an error, and by force. So there are two tests of it: one on a real ext4 whose kernel has
// given up (root alone may mount one, and for root it must work), and one in which this process's own writes
// are refused in the same words, which can be taken back.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>

#include "tests/ledger/ledger_fixture.h"

namespace {

bool writes_are_refused = false;

ssize_t write_at(int file, const void* bytes, std::size_t count, off_t offset) {
  if (writes_are_refused) {
    errno = EROFS;
    return -1;
  }
  return ::syscall(SYS_pwrite64, file, bytes, count, offset);
}

}  // namespace

// In the place of the C library's, for SQLite as for the ledger's head; its header has other names for what
// they take. NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)
extern "C" ssize_t pwrite(int file, const void* bytes, std::size_t count, off_t offset) {
  return write_at(file, bytes, count, offset);
}
extern "C" ssize_t pwrite64(int file, const void* bytes, std::size_t count, off64_t offset) {
  return write_at(file, bytes, count, offset);
}
// NOLINTEND(readability-inconsistent-declaration-parameter-name)

namespace exo {
namespace {

std::string append_code(Ledger& ledger) {
  const auto appended = ledger.append(ledger.position(), sample_event(ledger.position() + 1));
  return appended ? "appended" : appended.error().code;
}

class ReadOnlyDisk : public ::testing::Test {
 protected:
  ~ReadOnlyDisk() override { writes_are_refused = false; }

  LedgerFolder folder_;
  std::unique_ptr<SqliteLedger> ledger_ = open_ledger(folder_.path());
};

TEST_F(ReadOnlyDisk, RefusesAnAppendByItsName) {
  fill(*ledger_, 3);
  writes_are_refused = true;
  EXPECT_EQ(append_code(*ledger_), "disk-read-only");
  EXPECT_EQ(ledger_->position(), 3U);
}

TEST_F(ReadOnlyDisk, IsNoLossOfTheLedger) {
  fill(*ledger_, 3);
  writes_are_refused = true;
  append_code(*ledger_);
  EXPECT_TRUE(ledger_->check_place().ok());
  EXPECT_EQ(all_events(*ledger_).size(), 3U);
}

TEST_F(ReadOnlyDisk, TakesTheSameEventOnceWhenItCanBeWrittenAgain) {
  fill(*ledger_, 3);
  for (int round = 0; round < 3; ++round) {
    writes_are_refused = true;
    EXPECT_EQ(append_code(*ledger_), "disk-read-only");
    EXPECT_EQ(append_code(*ledger_), "disk-read-only");
    writes_are_refused = false;
    EXPECT_EQ(append_code(*ledger_), "appended");
  }
  const auto events = all_events(*ledger_);
  EXPECT_EQ(events.size(), 6U);
  ledger_.reset();
  EXPECT_EQ(all_events(*open_ledger(folder_.path())), events);
}

TEST_F(ReadOnlyDisk, IsToldFromALedgerThatWasOpenedForReading) {
  fill(*ledger_, 3);
  auto reader = SqliteLedger::open_for_reading(folder_.path());
  EXPECT_EQ(append_code(*reader.value()), "read-only");
}

// A file of its own that holds an ext4, mounted on `folder` in this process's own mount namespace.
class Ext4 {
 public:
  Ext4(const std::string& image, std::string folder) : folder_(std::move(folder)) {
    ready_ = make_private_mounts() && run("truncate --size 16M " + image) &&
             run("mkfs.ext4 -q -O ^has_journal " + image) && run("mount -o loop " + image + " " + folder_);
  }
  ~Ext4() {
    if (ready_) ::umount2(folder_.c_str(), MNT_DETACH);
  }
  bool ready() const { return ready_; }
  // As after an error of the disk: until it is mounted anew every write is refused.
  bool give_up() const { return run("mount -o remount,abort " + folder_); }

 private:
  static bool run(const std::string& command) {
    return std::system((command + " >/dev/null 2>&1").c_str()) == 0;
  }
  std::string folder_;
  bool ready_ = false;
};

TEST(ReadOnlyFileSystem, IsNamedAndLosesNothing) {
  if (::geteuid() != 0) GTEST_SKIP() << "it takes root to mount a file system";
  LedgerFolder folder;
  LedgerFolder image;
  EXPECT_EQ(in_child([&] {
              const Ext4 disk(image.file("ext4"), folder.path());
              if (!disk.ready()) return std::string("an ext4 cannot be mounted here");
              auto ledger = open_ledger(folder.path());
              fill(*ledger, 5);
              if (!disk.give_up()) return std::string("it cannot be made to give up");
              if (const std::string code = append_code(*ledger); code != "disk-read-only") return code;
              if (!ledger->check_place().ok()) return ledger->check_place().error().code;
              if (opening(folder.path()).substr(0, 6) != "owned:") return opening(folder.path());
              return std::to_string(all_events(*ledger).size()) + " events";
            }),
            "5 events");
}

// With nobody who has a file of it open, a file system can be remounted.
TEST(ReadOnlyFileSystem, IsNamedWhereAHostStarts) {
  if (::geteuid() != 0) GTEST_SKIP() << "it takes root to mount a file system";
  LedgerFolder folder;
  EXPECT_EQ(in_child([&] {
              const char* const at = folder.path().c_str();
              if (!make_private_mounts() || ::mount("none", at, "tmpfs", 0, "size=1m") != 0)
                return std::string("a tmpfs cannot be mounted here");
              write_and_close(folder.path(), 5);
              if (::mount("none", at, nullptr, MS_REMOUNT | MS_RDONLY, nullptr) != 0)
                return std::string("it cannot be remounted");
              const std::string outcome = opening(folder.path());
              if (outcome.substr(0, 15) != "disk-read-only:") return outcome;
              if (opening_for_reading(folder.path()) != "opens") return opening_for_reading(folder.path());
              if (::mount("none", at, nullptr, MS_REMOUNT, "size=1m") != 0)
                return std::string("it cannot be remounted");
              return std::to_string(all_events(*open_ledger(folder.path())).size()) + " events";
            }),
            "5 events");
}

}  // namespace
}  // namespace exo
