// What goes with a command that an application sends, and what comes back.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "bus/relays/cpp/value.h"
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
  kOnDemand,  // the same, but it goes on with each Request::go_on()
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
  // Of pages on demand: one more was taken, so that one more may come. A replier is a few pages ahead.
  void go_on();
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

}  // namespace exo
