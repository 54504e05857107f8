// The relay behind exo::Relay: its state, and one turn of its loop.
#pragma once

#include <memory>
#include <memory_resource>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/relays/cpp/activity_scope.h"
#include "bus/relays/cpp/answering.h"
#include "bus/relays/cpp/asking.h"
#include "bus/relays/cpp/connection.h"
#include "bus/relays/cpp/held_locks.h"
#include "bus/relays/cpp/outbox.h"
#include "bus/relays/cpp/relay.h"
#include "bus/relays/cpp/script_duty.h"

namespace exo::relaying {

// Glues together what decides (Outbox, Asking, Answering, ScriptDuty) and the socket. Its states:
//
//   unconnected ─ connect ─▶ registering ─ registered ─▶ registered ─ close ─▶ draining ─ all done ─▶ leaving
//                              ▲   │                         │                    │                     │
//                              │   └─ refused ─▶ closed      │                    └── time is up ──▶ closed
//                              └──── the bus was lost ◀──────┘ (goodbye)
//
// A bus that is lost while leaving or draining is not looked for again. For one thread.
class RelayCore final : public AnswerSink, public QuestionSink {
 public:
  explicit RelayCore(RelayOptions options);
  ~RelayCore() override;

  void handle(std::string name, Relay::Handler handler);
  void on_drained(std::function<void()> callback, std::size_t every);
  void on_unhandled_error(OnUnhandledError callback);

  Result<void> start();
  Result<void> poll(std::chrono::milliseconds timeout, int descriptor);
  // The refusal that ended it, if one did.
  Result<void> outcome() const;
  // What to say of a bus that has not let us in by then.
  Error no_answer_within(std::chrono::milliseconds time) const;
  void close();
  bool closed() const { return state_ == State::kClosed; }
  bool registered() const { return state_ == State::kRegistered || state_ == State::kDraining; }
  bool started() const { return state_ != State::kUnconnected; }
  const std::string& endpoint() const { return options_.endpoint; }
  bool is_script() const { return script_ != nullptr; }
  HeldLocks& locks() { return locks_; }
  std::string last_id() const { return last_taken_ == 0 ? "" : id_of(last_taken_); }
  std::size_t frame_limit() const override { return frame_limit_; }
  bool when_there_is_room(std::function<void()> callback);
  std::size_t unaccepted() const { return outbox_.unaccepted(); }
  std::size_t unsettled() const { return outbox_.unsettled(); }

  // The number of the command: what cancel() and waits_for() want.
  Result<std::uint64_t> send(std::string_view name, const Value& payload, const RequestOptions& options,
                             OnAnswer on_answer, OnSettled on_settled);
  void cancel(std::uint64_t number);
  void go_on(std::uint64_t number) { asking_.go_on(number); }
  bool waits_for(std::uint64_t number) const { return asking_.waits_for(number); }

 private:
  enum class State : std::uint8_t { kUnconnected, kRegistering, kRegistered, kDraining, kLeaving, kClosed };

  // ---- the loop (relay_core.cc)
  void look_at_the_clock();
  void turn();
  bool receive_some();
  void drained();
  void flush_handled();
  void pump();
  bool may_wait(std::chrono::milliseconds timeout);
  void keep_time();
  void take_expired();
  void keep_alive();
  std::chrono::milliseconds silence_limit() const;
  void release_held();
  std::chrono::milliseconds until_next_timer(std::chrono::milliseconds at_most);
  void advance_close();
  void tell_of_room();
  void finish(const Error& why, std::chrono::milliseconds linger);
  void register_now();
  void bus_lost(const std::string& why);
  void fail_all(const std::vector<Outbox::Command>& commands, const Error& why);

  // ---- what comes in (relay_messages.cc)
  void take_message(const Payload& header_frame, const Payload& payload);
  bool read(std::span<const std::byte> bytes, HeaderView& header);
  void unpack(std::string_view pack);
  void dispatch(const HeaderView& header, std::string_view payload);
  void take_registered(std::string_view payload);
  void take_refused(const HeaderView& header);
  void key_refused();
  void handshake_failed();
  void take_credit(std::string_view payload);
  void take_command(const HeaderView& header, std::string_view payload);
  void take_delivered(std::string_view payload);
  void take_error(const HeaderView& header);
  void tell_lost(const std::vector<HeldLocks::Lost>& lost, const Error& loss);
  void report_error(std::string_view name, std::string_view id, const Error& error);
  void report_error(const Error& error) { report_error("", "", error); }  // of no command
  void report_failed(const OutgoingCommand& command, const Error& error);
  std::string id_of(std::uint64_t number) const { return id_prefix_ + std::to_string(number); }
  // The same, valid until the next call: for those of every command, which need no memory of their own.
  std::string_view view_id(std::uint64_t number);
  std::optional<std::uint64_t> number_of(std::string_view id) const;

  // ---- what goes out (relay_sending.cc)
  void send_reply(const HeaderView& header, Payload payload) override;
  void send_failed(std::uint64_t sequence, std::string_view code, std::string_view reason) override;
  bool hold_back(const Answering::Pending& pending, std::string_view name, const Value& payload,
                 bool more) override;
  Result<void> take_room(std::size_t bytes, std::string_view name) override {
    return outbox_.take_room(bytes, name);
  }
  void give_room(std::size_t bytes) override { outbox_.give_room(bytes); }
  void send_control(Kind kind, Payload payload = Payload());
  void send_window(const Outbox::Command& command, std::uint64_t pages) override;
  void stop(const Outbox::Command& command) override;
  Outbox::Command make_command(std::string_view name, const SendOptions& options);
  Result<void> add_command(const Outbox::Command& command);
  void ask(const Outbox::Command& command, Pages pages, OnAnswer on_answer, OnSettled on_settled);
  OnAnswer within(const ActivityPlace& place, OnAnswer callback);
  OnSettled within(const ActivityPlace& place, OnSettled callback);
  void fail_attempt(const std::string& reason);

  std::pmr::unsynchronized_pool_resource commands_memory_;  // outlives all that hold commands
  RelayOptions options_;
  std::unordered_map<std::string, Relay::Handler> handlers_;
  std::function<void()> on_drained_;
  std::size_t drain_every_ = 1000;
  std::vector<std::function<void()>> wait_for_room_;
  OnUnhandledError on_unhandled_error_;

  State state_ = State::kUnconnected;
  Connection connection_;
  Outbox outbox_;
  Asking asking_;
  std::unique_ptr<ScriptDuty> script_;  // null unless this is a script's relay
  Answering answering_;
  HeldLocks locks_;
  std::optional<Error> refusal_;
  bool was_registered_ = false;
  bool handshakes_fail_ = false;  // before that
  bool drain_confirmed_ = false;
  bool in_turn_ = false;
  bool bus_reads_packs_ = false;
  std::uint64_t connections_ = 0;

  std::string id_prefix_;  // of message ids: unique in the environment
  std::string viewed_id_;
  std::uint64_t commands_ = 0;
  std::uint64_t last_taken_ = 0;  // of the commands
  std::uint64_t replies_ = 0;
  ActivityPlace place_;  // of the handler or callback that runs
  std::size_t handled_since_drain_ = 0;
  std::uint64_t progress_ = 0;  // rises when there was something to do: then poll() does not wait

  MonotonicTime now_;
  MonotonicTime last_heard_;
  MonotonicTime last_wait_{};
  MonotonicTime next_expiry_check_{};
  std::chrono::milliseconds heartbeat_{5000};
  std::size_t frame_limit_ = kPayloadLimitBytes;
  std::uint64_t released_ = 0;  // by the outbox, when room was looked for last
  std::optional<MonotonicTime> register_again_at_;
  std::optional<MonotonicTime> close_by_;
  std::vector<std::uint64_t> sequences_;  // reused
};

}  // namespace exo::relaying
