// How long things took, in fixed memory.
//
// Durations are counted in buckets that are as narrow as the durations are short: eight to each doubling, so
// that a quantile is right to an eighth of its value, from a microsecond to some hours. Longer ones fall into
// the last bucket; the sum and the longest are exact.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>

namespace exo {

// A histogram as it is handed on: what people and scrapers ask of it. Cumulative: `within[i]` durations took
// at most kBounds[i].
struct HistogramSummary {
  // Four times each other. A duration that is one of them is within it.
  static constexpr std::array<std::chrono::microseconds, 11> kBounds{
      std::chrono::microseconds{64},       std::chrono::microseconds{256},
      std::chrono::microseconds{1 << 10U}, std::chrono::microseconds{1 << 12U},
      std::chrono::microseconds{1 << 14U}, std::chrono::microseconds{1 << 16U},
      std::chrono::microseconds{1 << 18U}, std::chrono::microseconds{1 << 20U},
      std::chrono::microseconds{1 << 22U}, std::chrono::microseconds{1 << 24U},
      std::chrono::microseconds{1 << 26U}};

  std::uint64_t count = 0;
  std::chrono::nanoseconds sum{0};
  std::chrono::nanoseconds longest{0};
  std::chrono::nanoseconds p50{0};  // zero where nothing was counted
  std::chrono::nanoseconds p99{0};
  std::array<std::uint64_t, kBounds.size()> within{};
};

// A value of some two kilobytes; add() allocates nothing. One thread.
class Histogram {
 public:
  // What is negative counts as zero: clocks of two readings may be one.
  void add(std::chrono::nanoseconds duration);
  // All that the other has counted.
  void add(const Histogram& other);
  // The upper edge of the bucket in which this share (above 0, at most 1) of all durations is reached, but
  // never more than the longest. Zero where nothing was counted.
  std::chrono::nanoseconds quantile(double share) const;
  HistogramSummary summary() const;
  std::uint64_t count() const { return count_; }

 private:
  static constexpr std::size_t kPerDoubling = 8;
  static constexpr std::size_t kDoublings = 34;  // 2^34 microseconds are close to five hours
  static constexpr std::size_t kBuckets = kPerDoubling * (kDoublings - 2);

  static std::size_t bucket_of(std::chrono::nanoseconds duration);
  static std::chrono::nanoseconds upper_edge(std::size_t bucket);

  std::array<std::uint64_t, kBuckets> buckets_{};
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds sum_{0};
  std::chrono::nanoseconds longest_{0};
};

}  // namespace exo
