#include "services/supervision/supervision.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace exo::supervision {

std::string to_text(State state) {
  switch (state) {
    case State::kStarting:
      return "starting";
    case State::kReady:
      return "ready";
    case State::kWaiting:
      return "waiting";
    case State::kStopping:
      return "stopping";
  }
  EXO_CHECK(false);
}

// The table of the header's picture: one function for each event, which looks at the slot's state.
struct Supervision::Taker {
  Supervision& core;

  void operator()(const Wanted& event) const {
    if (core.stopping_everything_) return;
    const auto [entry, is_new] = core.slots_.try_emplace(event.key);
    Slot& slot = entry->second;
    slot.readiness = event.readiness;
    slot.restarts_by = event.restarts;
    slot.stop_within = event.stop_within;
    slot.wanted = true;
    if (is_new) slot.pause = event.restarts.pause;
    if (!is_new) return;
    core.expect_ready(slot);
    if (event.running.empty()) return core.start(event.key, slot);
    core.adopt(slot, event.running);
  }

  void operator()(const Unwanted& event) const {
    const auto entry = core.slots_.find(event.key);
    if (entry == core.slots_.end()) return;
    entry->second.wanted = false;
    if (entry->second.state == State::kWaiting) {
      core.slots_.erase(entry);
    } else {
      core.stop(entry->second);
    }
  }

  // What kept it from coming up may be mended.
  void operator()(const RestartAsked& event) const {
    const auto entry = core.slots_.find(event.key);
    if (entry == core.slots_.end() || !entry->second.wanted) return;
    Slot& slot = entry->second;
    if (slot.state == State::kWaiting) return core.begin_anew(event.key, slot);
    core.stop(slot);
  }

  void operator()(const StopEverything&) const {
    core.stopping_everything_ = true;
    for (auto& [key, slot] : core.slots_) slot.wanted = false;
    std::erase_if(core.slots_, [](const auto& entry) { return entry.second.state == State::kWaiting; });
  }

  // That its process is there changes nothing: it is starting until it is ready.
  void operator()(const InstanceStarted&) const {}

  void operator()(const InstanceFailedToStart& event) const {
    core.ended(core.find(event.instance), event.reason);
  }

  void operator()(const InstanceReady& event) const {
    const auto entry = core.find(event.instance);
    if (entry == core.slots_.end() || entry->second.state != State::kStarting) return;
    entry->second.state = State::kReady;
    entry->second.ready_since = core.now_;
    entry->second.was_ready = true;
    entry->second.ready_by.reset();
  }

  void operator()(const InstanceNotReady& event) const {
    const auto entry = core.find(event.instance);
    if (entry == core.slots_.end() || entry->second.state != State::kReady) return;
    core.forget_failures(entry->second);
    entry->second.state = State::kStarting;
    core.expect_ready(entry->second);
  }

  void operator()(const InstanceExited& event) const { core.ended(core.find(event.instance), event.how); }

  void operator()(const Tick&) const {}
};

std::vector<Action> Supervision::step(const Event& event, MonotonicTime now) {
  now_ = now;
  std::visit(Taker{*this}, event);
  for (auto& [key, slot] : slots_) {
    if (slot.ready_by && *slot.ready_by <= now_) report_not_ready(key, slot);
    if (slot.deadline && *slot.deadline <= now_) act_on_deadline(key, slot);
  }
  if (stopping_everything_) stop_next();
  return std::exchange(actions_, {});
}

std::optional<MonotonicTime> Supervision::next_deadline() const {
  std::optional<MonotonicTime> next;
  for (const auto& [key, slot] : slots_)
    for (const auto& time : {slot.deadline, slot.ready_by})
      if (time && (!next || *time < *next)) next = time;
  return next;
}

bool Supervision::is_ready(const std::string& instance) const {
  return std::any_of(slots_.begin(), slots_.end(), [&instance](const auto& entry) {
    return entry.second.state == State::kReady && entry.second.instance == instance;
  });
}

std::vector<InstanceView> Supervision::view() const {
  std::vector<InstanceView> views;
  for (const auto& [key, slot] : slots_)
    views.push_back({.key = key, .instance = slot.instance, .state = slot.state, .restarts = slot.restarts});
  return views;
}

// A waiting slot's instance has ended: nothing more is to be heard of it.
Supervision::Slots::iterator Supervision::find(const std::string& instance) {
  return std::find_if(slots_.begin(), slots_.end(), [&instance](const auto& entry) {
    return entry.second.instance == instance && entry.second.state != State::kWaiting;
  });
}

void Supervision::start(const Key& key, Slot& slot) {
  const std::uint64_t number = ++numbers_[key];
  slot.state = State::kStarting;
  slot.was_ready = false;
  slot.instance = key.role + "-" + key.version + "-" + host_ + "-" + std::to_string(number);
  slot.started = ++starts_;
  actions_.emplace_back(StartInstance{.key = key, .instance = slot.instance, .number = number});
}

void Supervision::adopt(Slot& slot, const std::string& instance) {
  slot.state = State::kStarting;
  slot.was_ready = true;
  slot.instance = instance;
  slot.started = ++starts_;
}

// Idempotent: a stopping instance is not told twice, and its times do not begin anew.
void Supervision::stop(Slot& slot) {
  if (slot.state == State::kStopping) return;
  slot.state = State::kStopping;
  slot.overdue = false;
  slot.ready_by.reset();
  slot.deadline = now_ + slot.stop_within + kKillPatience;
  actions_.emplace_back(StopInstance{.instance = slot.instance, .grace = slot.stop_within});
}

void Supervision::ended(Slots::iterator entry, const std::string& how) {
  if (entry == slots_.end()) return;
  auto& [key, slot] = *entry;
  if (!slot.wanted) {
    slots_.erase(entry);
    return;
  }
  if (slot.state == State::kStopping) return begin_anew(key, slot);
  if (slot.state == State::kReady) {
    expect_ready(slot);
    forget_failures(slot);
  }
  actions_.emplace_back(
      ReportRestart{.key = key, .instance = slot.instance, .how = how, .pause = slot.pause});
  slot.state = State::kWaiting;
  slot.deadline = now_ + slot.pause;
  slot.pause = std::min(slot.pause * 2, slot.restarts_by.longest_pause);
}

// Unwanted and then wanted again, hung, or changed.
void Supervision::begin_anew(const Key& key, Slot& slot) {
  slot.pause = slot.restarts_by.pause;
  slot.restarts = 0;
  slot.deadline.reset();
  expect_ready(slot);
  start(key, slot);
}

// What was ready for long has made up for how often it ended before.
void Supervision::forget_failures(Slot& slot) const {
  if (now_ - slot.ready_since >= slot.restarts_by.steady_after) slot.pause = slot.restarts_by.pause;
}

void Supervision::expect_ready(Slot& slot) {
  slot.ready_by = now_ + slot.readiness;
}

void Supervision::report_not_ready(const Key& key, Slot& slot) {
  slot.ready_by.reset();
  actions_.emplace_back(
      ReportNotReadyInTime{.key = key, .instance = slot.instance, .readiness = slot.readiness});
  if (slot.state == State::kStarting && slot.was_ready) stop(slot);
}

void Supervision::act_on_deadline(const Key& key, Slot& slot) {
  slot.deadline.reset();
  switch (slot.state) {
    case State::kWaiting:
      ++slot.restarts;
      start(key, slot);
      return;
    case State::kStopping:
      slot.overdue = true;
      actions_.emplace_back(ReportStopOverdue{.key = key, .instance = slot.instance});
      return;
    case State::kStarting:
    case State::kReady:
      break;
  }
  EXO_CHECK(false && "an instance that runs has no deadline but to be ready");
}

// Stops the instance that was started last, unless one is on its way out and in time.
void Supervision::stop_next() {
  Slot* latest = nullptr;
  for (auto& [key, slot] : slots_) {
    if (slot.state == State::kStopping) {
      if (!slot.overdue) return;
    } else if (latest == nullptr || slot.started > latest->started) {
      latest = &slot;
    }
  }
  if (latest != nullptr) return stop(*latest);
  if (slots_.empty() && !std::exchange(told_stopped_, true)) actions_.emplace_back(ReportEverythingStopped{});
}

}  // namespace exo::supervision
