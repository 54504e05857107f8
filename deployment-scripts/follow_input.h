// What the host tells the rollout core about commands that a script follows. Values; late, duplicate and
// foreign ones are harmless. A follow is named by the run that it belongs to.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace exo::rollout {

// From now on the broker hands out a copy of each of these commands before anybody gets it, and those that it
// had passed on before are handled.
struct FollowBegun {
  std::string run;
  std::uint64_t began_at = 0;  // WantedFollow::began_at; what is said of an earlier one counts for nothing
};

// To replay what is left takes so little time that production can wait for it.
struct FollowShort {
  std::string run;
  std::uint64_t replay = 0;  // WantedFollow::replay; what is said of an earlier one counts for nothing
};

struct FollowCounts {
  std::uint64_t recorded = 0;
  std::uint64_t replayed = 0;
  std::uint64_t left_out = 0;  // recorded, and then refused by the version that serves, or never delivered

  bool operator==(const FollowCounts&) const = default;
};

// Production is held back, and all that was recorded until then is replayed and handled.
struct FollowDone {
  std::string run;
  std::uint64_t replay = 0;
  FollowCounts counts;
};

// The version failed a replayed command.
struct FollowFailed {
  std::string run;
  std::uint64_t replay = 0;
  std::string reason;
};

// What was recorded cannot be read, or recording cannot begin.
struct FollowLost {
  std::string run;
  std::string reason;
};

}  // namespace exo::rollout
