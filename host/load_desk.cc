#include "host/load_desk.h"

#include <algorithm>
#include <chrono>

#include "base/overloaded.h"
#include "host/last_words.h"

namespace exo {
namespace {

// How often the broker tells how long commands took: the grain of each window.
constexpr std::chrono::milliseconds kAskBrokerEvery{1000};
// How long a new attempt may run before its signal is looked at.
constexpr std::chrono::milliseconds kLookEvery{250};
// It has nothing to finish.
constexpr StopTimes kEndCommand{.term_after = std::chrono::milliseconds{0},
                                .kill_after = std::chrono::milliseconds{1000}};

}  // namespace

void LoadDesk::drive(MonotonicTime now) {
  if (now >= look_at_) {
    look_at_ = now + kLookEvery;
    follow_wanted();
  }
  ask_broker(now);
  for (auto& [attempt, watched] : watched_) ask(attempt, watched, now);
}

void LoadDesk::follow_wanted() {
  std::set<rollout::AttemptId> wanted_now;
  for (const rollout::WantedSignal& wanted : parts_.rollout.wanted_signals()) {
    wanted_now.insert(wanted.key->id);
    if (watched_.count(wanted.key->id) == 0) watched_.emplace(wanted.key->id, watched_for(wanted));
  }
  for (auto watched = watched_.begin(); watched != watched_.end();) {
    if (wanted_now.count(watched->first) > 0) {
      ++watched;
      continue;
    }
    if (const Probe* probe = std::get_if<Probe>(&watched->second.signal)) end(probe->process);
    watched = watched_.erase(watched);
  }
}

LoadDesk::Watched LoadDesk::watched_for(const rollout::WantedSignal& wanted) const {
  return std::visit(
      Overloaded{[](const P99Signal& p99) { return Watched{.signal = LoadWindow(p99), .command = {}}; },
                 [&](const CommandSignal& signal) {
                   return Watched{.signal = Probe{.probe = LoadProbe(signal), .process = ""},
                                  .command = [this, key = *wanted.key, script = *wanted.script,
                                              command = signal.command](const std::string& id) {
                                    return parts_.launcher.load_command(key, script, command, id);
                                  }};
                 }},
      *wanted.signal);
}

// A name that several want is asked for once, for who waits for the shortest time of theirs.
void LoadDesk::ask_broker(MonotonicTime now) {
  std::map<std::string, std::chrono::nanoseconds> names;
  for (const auto& [attempt, watched] : watched_) {
    const auto* window = std::get_if<LoadWindow>(&watched.signal);
    if (window == nullptr) continue;
    const auto [name, is_new] = names.emplace(window->signal().message, window->signal().above);
    if (!is_new) name->second = std::min<std::chrono::nanoseconds>(name->second, window->signal().above);
  }
  if (names.empty()) {
    if (ask_broker_at_) parts_.broker.measure_load({});
    ask_broker_at_.reset();
    return;
  }
  if (ask_broker_at_ && now < *ask_broker_at_) return;
  ask_broker_at_ = now + kAskBrokerEvery;
  std::vector<LoadQuestion> questions;
  questions.reserve(names.size());
  for (const auto& [name, above] : names) questions.push_back({.name = name, .waits_over = above});
  parts_.broker.measure_load(std::move(questions));
}

void LoadDesk::take(const LoadSeen& seen, MonotonicTime now) {
  for (auto& [attempt, watched] : watched_) {
    auto* window = std::get_if<LoadWindow>(&watched.signal);
    if (window == nullptr) continue;
    for (const LoadReport& report : seen.reports) {
      if (report.name != window->signal().message) continue;
      window->add(report, now);
      tell(attempt, window->sample());
    }
  }
}

void LoadDesk::ask(const rollout::AttemptId& attempt, Watched& watched, MonotonicTime now) {
  Probe* probe = std::get_if<Probe>(&watched.signal);
  if (probe == nullptr) return;
  if (auto sample = probe->probe.take_overdue(now)) {
    end(probe->process);
    tell(attempt, *std::move(sample));
  }
  if (!probe->probe.take_due(now)) return;
  if (const auto started = start(*probe, watched); !started) {
    tell(attempt, probe->probe.could_not_start(started.error().message));
  }
}

Result<void> LoadDesk::start(Probe& probe, const Watched& watched) {
  if (const auto may = parts_.may_start(); !may) return may;
  const std::string id = "load-" + parts_.host_id + "-" + std::to_string(++started_);
  auto spec = watched.command(id);
  if (!spec) return spec.error();
  probe.process = id;
  processes_.insert(id);
  parts_.keeper.spawn(std::move(spec).value());
  return {};
}

void LoadDesk::end(const std::string& process) {
  if (!process.empty()) parts_.keeper.stop(process, kEndCommand);
}

std::pair<const rollout::AttemptId, LoadDesk::Watched>* LoadDesk::finished(const std::string& process) {
  processes_.erase(process);
  for (auto& each : watched_) {
    Probe* probe = std::get_if<Probe>(&each.second.signal);
    if (probe == nullptr || probe->process != process) continue;
    probe->process.clear();
    return &each;
  }
  return nullptr;
}

bool LoadDesk::failed_to_start(const ProcessFailedToStart& event) {
  if (!owns(event.id)) return false;
  if (auto* watched = finished(event.id)) {
    tell(watched->first, std::get<Probe>(watched->second.signal).probe.could_not_start(event.message));
  }
  return true;
}

bool LoadDesk::exited(const ProcessExited& event) {
  if (!owns(event.id)) return false;
  if (auto* watched = finished(event.id)) {
    auto sample =
        std::get<Probe>(watched->second.signal).probe.ended(event.status, last_words(event.last_lines));
    if (sample) tell(watched->first, *std::move(sample));
  }
  return true;
}

void LoadDesk::tell(const rollout::AttemptId& attempt, LoadSample sample) {
  parts_.inputs.emplace_back(rollout::LoadSampled{.id = attempt, .sample = std::move(sample)});
}

std::optional<MonotonicTime> LoadDesk::wake_at() const {
  std::optional<MonotonicTime> earliest = ask_broker_at_;
  for (const auto& [attempt, watched] : watched_) {
    const Probe* probe = std::get_if<Probe>(&watched.signal);
    if (probe != nullptr && (!earliest || probe->probe.wake_at() < *earliest)) {
      earliest = probe->probe.wake_at();
    }
  }
  return earliest == MonotonicTime::max() ? std::nullopt : earliest;
}

}  // namespace exo
