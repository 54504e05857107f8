// An activity as the tree that it was: each command below the one in whose handler it was sent.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "bus/relays/cpp/value.h"

namespace exo {

// One command on its way to one role. Times are Unix nanoseconds, 0 where that has not happened.
struct TracedHop {
  std::uint64_t number = 0;
  std::uint64_t parent = 0;
  bool cause_unknown = false;  // something caused it that is not remembered any more
  std::string id;
  std::string sender;
  std::string sender_version;
  std::string name;
  std::string receiver_name;
  std::string receiver;
  std::string receiver_version;
  std::uint64_t taken = 0;
  std::uint64_t delivered = 0;
  std::uint64_t handled = 0;
  std::uint64_t first_reply = 0;
  std::uint64_t last_reply = 0;
  std::uint64_t failed = 0;
  std::string reply;
  std::uint64_t replies = 0;
  std::uint64_t deliveries = 0;
  std::string code;                   // non-empty exactly when it has failed
  std::vector<std::size_t> children;  // places in ActivityTrace::hops
};

// `roots` and all `children` are in the order in which the bus took the commands.
struct ActivityTrace {
  std::string activity;
  std::vector<TracedHop> hops;
  std::vector<std::size_t> roots;
  std::uint64_t left_out = 0;
  std::uint64_t overwritten = 0;
  std::uint64_t reaches_back_to = 0;
};

// Reads what the broker answers to exo.trace (bus/watch_messages.h). Error `malformed` when it is something
// else. What names a parent that is not there, or is taken later than itself, is a root.
Result<ActivityTrace> trace_from_value(const std::string& activity, const Value& answer);

// One JSON object: activity, left_out, overwritten, reaches_back_to and commands, each with its own commands
// below it: a contract with machines.
std::string to_json(const ActivityTrace& trace);
// The same for people. `now` is what running commands are measured by.
std::string to_tree(const ActivityTrace& trace, std::uint64_t now_ns);

}  // namespace exo
