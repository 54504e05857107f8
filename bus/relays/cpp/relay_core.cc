#include "bus/relays/cpp/relay_core.h"

#include <algorithm>
#include <cstdio>
#include <utility>

#include "base/check.h"
#include "base/ids.h"

namespace exo::relaying {

namespace {

using std::chrono::milliseconds;

// Messages taken before streams, timers and the drained hook get their turn.
constexpr int kMessagesPerTurn = 256;
// How often expired messages are looked for while some wait for credit.
constexpr milliseconds kExpiryCheck{100};
constexpr milliseconds kGlance{5};

// For the last messages of a relay that is destroyed or runs out of time.
constexpr milliseconds kLastLinger{100};

void print_error(std::string_view name, std::string_view /*id*/, const Error& error) {
  const std::string about = name.empty() ? "" : "`" + std::string(name) + "`: ";
  std::fprintf(stderr, "exo relay: %s%s (%s)\n", about.c_str(), error.message.c_str(), error.code.c_str());
}

Asking::Settled settled_when(const RelayOptions& options) {
  return ScriptDuty::for_role(options.role) != nullptr ? Asking::Settled::kWhenDelivered
                                                       : Asking::Settled::kWhenAccepted;
}

}  // namespace

RelayCore::RelayCore(RelayOptions options)
    : options_(std::move(options)),
      on_unhandled_error_(print_error),
      connection_(options_.endpoint, options_.curve,
                  options_.context ? options_.context : std::make_shared<RelayContext>()),
      outbox_({.messages = options_.buffer_messages, .bytes = options_.buffer_bytes}),
      asking_(settled_when(options_), *this),
      script_(ScriptDuty::for_role(options_.role)),
      answering_(*this, {.commands = options_.remembered_commands, .bytes = options_.remembered_reply_bytes},
                 options_.stall_limit),
      id_prefix_(random_id() + "."),
      now_(monotonic_now()),
      last_heard_(now_) {}

RelayCore::~RelayCore() {
  if (!registered()) return;
  send_control(Kind::kGoodbye);
  connection_.close(kLastLinger);
}

void RelayCore::handle(std::string name, Relay::Handler handler) {
  EXO_CHECK(state_ == State::kUnconnected);
  const bool is_new = handlers_.emplace(std::move(name), std::move(handler)).second;
  EXO_CHECK(is_new);
}

void RelayCore::on_drained(std::function<void()> callback, std::size_t every) {
  on_drained_ = std::move(callback);
  drain_every_ = every;
}

void RelayCore::on_unhandled_error(OnUnhandledError callback) {
  on_unhandled_error_ = std::move(callback);
}

Result<void> RelayCore::start() {
  EXO_CHECK(state_ == State::kUnconnected);
  now_ = monotonic_now();
  if (auto opened = connection_.open(); !opened.ok()) return opened;
  register_now();
  return {};
}

void RelayCore::register_now() {
  state_ = State::kRegistering;
  ++connections_;
  bus_reads_packs_ = false;
  last_heard_ = now_;
  register_again_at_.reset();
  Registration registration{.protocols = {kProtocolVersion},
                            .role = options_.role,
                            .version = options_.version,
                            .instance = options_.instance,
                            .token = options_.token,
                            .handles = {},
                            .window = options_.window,
                            .relay = options_.relay,
                            .packs = true,
                            .locks = locks_.restated()};
  for (const auto& [name, handler] : handlers_) registration.handles.push_back(name);
  std::sort(registration.handles.begin(), registration.handles.end());
  send_control(Kind::kRegister, encode_registration(registration));
}

Result<void> RelayCore::poll(milliseconds timeout, int descriptor) {
  EXO_CHECK(!in_turn_);
  EXO_CHECK(state_ != State::kUnconnected);
  const std::uint64_t before = progress_;
  turn();
  if (progress_ == before && !closed() && may_wait(timeout)) {
    connection_.wait(until_next_timer(timeout), descriptor);
    turn();
  }
  return outcome();
}

Result<void> RelayCore::outcome() const {
  if (refusal_) return *refusal_;
  return {};
}

// Who was not let look for long (its program was stopped, or a handler took its time) has not heard what the
// bus said meanwhile, so the silence proves nothing.
void RelayCore::look_at_the_clock() {
  const MonotonicTime before = now_;
  now_ = monotonic_now();
  if (now_ - before >= silence_limit() / 2) last_heard_ = now_;
}

void RelayCore::turn() {
  in_turn_ = true;
  look_at_the_clock();
  connection_.flush();
  pump();  // before receiving: what comes after it is seen by then, and costs no look of its own
  const bool all_taken = receive_some();
  if (answering_.advance_one_stream()) ++progress_;
  if (handled_since_drain_ > 0 && (all_taken || handled_since_drain_ >= drain_every_)) drained();
  release_held();
  flush_handled();
  keep_time();
  pump();
  advance_close();
  tell_of_room();
  in_turn_ = false;
}

// True when nothing more is at hand.
bool RelayCore::receive_some() {
  Payload header;
  Payload payload;
  for (int count = 0; count < kMessagesPerTurn && connection_.is_open(); ++count) {
    const auto received = connection_.receive(header, payload);
    if (received == Connection::Received::kNothing) return true;
    last_heard_ = now_;
    ++progress_;
    if (received == Connection::Received::kMalformed) {
      report_error(Error{"malformed", "a message from the bus has not two frames"});
    } else {
      take_message(header, payload);
    }
    if (handled_since_drain_ >= drain_every_) return false;
  }
  return !connection_.is_open();
}

void RelayCore::drained() {
  handled_since_drain_ = 0;
  if (on_drained_) on_drained_();
}

void RelayCore::flush_handled() {
  if (answering_.handled() == 0) return;
  answering_.take_handled(sequences_);
  for (std::size_t first = 0; first < sequences_.size(); first += kWindowLimit) {
    const std::size_t last = std::min<std::size_t>(first + kWindowLimit, sequences_.size());
    const std::vector<std::uint64_t> some(sequences_.begin() + static_cast<std::ptrdiff_t>(first),
                                          sequences_.begin() + static_cast<std::ptrdiff_t>(last));
    send_control(Kind::kHandled, encode_sequences(some));
  }
}

void RelayCore::pump() {
  if (!registered()) return;
  const MonotonicTime now = monotonic_now();  // handlers may have sent since this turn began
  while (!connection_.clogged()) {
    const Outbox::Command command = outbox_.next();
    if (command == nullptr) break;
    HeaderView header;
    header.kind = Kind::kCommand;
    header.name = command->name;
    header.id = view_id(command->number);
    header.activity_id = command->activity_id;
    header.caused_by = command->caused_by;
    header.version = command->version;
    header.expects = command->expects;
    header.content_type = command->content_type;
    header.handled_errors = command->handled_errors;
    header.redelivered = command->redelivered;
    if (command->deadline) {
      const auto left = std::chrono::ceil<milliseconds>(*command->deadline - now);
      header.timeout_ms = static_cast<std::uint64_t>(std::max<milliseconds::rep>(left.count(), 1));
    }
    if (bus_reads_packs_) {
      connection_.pack(header, command->payload);
    } else {
      connection_.send(header, command->payload.share());
    }
    outbox_.sent(command);
  }
  connection_.send_pack();
}

void RelayCore::keep_time() {
  if (now_ >= next_expiry_check_) take_expired();
  asking_.expire(now_);
  answering_.give_up_stalled(now_);
  keep_alive();
}

// What one of them sends may leave no room for the next, who then waits again; after the end all are refused.
void RelayCore::tell_of_room() {
  if (wait_for_room_.empty() || (outbox_.released() == released_ && !closed())) return;
  released_ = outbox_.released();
  for (const auto& callback : std::exchange(wait_for_room_, {})) callback();
}

// Who polls without waiting, again and again, does not ask the system each time what has just been seen.
bool RelayCore::may_wait(milliseconds timeout) {
  if (timeout.count() == 0 && now_ - last_wait_ < kGlance) return false;
  last_wait_ = now_;
  return true;
}

void RelayCore::take_expired() {
  next_expiry_check_ = now_ + kExpiryCheck;
  for (const auto& command : outbox_.take_expired(now_)) {
    const Error error{"expired", "it waited for its receivers past its deadline"};
    const bool taken = asking_.failed(command->number, error);
    // One that expects a reply has told its asker at its deadline, even when it comes to light later.
    if (!taken && command->expects == Expects::kNone) report_failed(*command, error);
  }
}

void RelayCore::keep_alive() {
  if (register_again_at_ && *register_again_at_ <= now_) bus_lost("");
  if (!connection_.is_open()) return;
  const Connection::News news = connection_.take_news();
  if (news == Connection::News::kKeyRefused) {
    key_refused();
  } else if (news == Connection::News::kHandshakeFailed) {
    handshake_failed();
  } else if (news == Connection::News::kPeerGone) {
    bus_lost("the bus has closed the connection");
  } else if (now_ - last_heard_ >= silence_limit()) {
    bus_lost("the bus has been silent for too long");
  } else if (registered() && now_ - connection_.last_sent() >= heartbeat_) {
    send_control(Kind::kPing);
  }
}

// A bus whose key is another than this program believes cannot read what it says, and hangs up without a
// word. So does one that ends, or that has no room for this program just then, so it is tried again.
void RelayCore::handshake_failed() {
  handshakes_fail_ = !was_registered_;
  bus_lost("the bus has closed the connection");
}

Error RelayCore::no_answer_within(milliseconds time) const {
  if (!handshakes_fail_ || was_registered_) {
    return Error{"no-answer", "the bus at " + options_.endpoint + " has not answered within " +
                                  std::to_string(time.count()) + " ms"};
  }
  const char* why = options_.curve.empty() ? "this program has no keys, which that bus may want"
                                           : "the server key may not be that of this bus";
  return Error{"no-answer", "the bus at " + options_.endpoint + " breaks off each handshake: " + why +
                                "; EXO_CURVE_FILE names them"};
}

// A key is made before its program starts and refused once it has ended, so there is nothing to wait for.
void RelayCore::key_refused() {
  refusal_ =
      Error{"not-admitted", "the bus at " + options_.endpoint + " does not admit the key of " +
                                options_.role + " (" + options_.instance + "); EXO_CURVE_FILE names it"};
  finish(*refusal_, milliseconds(0));
}

// Before the broker has named its heartbeat only our own limit counts.
milliseconds RelayCore::silence_limit() const {
  return registered() ? std::max(3 * heartbeat_, options_.silence_limit) : options_.silence_limit;
}

// Before the first registration there is nothing to lose: it is simply tried again. What may not be sent
// again has an error, for whoever waits for it or for all: nothing vanishes silently.
void RelayCore::bus_lost(const std::string& why) {
  const Error lost{"bus-lost", why};
  if (state_ == State::kDraining || state_ == State::kLeaving) return finish(lost, milliseconds(0));
  if (state_ == State::kRegistered) report_error(lost);
  answering_.connection_lost();
  if (script_ != nullptr) script_->drop_held();
  const auto wanted = [this](const OutgoingCommand& command) {
    return command.expects == Expects::kNone || asking_.waits_for(command.number);
  };
  const auto unsettled = outbox_.connection_lost(wanted, script_ != nullptr);
  const auto reopened = connection_.open();
  EXO_CHECK(reopened.ok());
  register_now();
  const Error taken{"bus-lost", "the bus was lost after it had taken the message"};
  fail_all(unsettled, taken);
  asking_.connection_lost(taken);
}

void RelayCore::fail_all(const std::vector<Outbox::Command>& commands, const Error& why) {
  for (const auto& command : commands) {
    if (!asking_.failed(command->number, why)) report_failed(*command, why);
  }
}

void RelayCore::release_held() {
  if (script_ == nullptr) return;
  script_->release([this](std::uint64_t number) { return asking_.all_settled_below(number); });
}

milliseconds RelayCore::until_next_timer(milliseconds at_most) {
  MonotonicTime next = now_ + at_most;
  const auto no_later_than = [&next](MonotonicTime time) { next = std::min(next, time); };
  no_later_than(last_heard_ + silence_limit());
  no_later_than(now_ + silence_limit() / 4);  // far from what look_at_the_clock() takes for long
  if (registered()) no_later_than(connection_.last_sent() + heartbeat_);
  if (outbox_.unaccepted() > 0) no_later_than(now_ + kExpiryCheck);
  if (const auto deadline = asking_.next_deadline()) no_later_than(*deadline);
  if (register_again_at_) no_later_than(*register_again_at_);
  if (close_by_) no_later_than(*close_by_);
  return std::max(std::chrono::ceil<milliseconds>(next - now_), milliseconds(0));
}

void RelayCore::close() {
  if (close_by_ || closed()) return;
  close_by_ = monotonic_now() + options_.close_timeout;
  if (state_ == State::kRegistered) {
    state_ = State::kDraining;
    send_control(Kind::kDrain);
  } else if (state_ == State::kUnconnected || state_ == State::kRegistering) {
    finish(Error{"closed", "the relay was closed before it had reached the bus"}, milliseconds(0));
  }
}

// No command comes after the broker's `draining`, so what is under way then is all that there will be.
void RelayCore::advance_close() {
  if (!close_by_ || closed()) return;
  const bool all_done =
      drain_confirmed_ && answering_.under_way() == 0 && outbox_.unaccepted() == 0 && !connection_.clogged();
  if (state_ == State::kDraining && all_done) {
    state_ = State::kLeaving;
    send_control(Kind::kGoodbye);
  }
  if (now_ >= *close_by_) {
    finish(Error{"closed", "the relay was closed before this was answered"}, kLastLinger);
  }
}

void RelayCore::finish(const Error& why, milliseconds linger) {
  state_ = State::kClosed;
  locks_.end();  // as everybody knows who has closed it
  connection_.close(linger);
  answering_.abandon_all();
  // What the bus has accepted is in its hands, while there is one.
  if (why.code == "bus-lost") fail_all(outbox_.take_unsettled(), why);
  fail_all(outbox_.take_unaccepted(), why);
  asking_.close(why);
}

}  // namespace exo::relaying
