// The logs of followed commands of one environment, which outlive its hosts, on a disk that fails: it is
// full, refuses, keeps half of a write whose host dies of it, or loses a log. A host may also be stopped
// between what it has prepared and what that does to the disk, which it does when it wakes up, however late.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "deployment-scripts/version_key.h"
#include "host/follow_file.h"
#include "host/follow_log_name.h"

namespace exo {

class SimulatedEnvironment;

// Of the host that uses the disk.
struct FollowDiskUser {
  std::uint64_t epoch = 0;
  std::function<void()> die;                         // in the middle of a write
  std::function<void(std::function<void()>)> sleep;  // does this when it wakes up
};

class SimulatedFollowDisk {
 public:
  std::unique_ptr<FollowFile> log_of(const FollowLogName& name, SimulatedEnvironment& environment,
                                     const FollowDiskUser& user);
  std::vector<std::string> runs() const;
  // Those of the epoch and of earlier ones.
  void remove(const std::string& run, std::uint64_t epoch);
  // Somebody deletes a log that is needed.
  void lose(const std::string& run);
  bool has_lost_one_of(const VersionKey& version) const;

  // Whether the log of the run holds the payload of a command. True where there is none any more, also where
  // somebody deleted one: a host of before that is still there may begin it anew.
  bool holds(const std::string& run, const std::string& payload) const;

 private:
  friend class SimulatedFollowFile;

  using Bytes = std::shared_ptr<std::string>;
  struct Log {
    FollowLogName name;
    Bytes bytes;
  };
  // The last one of those; null where there is none.
  const Log* newest(const std::function<bool(const FollowLogName&)>& is_meant) const;
  // Takes the place of what has its name, and of older ones of its follow.
  void put(const FollowLogName& name, Bytes bytes);

  std::vector<Log> logs_;  // by follow and epoch
  std::set<std::string> lost_;
};

}  // namespace exo
