// Where a host's bus listens over TCP, as somebody has typed it.
#pragma once

#include <string>

#include "base/result.h"

namespace exo {

// What `--listen` takes: "tcp://127.0.0.1:0" (any free port), "tcp://0.0.0.0:7600", "tcp://[::]:7600". Error
// `usage` names the value and how it is written.
Result<void> check_listening(const std::string& endpoint);

// Where a program on this machine finds a bus that listens there: on a wildcard's loopback.
std::string reached_from_here(const std::string& bound);

}  // namespace exo
