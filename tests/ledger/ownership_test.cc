#include "ledger/ownership.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <filesystem>

#include "base/check.h"
#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

const Owner kAda{
    .pid = 4711, .machine = "build-7", .host_id = "host-ada", .since = "2026-11-20T21:02:59.407Z"};
const Owner kGrace{
    .pid = 815, .machine = "build-8", .host_id = "host-grace", .since = "2026-11-21T00:00:00.000Z"};

TEST(Ownership, IsRefusedWhileAnotherHasIt) {
  LedgerFolder folder;
  const auto ada = Ownership::acquire(folder.path(), kAda);
  ASSERT_TRUE(ada.ok());
  EXPECT_EQ(Ownership::acquire(folder.path(), kGrace).error().code, "owned");
}

TEST(Ownership, NamesTheOwnerWhenItIsRefused) {
  LedgerFolder folder;
  const auto ada = Ownership::acquire(folder.path(), kAda);
  EXPECT_EQ(Ownership::acquire(folder.path(), kGrace).error().message,
            "the ledger in " + folder.path() +
                " is owned by pid 4711 on build-7 since 2026-11-20T21:02:59.407Z (host host-ada): use that "
                "host, or "
                "end it first");
}

TEST(Ownership, IsRefusedWithoutAFolder) {
  EXPECT_EQ(Ownership::acquire("/nowhere/at/all", kAda).error().code, "absent");
}

TEST(Ownership, IsNotTakenThroughASymbolicLink) {
  LedgerFolder folder;
  std::filesystem::create_symlink(folder.file("elsewhere"), folder.file("ledger.lock"));
  EXPECT_EQ(Ownership::acquire(folder.path(), kAda).error().code, "io");
}

TEST(Ownership, EndsWithItsObject) {
  LedgerFolder folder;
  { const auto ada = Ownership::acquire(folder.path(), kAda); }
  EXPECT_TRUE(Ownership::acquire(folder.path(), kGrace).ok());
}

TEST(Ownership, MovesWithItsObject) {
  LedgerFolder folder;
  auto ada = Ownership::acquire(folder.path(), kAda);
  const Ownership moved = std::move(ada).value();
  EXPECT_EQ(Ownership::acquire(folder.path(), kGrace).error().code, "owned");
  EXPECT_EQ(moved.self(), kAda);
}

// A script that the host starts must not keep the ledger when the host has died.
TEST(Ownership, IsNotInheritedByAProgramThatTheOwnerStarts) {
  LedgerFolder folder;
  std::array<int, 2> input{};
  ASSERT_EQ(::pipe2(input.data(), O_CLOEXEC), 0);
  pid_t child = 0;
  {
    const auto ada = Ownership::acquire(folder.path(), kAda);
    child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      ::dup2(input[0], STDIN_FILENO);
      ::execlp("cat", "cat", nullptr);
      ::_exit(127);
    }
    // The kernel closes the descriptors when it carries exec out: the program's name is cat from then on.
    while (content_of("/proc/" + std::to_string(child) + "/comm") != "cat\n") ASSERT_EQ(::kill(child, 0), 0);
  }
  EXPECT_TRUE(Ownership::acquire(folder.path(), kGrace).ok());
  ::close(input[1]);
  ::close(input[0]);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(FindingTheOwner, FindsNobodyWhereThereIsNoLedger) {
  LedgerFolder folder;
  EXPECT_EQ(find_owner(folder.path()).value(), std::nullopt);
  EXPECT_EQ(find_owner("/nowhere/at/all").value(), std::nullopt);
}

TEST(FindingTheOwner, FindsTheOwner) {
  LedgerFolder folder;
  const auto ada = Ownership::acquire(folder.path(), kAda);
  EXPECT_EQ(find_owner(folder.path()).value(), kAda);
}

TEST(FindingTheOwner, FindsTheOneAfterAnotherWithALongerName) {
  LedgerFolder folder;
  { const auto ada = Ownership::acquire(folder.path(), kAda); }
  const auto grace =
      Ownership::acquire(folder.path(), {.pid = 1, .machine = "m", .host_id = "h", .since = "s"});
  EXPECT_EQ(find_owner(folder.path()).value(), grace.value().self());
}

TEST(FindingTheOwner, FindsNobodyWhenTheOwnerHasGone) {
  LedgerFolder folder;
  { const auto ada = Ownership::acquire(folder.path(), kAda); }
  EXPECT_FALSE(content_of(folder.file("ledger.lock")).empty());
  EXPECT_EQ(find_owner(folder.path()).value(), std::nullopt);
}

TEST(FindingTheOwner, DoesNotHinderTheNextOwner) {
  LedgerFolder folder;
  { const auto ada = Ownership::acquire(folder.path(), kAda); }
  static_cast<void>(find_owner(folder.path()));
  EXPECT_TRUE(Ownership::acquire(folder.path(), kGrace).ok());
}

TEST(FindingTheOwner, FindsAHostThatHasNotYetWrittenWhoItIs) {
  LedgerFolder folder;
  const auto ada = Ownership::acquire(folder.path(), kAda);
  truncate_to(folder.file("ledger.lock"), 0);
  EXPECT_EQ(describe(*find_owner(folder.path()).value()), "a host that is just starting");
}

// A backup has the lock's file, with the text of a host that has long gone, or that of one that runs.

TEST(RestoredLock, LocksNobodyOut) {
  LedgerFolder folder;
  Owner alive = kAda;
  alive.pid = ::getpid();
  set_content(folder.file("ledger.lock"), encode_owner(alive));
  EXPECT_FALSE(find_owner(folder.path()).value().has_value());
  const auto grace = Ownership::acquire(folder.path(), kGrace);
  ASSERT_TRUE(grace.ok()) << grace.error().message;
  EXPECT_EQ(*find_owner(folder.path()).value(), kGrace);
}

TEST(RestoredLock, IsNoTextOfAnOwnerWhateverItHolds) {
  LedgerFolder folder;
  for (const std::string& text : {std::string(), std::string("pid"), std::string(8192, 'x')}) {
    set_content(folder.file("ledger.lock"), text);
    EXPECT_TRUE(Ownership::acquire(folder.path(), kGrace).ok()) << text.substr(0, 10);
  }
}

// As cp writes it: into the file that is there.
TEST(RestoredLock, LetsNobodyInBesideItsOwner) {
  LedgerFolder folder;
  const auto ada = Ownership::acquire(folder.path(), kAda);
  ASSERT_TRUE(ada.ok());
  set_content(folder.file("ledger.lock"), encode_owner(kGrace));
  EXPECT_EQ(Ownership::acquire(folder.path(), kGrace).error().code, "owned");
  EXPECT_TRUE(ada.value().place().is_kept());
}

// As rsync and tar write it: a new file takes its name, which nobody has locked.
TEST(RestoredLock, ThatIsAnotherFileIsSeenByItsOwner) {
  LedgerFolder folder;
  const auto ada = Ownership::acquire(folder.path(), kAda);
  ASSERT_TRUE(ada.ok());
  set_content(folder.file("restored"), encode_owner(kGrace));
  std::filesystem::rename(folder.file("restored"), folder.file("ledger.lock"));
  EXPECT_FALSE(ada.value().place().is_kept());
}

TEST(OwnerText, IsReadAsItWasWritten) {
  EXPECT_EQ(decode_owner(encode_owner(kAda)), kAda);
}

TEST(OwnerText, IsForPeople) {
  EXPECT_EQ(encode_owner(kAda), "pid 4711\nmachine build-7\nhost host-ada\nsince 2026-11-20T21:02:59.407Z\n");
}

TEST(OwnerText, IsReadWithLinesThatNobodyKnows) {
  EXPECT_EQ(decode_owner("colour blue\n\nnoise\npid 815\nmachine build-8\nhost host-grace\n"
                         "since 2026-11-21T00:00:00.000Z\nmore to come\n"),
            kGrace);
}

TEST(OwnerText, HasNoPidThatIsNoPid) {
  for (const std::string_view pid : {"-5", "0", "12x", "", "99999999999999999999"}) {
    EXPECT_EQ(decode_owner("pid " + std::string(pid) + "\n").pid, 0) << pid;
  }
}

TEST(OwnerText, BringsNoControlCharactersToATerminal) {
  EXPECT_EQ(decode_owner("machine \x1b[31mred\n").machine, "\\x1b[31mred");
}

TEST(ThisProcess, IsTheOneThatAsks) {
  const Owner self = this_process("host-1");
  EXPECT_EQ(self.pid, ::getpid());
  EXPECT_EQ(self.host_id, "host-1");
  EXPECT_FALSE(self.machine.empty());
  EXPECT_EQ(self.since.size(), kAda.since.size());
}

}  // namespace
}  // namespace exo
