#include "host/fleet.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/duration.h"
#include "base/overloaded.h"
#include "base/text.h"

namespace exo {
namespace {

VersionKey to_version(const supervision::Key& key) {
  return {key.role, key.version};
}
supervision::Key to_key(const VersionKey& version) {
  return {version.role, version.version};
}

std::string with_last_words(std::string text, const std::vector<std::string>& last_lines) {
  if (!last_lines.empty()) text += "; its last words: " + printable(last_lines.back());
  return text;
}

}  // namespace

Fleet::Fleet(Parts parts) : parts_(std::move(parts)), supervision_(parts_.host_id) {}

void Fleet::start(const VersionKey& version) {
  const ServiceVersion* service = parts_.application.find_version(version.role, version.version);
  tell(supervision::Wanted{.key = to_key(version), .readiness = service->readiness});
}

void Fleet::stop() {
  tell(supervision::StopEverything{});
}

void Fleet::tick() {
  tell(supervision::Tick{});
}

void Fleet::registered(const InstanceRegistered& event) {
  const auto process = processes_.find(event.instance);
  if (process == processes_.end()) return;
  tell(supervision::InstanceReady{event.instance});
  ready_changed_ = true;
  parts_.inputs.emplace_back(rollout::InstanceReady{process->second.version});
}

void Fleet::lost(const InstanceLost& event) {
  const auto process = processes_.find(event.instance);
  if (process == processes_.end() || !is_ready(event.instance)) return;
  tell(supervision::InstanceNotReady{event.instance});
  ready_changed_ = true;
  parts_.inputs.emplace_back(rollout::InstanceLost{process->second.version});
}

void Fleet::started(const ProcessStarted& event) {
  const auto process = processes_.find(event.id);
  if (process == processes_.end()) return;
  process->second.pid = event.pid;
  tell(supervision::InstanceStarted{event.id});
}

void Fleet::failed_to_start(const ProcessFailedToStart& event) {
  if (processes_.count(event.id) == 0) return;
  forget(event.id, {event.message});
  tell(supervision::InstanceFailedToStart{event.id, event.message});
}

void Fleet::exited(const ProcessExited& event) {
  if (processes_.count(event.id) == 0) return;
  forget(event.id, event.last_lines);
  tell(supervision::InstanceExited{event.id, event.status.describe()});
}

bool Fleet::is_ready(const std::string& instance) const {
  const auto views = supervision_.view();
  return std::any_of(views.begin(), views.end(), [&](const supervision::InstanceView& view) {
    return view.instance == instance && view.state == supervision::State::kReady;
  });
}

void Fleet::forget(const std::string& instance, const std::vector<std::string>& last_lines) {
  const auto process = processes_.find(instance);
  if (is_ready(instance)) parts_.inputs.emplace_back(rollout::InstanceLost{process->second.version});
  last_lines_[process->second.version] = last_lines;
  processes_.erase(process);
  parts_.broker.dismiss(instance);
  parts_.launcher.forget(instance);
  ready_changed_ = true;
}

void Fleet::tell(const supervision::Event& event) {
  for (const supervision::Action& action : supervision_.step(event, monotonic_now())) carry_out(action);
}

void Fleet::carry_out(const supervision::Action& action) {
  std::visit(Overloaded{
                 [&](const supervision::StartInstance& start) { launch(start); },
                 [&](const supervision::StopInstance& stop) {
                   parts_.keeper.stop(stop.instance, {.term_after = {}, .kill_after = stop.grace});
                 },
                 [&](const supervision::ReportRestart& restart) {
                   const VersionKey version = to_version(restart.key);
                   parts_.journal.warn(with_last_words(to_text(version) + " ended (" + restart.how +
                                                           ") and is started again in " +
                                                           format_duration(restart.pause),
                                                       last_lines_[version]));
                 },
                 [&](const supervision::ReportNotReadyInTime& report) { report_not_ready(report); },
                 [&](const supervision::ReportStopOverdue& overdue) {
                   parts_.journal.warn(overdue.instance +
                                       " does not end, not even by SIGKILL; it may wait for a dead disk");
                 },
                 [&](const supervision::ReportEverythingStopped&) { stopped_ = true; },
             },
             action);
}

void Fleet::launch(const supervision::StartInstance& start) {
  const VersionKey version = to_version(start.key);
  auto launch = parts_.launcher.instance(*parts_.application.find_version(version.role, version.version),
                                         start.instance);
  if (!launch) {
    last_lines_[version] = {launch.error().message};
    return tell(supervision::InstanceFailedToStart{start.instance, launch.error().message});
  }
  processes_[start.instance] = {.version = version, .pid = 0, .port = launch.value().port};
  parts_.broker.admit(launch.value().admission);
  parts_.keeper.spawn(std::move(launch.value().process));
}

void Fleet::report_not_ready(const supervision::ReportNotReadyInTime& report) {
  const VersionKey version = to_version(report.key);
  const std::string reason = with_last_words(
      "it did not join the bus within " + format_duration(report.readiness), last_lines_[version]);
  parts_.inputs.emplace_back(rollout::InstanceNotReady{version, reason});
}

std::vector<InstanceReport> Fleet::reports(const VersionKey& version) const {
  std::vector<InstanceReport> reports;
  for (const supervision::InstanceView& view : supervision_.view()) {
    if (to_version(view.key) != version) continue;
    InstanceReport report{
        .id = view.instance, .state = supervision::to_text(view.state), .restarts = view.restarts};
    if (const auto process = processes_.find(view.instance); process != processes_.end()) {
      report.pid = process->second.pid;
      report.port = process->second.port;
    }
    reports.push_back(std::move(report));
  }
  return reports;
}

std::vector<ReadyInstance> Fleet::ready() const {
  std::vector<ReadyInstance> ready;
  for (const supervision::InstanceView& view : supervision_.view()) {
    const auto process = processes_.find(view.instance);
    if (view.state != supervision::State::kReady || process == processes_.end()) continue;
    ready.push_back({.version = process->second.version, .port = process->second.port});
  }
  return ready;
}

bool Fleet::ready_changed() {
  return std::exchange(ready_changed_, false);
}

}  // namespace exo
