#include "services/keeper/process_tree.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <functional>

namespace exo {
namespace {

// A child that does `work` and then waits for its end.
pid_t forked(const std::function<void()>& work) {
  const pid_t pid = ::fork();
  if (pid != 0) return pid;
  work();
  while (true) ::pause();
}

class ProcessTreeTest : public testing::Test {
 protected:
  ProcessTreeTest() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

  // Sweeps as a guard does; true when all that was below this process is gone.
  static bool sweep_until_childless() {
    for (int walks = 0; walks < 100'000; ++walks) {
      while (::waitpid(-1, nullptr, WNOHANG) > 0) continue;
      if (::waitpid(-1, nullptr, WNOHANG) < 0 && errno == ECHILD) return true;
      kill_below(::getpid(), {});
    }
    return false;
  }
};

TEST_F(ProcessTreeTest, FindsNothingBelowAProcessWithoutChildren) {
  EXPECT_EQ(kill_below(::getpid(), {}), 0U);
}

TEST_F(ProcessTreeTest, DoesNotCountWhatIsDeadButNotReaped) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(0);
  siginfo_t info{};
  ASSERT_EQ(::waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
  EXPECT_EQ(kill_below(::getpid(), {}), 0U);
  ::waitpid(child, nullptr, 0);
}

TEST_F(ProcessTreeTest, KillsAChild) {
  const pid_t child = forked([] {});
  EXPECT_EQ(kill_below(::getpid(), {}), 1U);
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WTERMSIG(status), SIGKILL);
}

TEST_F(ProcessTreeTest, KillsGrandchildrenThatLeftSessionAndParent) {
  forked([] {
    ::setsid();
    if (forked([] { forked([] { ::setsid(); }); }) > 0) ::_exit(0);
  });
  EXPECT_TRUE(sweep_until_childless());
}

TEST_F(ProcessTreeTest, KillsAStoppedProcess) {
  forked([] { ::raise(SIGSTOP); });
  EXPECT_TRUE(sweep_until_childless());
}

// Each link of the chain forks the next and dies, so that no walk sees a process that stays.
TEST_F(ProcessTreeTest, CatchesAChainThatForksAndDies) {
  forked([] {
    while (true)
      if (::fork() > 0) ::_exit(0);
  });
  EXPECT_TRUE(sweep_until_childless());
}

TEST_F(ProcessTreeTest, SparesWhatItIsToldToAndWhatIsBelow) {
  const pid_t spared = forked([] { forked([] {}); });
  const pid_t doomed = forked([] {});
  EXPECT_EQ(kill_below(::getpid(), {spared}), 1U);
  EXPECT_EQ(::waitpid(doomed, nullptr, 0), doomed);
  EXPECT_EQ(::waitpid(spared, nullptr, WNOHANG), 0) << "the spared process has ended";
  EXPECT_TRUE(sweep_until_childless());
}

}  // namespace
}  // namespace exo
