// The instances of the service versions: carries out what the supervision core decides, and tells the rollout
// core when a version has a ready instance.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
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
#include "services/supervision/readiness.h"
#include "services/supervision/supervision.h"

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
    std::string host_id;
    // Asked before each start: a host that has lost its ledger starts nothing.
    std::function<Result<void>()> may_start;
  };
  explicit Fleet(Parts parts);

  // What runs already, started by an earlier host: each may come in again, and is an instance of its version
  // when that is to run. What is none of this application is stopped. Before any version is started, and
  // before peers are heard.
  void inherit(const std::vector<KeptProcess>& processes);
  // No further version is to run by itself: what was inherited and is no instance until now is stopped.
  void settle_inheritance();

  // The version is to run from now on, whatever becomes of its instances.
  void start(const VersionKey& version);
  // The instances of the version are to be others, one after another; false when it is not to run.
  bool restart(const VersionKey& version);
  // Ends all instances, the last one started first; stopped() is true when none is left.
  void stop();
  bool stopped() const { return stopped_; }

  // What happened; events of processes that are no instances are left alone.
  void registered(const InstanceRegistered& event);
  void lost(const InstanceLost& event);
  void silent(const InstanceSilent& event);
  // A line of output, which may be what an instance is waited for to say.
  void said(const AwaitedTextSaid& event);
  // An answer to a question about an instance's health; false when it is none.
  bool answered(const MessageToExo& message);
  void started(const ProcessStarted& event);
  void failed_to_start(const ProcessFailedToStart& event);
  void exited(const ProcessExited& event);
  // Carries out what is due.
  void tick();
  std::optional<MonotonicTime> wake_at() const;

  // The version that an instance is one of; nullopt when it is no instance, or none any more.
  std::optional<VersionKey> version_of(const std::string& instance) const;
  std::vector<InstanceReport> reports(const VersionKey& version) const;
  std::vector<ReadyInstance> ready() const;
  // True when an instance has become ready or has gone since the last call.
  bool ready_changed();

 private:
  // What is known of the process behind an instance.
  struct Process {
    VersionKey version;
    supervision::ReadinessRules rules;
    supervision::Readiness readiness;
    std::int64_t pid = 0;  // 0: not started, or gone
    std::uint16_t port = 0;
    std::string question;  // id of the health message that is under way
    bool was_ready = false;
  };

  Process& expect(const std::string& instance, const VersionKey& version, const ServiceVersion& service,
                  std::uint16_t port);
  void admit(Admission admission, const ServiceVersion& service);
  void let_go(const std::string& instance, const std::string& why);
  // The instance that runs already; empty where there is none.
  std::string take_inherited(const VersionKey& version);
  void tell(const supervision::Event& event);
  void carry_out(const supervision::Action& action);
  void launch(const supervision::StartInstance& start);
  void report_not_ready(const supervision::ReportNotReadyInTime& report);
  // What may be behind it that an instance of the version has ended before it was ever ready; else empty.
  std::string likely_cause(const VersionKey& version) const;
  // The process of an instance is no more: nothing of it is kept but its last words.
  void forget(const std::string& instance, const std::vector<std::string>& last_lines);
  bool is_ready(const std::string& instance) const;
  // Tells the cores when an instance has become ready or has ceased to be.
  void judge(const std::string& instance, Process& process);
  void ask(const std::string& instance, Process& process);

  Parts parts_;
  supervision::Supervision supervision_;
  std::map<VersionKey, std::vector<std::string>> inherited_;   // those whose version is not to run yet
  std::map<std::string, Process> processes_;                   // by instance
  std::map<VersionKey, std::vector<std::string>> last_lines_;  // of the instance that ended last
  std::set<VersionKey> ended_at_start_;                        // whose last instance was never ready
  std::uint64_t questions_ = 0;
  bool stopped_ = false;
  bool ready_changed_ = false;
};

}  // namespace exo
