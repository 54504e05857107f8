// A host that is killed at any moment: every event that it was told is durable is there afterwards.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <csignal>
#include <random>

#include "base/check.h"
#include "base/clock.h"
#include "base/unique_fd.h"
#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

constexpr unsigned kSeed = 4711;
constexpr int kKills = 40;

// A child that opens the ledger and appends for ever, and writes the sequence of each event to `acknowledged`
// once append() has returned it.
class AppendingChild {
 public:
  explicit AppendingChild(const std::string& folder) { start(folder); }
  AppendingChild(const AppendingChild&) = delete;
  AppendingChild& operator=(const AppendingChild&) = delete;
  ~AppendingChild() { kill(); }

  // Blocks until the next event is acknowledged; 0 when the child has ended.
  std::uint64_t next_acknowledged() {
    std::uint64_t sequence = 0;
    const bool whole = ::read(acknowledged_.get(), &sequence, sizeof sequence) == sizeof sequence;
    return whole ? sequence : 0;
  }

  // Ends it at whatever instruction it has come to; returns how it ended.
  int kill() {
    if (pid_ <= 0) return 0;
    int status = 0;
    ::kill(pid_, SIGKILL);
    EXO_CHECK(::waitpid(pid_, &status, 0) == pid_);
    pid_ = 0;
    return status;
  }

 private:
  void start(const std::string& folder) {
    std::array<int, 2> ends{};
    EXO_CHECK(::pipe(ends.data()) == 0);
    acknowledged_.reset(ends[0]);
    pid_ = ::fork();
    EXO_CHECK(pid_ >= 0);
    if (pid_ == 0) append_for_ever(folder, ends[1]);
    ::close(ends[1]);
  }

  [[noreturn]] static void append_for_ever(const std::string& folder, int acknowledged) {
    const auto ledger = open_ledger(folder);
    for (;;) {
      const auto event = ledger->append(ledger->position(), sample_event(ledger->position() + 1));
      if (!event) ::_exit(1);
      const std::uint64_t sequence = event.value().sequence;
      if (::write(acknowledged, &sequence, sizeof sequence) != sizeof sequence) ::_exit(2);
    }
  }

  UniqueFd acknowledged_;
  pid_t pid_ = 0;
};

// Keeps busy for a time that is too short for a timer, so that the kill comes at no particular instruction.
void spin(std::chrono::microseconds time) {
  const MonotonicTime end = monotonic_now() + time;
  while (monotonic_now() < end) {
  }
}

TEST(KilledHost, LosesNoEventThatWasAcknowledged) {
  std::mt19937 random(kSeed);
  LedgerFolder folder;
  std::uint64_t position = 0;
  for (int round = 0; round < kKills; ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", round " + std::to_string(round));
    AppendingChild child(folder.path());
    std::uint64_t acknowledged = position;
    for (auto more = random() % 20; more > 0; --more) acknowledged = child.next_acknowledged();
    spin(std::chrono::microseconds(random() % 500));
    ASSERT_TRUE(WIFSIGNALED(child.kill()));
    while (const std::uint64_t sequence = child.next_acknowledged()) acknowledged = sequence;

    auto ledger = SqliteLedger::open(options_for(folder.path()));
    ASSERT_TRUE(ledger.ok()) << ledger.error().message;
    position = ledger.value()->position();
    EXPECT_GE(position, acknowledged);
    // At most one was on its way.
    EXPECT_LE(position, acknowledged + 1);
    EXPECT_TRUE(ledger.value()->verify().ok());
  }
  EXPECT_GT(position, static_cast<std::uint64_t>(kKills));
}

TEST(KilledHost, LeavesItsEventsAsTheyWere) {
  LedgerFolder folder;
  std::vector<LedgerEvent> before;
  for (int round = 0; round < 5; ++round) {
    AppendingChild child(folder.path());
    for (int more = 10; more > 0; --more) ASSERT_NE(child.next_acknowledged(), 0U);
    child.kill();
    const auto after = all_events(*open_ledger(folder.path()));
    ASSERT_GE(after.size(), before.size());
    EXPECT_TRUE(std::equal(before.begin(), before.end(), after.begin()));
    before = after;
  }
}

TEST(KilledHost, GivesUpItsOwnership) {
  LedgerFolder folder;
  AppendingChild child(folder.path());
  ASSERT_NE(child.next_acknowledged(), 0U);
  EXPECT_EQ(opening(folder.path()).substr(0, 7), "owned: ");
  child.kill();
  EXPECT_EQ(opening(folder.path()), "opens");
}

// Killed while it makes the ledger: what is there is taken up, whatever it is.
TEST(KilledHost, LeavesALedgerThatCanBeMadeAgain) {
  std::mt19937 random(kSeed);
  for (int round = 0; round < kKills; ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + ", round " + std::to_string(round));
    LedgerFolder folder;
    AppendingChild child(folder.path());
    spin(std::chrono::microseconds(random() % 8000));
    ASSERT_TRUE(WIFSIGNALED(child.kill()));
    std::uint64_t acknowledged = 0;
    while (const std::uint64_t sequence = child.next_acknowledged()) acknowledged = sequence;
    auto ledger = SqliteLedger::open(options_for(folder.path()));
    ASSERT_TRUE(ledger.ok()) << ledger.error().message;
    EXPECT_GE(ledger.value()->position(), acknowledged);
  }
}

}  // namespace
}  // namespace exo
