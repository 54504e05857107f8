// Serves metrics over HTTP, so that Prometheus can scrape a host.
//
//   GET /metrics ─▶ waits ─▶ the host is woken, gathers, provide() ─▶ 200
//                     └─ the host does not within kProvidedWithin  ─▶ 503
//
// What asks at the same time gets the same text. Anything else is 404, another method 405.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

namespace exo {

// Where to listen, as typed: "9464", "127.0.0.1:9464", "[::1]:0". Without a host it is this machine alone.
struct MetricsAddress {
  std::string host = "127.0.0.1";  // a numeric address
  std::uint16_t port = 0;          // 0: any free one

  // Error `usage` says how to write one.
  static Result<MetricsAddress> parse(const std::string& text);
  bool operator==(const MetricsAddress&) const = default;
};
std::string to_string(const MetricsAddress& address);

// Owns its thread and all sockets. Its functions are for the host's thread, and return at once.
class MetricsServer {
 public:
  static constexpr std::chrono::seconds kProvidedWithin{5};
  static constexpr std::chrono::seconds kIdleWithin{60};  // of a connection that asks nothing
  static constexpr std::size_t kConnections = 64;         // more are closed at once

  // Listening when it returns. The error names the address and what the system said.
  static Result<std::unique_ptr<MetricsServer>> start(const MetricsAddress& address);
  ~MetricsServer();
  MetricsServer(const MetricsServer&) = delete;
  MetricsServer& operator=(const MetricsServer&) = delete;

  // As bound: the port is never 0.
  const MetricsAddress& address() const;
  // Readable while somebody waits for the text.
  int wanted_fd() const;
  // Whether somebody has begun to wait since the last call.
  bool take_wanted();
  // Answers all who wait.
  void provide(std::string text);

 private:
  class Loop;
  explicit MetricsServer(std::unique_ptr<Loop> loop);
  std::unique_ptr<Loop> loop_;
};

}  // namespace exo
