// A relay joins a program to an exo bus: it takes commands and answers them, sends commands and gets answers.
//
//   exo::Relay relay(options);
//   relay.handle("todo.add", [&](const exo::Command& command, exo::Reply reply) {
//     const auto title = command.payload.string_at("title");
//     if (!title.ok()) return reply.error(title.error().message);
//     reply.send("todo.added", exo::Value::map({{"id", store(*title.value())}}));
//   });
//   return relay.run();
//
// Everything happens on the thread that calls run() or poll(): handlers, callbacks, timers. docs/protocol.md
// says what travels; this header says what an application sees of it.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bus/relays/cpp/lock.h"
#include "bus/relays/cpp/relay_options.h"
#include "bus/relays/cpp/reply.h"
#include "bus/relays/cpp/request.h"
#include "bus/relays/cpp/value.h"
#include "bus/wire/header.h"

namespace exo {

namespace relaying {
class RelayCore;
}

// One program's relay. For one thread; owns its socket, and closes it when destroyed (what is under way is
// then lost: close() and run() until it returns lose nothing). Handlers and callbacks may call everything but
// run(), poll(), connect() and ask(). An exception that leaves a handler fails that command; callbacks must
// not throw.
//
// A lost bus is found again by itself. What it had not accepted is sent again; what it had accepted and not
// settled is sent again where every receiver takes it at least once, and otherwise fails with `bus-lost`: at
// the callback that waits for it, else at on_unhandled_error().
class Relay {
 public:
  using Options = RelayOptions;
  using Handler = std::function<void(const Command&, Reply)>;

  explicit Relay(Options options);
  ~Relay();
  Relay(const Relay&) = delete;
  Relay& operator=(const Relay&) = delete;

  // ---- before connecting

  // Takes the commands of this name. One handler a name; a second is a bug.
  void handle(std::string name, Handler handler);
  // Called when commands have been handled since the last call and no message is immediately at hand, or
  // after every `every` of them: the moment to commit and to complete the replies that were kept.
  void on_drained(std::function<void()> callback, std::size_t every = 1000);
  // Takes the errors of commands whose sender did not ask for them. By default they are printed to standard
  // error.
  void on_unhandled_error(std::function<void(std::string_view name, const Error&)> callback);
  // The same for who must know which of its commands has failed: `id` is as last_id() told it, and empty with
  // the name where the error is of no command.
  void on_unhandled_error(OnUnhandledError callback);

  // ---- running

  // Connects and registers. Error codes: those of a refusal ("not-admitted", …), "bad-endpoint", and
  // "no-answer" when nobody has answered within `timeout`, after which the relay goes on trying.
  Result<void> connect(std::chrono::milliseconds timeout);
  // Connects if need be and handles messages until the relay is closed, or refused (then an Error).
  Result<void> run();
  // The same, and closes the relay on SIGTERM or SIGINT, which it blocks for this and all later threads.
  Result<void> run_until_signal();
  // Handles what is at hand, waiting up to `timeout` for something when nothing is.
  Result<void> poll(std::chrono::milliseconds timeout);
  // Asks for no more commands, lets those under way finish, sends what waits, and leaves. Returns at once;
  // the end is seen as closed(), and run() returns.
  void close();
  bool closed() const;
  bool registered() const;

  // ---- sending

  // What one message carries at most, as it is encoded; longer lists are streamed, or sent in parts.
  static constexpr std::size_t kPayloadLimit = kPayloadLimitBytes;
  // The same as the bus has told it; kPayloadLimit until it has.
  std::size_t frame_limit() const;

  // Sends a command that expects no reply. Errors at once: `too-large` (over frame_limit()), `overloaded`
  // (too much waits for the bus: a Pipeline sends at its pace), `closed`; nothing was sent then.
  Result<void> send(std::string_view name, const Value& payload, const SendOptions& options = {},
                    OnSettled on_settled = nullptr);
  // Sends a command and passes its reply to the callback. Past its deadline the callback gets `expired`, and
  // the request is cancelled at the bus.
  Result<Request> request(std::string_view name, const Value& payload, const RequestOptions& options,
                          OnAnswer on_answer);
  // Sends a command and handles messages until its reply has come: for programs that do one thing, such as
  // the command line. `options.send.timeout` bounds it.
  Result<Answer> ask(std::string_view name, const Value& payload, const SendOptions& options = {});
  // Waits for the lock of this key, in turn with all others who want it: scripts and services of every
  // version. Cancelling the request ceases to wait. A lock is not re-entrant.
  Result<Request> lock(const std::string& key, const LockOptions& options, OnLock on_lock);
  // Calls back once, as soon as something has gone of what waits: for who was refused with `overloaded`.
  // False, and never, when nothing waits: what is refused then fits at no time.
  bool when_there_is_room(std::function<void()> callback);
  // The id of the last command that send() or request() has taken. Empty before the first.
  std::string last_id() const;
  // Commands of this relay that the bus has not accepted yet, and those that it has accepted and not settled.
  std::size_t unaccepted() const;
  std::size_t unsettled() const;

 private:
  Result<void> run_with(const std::function<void()>& look, int descriptor);

  std::shared_ptr<relaying::RelayCore> core_;
};

}  // namespace exo
