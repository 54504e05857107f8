// Which activity the messages sent in a handler or callback belong to.
#pragma once

#include <string>
#include <utility>

namespace exo::relaying {

// Sets a variable for its own lifetime.
class ActivityScope {
 public:
  ActivityScope(std::string& variable, std::string activity)
      : variable_(variable), before_(std::exchange(variable, std::move(activity))) {}
  ~ActivityScope() { variable_ = std::move(before_); }
  ActivityScope(const ActivityScope&) = delete;
  ActivityScope& operator=(const ActivityScope&) = delete;

 private:
  std::string& variable_;
  std::string before_;
};

}  // namespace exo::relaying
