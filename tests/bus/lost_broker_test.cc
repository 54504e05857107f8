// A broker that is killed with SIGKILL while messages are on their way, and started again at the same place:
// what relays had accepted is handled, or answered with an error, or sent again. Nothing vanishes.
#include <gtest/gtest.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <deque>
#include <filesystem>
#include <map>
#include <memory>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bus/relays/cpp/relay.h"

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr int kCommands = 400;  // of each name
constexpr seconds kPatience{60};

// The program beside this one; killed at the latest when this ends.
class BrokerProcess {
 public:
  explicit BrokerProcess(std::string folder) : folder_(std::move(folder)) { start(); }
  ~BrokerProcess() { kill(); }
  BrokerProcess(const BrokerProcess&) = delete;
  BrokerProcess& operator=(const BrokerProcess&) = delete;

  void start() {
    std::string program = EXO_BROKER_PROCESS;
    std::vector<char*> arguments = {program.data(), folder_.data(), nullptr};
    if (::posix_spawn(&pid_, program.c_str(), nullptr, nullptr, arguments.data(), environ) != 0) {
      throw std::runtime_error("cannot start " + program);
    }
  }
  void kill() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }

 private:
  std::string folder_;
  pid_t pid_ = -1;
};

std::string new_folder() {
  std::string pattern = "/tmp/exo-lost-XXXXXX";
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("mkdtemp failed");
  return pattern;
}

RelayOptions options(const std::string& folder, const std::string& role, const std::string& instance) {
  return {.endpoint = "ipc://" + folder + "/bus",
          .role = role,
          .version = "1.0.0",
          .instance = instance,
          .token = "f00d"};
}

int number_in(const Value& payload) {
  return static_cast<int>(payload.unsigned_integer().value());
}

// What all instances of `store` have handled. Commands are kept under way until complete() is called, so that
// there are some whenever the broker dies.
class Store {
 public:
  std::map<std::string, std::set<int>> handled;
  int redelivered = 0;
  std::size_t runs = 0;

  std::unique_ptr<Relay> instance(const std::string& folder, const std::string& name) {
    auto relay = std::make_unique<Relay>(options(folder, "store", name));
    for (const std::string each : {"safe.do", "safe.ask", "plain.do", "plain.ask"}) {
      relay->handle(each, [this](const Command& command, Reply reply) {
        ++runs;
        redelivered += command.redelivered ? 1 : 0;
        handled[std::string(command.name)].insert(number_in(command.payload));
        under_way_.emplace_back(command.payload, std::move(reply));
      });
    }
    relay->on_unhandled_error([](std::string_view, const Error&) {});
    return relay;
  }
  std::size_t under_way() const { return under_way_.size(); }
  // All but the last `keep`.
  void complete(std::size_t keep) {
    for (; under_way_.size() > keep; under_way_.pop_front()) {
      under_way_.front().second.send("done", under_way_.front().first);
    }
  }

 private:
  std::deque<std::pair<Value, Reply>> under_way_;
};

// What `web` was told of each command.
struct Outcomes {
  std::map<std::string, std::map<int, int>> answers;  // by name and number: how often
  std::map<std::string, int> errors;                  // by name: of commands and requests
  std::set<std::string> codes;
  int ended = 0;  // of requests

  void failed(const std::string& name, const Error& error) {
    ++errors[name];
    codes.insert(error.code);
  }
};

class LostBroker : public testing::Test {
 public:
  LostBroker() : folder(new_folder()), broker(folder), web(options(folder, "web", "web-1")) {
    web.on_unhandled_error([this](std::string_view name, const Error& error) {
      if (!name.empty()) told.failed(std::string(name), error);
    });
    for (const std::string name : {"store-1", "store-2"}) stores.push_back(store.instance(folder, name));
    for (const auto& each : stores) EXPECT_TRUE(each->connect(kPatience).ok());
    EXPECT_TRUE(web.connect(kPatience).ok());
  }
  ~LostBroker() override { std::filesystem::remove_all(folder); }
  LostBroker(const LostBroker&) = delete;
  LostBroker& operator=(const LostBroker&) = delete;

  std::string folder;
  BrokerProcess broker;
  Store store;
  std::vector<std::unique_ptr<Relay>> stores;
  Relay web;
  Outcomes told;

  void send(const std::string& name, int number) {
    const auto settled = [this, name](const Result<void>& outcome) {
      if (!outcome.ok()) told.failed(name, outcome.error());
    };
    ASSERT_TRUE(web.send(name, number, {}, settled).ok());
  }
  void ask(const std::string& name, int number) {
    const auto answered = [this, name, number](const Result<Answer>& answer) {
      ++told.ended;
      if (!answer.ok()) return told.failed(name, answer.error());
      EXPECT_EQ(number_in(answer.value().payload), number);
      ++told.answers[name][number];
    };
    ASSERT_TRUE(web.request(name, number, {}, answered).ok());
  }
  // One turn of all; so many commands stay under way.
  void turn(std::size_t keep) {
    ASSERT_TRUE(web.poll(milliseconds(0)).ok());
    for (const auto& each : stores) ASSERT_TRUE(each->poll(milliseconds(1)).ok());
    store.complete(keep);
  }
  bool turn_until(std::size_t keep, const std::function<bool()>& condition) {
    const MonotonicTime until = monotonic_now() + kPatience;
    while (!condition()) {
      if (monotonic_now() > until || HasFatalFailure()) return false;
      turn(keep);
    }
    return true;
  }
  // How many commands of this name are neither handled nor told of as failed.
  int vanished(const std::string& name) {
    return kCommands - static_cast<int>(store.handled[name].size()) - told.errors[name];
  }
};

TEST_F(LostBroker, LosesNothingThatARelayHadAccepted) {
  constexpr int kKills = 3;
  constexpr std::size_t kUnderWay = 20;
  int sent = 0;
  for (int kill = 0; kill < kKills; ++kill) {
    for (; sent < (kill + 1) * kCommands / kKills; ++sent) {
      for (const std::string name : {"safe.do", "plain.do"}) send(name, sent);
      for (const std::string name : {"safe.ask", "plain.ask"}) ask(name, sent);
    }
    // In the middle of the traffic, with commands accepted that nobody has completed.
    const std::size_t enough = store.runs + kCommands / kKills;
    ASSERT_TRUE(turn_until(
        kUnderWay, [&] { return store.runs >= enough && store.under_way() > 0 && web.unsettled() > 0; }));
    broker.kill();
    broker.start();
  }
  for (; sent < kCommands; ++sent) {
    for (const std::string name : {"safe.do", "plain.do"}) send(name, sent);
    for (const std::string name : {"safe.ask", "plain.ask"}) ask(name, sent);
  }
  const auto all_over = [&] {
    return web.registered() && web.unaccepted() == 0 && web.unsettled() == 0 && told.ended == 2 * kCommands;
  };
  ASSERT_TRUE(turn_until(0, all_over)) << told.ended << " requests have ended, " << web.unaccepted()
                                       << " commands are not accepted, " << web.unsettled() << " not settled";

  EXPECT_EQ(store.handled["safe.do"].size(), kCommands);
  EXPECT_EQ(told.errors["safe.do"], 0);
  EXPECT_EQ(told.answers["safe.ask"].size(), kCommands);
  EXPECT_EQ(told.errors["safe.ask"], 0);
  EXPECT_LE(vanished("plain.do"), 0);
  EXPECT_EQ(static_cast<int>(told.answers["plain.ask"].size()) + told.errors["plain.ask"], kCommands);
  for (const auto& [name, numbers] : told.answers) {
    for (const auto& [number, times] : numbers) EXPECT_EQ(times, 1) << name << " " << number;
  }
  EXPECT_GT(store.redelivered, 0) << "some were sent again";
  EXPECT_EQ(told.codes, std::set<std::string>{"bus-lost"}) << "some were not, and that was told";
}

}  // namespace
}  // namespace exo
