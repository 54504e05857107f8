#include "cli/host_choices.h"

#include <CLI/CLI.hpp>
#include <utility>

#include "host/bus_listening.h"

namespace exo {
namespace {

// Where the bus listens when its own fleet is to reach it over TCP and nothing else is said.
constexpr const char* kLoopback = "tcp://127.0.0.1:0";

// "web=8080" → {web, 8080}.
Result<std::map<std::string, std::uint16_t>> parse_ports(const std::vector<std::string>& texts) {
  std::map<std::string, std::uint16_t> ports;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
    const bool digits =
        !number.empty() && number.size() <= 5 && number.find_first_not_of("0123456789") == std::string::npos;
    const unsigned long port = digits ? std::stoul(number) : 65536;
    if (equals == 0 || port > 65535) {
      return Error{"usage", "--port " + text +
                                ": expected ROLE=PORT with a port from 0 (any free one) to 65535, "
                                "such as: --port web=8080"};
    }
    ports[text.substr(0, equals)] = static_cast<std::uint16_t>(port);
  }
  return ports;
}

}  // namespace

void add_host_choices(CLI::App& verb, HostChoices& choices) {
  verb.add_option("--port", choices.ports,
                  "The public port of a role, instead of its development.port; 0 is any free one")
      ->type_name("ROLE=PORT")
      ->allow_extra_args(false);  // the word after it may be the folder
  verb.add_option("--metrics", choices.metrics,
                  "Serve metrics for Prometheus at http://HOST:PORT/metrics; without a host for this machine "
                  "alone, and 0 is any free port")
      ->type_name("[HOST:]PORT");
  verb.add_option(
          "--listen", choices.listen,
          "Where the bus listens over TCP besides, for programs with keys (exo key); port 0 is any free one")
      ->type_name("tcp://ADDRESS:PORT");
  verb.add_option("--bus", choices.bus, "How the application's own processes reach the bus: ipc or tcp")
      ->type_name("TRANSPORT")
      ->check(CLI::IsMember({"ipc", "tcp"}))
      ->capture_default_str();
}

Result<ParsedHostChoices> parse(const HostChoices& choices) {
  auto ports = parse_ports(choices.ports);
  if (!ports) return ports.error();
  ParsedHostChoices parsed{.ports = std::move(ports).value()};
  if (!choices.metrics.empty()) {
    const auto address = MetricsAddress::parse(choices.metrics);
    if (!address) return address.error();
    parsed.metrics = address.value();
  }
  parsed.is_over_tcp = choices.bus == "tcp";
  parsed.listen = choices.listen.empty() && parsed.is_over_tcp ? kLoopback : choices.listen;
  if (parsed.listen.empty()) return parsed;
  if (const auto checked = check_listening(parsed.listen); !checked) return checked.error();
  return parsed;
}

std::vector<std::string> words_of(const HostChoices& choices) {
  std::vector<std::string> words;
  for (const std::string& port : choices.ports) words.insert(words.end(), {"--port", port});
  if (!choices.metrics.empty()) words.insert(words.end(), {"--metrics", choices.metrics});
  if (!choices.listen.empty()) words.insert(words.end(), {"--listen", choices.listen});
  if (choices.bus != HostChoices().bus) words.insert(words.end(), {"--bus", choices.bus});
  return words;
}

}  // namespace exo
