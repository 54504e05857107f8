#include "bus/histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>

namespace exo {

// Microseconds, rounded up, minus one: so that a duration of exactly an edge is within it. Below 8 each
// number has a bucket of its own; from there on a number's three digits behind its highest one choose.
std::size_t Histogram::bucket_of(std::chrono::nanoseconds duration) {
  const std::int64_t nanoseconds = std::max<std::int64_t>(duration.count(), 1);
  const auto number = static_cast<std::uint64_t>((nanoseconds - 1) / 1000);
  if (number < kPerDoubling) return number;
  constexpr unsigned kDigits = std::bit_width(kPerDoubling) - 1;
  const auto shift = static_cast<unsigned>(std::bit_width(number)) - 1 - kDigits;
  const std::size_t bucket = (shift + 1) * kPerDoubling + ((number >> shift) & (kPerDoubling - 1));
  return std::min(bucket, kBuckets - 1);
}

std::chrono::nanoseconds Histogram::upper_edge(std::size_t bucket) {
  if (bucket < kPerDoubling) return std::chrono::microseconds(bucket + 1);
  const std::size_t shift = bucket / kPerDoubling - 1;
  return std::chrono::microseconds((kPerDoubling + bucket % kPerDoubling + 1) << shift);
}

void Histogram::add(std::chrono::nanoseconds duration) {
  duration = std::max(duration, std::chrono::nanoseconds{0});
  ++buckets_[bucket_of(duration)];
  ++count_;
  sum_ += duration;
  longest_ = std::max(longest_, duration);
}

void Histogram::add(const Histogram& other) {
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) buckets_[bucket] += other.buckets_[bucket];
  count_ += other.count_;
  sum_ += other.sum_;
  longest_ = std::max(longest_, other.longest_);
}

std::chrono::nanoseconds Histogram::quantile(double share) const {
  if (count_ == 0) return std::chrono::nanoseconds{0};
  const auto wanted =
      std::max<std::uint64_t>(1, static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(count_))));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket + 1 < kBuckets; ++bucket) {
    seen += buckets_[bucket];
    if (seen >= wanted) return std::min(upper_edge(bucket), longest_);
  }
  return longest_;
}

HistogramSummary Histogram::summary() const {
  HistogramSummary summary{.count = count_,
                           .sum = sum_,
                           .longest = longest_,
                           .p50 = quantile(0.5),
                           .p99 = quantile(0.99),
                           .within = {}};
  std::size_t bucket = 0;
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < HistogramSummary::kBounds.size(); ++i) {
    while (upper_edge(bucket) <= HistogramSummary::kBounds[i]) seen += buckets_[bucket++];
    summary.within[i] = seen;
  }
  return summary;
}

}  // namespace exo
