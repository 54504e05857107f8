#include "host/fleet.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/duration.h"
#include "base/overloaded.h"
#include "base/text.h"
#include "host/instance_note.h"
#include "host/last_words.h"
#include "host/port_check.h"

namespace exo {
namespace {

VersionKey to_version(const supervision::Key& key) {
  return {key.role, key.version};
}
supervision::Key to_key(const VersionKey& version) {
  return {version.role, version.version};
}

// "memory: 8MiB, processes: 20", as somebody may have written it; empty: it has none.
std::string to_text(const ServiceLimits& limits) {
  constexpr std::uint64_t kMebibyte = std::uint64_t{1024} * 1024;
  std::vector<std::string> words;
  if (limits.memory_bytes) {
    const bool is_even = *limits.memory_bytes % kMebibyte == 0;
    words.push_back("memory: " + (is_even ? std::to_string(*limits.memory_bytes / kMebibyte) + "MiB"
                                          : std::to_string(*limits.memory_bytes)));
  }
  if (limits.open_files) words.push_back("open-files: " + std::to_string(*limits.open_files));
  if (limits.processes) words.push_back("processes: " + std::to_string(*limits.processes));
  return join(words, ", ");
}

std::string with_last_words(std::string text, const std::vector<std::string>& last_lines) {
  if (!last_lines.empty()) text += "; its last words: " + printable(last_words(last_lines));
  return text;
}

}  // namespace

Fleet::Fleet(Parts parts) : parts_(std::move(parts)), supervision_(parts_.host_id) {}

void Fleet::inherit(const std::vector<KeptProcess>& processes) {
  for (const KeptProcess& process : processes) {
    const auto note = parse_instance_note(process.note);
    if (!note) continue;  // a script, which ends with the host that started it
    const VersionKey version{process.role, note->version};
    const ServiceVersion* service = parts_.application.find_version(version.role, version.version);
    if (service == nullptr) {
      let_go(process.id, to_text(version) + " is not in the application any more");
      continue;
    }
    auto admission = parts_.launcher.adopt(*service, process.id, note->port);
    if (!admission) {
      let_go(process.id, "it cannot come in again: " + admission.error().message);
      continue;
    }
    Process& known = expect(process.id, version, *service, note->port);
    known.pid = process.pid;
    known.was_ready = true;
    if (process.said) known.readiness.text_said();
    inherited_[version].push_back(process.id);
    admit(std::move(admission).value(), *service);
  }
}

void Fleet::settle_inheritance() {
  for (const auto& [version, instances] : std::exchange(inherited_, {})) {
    for (const std::string& instance : instances) let_go(instance, to_text(version) + " is not to run now");
  }
}

void Fleet::let_go(const std::string& instance, const std::string& why) {
  parts_.journal.say("stopping " + instance + ", which an earlier host has started: " + why);
  parts_.keeper.stop(instance, {.term_after = {}, .kill_after = supervision::kDefaultStopWithin});
}

std::string Fleet::take_inherited(const VersionKey& version) {
  const auto found = inherited_.find(version);
  if (found == inherited_.end()) return {};
  const std::vector<std::string> instances = std::move(found->second);
  inherited_.erase(found);
  for (std::size_t i = 1; i < instances.size(); ++i) {
    let_go(instances[i], "another instance of " + to_text(version) + " runs");
  }
  return instances.empty() ? std::string() : instances.front();
}

void Fleet::start(const VersionKey& version) {
  const ServiceVersion* service = parts_.application.find_version(version.role, version.version);
  const std::string running = take_inherited(version);
  tell(supervision::Wanted{.key = to_key(version),
                           .readiness = service->readiness,
                           .restarts = service->restarts,
                           .stop_within = service->stop_within,
                           .running = running});
  const auto process = processes_.find(running);
  if (process == processes_.end()) return;
  parts_.journal.note(running + " runs already, as an instance of " + to_text(version));
  parts_.inputs.emplace_back(rollout::InstanceStarted{version});
  judge(running, process->second);  // it may have come in before its version was wanted
}

bool Fleet::restart(const VersionKey& version) {
  const auto views = supervision_.view();
  const bool runs = std::any_of(views.begin(), views.end(),
                                [&](const auto& view) { return to_version(view.key) == version; });
  if (runs) tell(supervision::RestartAsked{to_key(version)});
  return runs;
}

void Fleet::stop() {
  tell(supervision::StopEverything{});
}

void Fleet::tick() {
  for (auto& [instance, process] : processes_) {
    if (process.pid != 0) ask(instance, process);
  }
  tell(supervision::Tick{});
}

std::optional<MonotonicTime> Fleet::wake_at() const {
  auto earliest = supervision_.next_deadline();
  for (const auto& [instance, process] : processes_) {
    const auto time = process.pid == 0 ? std::nullopt : process.readiness.wake_at();
    if (time && (!earliest || *time < *earliest)) earliest = time;
  }
  return earliest;
}

void Fleet::registered(const InstanceRegistered& event) {
  const auto process = processes_.find(event.instance);
  if (process == processes_.end()) return;
  process->second.readiness.registered();
  ask(process->first, process->second);
}

void Fleet::lost(const InstanceLost& event) {
  const auto process = processes_.find(event.instance);
  if (process == processes_.end()) return;
  process->second.readiness.lost();
  process->second.question.clear();
  judge(process->first, process->second);
}

void Fleet::silent(const InstanceSilent& event) {
  const auto process = processes_.find(event.instance);
  if (process == processes_.end()) return;
  process->second.readiness.silent(event.silent);
  judge(process->first, process->second);
}

void Fleet::said(const AwaitedTextSaid& event) {
  const auto process = processes_.find(event.id);
  if (process == processes_.end()) return;
  process->second.readiness.text_said();
  judge(process->first, process->second);
}

bool Fleet::answered(const MessageToExo& message) {
  const auto process = processes_.find(message.instance);
  if (process == processes_.end() || message.response_to.empty() ||
      process->second.question != message.response_to) {
    return false;
  }
  supervision::Readiness& readiness = process->second.readiness;
  process->second.question.clear();
  if (message.kind == Kind::kError) {
    readiness.failed(supervision::Probe::kMessage, printable(message.reason), monotonic_now());
  } else {
    readiness.succeeded(supervision::Probe::kMessage, monotonic_now());
  }
  judge(process->first, process->second);
  return true;
}

void Fleet::ask(const std::string& instance, Process& process) {
  const MonotonicTime now = monotonic_now();
  for (const supervision::Probe probe : process.readiness.take_due(now)) {
    if (probe == supervision::Probe::kMessage && !process.question.empty()) {
      process.readiness.failed(probe, "no answer",
                               now);  // a stopped process is not to be heaped with questions
    } else if (probe == supervision::Probe::kMessage) {
      process.question = "health-" + std::to_string(++questions_);
      parts_.broker.send({.kind = Kind::kCommand,
                          .instance = instance,
                          .name = process.rules.message,
                          .id = process.question,
                          .expects = Expects::kOne});
    } else if (const auto connected = connect_to_loopback(process.port)) {
      process.readiness.succeeded(probe, now);
    } else {
      process.readiness.failed(probe, connected.error().message, now);
    }
  }
  judge(instance, process);
}

void Fleet::judge(const std::string& instance, Process& process) {
  const bool was_ready = is_ready(instance);
  if (process.readiness.ready() == was_ready) return;
  if (was_ready) {
    if (process.readiness.has_registered()) {
      parts_.journal.warn(instance + " is not ready any more: " + process.readiness.lacking());
    }
    tell(supervision::InstanceNotReady{instance});
    parts_.inputs.emplace_back(rollout::InstanceLost{process.version});
  } else {
    process.was_ready = true;
    tell(supervision::InstanceReady{instance});
    if (!is_ready(instance)) return;  // it is on its way out
    parts_.inputs.emplace_back(rollout::InstanceReady{process.version});
  }
  ready_changed_ = true;
  parts_.broker.set_ready({.instance = instance, .ready = !was_ready});
}

void Fleet::started(const ProcessStarted& event) {
  const auto process = processes_.find(event.id);
  if (process == processes_.end()) return;
  process->second.pid = event.pid;
  tell(supervision::InstanceStarted{event.id});
  parts_.inputs.emplace_back(rollout::InstanceStarted{process->second.version});
  ask(process->first, process->second);
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
  return supervision_.is_ready(instance);
}

void Fleet::forget(const std::string& instance, const std::vector<std::string>& last_lines) {
  const auto process = processes_.find(instance);
  if (const auto inherited = inherited_.find(process->second.version); inherited != inherited_.end())
    std::erase(inherited->second, instance);
  if (is_ready(instance)) parts_.inputs.emplace_back(rollout::InstanceLost{process->second.version});
  last_lines_[process->second.version] = last_lines;
  if (process->second.was_ready) ended_at_start_.erase(process->second.version);
  if (!process->second.was_ready) ended_at_start_.insert(process->second.version);
  processes_.erase(process);
  parts_.broker.dismiss(instance);
  parts_.launcher.forget(instance);
  ready_changed_ = true;
}

// A program that gets too little of something says what it missed, not why: Python, that a package is not
// there.
std::string Fleet::likely_cause(const VersionKey& version) const {
  const ServiceVersion* service = parts_.application.find_version(version.role, version.version);
  if (service == nullptr || ended_at_start_.count(version) == 0) return {};
  const std::string limits = to_text(service->limits);
  if (limits.empty()) return {};
  return "; its limits may be too low for its start (" + limits + " in " + service->service_file + ")";
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
                   parts_.journal.warn(with_last_words(
                       to_text(version) + " ended (" + restart.how + ") and is started again in " +
                           format_duration(restart.pause) + likely_cause(version),
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
  const ServiceVersion& service = *parts_.application.find_version(version.role, version.version);
  const auto allowed = parts_.may_start();
  auto launch = allowed ? parts_.launcher.instance(service, start.instance) : Result<Launch>(allowed.error());
  if (!launch) {
    last_lines_[version] = {launch.error().message};
    return tell(supervision::InstanceFailedToStart{start.instance, launch.error().message});
  }
  expect(start.instance, version, service, launch.value().port);
  admit(std::move(launch.value().admission), service);
  parts_.keeper.spawn(std::move(launch.value().process));
}

Fleet::Process& Fleet::expect(const std::string& instance, const VersionKey& version,
                              const ServiceVersion& service, std::uint16_t port) {
  const auto placed =
      processes_.insert_or_assign(instance, Process{.version = version,
                                                    .rules = service.ready,
                                                    .readiness = supervision::Readiness(service.ready),
                                                    .pid = 0,
                                                    .port = port,
                                                    .question = ""});
  return placed.first->second;
}

void Fleet::admit(Admission admission, const ServiceVersion& service) {
  admission.ready_at_once = !service.ready.ask_for_more();
  parts_.broker.admit(std::move(admission));
}

void Fleet::report_not_ready(const supervision::ReportNotReadyInTime& report) {
  const VersionKey version = to_version(report.key);
  const auto process = processes_.find(report.instance);
  const std::string lacking =
      process == processes_.end() ? "it ended again and again" : process->second.readiness.lacking();
  const std::string reason = with_last_words(
      "it was not ready within " + format_duration(report.readiness) + ": " + lacking + likely_cause(version),
      last_lines_[version]);
  parts_.inputs.emplace_back(rollout::InstanceNotReady{version, reason});
}

std::optional<VersionKey> Fleet::version_of(const std::string& instance) const {
  const auto process = processes_.find(instance);
  if (process == processes_.end()) return std::nullopt;
  return process->second.version;
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
      if (view.state == supervision::State::kStarting) report.lacking = process->second.readiness.lacking();
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
