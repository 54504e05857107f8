// The command line's end of the bus: a verb that talks to the running host of an environment.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "bus/relays/cpp/relay.h"
#include "bus/wire/curve_keys.h"
#include "host/state_folder.h"
#include "ledger/ownership.h"

namespace exo {

// How long a host may take to answer, where EXO_ANSWER_WITHIN does not say so.
inline constexpr std::chrono::milliseconds kAnswerWithin{10'000};

// What EXO_ANSWER_WITHIN says, null where it is not set. Error `usage` when it is no time.
Result<std::chrono::milliseconds> answer_within(const char* stated);

// A bus that is reached over TCP, on this machine or another, by a listed key (host/bus_keys.h).
struct RemoteBus {
  std::string endpoint;
  CurveIdentity keys;
};

// Registered as `exo-operator` by the environment's key, or by a listed one. For one thread.
class HostLine {
 public:
  // Error `no-answer` when nobody answers there in time, `not-admitted` where the key is not listed.
  static Result<std::unique_ptr<HostLine>> connect(const RemoteBus& bus);
  // Error `starting` when the host that `owner` describes has no bus yet, or has closed it already;
  // `no-answer` when it does not answer within answer_within(); otherwise what the key's file or the bus
  // refused.
  static Result<std::unique_ptr<HostLine>> connect(const StateFolder& state, const Owner& owner);

  // To the host that runs. Error `no-host` where none does, saying that therefore `consequence`: "nobody
  // would get the message"; else as above.
  static Result<std::unique_ptr<HostLine>> connect_to_running(const StateFolder& state,
                                                              std::string_view consequence);

  // Asks the host itself, and waits. The answer is JSON; error `no-answer`, or what the host refused it with.
  Result<std::string> ask(std::string_view name, const Value& payload);

  Relay& relay() { return relay_; }

 private:
  HostLine(RelayOptions options, std::string host, std::chrono::milliseconds within)
      : relay_(std::move(options)), host_(std::move(host)), within_(within) {
    // Each verb waits for the answer to what it asks, and tells its error itself.
    relay_.on_unhandled_error([](std::string_view, std::string_view, const Error&) {});
  }

  Relay relay_;
  std::string host_;  // for errors: "a host holds this environment (…) but"
  std::chrono::milliseconds within_;
};

}  // namespace exo
