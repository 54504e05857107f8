// exo's broker as a process of its own, with a fleet of askers, answerers, senders and a receiver. It writes
// `ready` to standard output, and ends with its standard input.
#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <exception>
#include <stdexcept>
#include <string>

#include "bus/broker.h"

namespace {

constexpr std::size_t kSenders = 1000;
constexpr const char* kVersion = "1.0.0";

exo::RoutingPlan plan() {
  const auto version = [](const char* role, std::vector<std::string> sends,
                          std::vector<std::string> receives) {
    return exo::VersionRoutes{.role = role,
                              .version = kVersion,
                              .sends = std::move(sends),
                              .receives = std::move(receives),
                              .gate = exo::Gate::kOpen,
                              .share = 1.0};
  };
  exo::RoutingPlan plan{.position = 1};
  plan.versions = {version("asker", {"echo"}, {}), version("answerer", {}, {"echo"}),
                   version("sender", {"note"}, {}), version("receiver", {}, {"note"})};
  return plan;
}

void admit(exo::Broker& broker, const std::string& role, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    broker.admit(
        {.instance = role + "-" + std::to_string(i), .role = role, .version = kVersion, .token = "bench"});
  }
}

void raise_descriptor_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

void run(const char* endpoint) {
  auto started = exo::Broker::start({.endpoint = endpoint, .environment = "bench"});
  if (!started.ok()) throw std::runtime_error(started.error().message);
  exo::Broker& broker = *started.value();
  for (const char* role : {"asker", "answerer", "receiver"}) admit(broker, role, 1);
  admit(broker, "sender", kSenders);
  broker.publish(exo::RoutingTable::compile(plan()));
  std::puts("ready");
  std::fflush(stdout);
  std::array<pollfd, 2> ready{{{STDIN_FILENO, POLLIN, 0}, {broker.event_fd(), POLLIN, 0}}};
  while (ready[0].revents == 0) {
    ::poll(ready.data(), ready.size(), -1);
    for (const exo::BrokerEvent& event : broker.take_events()) {
      if (const auto* notice = std::get_if<exo::BrokerNotice>(&event)) {
        std::fprintf(stderr, "%s\n", notice->text.c_str());
      }
    }
  }
}

}  // namespace

int main(int count, char** arguments) {
  try {
    if (count != 2) throw std::runtime_error("usage: messaging_broker ENDPOINT");
    raise_descriptor_limit();
    run(arguments[1]);
    return 0;
  } catch (const std::exception& broken) {
    std::fprintf(stderr, "messaging_broker: %s\n", broken.what());
    return 1;
  }
}
