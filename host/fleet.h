// The instances of the service versions: carries out what the supervision core decides, and tells the rollout
// core when a version has a ready instance.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "bus/broker.h"
#include "bus/events.h"
#include "deployment-scripts/rollout_input.h"
#include "host/journal.h"
#include "host/keeper_client.h"
#include "host/launcher.h"
#include "host/status_report.h"
#include "host/table_publisher.h"
#include "services/application.h"

namespace exo {

// Used by the host's thread; owns nothing of its parts.
class Fleet {
 public:
  struct Parts {
    const Application& application;
    Broker& broker;
    KeeperClient& keeper;
    Launcher& launcher;
    std::deque<rollout::Input>& inputs;
    Journal& journal;
  };
  explicit Fleet(Parts parts);

  // The version is to run from now on, whatever becomes of its instances.
  void start(const VersionKey& version);
  // Nothing is started any more.
  void stop();

  // What happened; events of processes that are no instances are left alone.
  void registered(const InstanceRegistered& event);
  void lost(const InstanceLost& event);
  void started(const ProcessStarted& event);
  void failed_to_start(const ProcessFailedToStart& event);
  void exited(const ProcessExited& event);
  // Carries out what is due. True when an instance has become ready or has gone since the last call.
  bool tick(MonotonicTime now);
  std::optional<MonotonicTime> wake_at() const;

  std::vector<InstanceReport> reports(const VersionKey& version) const;
  std::vector<ReadyInstance> ready() const;
  // In the order in which they are to be stopped: those started last go first.
  std::vector<std::vector<std::string>> stop_batches() const;

 private:
  struct Member {
    VersionKey version;
    std::string instance;
    std::string state = "starting";
    std::int64_t pid = 0;
    std::uint16_t port = 0;
    std::uint64_t restarts = 0;
    std::optional<MonotonicTime> start_at;
    std::optional<MonotonicTime> ready_until;
    std::chrono::milliseconds pause{500};
    std::vector<std::string> last_lines;
  };
  Member* find(const std::string& instance);
  void launch(Member& member);
  void gone(Member& member, const std::string& how, const std::vector<std::string>& last_lines);

  Parts parts_;
  std::vector<Member> members_;
  bool stopping_ = false;
  bool changed_ = false;
};

}  // namespace exo
