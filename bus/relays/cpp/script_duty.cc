#include "bus/relays/cpp/script_duty.h"

namespace exo::relaying {

namespace {

bool ends_with(std::string_view text, std::string_view ending) {
  return text.size() >= ending.size() && text.substr(text.size() - ending.size()) == ending;
}

}  // namespace

std::unique_ptr<ScriptDuty> ScriptDuty::for_role(const std::string& role) {
  if (role.rfind("deployment-", 0) != 0) return nullptr;
  return std::unique_ptr<ScriptDuty>(new ScriptDuty(role + "-"));
}

bool ScriptDuty::is_own(std::string_view name) const {
  return name.substr(0, prefix_.size()) == prefix_;
}

bool ScriptDuty::waits_for_all(std::string_view name) const {
  return is_own(name) && (ends_with(name, "-done") || ends_with(name, "-checkpoint"));
}

void ScriptDuty::delivered(std::string_view name, const Answering::Pending& pending) {
  constexpr std::string_view kStart = "-start";
  if (!is_own(name) || !ends_with(name, kStart)) return;
  phase_ = name.substr(0, name.size() - kStart.size());
  running_ = pending;
}

void ScriptDuty::release(const std::function<bool(std::uint64_t)>& all_settled_below) {
  while (!held_.empty() && all_settled_below(held_.front().number)) {
    const auto release = std::move(held_.front().release);
    held_.pop_front();
    release();
  }
}

}  // namespace exo::relaying
