// The commands of a relay that somebody waits for: their replies, errors and deadlines.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "bus/relays/cpp/outbox.h"
#include "bus/relays/cpp/relay.h"
#include "bus/relays/cpp/settlement.h"
#include "bus/wire/header.h"

namespace exo::relaying {

// One command that is waited for.
struct Question {
  Outbox::Command command;
  Pages pages = Pages::kGathered;
  OnAnswer on_answer;    // set exactly when a reply is expected
  OnSettled on_settled;  // or this, or neither

  bool accepted = false;
  bool settled = false;
  bool answered = false;
  std::uint64_t pages_taken = 0;
  Value::List gathered;

  bool gathers() const { return command->expects == Expects::kOne && pages == Pages::kGathered; }
};

// What Asking needs from the relay around it.
class QuestionSink {
 public:
  virtual ~QuestionSink() = default;
  // The flow control of a streamed reply.
  virtual void send_window(const Outbox::Command& command, std::uint64_t pages) = 0;
  // Nobody wants this command's answer any more: it is not to be sent, or is cancelled at the bus.
  virtual void stop(const Outbox::Command& command) = 0;
};

// Keeps the questions and calls their callbacks, each as often as its contract says. For one thread;
// callbacks may ask further questions and cancel any. The sink must outlive it.
//
// For deployment scripts every command is a question, settled when it was delivered or failed; elsewhere a
// command is settled when the bus has accepted it.
class Asking {
 public:
  enum class Settled : std::uint8_t { kWhenAccepted, kWhenDelivered };

  Asking(Settled settled, QuestionSink& sink) : settled_(settled), sink_(sink) {}

  void add(Question question);
  // Each does nothing for numbers that are not waited for.
  void accepted(std::uint64_t number);
  void delivered(std::uint64_t number);
  void replied(std::uint64_t number, const HeaderView& header, Result<Value> payload);
  // Whether a callback took the error.
  bool failed(std::uint64_t number, const Error& error);
  // Ends the waiting for a reply with this error, and stops the command. Nothing once it was answered.
  void give_up(std::uint64_t number, const Error& error);
  // One more page of it was taken.
  void go_on(std::uint64_t number);
  // Whether a reply to it is still awaited.
  bool waits_for(std::uint64_t number) const;

  // The Outbox has lost its connection. What it sends again is asked anew; what it does not, and was
  // accepted, fails with `error`.
  void connection_lost(const Error& error);
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
  void gather(std::uint64_t number, const HeaderView& header, Value payload);
  void add_deadline(const OutgoingCommand& command);

  Settled settled_;
  QuestionSink& sink_;
  std::unordered_map<std::uint64_t, Question> questions_;
  std::vector<Deadline> deadlines_;  // a heap, its earliest first; some are of questions that are over
  Settlement settlement_;
};

}  // namespace exo::relaying
