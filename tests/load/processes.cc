#include "tests/load/processes.h"

#include <fcntl.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <csignal>

#include <cstdlib>
#include <fstream>
#include <utility>

#include "base/check.h"
#include "bus/broker.h"

namespace exo {
namespace {

using std::chrono::minutes;

RoutingPlan plan() {
  RoutingPlan plan{.position = 1};
  plan.versions.push_back(
      {.role = "web", .version = "1.0.0", .sends = {"slow.do", "fast.do"}, .gate = Gate::kOpen, .share = 1});
  for (const std::string role : {"slow", "fast"}) {
    plan.versions.push_back(
        {.role = role, .version = "1.0.0", .receives = {role + ".do"}, .gate = Gate::kOpen, .share = 1});
  }
  return plan;
}

void admit(Broker& broker, const std::string& role, const std::string& instance) {
  broker.admit({.instance = instance, .role = role, .version = "1.0.0", .token = "secret"});
}

// The peak of this process's memory is to be its own, not that of the tests before it.
void forget_inherited_memory() {
  ::malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << '5';
}

// Until the other end of `orders` is closed, which names an instance to dismiss on each line.
void serve(const std::string& endpoint, int orders, int started) {
  forget_inherited_memory();
  auto broker = Broker::start({.endpoint = endpoint, .environment = "test", .heartbeat = minutes(10)});
  EXO_CHECK(broker.ok());
  broker.value()->publish(RoutingTable::compile(plan()));
  for (const std::string role : {"web", "slow", "fast"}) {
    for (const std::string number : {"1", "2"}) admit(*broker.value(), role, role + "-" + number);
  }
  EXO_CHECK(::write(started, "s", 1) == 1);
  std::string line;
  for (char letter = 0; ::read(orders, &letter, 1) == 1;) {
    if (letter != '\n') {
      line.push_back(letter);
      continue;
    }
    broker.value()->dismiss(std::exchange(line, {}));
  }
}

}  // namespace

std::size_t Tally::amiss(std::size_t count) const {
  std::size_t amiss = 0;
  for (std::size_t number = 0; number < count; ++number) amiss += times[number] == 1 ? 0 : 1;
  return amiss;
}

Process::Process(const std::function<void()>& body) : id_(::fork()) {
  EXO_CHECK(id_ >= 0);
  if (id_ != 0) return;
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  body();
  ::_exit(0);
}

Process::~Process() {
  kill();
}

void Process::stop() {
  ::kill(id_, SIGSTOP);
  int status = 0;
  EXO_CHECK(::waitpid(id_, &status, WUNTRACED) == id_ && WIFSTOPPED(status));
}

void Process::go_on() {
  ::kill(id_, SIGCONT);
}

void Process::kill() {
  if (id_ == 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(id_, nullptr, 0);
  id_ = 0;
}

std::size_t Process::peak_resident_bytes() const {
  std::ifstream status("/proc/" + std::to_string(id_) + "/status");
  for (std::string word; status >> word;) {
    std::size_t kibibytes = 0;
    if (word == "VmHWM:" && status >> kibibytes) return kibibytes * 1024;
  }
  EXO_CHECK(false);
  return 0;
}

Bus::Bus() {
  std::array<char, 32> name{"/tmp/exo-load-XXXXXX"};
  folder_ = ::mkdtemp(name.data());
  endpoint_ = "ipc://" + folder_.string() + "/bus";
  std::array<int, 2> orders{};
  std::array<int, 2> started{};
  EXO_CHECK(::pipe2(orders.data(), O_CLOEXEC) == 0 && ::pipe2(started.data(), O_CLOEXEC) == 0);
  process_ = std::make_unique<Process>([&] {
    ::close(orders[1]);
    ::close(started[0]);
    serve(endpoint_, orders[0], started[1]);
  });
  ::close(orders[0]);
  ::close(started[1]);
  orders_ = orders[1];
  char letter = 0;
  EXO_CHECK(::read(started[0], &letter, 1) == 1);
  ::close(started[0]);
}

Bus::~Bus() {
  process_.reset();
  ::close(orders_);
  std::filesystem::remove_all(folder_);
}

RelayOptions Bus::options(const std::string& role, const std::string& instance) const {
  RelayOptions options;
  options.endpoint = endpoint_;
  options.role = role;
  options.version = "1.0.0";
  options.instance = instance;
  options.token = "secret";
  options.silence_limit = minutes(10);
  return options;
}

void Bus::dismiss(const std::string& instance) {
  const std::string line = instance + "\n";
  EXO_CHECK(::write(orders_, line.data(), line.size()) == static_cast<ssize_t>(line.size()));
}

void consume(RelayOptions options, Tally& tally) {
  const std::string name = options.role + ".do";
  Relay relay(std::move(options));
  relay.handle(name, [&](const Command& command, Reply reply) {
    const auto number = command.payload.integer_at("number");
    EXO_CHECK(number.ok());
    ++tally.times.at(static_cast<std::size_t>(number.value()));
    ++tally.handled;
    if (reply.expected()) reply.send("done", Value());
  });
  EXO_CHECK(relay.run().ok());
  ::_exit(0);
}

}  // namespace exo
