// One soak: messages of all kinds for a time, with processes stopped, killed and drained meanwhile, and in
// the end the account.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace exo::soak {

struct SoakOptions {
  std::chrono::minutes time{10};  // at least so long, and
  std::uint64_t messages = 0;     // at least so many messages
  std::uint64_t seed = 1;
  bool tells_progress = false;
};

// One thing that must hold.
struct Check {
  std::string words;
  std::vector<std::string> breaches;  // empty when it holds
};

struct SoakReport {
  std::string table;  // in lines, of what was done and seen
  std::vector<Check> checks;
};

// Forks, so the process must have no other thread.
SoakReport soak(const SoakOptions& options);

}  // namespace exo::soak
