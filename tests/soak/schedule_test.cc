#include "tests/soak/schedule.h"

#include <gtest/gtest.h>

#include <array>

namespace exo::soak {
namespace {

std::vector<Place> places() {
  return {{.role = "web", .keeps_its_instance = true, .drains = false},
          {.role = "web", .drains = false},
          {.role = "web", .drains = false},
          {.role = "desk", .keeps_its_instance = true},
          {.role = "desk"},
          {.role = "desk"}};
}

TEST(Schedule, IsTheSameForTheSameSeed) {
  Schedule one(places(), 5);
  Schedule same(places(), 5);
  Schedule other(places(), 6);
  bool differs = false;
  for (int i = 0; i < 1000; ++i) {
    const Schedule::Next next = one.next();
    const Schedule::Next again = same.next();
    ASSERT_EQ(next.deed, again.deed);
    ASSERT_EQ(next.place, again.place);
    const Schedule::Next elsewhere = other.next();
    differs = differs || elsewhere.deed != next.deed || elsewhere.place != next.place;
  }
  EXPECT_TRUE(differs);
}

TEST(Schedule, KeepsWhoIsKeptAndLeavesOneOfEachRoleRunning) {
  Schedule schedule(places(), 7);
  std::array<bool, 6> stopped{};
  std::array<int, kDeeds> counts{};
  for (int i = 0; i < 10'000; ++i) {
    const auto [deed, place] = schedule.next();
    ++counts.at(static_cast<std::size_t>(deed));
    const bool ends = deed == Deed::kKill || deed == Deed::kDrain;
    ASSERT_FALSE(ends && places()[place].keeps_its_instance);
    ASSERT_FALSE(deed == Deed::kDrain && (!places()[place].drains || stopped.at(place)));
    ASSERT_EQ(deed == Deed::kGoOn, deed == Deed::kGoOn && stopped.at(place));
    stopped.at(place) = deed == Deed::kStop;
    ASSERT_FALSE(stopped[0] && stopped[1] && stopped[2]);
    ASSERT_FALSE(stopped[3] && stopped[4] && stopped[5]);
  }
  for (const int count : counts) EXPECT_GT(count, 500);
}

}  // namespace
}  // namespace exo::soak
