// What the relay of a deployment script owes the host: to say "done" only when it is.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "bus/relays/cpp/answering.h"

namespace exo::relaying {

// Knows the names that a script and the host use, holds `done` and `checkpoint` back until everything given
// before is settled, and counts the errors that the script's own code took care of. For one thread.
class ScriptDuty {
 public:
  // The duty of a relay with this role: null when it is not a script's ("deployment-<role>-<version>").
  static std::unique_ptr<ScriptDuty> for_role(const std::string& role);

  // Whether this is a name of the script's own, which goes to the host.
  bool is_own(std::string_view name) const;
  // Whether messages of this name wait for everything before them: `…-done` and `…-checkpoint`.
  bool waits_for_all(std::string_view name) const;

  // A command was delivered; remembers the start of a phase.
  void delivered(std::string_view name, const Answering::Pending& pending);
  // The command that started the running phase, or null; and the name with which its failure is told.
  Answering::Pending running() const { return running_.lock(); }
  std::string failed_name() const { return phase_ + "-failed"; }

  // Keeps a message until all commands with numbers below are settled.
  void hold(std::uint64_t number, std::function<void()> release) {
    held_.push_back({number, std::move(release)});
  }
  // Releases those whose time has come, in order. Releasing may hold further ones.
  void release(const std::function<bool(std::uint64_t)>& all_settled_below);
  void drop_held() { held_.clear(); }

  void error_was_handled() { ++handled_errors_; }
  std::uint64_t handled_errors() const { return handled_errors_; }

 private:
  struct Held {
    std::uint64_t number;
    std::function<void()> release;
  };

  explicit ScriptDuty(std::string prefix) : prefix_(std::move(prefix)) {}

  std::string prefix_;  // "deployment-todo-search-0.0.1-"
  std::string phase_;   // "deployment-todo-search-0.0.1-online"; empty before the first start
  std::weak_ptr<PendingAnswer> running_;
  std::deque<Held> held_;
  std::uint64_t handled_errors_ = 0;
};

}  // namespace exo::relaying
