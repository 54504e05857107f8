// A broker in a process of its own, to be killed: broker_process FOLDER. It has a fleet of `web`, which
// sends, and two instances of `store`, which receives, and is at FOLDER/bus once it knows them.
#include <poll.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <iostream>
#include <stdexcept>
#include <string>
#include <variant>

#include "bus/broker.h"

namespace exo {
namespace {

RoutingPlan fleet() {
  const std::vector<std::string> names = {"safe.do", "safe.ask", "plain.do", "plain.ask"};
  RoutingPlan plan{.position = 1};
  plan.versions.push_back(
      {.role = "web", .version = "1.0.0", .sends = names, .gate = Gate::kOpen, .share = 1});
  plan.versions.push_back({.role = "store",
                           .version = "1.0.0",
                           .receives = names,
                           .at_least_once = {"safe.do", "safe.ask"},
                           .gate = Gate::kOpen,
                           .share = 1});
  return plan;
}

void await_table(Broker& broker) {
  while (true) {
    pollfd ready{broker.event_fd(), POLLIN, 0};
    ::poll(&ready, 1, -1);
    for (const BrokerEvent& event : broker.take_events()) {
      if (std::holds_alternative<TableInEffect>(event)) return;
    }
  }
}

[[noreturn]] void run(const std::string& folder) {
  auto started = Broker::start({.endpoint = "ipc://" + folder + "/starting", .environment = "test"});
  if (!started.ok()) throw std::runtime_error(started.error().message);
  Broker& broker = *started.value();
  for (const std::string name : {"web-1", "store-1", "store-2"}) {
    const std::string role = name.substr(0, name.size() - 2);
    broker.admit({.instance = name, .role = role, .version = "1.0.0", .token = "f00d"});
  }
  broker.publish(RoutingTable::compile(fleet()));
  await_table(broker);
  // Whoever came before it knew them would be refused for good.
  if (std::rename((folder + "/starting").c_str(), (folder + "/bus").c_str()) != 0) {
    throw std::runtime_error("rename failed");
  }
  while (true) {
    pollfd ready{broker.event_fd(), POLLIN, 0};
    ::poll(&ready, 1, -1);
    broker.take_events();
  }
}

}  // namespace
}  // namespace exo

int main(int count, char** arguments) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  try {
    if (count != 2) throw std::runtime_error("usage: broker_process FOLDER");
    exo::run(arguments[1]);
  } catch (const std::exception& broken) {
    std::cerr << "broker_process: " << broken.what() << '\n';
    return 1;
  }
}
