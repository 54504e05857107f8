#include "bus/trace_ring.h"

#include <gtest/gtest.h>

namespace exo::routing {
namespace {

constexpr std::uint64_t kActivity = 7;

TEST(TraceRingTest, AnEmptyRingHasNothing) {
  TraceRing ring(4);
  EXPECT_EQ(ring.find(0), nullptr);
  EXPECT_EQ(ring.overwritten(), 0U);
  EXPECT_EQ(ring.reaches_back_to(), MonotonicTime{});
  EXPECT_TRUE(ring.of_activity("a", 10).empty());
}

TEST(TraceRingTest, TheOldestMakesRoomAndIsCounted) {
  TraceRing ring(4);
  for (int i = 1; i <= 6; ++i) ring.add(kActivity).taken = MonotonicTime(std::chrono::seconds(i));
  EXPECT_EQ(ring.overwritten(), 2U);
  EXPECT_EQ(ring.find(2), nullptr);
  ASSERT_NE(ring.find(3), nullptr);
  EXPECT_EQ(ring.find(3)->number, 3U);
  EXPECT_EQ(ring.reaches_back_to(), MonotonicTime(std::chrono::seconds(3)));
}

TEST(TraceRingTest, AReusedPlaceKeepsNothingOfWhatWasThere) {
  TraceRing ring(1);
  ring.add(kActivity).replies = 5;
  EXPECT_EQ(ring.add(kActivity).replies, 0U);
}

TEST(TraceRingTest, AnActivityIsFoundInTheOrderOfItsHops) {
  TraceRing ring(2048);  // more than its memory grows by at a time
  for (int i = 0; i < 4000; ++i) ring.add(HashedId::hash_of(i % 2 == 0 ? "even" : "odd"));
  const auto hops = ring.of_activity("odd", 5000);
  ASSERT_EQ(hops.size(), 1024U);
  EXPECT_EQ(hops.front()->number, 1954U);
  EXPECT_EQ(hops.back()->number, 4000U);
  EXPECT_EQ(ring.of_activity("odd", 2).size(), 2U);
}

TEST(TraceRingTest, TextsAreKeptOnceAndOnlySoMany) {
  TraceRing ring(1);
  const std::string* first = ring.intern("todo.added");
  EXPECT_EQ(ring.intern("todo.added"), first);
  EXPECT_EQ(ring.intern("todo.added", first), first);
  for (std::size_t i = 0; i < TraceRing::kTexts; ++i) ring.intern("name" + std::to_string(i));
  EXPECT_EQ(*ring.intern("one too many"), "…");
}

}  // namespace
}  // namespace exo::routing
