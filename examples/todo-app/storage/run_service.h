// The main program that the services have in common.
#pragma once

#include <cstdint>
#include <exception>
#include <functional>
#include <string>

#include "bus/relays/cpp/relay.h"

namespace todo_app {

struct ServiceSettings {
  std::string database;        // the file's name in $EXO_DATA
  std::uint32_t window = 256;  // commands taken at a time: the larger, the larger are the transactions
};

// Makes what serves, and keeps it until the relay is closed.
using ServeWith =
    std::function<void(exo::Relay& relay, const std::string& path, const std::function<void()>& run)>;

// Reads the environment, serves until SIGTERM, and returns the exit code; what goes wrong is printed.
int run_program(const ServiceSettings& settings, const ServeWith& serve);

// The same with a service that is made from a relay and the path of its database.
template <typename Service>
int run_service(const ServiceSettings& settings) {
  return run_program(settings,
                     [](exo::Relay& relay, const std::string& path, const std::function<void()>& run) {
                       const Service service(relay, path);
                       run();
                     });
}

}  // namespace todo_app
