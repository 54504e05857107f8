#include "tests/load/bus_process.h"

#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <utility>
#include <variant>

#include "base/check.h"
#include "bus/broker.h"

namespace exo {
namespace {

constexpr const char* kVersion = "1.0.0";
constexpr const char* kToken = "secret";

std::string role_of(const std::string& instance) {
  return instance.substr(0, instance.find('-'));
}

void admit(Broker& broker, const std::string& instance) {
  broker.admit({.instance = instance, .role = role_of(instance), .version = kVersion, .token = kToken});
}

// The peak of this process's memory is to be its own, not that of the tests before it.
void forget_inherited_memory() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << '5';
}

// Reads the orders, a line each, and says when they are carried out: the broker tells of its traffic after
// what it was told before.
class Orders {
 public:
  Orders(Broker& broker, int orders, int done) : broker_(broker), orders_(orders), done_(done) {}

  // Until the other end is closed.
  void follow() {
    std::array<pollfd, 2> ready{{{orders_, POLLIN, 0}, {broker_.event_fd(), POLLIN, 0}}};
    while (true) {
      ::poll(ready.data(), ready.size(), -1);
      if (ready[1].revents != 0) take_events();
      if (ready[0].revents != 0 && !read_some()) return;
    }
  }

 private:
  void take_events() {
    for (const BrokerEvent& event : broker_.take_events()) {
      if (std::holds_alternative<TrafficSeen>(event)) EXO_CHECK(::write(done_, "d", 1) == 1);
      // As the host does.
      const auto* silent = std::get_if<InstanceSilent>(&event);
      if (silent) broker_.set_ready({.instance = silent->instance, .ready = !silent->silent});
    }
  }

  bool read_some() {
    std::array<char, 4096> bytes{};
    const ssize_t count = ::read(orders_, bytes.data(), bytes.size());
    if (count <= 0) return false;
    for (ssize_t i = 0; i < count; ++i) take(bytes.at(static_cast<std::size_t>(i)));
    return true;
  }

  void take(char letter) {
    if (letter != '\n') return line_.push_back(letter);
    const std::string line = std::exchange(line_, {});
    const std::string instance = line.substr(1);
    if (line.front() == '+') {
      admit(broker_, instance);
    } else {
      broker_.dismiss(instance);
    }
    broker_.ask_for_traffic();
  }

  Broker& broker_;
  int orders_;
  int done_;
  std::string line_;
};

void serve(const std::string& endpoint, const BusFleet& fleet, int orders, int done) {
  forget_inherited_memory();
  auto broker = Broker::start({.endpoint = endpoint, .environment = "test", .heartbeat = fleet.heartbeat});
  EXO_CHECK(broker.ok());
  broker.value()->publish(RoutingTable::compile(fleet.plan));
  for (const std::string& instance : fleet.instances) admit(*broker.value(), instance);
  broker.value()->ask_for_traffic();
  Orders(*broker.value(), orders, done).follow();
}

}  // namespace

BusProcess::BusProcess(const BusFleet& fleet) {
  std::array<char, 32> name{"/tmp/exo-load-XXXXXX"};
  folder_ = ::mkdtemp(name.data());
  endpoint_ = "ipc://" + folder_.string() + "/bus";
  std::array<int, 2> orders{};
  std::array<int, 2> done{};
  EXO_CHECK(::pipe2(orders.data(), O_CLOEXEC) == 0 && ::pipe2(done.data(), O_CLOEXEC) == 0);
  process_ = std::make_unique<Process>([&] {
    ::close(orders[1]);
    ::close(done[0]);
    serve(endpoint_, fleet, orders[0], done[1]);
  });
  ::close(orders[0]);
  ::close(done[1]);
  orders_ = orders[1];
  done_ = done[0];
  await_done();
}

BusProcess::~BusProcess() {
  process_.reset();
  ::close(orders_);
  ::close(done_);
  std::filesystem::remove_all(folder_);
}

RelayOptions BusProcess::options(const std::string& instance) const {
  RelayOptions options;
  options.endpoint = endpoint_;
  options.role = role_of(instance);
  options.version = kVersion;
  options.instance = instance;
  options.token = kToken;
  return options;
}

void BusProcess::order(char verb, const std::string& instance) {
  const std::string line = verb + instance + "\n";
  EXO_CHECK(::write(orders_, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
  await_done();
}

void BusProcess::await_done() {
  char letter = 0;
  EXO_CHECK(::read(done_, &letter, 1) == 1);
}

}  // namespace exo
