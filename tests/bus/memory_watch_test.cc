// When memory counts as growing.
#include "bus/memory_watch.h"

#include <gtest/gtest.h>

namespace exo::routing {
namespace {

constexpr std::size_t kMiB = 1024 * 1024;
constexpr std::size_t kMuch = MemoryWatch::kGrowthBytes;

TEST(MemoryWatchTest, WhatAProcessBeginsWithIsNoGrowth) {
  MemoryWatch watch;
  EXPECT_FALSE(watch.grows(1000 * kMuch));
  EXPECT_FALSE(watch.grows(1000 * kMuch + kMuch - 1));
  EXPECT_TRUE(watch.grows(1000 * kMuch + kMuch));
}

TEST(MemoryWatchTest, GrowthInSmallStepsIsGrowth) {
  MemoryWatch watch;
  std::size_t resident = 100 * kMiB;
  for (; resident < 100 * kMiB + kMuch; resident += kMiB) EXPECT_FALSE(watch.grows(resident));
  EXPECT_TRUE(watch.grows(resident));
}

TEST(MemoryWatchTest, WhatIsGivenBackAndTakenAgainIsGrowth) {
  MemoryWatch watch;
  EXPECT_FALSE(watch.grows(10 * kMuch));
  EXPECT_FALSE(watch.grows(kMuch));
  EXPECT_TRUE(watch.grows(10 * kMuch));
}

TEST(MemoryWatchTest, WhatStaysAfterAWhileIsNeeded) {
  MemoryWatch watch;
  EXPECT_FALSE(watch.grows(kMuch));
  for (int i = 0; i < MemoryWatch::kLooks; ++i) EXPECT_TRUE(watch.grows(2 * kMuch));
  EXPECT_FALSE(watch.grows(2 * kMuch));
  EXPECT_FALSE(watch.grows(3 * kMuch - 1));
  EXPECT_TRUE(watch.grows(3 * kMuch));
}

TEST(MemoryWatchTest, TheMemoryOfThisProcessIsKnown) {
  EXPECT_GT(resident_bytes(), kMiB);
}

}  // namespace
}  // namespace exo::routing
