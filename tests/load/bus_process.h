// A broker in a process of its own.
#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "bus/relays/cpp/relay.h"
#include "bus/routing_table.h"
#include "tests/load/process.h"

namespace exo {

// Whom a broker knows from its beginning. An instance is named ROLE-NUMBER.
struct BusFleet {
  RoutingPlan plan;
  std::vector<std::string> instances;
  std::chrono::milliseconds heartbeat{5000};
};

// Listens in a folder of its own when it is made, which must be before its process has any other thread. All
// instances are of version 1.0.0.
class BusProcess {
 public:
  explicit BusProcess(const BusFleet& fleet);
  ~BusProcess();
  BusProcess(const BusProcess&) = delete;
  BusProcess& operator=(const BusProcess&) = delete;

  RelayOptions options(const std::string& instance) const;
  // What the host says when it starts an instance, and when the instance's process has ended; the broker has
  // taken it when they return.
  void admit(const std::string& instance) { order('+', instance); }
  void dismiss(const std::string& instance) { order('-', instance); }
  const Process& process() const { return *process_; }
  Process& process() { return *process_; }
  const std::filesystem::path& folder() const { return folder_; }

 private:
  void order(char verb, const std::string& instance);
  void await_done();

  std::filesystem::path folder_;
  std::string endpoint_;
  int orders_ = -1;
  int done_ = -1;
  std::unique_ptr<Process> process_;
};

}  // namespace exo
