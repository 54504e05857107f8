#include "bus/histogram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace exo {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;

TEST(HistogramTest, AnEmptyOneSaysNothing) {
  const HistogramSummary summary = Histogram().summary();
  EXPECT_EQ(summary.count, 0U);
  EXPECT_EQ(summary.p50.count(), 0);
  EXPECT_EQ(summary.p99.count(), 0);
  EXPECT_EQ(summary.longest.count(), 0);
}

TEST(HistogramTest, TheSumAndTheLongestAreExact) {
  Histogram histogram;
  histogram.add(nanoseconds(1));
  histogram.add(nanoseconds(1'234'567));
  histogram.add(nanoseconds(-5));  // counts as zero
  const HistogramSummary summary = histogram.summary();
  EXPECT_EQ(summary.count, 3U);
  EXPECT_EQ(summary.sum, nanoseconds(1'234'568));
  EXPECT_EQ(summary.longest, nanoseconds(1'234'567));
}

TEST(HistogramTest, AQuantileOfOneDurationIsThatDuration) {
  Histogram histogram;
  histogram.add(milliseconds(7));
  EXPECT_EQ(histogram.quantile(0.01), milliseconds(7));
  EXPECT_EQ(histogram.quantile(1), milliseconds(7));
}

TEST(HistogramTest, ABoundHoldsTheDurationThatIsExactlyIt) {
  for (std::size_t i = 0; i < HistogramSummary::kBounds.size(); ++i) {
    Histogram histogram;
    histogram.add(HistogramSummary::kBounds[i]);
    histogram.add(HistogramSummary::kBounds[i] + nanoseconds(1));
    const HistogramSummary summary = histogram.summary();
    EXPECT_EQ(summary.within[i], 1U) << "bound " << i;
    for (std::size_t j = 0; j < i; ++j) EXPECT_EQ(summary.within[j], 0U) << "bound " << i;
    for (std::size_t j = i + 1; j < summary.within.size(); ++j)
      EXPECT_EQ(summary.within[j], 2U) << "bound " << i;
  }
}

TEST(HistogramTest, TakesInAllThatAnotherHasCounted) {
  Histogram one;
  one.add(milliseconds(1));
  Histogram other;
  other.add(milliseconds(40));
  other.add(milliseconds(50));
  one.add(other);
  EXPECT_EQ(one.summary().count, 3U);
  EXPECT_EQ(one.summary().sum, milliseconds(91));
  EXPECT_EQ(one.quantile(0.99), milliseconds(50));
}

TEST(HistogramTest, WhatIsLongerThanAllBoundsCountsAllTheSame) {
  Histogram histogram;
  histogram.add(std::chrono::hours(24 * 365));
  const HistogramSummary summary = histogram.summary();
  EXPECT_EQ(summary.count, 1U);
  EXPECT_EQ(summary.within.back(), 0U);
  EXPECT_EQ(summary.p99, std::chrono::hours(24 * 365));
}

TEST(HistogramTest, QuantilesAreRightToAnEighth) {
  std::mt19937_64 random(7);
  std::uniform_real_distribution<double> exponent(0, 9.5);
  std::vector<nanoseconds> durations;
  Histogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    durations.emplace_back(static_cast<std::int64_t>(1000 * std::pow(10, exponent(random))));
    histogram.add(durations.back());
  }
  std::sort(durations.begin(), durations.end());
  for (const double share : {0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 1.0}) {
    const auto place = static_cast<std::size_t>(std::ceil(share * 20'000)) - 1;
    const auto exact = static_cast<double>(durations[place].count());
    const auto told = static_cast<double>(histogram.quantile(share).count());
    EXPECT_GE(told, exact) << share;
    EXPECT_LE(told, exact * 1.125 + 1000) << share;
  }
}

TEST(HistogramTest, BoundsHoldExactlyWhatIsNotLonger) {
  std::mt19937_64 random(11);
  std::uniform_real_distribution<double> exponent(0, 8);
  std::array<std::uint64_t, HistogramSummary::kBounds.size()> expected{};
  Histogram histogram;
  for (int i = 0; i < 20'000; ++i) {
    const nanoseconds duration(static_cast<std::int64_t>(1000 * std::pow(10, exponent(random))));
    histogram.add(duration);
    for (std::size_t b = 0; b < expected.size(); ++b) expected[b] += duration <= HistogramSummary::kBounds[b];
  }
  EXPECT_EQ(histogram.summary().within, expected);
}

}  // namespace
}  // namespace exo
