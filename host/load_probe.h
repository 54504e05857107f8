// When a command is asked whether production suffers, and what its end says.
//
//     idle ──due──▶ asked ──ended──▶ idle
//                     └──too late──▶ ended by force ──ended──▶ idle
//
// It is asked at once, and then every so often, but never twice at a time. It has to answer before it would
// be asked again: one that does not counts as slow, and is ended with all that it has started.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/wait_status.h"
#include "deployment-scripts/slowdown.h"
#include "deployment-scripts/throttle_settings.h"

namespace exo {

// A value; one thread. The caller runs the processes.
class LoadProbe {
 public:
  explicit LoadProbe(CommandSignal signal) : signal_(std::move(signal)) {}

  const CommandSignal& signal() const { return signal_; }
  // Says so once each time that it is due; the process that the caller starts then is the one that is asked.
  bool take_due(MonotonicTime now);
  // Once, when the process is to be ended since it is too late, with what that says.
  std::optional<LoadSample> take_overdue(MonotonicTime now);
  // It has ended; nullopt where that says nothing, since it was too late. `last_words`: its last line.
  std::optional<LoadSample> ended(const WaitStatus& status, const std::string& last_words);
  // It could not be started.
  LoadSample could_not_start(const std::string& reason);
  MonotonicTime wake_at() const;

 private:
  enum class Place { kIdle, kAsked, kTooLate };

  std::string quoted() const;
  LoadSample unknown(const std::string& why) const;

  CommandSignal signal_;
  Place place_ = Place::kIdle;
  MonotonicTime due_at_{};  // and too late at
};

}  // namespace exo
