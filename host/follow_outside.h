// What the desk of follows reaches beyond itself: the bus, people, and the disk that its logs are on.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bus/follow_events.h"
#include "host/follow_file.h"

namespace exo {

// Used by the host's thread.
class FollowOutside {
 public:
  virtual ~FollowOutside() = default;

  // The broker: all copies up to this number are durable, and their commands may be delivered.
  virtual void recorded(std::uint64_t number) = 0;
  virtual void replay(ReplayedCommand command) = 0;

  // People, as Journal has it.
  virtual void say(std::string_view text) = 0;
  virtual void warn(std::string_view text) = 0;
  virtual void note(std::string_view text) = 0;

  // Logs that this host or an earlier one has written. Those of a host that took the environment over are
  // none of them, so that each of these may be called at any time.
  //
  // Of which runs there are some, each once; empty where nobody can tell. What is unfinished is removed.
  virtual std::vector<std::string> runs_with_log() = 0;
  // Of the follow that began at that position.
  virtual std::unique_ptr<FollowFile> log_of(const std::string& run, std::uint64_t since) = 0;
  // All of the run. What cannot be removed stays, and the next host removes it.
  virtual void remove_logs(const std::string& run) = 0;
};

}  // namespace exo
