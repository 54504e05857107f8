#include <gtest/gtest.h>
#include <zmq.h>

#include <array>
#include <string>
#include <thread>

#include "base/clock.h"
#include "bus/relays/cpp/relay.h"
#include "tests/relay/fake_broker.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

HeaderView refusal(std::string_view code) {
  HeaderView header;
  header.kind = Kind::kRefused;
  header.code = code;
  header.reason = "for this test";
  return header;
}

// A bus over TCP, as far as the handshake.
class Locked {
 public:
  Locked() : context_(zmq_ctx_new()), socket_(zmq_socket(context_, ZMQ_ROUTER)) {
    const int yes = 1;
    zmq_setsockopt(socket_, ZMQ_CURVE_SERVER, &yes, sizeof yes);
    zmq_setsockopt(socket_, ZMQ_CURVE_SECRETKEY, keys_.secret_key.c_str(), keys_.secret_key.size());
    zmq_bind(socket_, "tcp://127.0.0.1:*");
  }
  ~Locked() {
    zmq_close(socket_);
    zmq_ctx_term(context_);
  }
  Locked(const Locked&) = delete;
  Locked& operator=(const Locked&) = delete;

  std::string endpoint() const {
    std::array<char, 64> name{};
    std::size_t size = name.size();
    zmq_getsockopt(socket_, ZMQ_LAST_ENDPOINT, name.data(), &size);
    return name.data();
  }

 private:
  CurveKeys keys_ = make_curve_keys();
  void* context_;
  void* socket_;
};

class Registration : public testing::Test, public RelayFixture {};

TEST_F(Registration, FailsWithTheBrokersRefusal) {
  for (const std::string_view code :
       {"not-admitted", "no-common-protocol", "already-connected", "malformed"}) {
    RelayFixture refused;
    EXPECT_FALSE(refused.relay().connect(milliseconds(0)).ok());
    refused.peer = refused.hear(Kind::kRegister).peer;
    refused.send(refusal(code));
    ASSERT_TRUE(refused.wait_until([&] { return refused.relay().closed(); })) << code;
    const auto outcome = refused.relay().run();
    ASSERT_FALSE(outcome.ok());
    EXPECT_EQ(outcome.error().code, code);
    EXPECT_NE(outcome.error().message.find("todo-1): for this test"), std::string::npos);
  }
}

TEST_F(Registration, FailsAtOnceWithAnEndpointThatCannotBe) {
  options.endpoint = "nowhere";
  const auto outcome = relay().connect(milliseconds(0));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, "bad-endpoint");
  EXPECT_NE(outcome.error().message.find("'nowhere'"), std::string::npos);
}

// What connect() says at last of a bus that breaks off each handshake.
Error trouble_of(Relay& relay, std::chrono::seconds within) {
  const MonotonicTime patience = monotonic_now() + within;
  while (true) {
    const auto outcome = relay.connect(std::chrono::milliseconds(100));
    EXPECT_FALSE(outcome.ok());
    const bool is_told = outcome.error().message.find("breaks off") != std::string::npos;
    if (is_told || monotonic_now() > patience) return outcome.error();
  }
}

TEST_F(Registration, IsToldThatTheKeyOfTheBusMayBeAnother) {
  const Locked bus;
  options.endpoint = bus.endpoint();
  options.curve = {.server_key = make_curve_keys().public_key, .own = make_curve_keys()};
  const Error told = trouble_of(relay(), kPatience);
  EXPECT_EQ(told.code, "no-answer");
  EXPECT_NE(told.message.find("the server key may not be that of this bus"), std::string::npos);
}

TEST_F(Registration, IsToldThatTheBusMayWantKeys) {
  const Locked bus;
  options.endpoint = bus.endpoint();
  EXPECT_NE(trouble_of(relay(), kPatience).message.find("this program has no keys"), std::string::npos);
}

TEST_F(Registration, GivesUpWaitingWhenNobodyAnswers) {
  broker.stop();
  const auto outcome = relay().connect(milliseconds(20));
  ASSERT_FALSE(outcome.ok());
  EXPECT_EQ(outcome.error().code, "no-answer");
}

TEST_F(Registration, SucceedsWithABrokerThatComesLater) {
  broker.stop();
  EXPECT_FALSE(relay().connect(milliseconds(20)).ok());
  broker.start();
  connect();
  EXPECT_TRUE(relay().registered());
}

TEST_F(Registration, SaysWhoTheProgramIsAndWhatItHandles) {
  relay().handle("b", [](const Command&, Reply) {});
  relay().handle("a", [](const Command&, Reply) {});
  EXPECT_FALSE(relay().connect(milliseconds(0)).ok());
  const auto registration = decode_registration(hear(Kind::kRegister).payload);
  ASSERT_TRUE(registration.ok());
  EXPECT_EQ(registration.value().role, "todo");
  EXPECT_EQ(registration.value().version, "0.0.1");
  EXPECT_EQ(registration.value().instance, "todo-1");
  EXPECT_EQ(registration.value().token, "f00d");
  EXPECT_EQ(registration.value().protocols, std::vector<std::uint32_t>{1});
  EXPECT_EQ(registration.value().handles, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(registration.value().window, 1024U);
}

TEST_F(Registration, IsTriedAgainWhenTheBrokerIsSilent) {
  options.silence_limit = milliseconds(20);
  EXPECT_FALSE(relay().connect(milliseconds(0)).ok());
  const Heard first = hear(Kind::kRegister);
  const Heard second = hear(Kind::kRegister);
  EXPECT_NE(first.peer, second.peer);
}

TEST_F(Registration, OutlivesAHandlerThatLetsNothingBeHeard) {
  heartbeat_ms = 50;
  options.silence_limit = milliseconds(400);
  relay().handle("think",
                 [](const Command&, const Reply&) { std::this_thread::sleep_for(milliseconds(1000)); });
  connect();
  deliver("think", 1);
  hear(Kind::kHandled);
  ASSERT_TRUE(relay().poll(milliseconds(0)).ok());
  deliver("think", 2);
  const Heard handled = hear(Kind::kHandled);
  EXPECT_EQ(handled.peer, peer);
  EXPECT_EQ(sequences_in(handled), std::vector<std::uint64_t>{2});
}

TEST_F(Registration, IsTriedAgainLaterWhenTheBrokerStillBelievesInTheOldConnection) {
  connect();
  send(refusal("not-registered"));
  peer = hear(Kind::kRegister).peer;
  send(refusal("already-connected"));
  answer_registration(hear(Kind::kRegister));
  EXPECT_TRUE(wait_until([this] { return relay().registered(); }));
}

TEST_F(Registration, IsRenewedWhenTheBrokerForgotTheRelay) {
  connect();
  send(refusal("not-registered"));
  answer_registration(hear(Kind::kRegister));
  EXPECT_TRUE(wait_until([this] { return relay().registered(); }));
}

TEST_F(Registration, IsRenewedWhenTheBrokerDies) {
  connect();
  broker.stop();
  ASSERT_TRUE(wait_until([this] {
    broker.start();
    const bool lost = !relay().registered();
    if (!lost) broker.stop();
    return lost;
  }));
  answer_registration(hear(Kind::kRegister));
  EXPECT_TRUE(wait_until([this] { return relay().registered(); }));
}

TEST_F(Registration, PassesOverMessagesThatAreNotAsTheyMustBe) {
  std::vector<std::string> errors;
  relay().on_unhandled_error([&](std::string_view, const Error& error) { errors.push_back(error.message); });
  connect();
  broker.send_frames(peer, {"one frame"});
  broker.send_frames(peer, {"three", "frames", "here"});
  broker.send_frames(peer, {"\x80", ""});
  EXPECT_TRUE(wait_until([&] { return errors.size() == 3; }));
  EXPECT_EQ(errors[0], "a message from the bus has not two frames");
  EXPECT_EQ(errors[1], errors[0]);
  EXPECT_EQ(errors[2], "header: `kind` is missing");
  EXPECT_TRUE(relay().registered());
}

}  // namespace
}  // namespace exo
