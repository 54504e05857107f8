// A disk without room: what was recorded stays, and the ledger goes on when there is room again.
//
// On a small file system of its own where the kernel lets a test mount one; else a limit on the size of files
// takes its place, which fails the same writes. The conformance suite meets the second way in any case.
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

// Room that can be taken away and given back, in the child process that uses it.
class SmallDisk {
 public:
  explicit SmallDisk(std::string folder)
      : folder_(std::move(folder)),
        mounted_(make_private_mounts() && ::mount("none", folder_.c_str(), "tmpfs", 0, "size=1m") == 0) {
    std::signal(SIGXFSZ, SIG_IGN);
  }

  bool is_real() const { return mounted_; }

  void fill() {
    if (!mounted_) return limit(std::filesystem::file_size(folder_ + "/ledger.db-wal"));
    std::ofstream ballast(folder_ + "/ballast", std::ios::binary);
    const std::string block(4096, 'b');
    while (ballast << block << std::flush) {
    }
  }

  void free() {
    if (!mounted_) return limit(RLIM_INFINITY);
    std::filesystem::remove(folder_ + "/ballast");
  }

 private:
  static void limit(rlim_t bytes) {
    struct rlimit limit {};
    ::getrlimit(RLIMIT_FSIZE, &limit);
    limit.rlim_cur = bytes;
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }

  std::string folder_;
  bool mounted_;
};

// Appends until it fails; the position reached is that of the ledger.
std::string append_until_refused(Ledger& ledger) {
  constexpr std::uint64_t kEnough = 100'000;
  while (ledger.position() < kEnough) {
    const auto appended = ledger.append(ledger.position(), sample_event(ledger.position() + 1));
    if (!appended) return appended.error().code;
  }
  return "never refused";
}

TEST(FullDisk, IsARealOneForRoot) {
  if (::geteuid() != 0) GTEST_SKIP() << "it takes root to mount a file system";
  LedgerFolder folder;
  EXPECT_EQ(in_child([&] { return SmallDisk(folder.path()).is_real() ? std::string() : "no tmpfs"; }), "");
}

TEST(FullDisk, RefusesAnAppend) {
  LedgerFolder folder;
  EXPECT_EQ(in_child([&] {
              SmallDisk disk(folder.path());
              auto ledger = open_ledger(folder.path());
              fill(*ledger, 5);
              disk.fill();
              return append_until_refused(*ledger);
            }),
            "disk-full");
}

TEST(FullDisk, KeepsWhatWasRecorded) {
  LedgerFolder folder;
  EXPECT_EQ(in_child([&] {
              SmallDisk disk(folder.path());
              auto ledger = open_ledger(folder.path());
              disk.fill();
              append_until_refused(*ledger);
              append_until_refused(*ledger);
              const std::uint64_t position = ledger->position();
              const std::size_t events = all_events(*ledger).size();
              return events == position && ledger->verify().ok() ? std::string() : "verification failed";
            }),
            "");
}

TEST(FullDisk, TakesTheSameEventWhenThereIsRoomAgain) {
  LedgerFolder folder;
  EXPECT_EQ(in_child([&] {
              SmallDisk disk(folder.path());
              auto ledger = open_ledger(folder.path());
              disk.fill();
              append_until_refused(*ledger);
              const std::uint64_t position = ledger->position();
              disk.free();
              const auto again = ledger->append(position, sample_event(position + 1));
              return again ? std::to_string(again.value().sequence - position) : again.error().message;
            }),
            "1");
}

TEST(FullDisk, GoesOnAfterManyTimes) {
  LedgerFolder folder;
  EXPECT_EQ(in_child([&] {
              SmallDisk disk(folder.path());
              auto ledger = open_ledger(folder.path());
              for (int round = 0; round < 5; ++round) {
                disk.fill();
                append_until_refused(*ledger);
                disk.free();
                fill(*ledger, ledger->position() + 20);
              }
              const auto events = all_events(*ledger);
              ledger.reset();
              return all_events(*open_ledger(folder.path())) == events ? std::string() : "other events";
            }),
            "");
}

// Each stage of making a ledger meets the full disk at some amount of room left.
TEST(FullDisk, RefusesToOpenALedgerThatCannotBeMade) {
  LedgerFolder folder;
  EXPECT_EQ(in_child([&] {
              SmallDisk disk(folder.path());
              for (rlim_t room = 0; room < 65'536; room += 512) {
                for (const char* const name :
                     {"ledger.db", "ledger.db-wal", "ledger.db-shm", "ledger.head", "ledger.lock"})
                  std::filesystem::remove(folder.file(name));
                struct rlimit limit {
                  room, RLIM_INFINITY
                };
                ::setrlimit(RLIMIT_FSIZE, &limit);
                const std::string outcome = opening(folder.path());
                limit.rlim_cur = RLIM_INFINITY;
                ::setrlimit(RLIMIT_FSIZE, &limit);
                if (outcome != "opens" && outcome.substr(0, 11) != "disk-full: ") return outcome;
                if (const std::string later = opening(folder.path()); later != "opens") return later;
              }
              return std::string();
            }),
            "");
}

}  // namespace
}  // namespace exo
