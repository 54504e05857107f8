// When an instance is ready: its relay has registered, and whatever its service.yml asks beyond that holds. A
// pure core: it is told what happened and says what to ask; the host asks.
//
//     ready:
//       port: true            PORT takes a connection
//       text: listening on    a line of its output has held this
//       message: todo.health  it answers this message, which exo sends to this instance
//       every: 5s             how often port and message are asked again once it is ready
//       failures: 3           so many in a row, and it is not ready any more
//       answer-within: 5s     the answer to the message
//
// Whoever falls silent on the bus is not ready until it is heard again, whatever is asked. Text is said once
// and stays said. An error is an answer to a message that says no. A stopped process still takes connections,
// since the kernel does that for it: who wants to notice one sooner than the bus does asks for a message.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"

namespace exo::supervision {

// How often what does not hold yet is asked again.
inline constexpr std::chrono::milliseconds kAskAgainAfter{100};
// How long a message may go unanswered.
inline constexpr std::chrono::milliseconds kDefaultAnswerWithin{5'000};
inline constexpr std::chrono::milliseconds kDefaultHealthInterval{5'000};
inline constexpr unsigned kDefaultHealthFailures = 3;

struct ReadinessRules {
  bool port = false;
  std::string text;     // empty: not asked
  std::string message;  // empty: not asked
  std::chrono::milliseconds every = kDefaultHealthInterval;
  unsigned failures = kDefaultHealthFailures;
  std::chrono::milliseconds answer_within = kDefaultAnswerWithin;

  // Whether registering is not enough.
  bool ask_for_more() const { return port || !text.empty() || !message.empty(); }
  bool operator==(const ReadinessRules&) const = default;
};

// What the host finds out by asking.
enum class Probe { kPort, kMessage };

// One instance, from its start to its end. Not thread-safe. Times never go back between calls.
class Readiness {
 public:
  explicit Readiness(ReadinessRules rules);

  void registered();
  void lost();                  // its relay has no connection any more
  void silent(bool is_silent);  // nothing is heard of its relay, not even a ping
  void text_said();             // a line of its output has held the text
  // The answer to a probe that take_due() gave. Answers that come too late are ignored.
  void succeeded(Probe probe, MonotonicTime now);
  void failed(Probe probe, const std::string& reason, MonotonicTime now);

  // What to ask now. Each is given again only when it was answered, or its time for an answer has passed.
  std::vector<Probe> take_due(MonotonicTime now);
  std::optional<MonotonicTime> wake_at() const;

  bool ready() const;
  bool has_registered() const { return registered_; }
  // What is not as it should be, for people; empty when it is ready.
  std::string lacking() const;

 private:
  // One of the things that are asked.
  struct Check {
    Probe probe = Probe::kPort;
    bool holds = false;
    unsigned failures = 0;  // in a row
    std::string reason;     // of the last failure
    std::optional<MonotonicTime> asked;
    std::optional<MonotonicTime> next;  // absent: at once
  };

  Check* find(Probe probe);
  void settle(Check& check, MonotonicTime now);
  void fail(Check& check, const std::string& reason, MonotonicTime now);
  bool may_ask(const Check& check) const;

  ReadinessRules rules_;
  bool registered_ = false;
  bool silent_ = false;
  bool text_said_;
  std::vector<Check> checks_;
};

}  // namespace exo::supervision
