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

  // Whether the logs are this host's: false when the environment was taken over. Whatever takes the place of
  // one, or removes one, asks before.
  virtual bool owns_logs() = 0;
  // Of which runs there are logs; empty where nobody can tell. What is unfinished of one is removed.
  virtual std::vector<std::string> runs_with_log() = 0;
  virtual std::unique_ptr<FollowFile> log_of(const std::string& run) = 0;
  // What cannot be removed stays, and the next host removes it.
  virtual void remove_log(const std::string& run) = 0;
};

}  // namespace exo
