#include "services/supervision/readiness.h"

#include <algorithm>
#include <utility>

namespace exo::supervision {

Readiness::Readiness(ReadinessRules rules) : rules_(std::move(rules)), text_said_(rules_.text.empty()) {
  if (rules_.port) checks_.push_back({.probe = Probe::kPort});
  if (!rules_.message.empty()) checks_.push_back({.probe = Probe::kMessage});
}

void Readiness::registered() {
  registered_ = true;
  silent_ = false;
}

void Readiness::silent(bool is_silent) {
  silent_ = is_silent;
}

// Whoever registers again has to show again that it answers.
void Readiness::lost() {
  registered_ = false;
  if (Check* check = find(Probe::kMessage)) *check = {.probe = Probe::kMessage};
}

void Readiness::text_said() {
  text_said_ = true;
}

void Readiness::succeeded(Probe probe, MonotonicTime now) {
  Check* check = find(probe);
  if (check == nullptr || !check->asked) return;
  check->holds = true;
  check->failures = 0;
  check->reason.clear();
  settle(*check, now);
}

void Readiness::failed(Probe probe, const std::string& reason, MonotonicTime now) {
  Check* check = find(probe);
  if (check != nullptr && check->asked) fail(*check, reason, now);
}

std::vector<Probe> Readiness::take_due(MonotonicTime now) {
  std::vector<Probe> due;
  for (Check& check : checks_) {
    if (check.asked && now - *check.asked >= rules_.answer_within) fail(check, "no answer", now);
    if (!may_ask(check) || (check.next && now < *check.next)) continue;
    check.asked = now;
    due.push_back(check.probe);
  }
  return due;
}

std::optional<MonotonicTime> Readiness::wake_at() const {
  std::optional<MonotonicTime> earliest;
  for (const Check& check : checks_) {
    std::optional<MonotonicTime> time;
    if (check.asked) {
      time = *check.asked + rules_.answer_within;
    } else if (may_ask(check)) {
      time = check.next.value_or(MonotonicTime{});
    }
    if (time && (!earliest || *time < *earliest)) earliest = time;
  }
  return earliest;
}

bool Readiness::ready() const {
  return registered_ && !silent_ && text_said_ &&
         std::all_of(checks_.begin(), checks_.end(), [](const Check& check) { return check.holds; });
}

std::string Readiness::lacking() const {
  if (!registered_) return "its relay has not joined the bus";
  if (silent_) return "nothing is heard of it on the bus";
  if (!text_said_) return "it has not said \"" + rules_.text + "\"";
  for (const Check& check : checks_) {
    if (check.holds) continue;
    const std::string why = check.reason.empty() ? "" : " (" + check.reason + ")";
    return check.probe == Probe::kPort ? "its port takes no connection" + why
                                       : "it does not answer " + rules_.message + why;
  }
  return "";
}

Readiness::Check* Readiness::find(Probe probe) {
  const auto found = std::find_if(checks_.begin(), checks_.end(),
                                  [probe](const Check& check) { return check.probe == probe; });
  return found == checks_.end() ? nullptr : &*found;
}

void Readiness::settle(Check& check, MonotonicTime now) {
  check.asked.reset();
  check.next = now + (check.holds ? rules_.every : std::min(rules_.every, kAskAgainAfter));
}

// One lost answer is no illness.
void Readiness::fail(Check& check, const std::string& reason, MonotonicTime now) {
  check.reason = reason;
  ++check.failures;
  if (check.failures >= rules_.failures) check.holds = false;
  settle(check, now);
}

bool Readiness::may_ask(const Check& check) const {
  return !check.asked && (check.probe == Probe::kPort || registered_);
}

}  // namespace exo::supervision
