// What another program prints, for questions that only it can answer: "node --version".
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/wait_status.h"

namespace exo {

struct ProcessOutput {
  WaitStatus status = WaitStatus::exited(0);
  std::string text;  // both its outputs, as they came; what exceeds 64 KiB is left out
};

// Runs argv[0] (looked for on PATH) to its end with nothing on its input. Error "not-found" or "not-allowed"
// when it cannot be started, "timed-out" when it was killed because it took longer than `within`. Blocks; not
// to be called where another thread starts processes.
Result<ProcessOutput> process_output(const std::vector<std::string>& argv, std::chrono::milliseconds within);

}  // namespace exo
