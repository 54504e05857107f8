// Whether an attempt is slowed down because production suffers: by samples of its signal, and the time.
//
//     full ──a slow sample──▶ slowed ──no slow sample for `good-for`──▶ full
//
// It is slowed by the first slow sample, and goes on at its full rate with the first good one that comes
// `good-for` after the first good one since the last slow one: who flips back at once would hurt again what
// has just recovered. Without traffic nothing suffers, so that no sample is a good one. A signal that cannot
// be told counts as slow, since nobody knows that production is well.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "base/clock.h"
#include "deployment-scripts/throttle_settings.h"

namespace exo {

// What one look at the signal has shown.
struct LoadSample {
  enum class Load { kGood, kSlow };

  Load load = Load::kGood;
  std::string because;  // of a slow one: "todos.list p99 83 ms > 50 ms"
  std::string trouble;  // why the signal could not be told; non-empty only of a slow one

  bool operator==(const LoadSample&) const = default;
};

// A value: the state of one attempt. One thread.
class Slowdown {
 public:
  enum class Change { kNone, kBegan, kEnded };

  // Absent: nothing slows it down.
  explicit Slowdown(std::optional<ThrottleSettings> settings = {}) : settings_(std::move(settings)) {}

  // Samples come in order. Does nothing where no signal is declared.
  Change take(const LoadSample& sample, MonotonicTime now);

  bool is_slowed() const { return began_.has_value(); }
  // Its settings allow nothing just now.
  bool stands_still() const { return is_slowed() && settings_->slow_to.is_none(); }
  // By the settings; nullopt: as many as there is room for.
  std::optional<Rate> at_most() const;
  // Of the last slow sample; empty exactly when it is not slowed.
  const std::string& because() const { return because_; }
  // Why the signal cannot be told, once, and again only when it could be told in between; else empty.
  std::string take_trouble();

  // So much time has passed; not what comes after the attempt has ended.
  void pass(MonotonicTime now) { passed_ = now; }
  // So far.
  std::uint64_t times() const { return times_; }
  MonotonicTime::duration total() const;
  // Of the last slow sample of all.
  const std::string& last_cause() const { return last_cause_; }
  // How long the last one took, that has ended.
  MonotonicTime::duration last() const { return last_; }

  const std::optional<ThrottleSettings>& settings() const { return settings_; }

 private:
  Change slow(const LoadSample& sample, MonotonicTime now);
  Change good(MonotonicTime now);

  std::optional<ThrottleSettings> settings_;
  std::optional<MonotonicTime> began_;
  std::optional<MonotonicTime> good_since_;
  std::string because_;
  std::string last_cause_;
  std::string trouble_;  // not taken yet
  bool is_troubled_ = false;
  MonotonicTime passed_{};
  std::uint64_t times_ = 0;
  MonotonicTime::duration total_{0};  // of those that have ended
  MonotonicTime::duration last_{0};
};

}  // namespace exo
