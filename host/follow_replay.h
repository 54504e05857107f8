// Gives a version that comes in what a log holds, in order.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "bus/events.h"
#include "deployment-scripts/version_key.h"
#include "host/follow_log.h"

namespace exo {

// Of one attempt, from the log's first record on. Sends a window at a time and knows what is handled; the
// caller sees to it that the log's records are settled. Used by the host's thread.
class FollowReplay {
 public:
  struct To {
    VersionKey version;
    std::string activity;   // of the attempt
    std::string id_prefix;  // unique in the host's life
  };
  using Send = std::function<void(ReplayedCommand)>;

  // Not more than this is under way, so that nobody's memory fills.
  static constexpr std::size_t kWindow = 256;
  static constexpr std::size_t kWindowBytes = 4 * 1024 * 1024;
  // Production can wait for so few, or for so long.
  static constexpr std::uint64_t kShort = 32;
  static constexpr std::chrono::milliseconds kShortTime{500};

  FollowReplay(To to, MonotonicTime now) : to_(std::move(to)), began_(now) {}

  // Sends what there is room for, up to the record of this sequence.
  Result<void> pump(const FollowLog& log, std::uint64_t through, const Send& send);
  // An Error when the command failed. What is not of this replay changes nothing.
  Result<void> settled(const ReplaySettled& settled);

  std::uint64_t replayed() const { return replayed_; }
  // Nothing of what the log holds is left.
  bool caught_up(const FollowLog& log) const;
  bool is_short(const FollowLog& log, MonotonicTime now) const;

 private:
  struct UnderWay {
    std::uint64_t sequence = 0;
    std::string name;
    std::size_t bytes = 0;
  };
  void send(FollowRecord record, const Send& send);

  To to_;
  MonotonicTime began_;
  FollowLog::Reader reader_;
  std::map<std::string, UnderWay> under_way_;  // by id
  std::size_t bytes_under_way_ = 0;
  std::uint64_t replayed_ = 0;
};

// Whether what is left takes little enough time, at the pace so far.
bool is_short_tail(std::uint64_t left, std::uint64_t replayed, MonotonicTime::duration elapsed);

}  // namespace exo
