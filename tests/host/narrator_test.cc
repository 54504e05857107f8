// What people see of progress on a terminal.
#include "host/narrator.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>

#include "base/unique_fd.h"
#include "ledger/event.h"
#include "tests/services/application_folder.h"

namespace exo {
namespace {

using namespace std::chrono_literals;
using testing_support::ApplicationFolder;

// What is written to a terminal of its own.
class OwnTerminal {
 public:
  OwnTerminal() : screen_(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    EXPECT_EQ(::grantpt(screen_.get()), 0);
    EXPECT_EQ(::unlockpt(screen_.get()), 0);
    keys_ = UniqueFd(::open(::ptsname(screen_.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    ::setenv("TERM", "xterm", 1);
  }
  int fd() const { return keys_.get(); }

  // All that has been written, once that holds `text`; fails where it does not come.
  const std::string& until(const std::string& text) {
    while (written_.find(text) == std::string::npos) {
      pollfd readable{screen_.get(), POLLIN, 0};
      if (::poll(&readable, 1, 10'000) != 1) {
        ADD_FAILURE() << "\"" << text << "\" does not come after: " << written_;
        break;
      }
      char buffer[4096];
      const ssize_t n = ::read(screen_.get(), buffer, sizeof buffer);
      if (n > 0) written_.append(buffer, static_cast<std::size_t>(n));
    }
    return written_;
  }

 private:
  UniqueFd screen_, keys_;
  std::string written_;
};

VersionStatus running(double done) {
  VersionStatus status{.key = {"todo", "0.0.2"}};
  status.offline.state = ScriptState::kRunning;
  status.offline.run = "todo-0.0.2-offline-1";
  status.offline.attempt = 1;
  status.offline.progress = ScriptProgress{.done = done, .total = 100, .note = ""};
  return status;
}

LedgerEvent of_attempt(std::string_view type, std::uint64_t attempt = 1) {
  LedgerEvent event;
  event.type = type;
  event.run = "todo-0.0.2-offline-1";
  event.attempt = attempt;
  return event;
}

class NarratorTest : public ::testing::Test {
 protected:
  // Draws a bar, tells of a line, and returns what follows that line once a further line is there.
  std::string drawn_after_a_line() {
    screen_.until("40 of 100");
    journal_->say("a line");
    journal_->say("and another");
    const std::string& all = screen_.until("and another\r\n");
    const std::size_t line = all.find("a line");
    // The writer draws below what it has written, so that a third line shows whether it did.
    journal_->say("the end");
    const std::string& whole = screen_.until("the end\r\n");
    return whole.substr(line);
  }

  ApplicationFolder folder_;
  OwnTerminal screen_;
  Terminal terminal_{screen_.fd(), ColorMode::kPlain};
  std::unique_ptr<Journal> journal_ =
      std::move(Journal::open(std::filesystem::path(folder_.path()) / "exo.log", {}, terminal_)).value();
  Narrator narrator_{*journal_, terminal_};
};

TEST_F(NarratorTest, DrawsProgressBelowEachLine) {
  narrator_.show_progress({running(40)}, MonotonicTime(10s));
  EXPECT_NE(drawn_after_a_line().find("40 of 100"), std::string::npos);
}

// A line that is told once the phase has ended had it below itself again, until the next look.
TEST_F(NarratorTest, DrawsNothingOfAnAttemptThatHasEnded) {
  narrator_.show_progress({running(40)}, MonotonicTime(10s));
  screen_.until("40 of 100");
  narrator_.recorded(of_attempt(event_type::kAttemptDone));
  EXPECT_EQ(drawn_after_a_line().find("40 of 100"), std::string::npos);
}

TEST_F(NarratorTest, GoesOnDrawingAnAttemptOfWhichSomethingElseIsRecorded) {
  narrator_.show_progress({running(40)}, MonotonicTime(10s));
  screen_.until("40 of 100");
  narrator_.recorded(of_attempt(event_type::kCheckpointSaved));
  narrator_.recorded(of_attempt(event_type::kAttemptFailed, 2));
  EXPECT_NE(drawn_after_a_line().find("40 of 100"), std::string::npos);
}

TEST_F(NarratorTest, LooksAgainAtOnceWhenAnAttemptHasEnded) {
  narrator_.show_progress({running(40)}, MonotonicTime(10s));
  EXPECT_FALSE(narrator_.progress_is_due(MonotonicTime(10s)));
  narrator_.recorded(of_attempt(event_type::kAttemptDone));
  EXPECT_TRUE(narrator_.progress_is_due(MonotonicTime(10s)));
}

}  // namespace
}  // namespace exo
