#include "host/bus_listening.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>

#include "base/text.h"

namespace exo {
namespace {

constexpr std::string_view kScheme = "tcp://";
constexpr std::size_t kPortDigits = 5;
constexpr unsigned long kLastPort = 65535;

bool is_address(const std::string& text) {
  std::array<unsigned char, sizeof(in6_addr)> number{};
  if (text.size() > 2 && text.front() == '[' && text.back() == ']')
    return ::inet_pton(AF_INET6, text.substr(1, text.size() - 2).c_str(), number.data()) == 1;
  return ::inet_pton(AF_INET, text.c_str(), number.data()) == 1;
}

bool is_port(const std::string& text) {
  return !text.empty() && text.size() <= kPortDigits &&
         text.find_first_not_of("0123456789") == std::string::npos && std::stoul(text) <= kLastPort;
}

}  // namespace

Result<void> check_listening(const std::string& endpoint) {
  const std::size_t colon = endpoint.rfind(':');
  const bool is_tcp = endpoint.compare(0, kScheme.size(), kScheme) == 0 && colon >= kScheme.size();
  if (is_tcp && is_address(endpoint.substr(kScheme.size(), colon - kScheme.size())) &&
      is_port(endpoint.substr(colon + 1)))
    return {};
  return Error{"usage",
               "--listen " + in_quotes(endpoint) +
                   ": expected tcp://ADDRESS:PORT with the number of an address of this machine, such as: "
                   "--listen tcp://127.0.0.1:0 (any free port), --listen tcp://0.0.0.0:7600"};
}

std::string reached_from_here(const std::string& bound) {
  const std::size_t colon = bound.rfind(':');
  const std::string address = bound.substr(kScheme.size(), colon - kScheme.size());
  const std::string port = bound.substr(colon);
  if (address == "0.0.0.0") return std::string(kScheme) + "127.0.0.1" + port;
  if (address == "[::]") return std::string(kScheme) + "[::1]" + port;
  return bound;
}

}  // namespace exo
