#include "base/wait_status.h"

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <csignal>

namespace exo {
namespace {

// What the kernel stores: the exit code in the second byte, the signal in the lowest seven bits, 128 for a
// core.
constexpr int raw_exit(int code) {
  return code << 8;
}

TEST(WaitStatusDeathTest, StoppedProcessIsNoWaitStatus) {
  EXPECT_DEATH(WaitStatus::from_raw(0x137F), "does not hold");
}

TEST(WaitStatus, ExitCodeZeroIsSuccess) {
  EXPECT_TRUE(WaitStatus::from_raw(raw_exit(0)).success());
}

TEST(WaitStatus, AnotherExitCodeIsNoSuccess) {
  EXPECT_FALSE(WaitStatus::from_raw(raw_exit(1)).success());
}

TEST(WaitStatus, ExitCodeIsTakenApart) {
  EXPECT_EQ(WaitStatus::from_raw(raw_exit(3)), WaitStatus::exited(3));
}

TEST(WaitStatus, SignalIsTakenApart) {
  EXPECT_EQ(WaitStatus::from_raw(SIGKILL), WaitStatus::signalled(SIGKILL));
}

TEST(WaitStatus, SignalIsNoSuccessAndHasNoCode) {
  const WaitStatus status = WaitStatus::signalled(SIGTERM);
  EXPECT_FALSE(status.success());
  EXPECT_EQ(status.code(), -1);
}

TEST(WaitStatus, CoreIsRemembered) {
  EXPECT_EQ(WaitStatus::from_raw(SIGSEGV | 0x80), WaitStatus::dumped_core(SIGSEGV));
  EXPECT_NE(WaitStatus::dumped_core(SIGSEGV), WaitStatus::signalled(SIGSEGV));
}

TEST(WaitStatus, DescribesExitCodes) {
  EXPECT_EQ(WaitStatus::exited(3).describe(), "exit code 3");
}

TEST(WaitStatus, DescribesSignalsByName) {
  EXPECT_EQ(WaitStatus::signalled(SIGKILL).describe(), "killed by SIGKILL");
  EXPECT_EQ(WaitStatus::dumped_core(SIGABRT).describe(), "killed by SIGABRT (core dumped)");
}

TEST(SignalName, NamesRealTimeSignalsByTheirDistance) {
  EXPECT_EQ(signal_name(SIGRTMIN + 2), "SIGRTMIN+2");
}

TEST(SignalName, GivesTheNumberOfWhatHasNoName) {
  EXPECT_EQ(signal_name(200), "signal 200");
}

}  // namespace
}  // namespace exo
