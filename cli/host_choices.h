// What is chosen for a host on the command line, and is handed on as it was typed where another starts it.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "host/metrics_server.h"

namespace CLI {
class App;
}

namespace exo {

struct HostChoices {
  std::vector<std::string> ports;
  std::string metrics;
  std::string listen;
  std::string bus = "ipc";
};

// Adds --port, --metrics, --listen and --bus; `choices` must outlive the parsing.
void add_host_choices(CLI::App& verb, HostChoices& choices);

struct ParsedHostChoices {
  std::map<std::string, std::uint16_t> ports;
  std::optional<MetricsAddress> metrics;
  std::string listen;  // empty: nowhere
  bool is_over_tcp = false;
};

// Errors `usage` quote what was typed.
Result<ParsedHostChoices> parse(const HostChoices& choices);

// The words that say the same.
std::vector<std::string> words_of(const HostChoices& choices);

}  // namespace exo
