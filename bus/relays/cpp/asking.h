// The commands of a relay that somebody waits for: their replies, errors and deadlines.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <queue>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "bus/relays/cpp/relay.h"
#include "bus/relays/cpp/settlement.h"
#include "bus/wire/header.h"

namespace exo::relaying {

// One command that is waited for.
struct Question {
  std::uint64_t number = 0;  // of its OutgoingCommand
  std::string id;
  Expects expects = Expects::kNone;
  Pages pages = Pages::kGathered;
  std::optional<MonotonicTime> deadline;
  bool for_exo = false;
  OnAnswer on_answer;    // set exactly when a reply is expected
  OnSettled on_settled;  // or this, or neither

  bool accepted = false;
  bool settled = false;
  bool answered = false;
  std::uint64_t pages_taken = 0;
  Value::List gathered;
};

// Keeps the questions and calls their callbacks, each as often as its contract says. For one thread;
// callbacks may ask further questions.
//
// For deployment scripts every command is a question, settled when it was delivered or failed; elsewhere a
// command is settled when the bus has accepted it.
class Asking {
 public:
  enum class Settled : std::uint8_t { kWhenAccepted, kWhenDelivered };
  // Sends the flow control of a streamed reply.
  using SendWindow = std::function<void(std::string_view id, std::uint64_t pages)>;

  Asking(Settled settled, SendWindow send_window) : settled_(settled), send_window_(std::move(send_window)) {}

  void add(Question question);
  // Each does nothing for numbers that are not waited for.
  void accepted(std::uint64_t number);
  void delivered(std::uint64_t number);
  void replied(std::uint64_t number, const HeaderView& header, Result<Value> payload);
  // Whether a callback took the error.
  bool failed(std::uint64_t number, const Error& error);

  // Fails with `bus-lost` what was accepted and is still waited for. Returns those that no callback took.
  std::vector<Error> connection_lost();
  // Fails everything.
  void close(const Error& error);
  void expire(MonotonicTime now);
  std::optional<MonotonicTime> next_deadline();

  // Whether all commands with numbers below are settled. Only known for scripts.
  bool all_settled_below(std::uint64_t number) const { return settlement_.all_settled_below(number); }
  bool empty() const { return questions_.empty(); }

 private:
  using Deadline = std::pair<MonotonicTime, std::uint64_t>;

  void settle(std::uint64_t number);
  void erase_when_over(std::uint64_t number);
  void give(std::uint64_t number, Result<Answer> answer);

  Settled settled_;
  SendWindow send_window_;
  std::unordered_map<std::uint64_t, Question> questions_;
  std::priority_queue<Deadline, std::vector<Deadline>, std::greater<>>
      deadlines_;  // also of those that are over
  Settlement settlement_;
};

}  // namespace exo::relaying
