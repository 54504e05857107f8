// A broker that says what a test tells it to, in the test's own thread.
#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bus/relays/cpp/relay.h"
#include "bus/relays/cpp/value.h"
#include "bus/wire/control.h"
#include "bus/wire/header.h"

namespace exo {

// A message that the relay under test has sent.
struct Heard {
  std::string peer;  // its routing id
  std::string header_bytes;
  HeaderView header;  // points into header_bytes
  std::string payload;

  Value value() const;
};

// A ROUTER socket on a path of its own. Owns the socket and its folder.
class FakeBroker {
 public:
  FakeBroker();
  ~FakeBroker();
  FakeBroker(const FakeBroker&) = delete;
  FakeBroker& operator=(const FakeBroker&) = delete;

  const std::string& endpoint() const { return endpoint_; }
  // Stops listening and forgets its peers, as a broker that dies; starts again at the same place.
  void stop();
  void start();

  // The next message if one is there.
  std::optional<Heard> receive();
  // Returns when there may be one, or after `timeout`.
  void wait(std::chrono::milliseconds timeout);
  void send(const std::string& peer, const HeaderView& header, std::string_view payload = {});
  void send_frames(const std::string& peer, const std::vector<std::string>& frames);

 private:
  std::string folder_;
  std::string endpoint_;
  void* context_;
  void* router_ = nullptr;
};

// A relay and a fake broker that take turns. Everything that waits gives up, with a failure, after 10
// seconds.
class RelayFixture {
 public:
  static constexpr std::chrono::seconds kPatience{10};

  // Before the first call of relay(): what it is to be.
  RelayOptions options;
  std::uint64_t heartbeat_ms = 5000;  // what the broker tells
  bool knows_locks = true;
  FakeBroker broker;

  RelayFixture();

  Relay& relay();
  // Lets the relay connect and answers its registration; grants `credit` for each name in `sends`, each of
  // which goes to the role of the same name.
  void connect(const std::vector<std::string>& sends = {}, std::uint64_t credit = 1000);
  void answer_registration(const Heard& heard);
  // Tells nothing of what is settled, as an older broker.
  void grant(std::uint64_t accepted, const std::vector<std::pair<std::string, std::uint64_t>>& grants);
  void route(const std::vector<std::pair<std::string, std::vector<std::string>>>& names,
             const std::vector<std::string>& acknowledged = {});
  // So many are accepted, and these settled.
  void settle(std::uint64_t accepted, const std::vector<OrdinalRange>& settled);
  // Says that it does not know the relay, which then registers again.
  void lose_the_bus();

  // Runs the relay until the condition holds.
  bool wait_until(const std::function<bool()>& condition);
  // Runs the relay until it has sent a message of this kind; pings are passed over. Other kinds that come
  // before it are kept for later calls.
  Heard hear(Kind kind);
  // What the relay has sent once it has nothing to do any more: each kind heard, kept or waiting.
  std::vector<Kind> heard_by_now();

  // Delivers an acknowledged command with this id.
  void deliver_acknowledged(std::string_view name, std::uint64_t sequence, std::string_view id,
                            Expects expects = Expects::kOne);
  void cancel(std::string_view id);
  // Delivers a command to the relay; its id is "c-<sequence>".
  void deliver(std::string_view name, std::uint64_t sequence, const Value& payload = {},
               Expects expects = Expects::kNone, std::string_view sender = "web");
  void reply(const Heard& command, std::string_view name, const Value& payload);
  void reply_page(const Heard& command, std::string_view name, const Value& payload, std::uint64_t page,
                  bool more);
  void error(const Heard& command, std::string_view code, std::string_view reason);
  void send(const HeaderView& header, std::string_view payload = {});

  std::string peer;  // of the last registration

 private:
  void turn();

  std::optional<Relay> relay_;
  std::deque<Heard> kept_;
};

std::string encoded(const Value& value);
std::vector<std::uint64_t> sequences_in(const Heard& handled);

}  // namespace exo
