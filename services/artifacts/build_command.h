// Runs the build command of a service.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/wait_status.h"
#include "services/artifacts/early_stop.h"

namespace exo {

struct BuildCommand {
  std::string command;  // for /bin/sh
  std::filesystem::path folder;
  std::vector<std::pair<std::string, std::string>> variables;  // beside those of this process
  std::filesystem::path log;                                   // what it prints; written over
  std::chrono::milliseconds within{};
  EarlyStop stop;
};

// How it ended. It runs in a process group of its own, of which nothing is left when this returns. Error
// `timed-out` or `stopped` when it was killed for that, else that it could not be started. Blocks; not to be
// called where another thread starts processes.
Result<WaitStatus> run_build(const BuildCommand& build);

}  // namespace exo
