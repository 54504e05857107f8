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
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "bus/relays/cpp/relay_context.h"
#include "bus/relays/cpp/reply.h"
#include "bus/relays/cpp/value.h"
#include "bus/wire/curve_keys.h"
#include "bus/wire/header.h"

namespace exo {

namespace relaying {
class RelayCore;
}

// A reply to a command of ours. With pages gathered, `payload` is the list of all of them.
struct Answer {
  std::string name;
  std::string sender;
  std::string sender_version;
  Value payload;
  bool more = false;  // true: further replies (or pages) to the same command follow
};

// Who the program is and where the bus is.
struct RelayOptions {
  std::string endpoint;  // "ipc:///run/user/0/exo-ab12/bus"
  std::string role;
  std::string version;  // empty for exo-operator
  std::string instance;
  std::string token;
  CurveIdentity curve;                    // the keys that a bus over TCP wants; empty: none
  std::shared_ptr<RelayContext> context;  // shared with other relays; null: one of its own
  std::uint32_t window = 1024;            // commands that may be under way here at a time, 1 to 4096
  std::string relay = "exorelay-cpp 0.1.0";
  std::size_t buffer_messages = 1'000'000;  // what may wait for the bus until send() and send_more() refuse
  std::size_t buffer_bytes = 256U * 1024 * 1024;
  // Of acknowledged commands that were completed here, to answer them when they are delivered once more: how
  // many are remembered, and the bytes of their replies together.
  std::size_t remembered_commands = 10'000;
  std::size_t remembered_reply_bytes = 16U * 1024 * 1024;
  // A streamed reply fails when its asker takes no page for so long.
  std::chrono::milliseconds stall_limit{5 * 60'000};
  std::chrono::milliseconds close_timeout{
      8'000};  // for what is under way when the relay is closed; less than exo leaves
  std::chrono::milliseconds silence_limit{15'000};  // the bus is lost when it says nothing for so long

  // From ROLE, EXO_BUS, EXO_VERSION, EXO_INSTANCE, the file that EXO_TOKEN_FILE names and, where it is set,
  // the file that EXO_CURVE_FILE names. Error code "bad-environment": the message names the variable and what
  // is wrong with it.
  static Result<RelayOptions> from_environment();
};

struct SendOptions {
  std::string version;      // of the receiver: exact or a range; empty: the bus chooses
  std::string activity_id;  // empty: that of the handler or callback which sends, else a new one
  ContentType content_type = ContentType::kMsgpack;
  // Until nobody wants it any more; zero: kDefaultTimeout, and none for deployment scripts.
  std::chrono::milliseconds timeout{0};
};

enum class Pages : std::uint8_t {
  kGathered,  // one answer with the pages' lists as one
  kEach,      // an answer for each page; the replier goes on as they are taken
};

struct RequestOptions {
  SendOptions send;
  Expects expects = Expects::kOne;  // kMany: an answer for each reply, the last without `more`
  Pages pages = Pages::kGathered;
};

// Called with each answer, or once with the Error that ended the waiting (codes as in the protocol, besides
// `malformed` for an answer that cannot be read, and `cancelled`).
using OnAnswer = std::function<void(Result<Answer>)>;
// Called once: when the bus has taken the command over (for deployment scripts: when its receiver's handler
// has completed), or with the Error.
using OnSettled = std::function<void(Result<void>)>;

using OnUnhandledError = std::function<void(std::string_view name, std::string_view id, const Error&)>;

// A request on its way, by which it can be cancelled; to be copied and dropped as one likes. For the relay's
// thread; once the relay is gone it does nothing.
class Request {
 public:
  Request() = default;
  // Nobody wants the answer any more: the callback gets the error `cancelled` before this returns, the bus
  // drops the command where it waits, and its receiver is told. Nothing when it has ended.
  void cancel();
  // Whether its callback will be called again.
  bool pending() const;

 private:
  friend class Relay;
  Request(std::weak_ptr<relaying::RelayCore> core, std::uint64_t number)
      : core_(std::move(core)), number_(number) {}

  std::weak_ptr<relaying::RelayCore> core_;
  std::uint64_t number_ = 0;
};

// Cancels a request when it is destroyed, as with the object that wants the answer.
class ScopedRequest {
 public:
  ScopedRequest() = default;
  explicit ScopedRequest(Request request) : request_(std::move(request)) {}
  ScopedRequest(ScopedRequest&& other) noexcept : request_(std::exchange(other.request_, Request())) {}
  ScopedRequest& operator=(ScopedRequest&& other) noexcept {
    if (this != &other) std::exchange(request_, std::exchange(other.request_, Request())).cancel();
    return *this;
  }
  ScopedRequest(const ScopedRequest&) = delete;
  ScopedRequest& operator=(const ScopedRequest&) = delete;
  ~ScopedRequest() { request_.cancel(); }

  bool pending() const { return request_.pending(); }

 private:
  Request request_;
};

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
