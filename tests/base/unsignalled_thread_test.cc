#include "base/unsignalled_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <csignal>

namespace exo {
namespace {

bool blocks(int signal) {
  sigset_t mask{};
  pthread_sigmask(SIG_SETMASK, nullptr, &mask);
  return sigismember(&mask, signal) == 1;
}

TEST(UnsignalledThread, BlocksSignalsInTheThreadAndNotForItsMaker) {
  bool in_thread = false;
  std::thread thread = start_unsignalled_thread([&] { in_thread = blocks(SIGTERM) && blocks(SIGCHLD); });
  const bool in_maker = blocks(SIGTERM);
  thread.join();
  EXPECT_TRUE(in_thread);
  EXPECT_FALSE(in_maker);
}

}  // namespace
}  // namespace exo
