#include "tests/soak/memory_track.h"

#include <gtest/gtest.h>

namespace exo::soak {
namespace {

TEST(MemoryTrack, TellsNothingFromFewSamples) {
  MemoryTrack track;
  for (std::size_t i = 1; i < MemoryTrack::kFewest; ++i) track.add(1000);
  EXPECT_FALSE(track.is_long_enough());
  track.add(1000);
  EXPECT_TRUE(track.is_long_enough());
}

TEST(MemoryTrack, SeesWhatIsNeverFreed) {
  MemoryTrack track;
  for (std::size_t i = 0; i < 400; ++i) track.add(1000 + i);
  EXPECT_FALSE(track.is_flat(100));
  EXPECT_TRUE(track.is_flat(300));
}

TEST(MemoryTrack, BearsPeaksAlsoAtTheEnd) {
  MemoryTrack track;
  for (std::size_t i = 0; i < 400; ++i) track.add(i % 10 == 9 ? 90'000 : 1000);
  EXPECT_TRUE(track.is_flat(0));
  EXPECT_EQ(track.peak(), 90'000U);
}

}  // namespace
}  // namespace exo::soak
