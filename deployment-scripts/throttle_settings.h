// How many commands a script may send, as its settings declare it, and by what it sees that production
// suffers.
//
//     throttle: 500/s                 # always; or:
//     throttle:
//       rate: 500/s                   # always; may be left out
//       when:                         # one of the two:
//         p99: {message: todos.list, above: 50ms, within: 10s}
//         command: ./is-production-slow.sh    # exit code 0: no; 1: yes; with  every: 10s
//       slow-to: 20/s                 # while that is so; 0/s: it stands still
//       good-for: 30s                 # it must not have been so, for that long, before it is over
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <variant>

#include "base/mistake.h"
#include "base/rate.h"

namespace exo {

// Of a hundred of production's commands of this name all but one are to take no longer than this.
struct P99Signal {
  std::string message;  // public
  std::chrono::milliseconds above{0};
  std::chrono::milliseconds within = std::chrono::seconds{10};  // those that ended so long ago, or later
  Place place;                                                  // where the message is written

  bool operator==(const P99Signal&) const = default;
};

struct CommandSignal {
  std::string command;  // for /bin/sh, in the folder that the script runs in
  std::chrono::milliseconds every = std::chrono::seconds{10};  // and it has to answer within that

  bool operator==(const CommandSignal&) const = default;
};

using LoadSignal = std::variant<P99Signal, CommandSignal>;

struct ThrottleSettings {
  std::optional<Rate> rate;
  std::optional<LoadSignal> when;  // at least one of the two is there
  Rate slow_to;                    // means nothing without a signal
  std::chrono::milliseconds good_for = std::chrono::seconds{30};

  bool operator==(const ThrottleSettings&) const = default;
};

inline constexpr std::chrono::milliseconds kShortestLoadWindow = std::chrono::seconds{1};
inline constexpr std::chrono::milliseconds kLongestLoadWindow = std::chrono::minutes{5};
inline constexpr std::chrono::milliseconds kShortestLoadPause = std::chrono::seconds{1};
inline constexpr std::chrono::milliseconds kLongestLoadPause = std::chrono::minutes{10};
inline constexpr std::chrono::milliseconds kLongestGoodFor = std::chrono::hours{1};

// "throttled to 500/s by its settings", "slowed to 20/s while todos.list takes longer than 50 ms (p99 within
// 10 s)", "slowed to 20/s while ./is-production-slow.sh says so"; both, joined by "and".
std::string describe(const ThrottleSettings& throttle);
// "20/s"; "a standstill" where that is none.
std::string slowed_to(const Rate& rate);

}  // namespace exo
