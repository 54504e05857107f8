// The logs of followed commands of one environment, which outlive its hosts, on a disk that fails: it is
// full, refuses, keeps half of a write whose host dies of it, or loses a log.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "deployment-scripts/version_key.h"
#include "host/follow_file.h"

namespace exo {

class SimulatedEnvironment;

class SimulatedFollowDisk {
 public:
  // `die` ends the host that writes, between two bytes.
  std::unique_ptr<FollowFile> log_of(const std::string& run, SimulatedEnvironment& environment,
                                     std::function<void()> die);
  std::vector<std::string> runs() const;
  void remove(const std::string& run) { logs_.erase(run); }
  // Somebody deletes a log that is needed.
  void lose(const std::string& run);
  bool has_lost_one_of(const VersionKey& version) const;

  // Whether the log of the run holds the payload of a command. True where there is none any more.
  bool holds(const std::string& run, const std::string& payload) const;

 private:
  friend class SimulatedFollowFile;

  std::map<std::string, std::shared_ptr<std::string>> logs_;
  std::set<std::string> lost_;
};

}  // namespace exo
