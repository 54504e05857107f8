// What another program prints, for questions that only it can answer: "node --version".
#pragma once

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/wait_status.h"

namespace exo {

inline constexpr std::size_t kUsualOutputBytes = 64 * 1024;

struct ProcessOutput {
  WaitStatus status = WaitStatus::exited(0);
  std::string text;  // both its outputs, as they came
  bool is_complete = true;
};

// Runs argv[0] (looked for on PATH) to its end with nothing on its input. Error "not-found" or "not-allowed"
// when it cannot be started, "timed-out" when it was killed because it took longer than `within`. What it
// prints beyond `max_bytes` is left out. Blocks; not to be called where another thread starts processes.
Result<ProcessOutput> process_output(const std::vector<std::string>& argv, std::chrono::milliseconds within,
                                     std::size_t max_bytes = kUsualOutputBytes);

}  // namespace exo
