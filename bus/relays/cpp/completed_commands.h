// The acknowledged commands that a relay has completed last: each is run once, however often it is delivered.
#pragma once

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "bus/wire/payload.h"

namespace exo::relaying {

// One message of a reply.
struct ReplyPage {
  std::string name;
  Payload payload;
  bool more = false;
  bool charged = false;  // it counts against what the relay may keep

  ReplyPage share() const { return {name, payload.share(), more}; }
};

// Remembers ids and the replies that went with them; the oldest are forgotten first. Dies with its process: a
// command that is delivered to the next one is run again. For one thread.
class CompletedCommands {
 public:
  struct Limits {
    std::size_t commands = 10'000;
    std::size_t bytes = 16U * 1024 * 1024;  // of all replies together
  };

  explicit CompletedCommands(Limits limits) : limits_(limits) {}

  // Remembers a command by its id. Forgets as many of the oldest as the limits ask for; a reply over the
  // limit is not remembered at all, nor is its command. Does nothing for an id that is remembered.
  void add(std::string id, std::vector<ReplyPage> reply);
  // The whole reply to this command, empty when it had none; null when it is not remembered. Valid until the
  // next add().
  const std::vector<ReplyPage>* find(std::string_view id) const;
  // What one reply may have at most.
  std::size_t limit_bytes() const { return limits_.bytes; }

 private:
  struct Completed {
    std::vector<ReplyPage> reply;
    std::size_t bytes = 0;
  };

  void forget_oldest();

  Limits limits_;
  std::unordered_map<std::string, Completed> completed_;
  std::deque<std::string> oldest_first_;
  std::size_t bytes_ = 0;
};

}  // namespace exo::relaying
