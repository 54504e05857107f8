#include "bus/settled_ranges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace exo::routing {
namespace {

using Ranges = std::vector<OrdinalRange>;

SettledRanges added(const std::vector<std::uint64_t>& ordinals) {
  SettledRanges settled;
  for (const std::uint64_t ordinal : ordinals) settled.add(ordinal);
  return settled;
}

TEST(SettledRanges, WhatIsSettledInOrderIsOneRange) {
  EXPECT_EQ(added({3, 4, 5, 6}).ranges(), (Ranges{{3, 6}}));
}

TEST(SettledRanges, AGapIsClosedByTheLastOfIt) {
  EXPECT_EQ(added({1, 4, 2}).ranges(), (Ranges{{1, 2}, {4, 4}}));
  EXPECT_EQ(added({1, 4, 2, 3}).ranges(), (Ranges{{1, 4}}));
}

TEST(SettledRanges, WhatComesFirstGrowsDownwards) {
  EXPECT_EQ(added({9, 8, 2, 7}).ranges(), (Ranges{{2, 2}, {7, 9}}));
}

TEST(SettledRanges, ClearForgetsAll) {
  SettledRanges settled = added({1, 3});
  EXPECT_EQ(settled.count(), 2U);
  settled.clear();
  EXPECT_EQ(settled.count(), 0U);
  EXPECT_TRUE(settled.ranges().empty());
}

TEST(SettledRanges, AnyOrderEndsInOneRange) {
  std::vector<std::uint64_t> ordinals(1000);
  for (std::size_t i = 0; i < ordinals.size(); ++i) ordinals[i] = i + 1;
  for (std::uint32_t seed = 1; seed <= 20; ++seed) {
    std::shuffle(ordinals.begin(), ordinals.end(), std::mt19937(seed));
    EXPECT_EQ(added(ordinals).ranges(), (Ranges{{1, 1000}})) << "seed " << seed;
  }
}

}  // namespace
}  // namespace exo::routing
