// Which activity the messages sent in a handler or callback belong to, and what caused them.
#pragma once

#include <string>
#include <utility>

namespace exo::relaying {

// Where an application's code is while it runs. Empty texts outside of handlers and callbacks.
struct ActivityPlace {
  std::string activity_id;
  std::string caused_by;  // the id of the command whose handler this is, or in whose handler it was asked
};

// Sets a variable for its own lifetime.
class ActivityScope {
 public:
  ActivityScope(ActivityPlace& variable, ActivityPlace place)
      : variable_(variable), before_(std::exchange(variable, std::move(place))) {}
  ~ActivityScope() { variable_ = std::move(before_); }
  ActivityScope(const ActivityScope&) = delete;
  ActivityScope& operator=(const ActivityScope&) = delete;

 private:
  ActivityPlace& variable_;
  ActivityPlace before_;
};

}  // namespace exo::relaying
