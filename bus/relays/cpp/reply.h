// What a handler gets: the command, and the handle with which it is answered.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bus/relays/cpp/value.h"
#include "bus/wire/header.h"

namespace exo {

namespace relaying {
class Answering;
struct PendingAnswer;
}  // namespace relaying

// A command that was delivered to us. The texts are valid while the handler runs; the payload may be moved
// away.
struct Command {
  std::string_view name;
  std::string_view id;
  std::string_view activity_id;
  std::string_view sender;                  // the role; "exo" for the host
  std::string_view sender_version;          // empty for exo and exo-operator
  std::uint64_t timestamp_ns = 0;           // Unix time at which the bus routed it
  std::optional<std::uint64_t> timeout_ms;  // what was left when it was delivered; absent: no deadline
  Expects expects = Expects::kNone;
  bool redelivered = false;  // another instance may have begun it before
  Value payload;             // of `json` and `msgpack`; a Binary for `raw`
};

// One page of a streamed reply.
struct Page {
  Value::List items;
  bool more = false;  // false: this was the last
};

// Makes the next page when there is room for it; called once more after each page with `more`. An Error fails
// the command.
using PageSource = std::function<Result<Page>()>;

// The duty to answer one command, movable and kept as long as need be. The bus hears that the command is
// handled when the last reply was given, complete() was called, or the handle is destroyed; keeping it defers
// that, so that commands can be grouped into one transaction and completed after its commit. A command that
// expects a reply and loses its handle without one has failed.
//
// For the relay's thread. After the last reply, after a lost bus, and once the relay is gone all of these do
// nothing. Where no reply is expected send() only completes. The reply to an acknowledged command outlives a
// lost bus: it is sent when the command is delivered again, which the handler does not see.
class Reply {
 public:
  Reply() = default;
  Reply(Reply&& other) noexcept = default;
  Reply& operator=(Reply&& other) noexcept;
  Reply(const Reply&) = delete;
  Reply& operator=(const Reply&) = delete;
  ~Reply();

  // Whether anybody waits for a reply.
  bool expected() const;
  // Whether whoever asked has said that they want no answer any more. The handler may go on or stop: replies
  // are dropped from then on, a stream has ended, and the command is handled when the handle goes as usual.
  bool cancelled() const;
  // Called once when that is said, at once if it was; not after the last reply. From the relay's thread. One
  // callback a command; an exception fails the command.
  void on_cancelled(std::function<void()> callback);
  // The last (or only) reply.
  void send(std::string_view name, const Value& payload);
  // A reply or page that others follow; waits in the relay when the asker has not taken the ones before.
  // Error code `overloaded` when too much waits already (see RelayOptions::buffer_bytes): it is then not
  // sent, and may be given again later. The command fails with `expired` when its asker takes none for
  // RelayOptions::stall_limit. A stream() makes no page that would wait.
  Result<void> send_more(std::string_view name, const Value& payload);
  // A reply in pages, made as the asker takes them. Other messages are handled between any two pages.
  void stream(std::string_view name, PageSource source);
  // The command has failed; `reason` is for people.
  void error(std::string_view reason);
  // The command is handled, without a further reply.
  void complete();

 private:
  friend class relaying::Answering;
  explicit Reply(std::shared_ptr<relaying::PendingAnswer> pending);

  std::shared_ptr<relaying::PendingAnswer> pending_;
  int exceptions_ =
      0;  // on their way when the handle was made: more of them at its end mean a throwing handler
};

}  // namespace exo
