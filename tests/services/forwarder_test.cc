#include "services/forwarder/forwarder.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <deque>
#include <map>
#include <random>

#include "tests/services/sockets.h"

namespace exo {
namespace {

using namespace std::chrono_literals;
using testing_support::connect_to;
using testing_support::Connection;
using testing_support::Server;
using testing_support::SilentPort;

ForwardingTarget target(std::string version, std::uint16_t port, double share = 1) {
  ForwardingTarget result;
  result.version = std::move(version);
  result.port = port;
  result.share = share;
  return result;
}

// Says who it is, and ends.
Server::Serve greeting(const std::string& text) {
  return [text](Connection& connection) { connection.send(text); };
}

void echo(Connection& connection) {
  for (;;) {
    const std::string bytes = connection.receive(1);
    if (bytes.empty() || !connection.send(bytes)) return;
  }
}

std::string random_text(std::size_t size, unsigned seed) {
  std::mt19937 random(seed);
  std::string text(size, '\0');
  for (char& c : text) c = static_cast<char>(random());
  return text;
}

class ForwarderTest : public testing::Test {
 protected:
  void start(Forwarder::Options options = {}) {
    auto started = Forwarder::start(options);
    ASSERT_TRUE(started.ok());
    forwarder_ = std::move(started).value();
  }

  // Makes the port of the role "web", with a short patience so that refusals need no waiting.
  void start_web(Forwarder::Options options = {}) {
    start(options);
    const auto port = forwarder_->listen({.role = "web"});
    ASSERT_TRUE(port.ok()) << port.error().message;
    port_ = port.value();
  }

  void publish(std::vector<ForwardingTarget> targets, std::string state = "") {
    auto table = std::make_shared<ForwardingTable>();
    table->position = ++position_;
    table->roles.push_back(
        {.role = "web", .targets = std::move(targets), .state = std::move(state), .held = {}});
    forwarder_->publish(table);
  }

  void hold(std::vector<ForwardingTarget> targets, std::vector<std::string> versions) {
    auto table = std::make_shared<ForwardingTable>();
    table->position = ++position_;
    table->roles.push_back(
        {.role = "web", .targets = std::move(targets), .state = "", .held = std::move(versions)});
    forwarder_->publish(table);
    while (next<ForwardingInEffect>().position < position_) continue;
  }

  // The next event of this kind; the others are left for later questions.
  template <typename Event>
  Event next() {
    for (;;) {
      const auto found = std::find_if(events_.begin(), events_.end(), [](const ForwarderEvent& event) {
        return std::holds_alternative<Event>(event);
      });
      if (found != events_.end()) {
        const Event event = std::get<Event>(*found);
        events_.erase(found);
        return event;
      }
      pollfd wait{.fd = forwarder_->event_fd(), .events = POLLIN, .revents = 0};
      if (::poll(&wait, 1, 20'000) != 1) {
        ADD_FAILURE() << "the event did not come";
        return {};
      }
      for (ForwarderEvent& event : forwarder_->take_events()) events_.push_back(std::move(event));
    }
  }

  void publish_and_wait(std::vector<ForwardingTarget> targets, std::string state = "") {
    publish(std::move(targets), std::move(state));
    while (next<ForwardingInEffect>().position != position_) {
    }
  }

  std::string ask() { return connect_to(port_).receive_all(); }

  void wait_for_connections(std::size_t count) {
    const auto limit = std::chrono::steady_clock::now() + 20s;
    while (forwarder_->connection_count() != count) {
      ASSERT_LT(std::chrono::steady_clock::now(), limit) << forwarder_->connection_count() << " connections";
      std::this_thread::yield();
    }
  }

  std::unique_ptr<Forwarder> forwarder_;
  std::uint16_t port_ = 0;
  std::uint64_t position_ = 0;
  std::deque<ForwarderEvent> events_;
};

bool begins_with(const std::string& text, const std::string& beginning) {
  return text.compare(0, beginning.size(), beginning) == 0;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Ports that cannot be had

TEST_F(ForwarderTest, APortThatIsTakenIsRefusedWithWhoHasItAndWhatToDo) {
  start();
  const Server other(echo);
  const auto listened =
      forwarder_->listen({.role = "web", .port = other.port(), .stated_in = "web/service.yml:4"});
  ASSERT_FALSE(listened.ok());
  EXPECT_EQ(listened.error().code, "port-taken");
  EXPECT_EQ(listened.error().message, "the port " + std::to_string(other.port()) +
                                          " of \"web\" (web/service.yml:4) is taken by services_test "
                                          "(process " +
                                          std::to_string(::getpid()) +
                                          "); stop it, or write another port in web/service.yml:4");
}

TEST_F(ForwarderTest, ATakenPortThatNobodyStatedIsRefusedWithWhereToStateOne) {
  start();
  const Server other(echo);
  const auto listened = forwarder_->listen({.role = "web", .port = other.port()});
  ASSERT_FALSE(listened.ok());
  EXPECT_TRUE(
      contains(listened.error().message, "write another port under development.port in its service.yml"))
      << listened.error().message;
}

TEST_F(ForwarderTest, APortTakenForTheOtherLoopbackAddressIsRefusedToo) {
  start();
  const auto only_v6 = forwarder_->listen({.role = "other", .address = "::1"});
  if (!only_v6.ok()) GTEST_SKIP() << "this machine has no [::1]: " << only_v6.error().message;
  const auto listened = forwarder_->listen({.role = "web", .port = only_v6.value()});
  ASSERT_FALSE(listened.ok());
  EXPECT_EQ(listened.error().code, "port-taken");
}

TEST_F(ForwarderTest, AnAddressThatIsNoneIsRefused) {
  start();
  const auto listened = forwarder_->listen({.role = "web", .address = "my.machine"});
  ASSERT_FALSE(listened.ok());
  EXPECT_EQ(listened.error().code, "bad-address");
  EXPECT_TRUE(contains(listened.error().message, "\"my.machine\"")) << listened.error().message;
}

TEST_F(ForwarderTest, AnAddressOfAnotherMachineIsRefused) {
  start();
  const auto listened = forwarder_->listen({.role = "web", .address = "192.0.2.1"});
  ASSERT_FALSE(listened.ok());
  EXPECT_EQ(listened.error().code, "bad-address");
}

// Connections without a target

TEST_F(ForwarderTest, AConnectionThatFindsNoTargetInTimeIsToldWhatTheRoleWaitsFor) {
  start_web({.wait_for_target = 30ms});
  publish({}, "web 0.0.2 is starting");
  const std::string answer = ask();
  EXPECT_TRUE(begins_with(answer, "HTTP/1.1 503 Service Unavailable\r\n")) << answer;
  EXPECT_TRUE(contains(answer, "web 0.0.2 is starting")) << answer;
}

TEST_F(ForwarderTest, AConnectionBeforeTheFirstTableIsAnsweredToo) {
  start_web({.wait_for_target = 30ms});
  EXPECT_TRUE(contains(ask(), "no version of it is open to traffic"));
}

TEST_F(ForwarderTest, ARefusalReachesAClientThatIsStillSending) {
  start_web({.wait_for_target = 30ms});
  Connection client = connect_to(port_);
  ASSERT_TRUE(client.send("POST / HTTP/1.1\r\nContent-Length: 1000000\r\n\r\n" + std::string(100'000, 'x')));
  EXPECT_TRUE(begins_with(client.receive_all(), "HTTP/1.1 503 "));
}

TEST_F(ForwarderTest, MoreConnectionsThanMayWaitAreRefusedAtOnceWhileTheOthersGoOnWaiting) {
  start_web({.max_waiting = 2});
  Connection first = connect_to(port_);
  Connection second = connect_to(port_);
  wait_for_connections(2);
  EXPECT_TRUE(begins_with(ask(), "HTTP/1.1 503 "));
  EXPECT_TRUE(contains(next<ForwarderNotice>().text, "connections to web refused: 2 are waiting already"));
  const Server server(greeting("hello"));
  publish({target("0.0.1", server.port())});
  EXPECT_EQ(first.receive_all() + second.receive_all(), "hellohello");
}

TEST_F(ForwarderTest, MoreConnectionsThanMayBeOpenAreRefused) {
  start_web({.max_connections = 1});
  const Server server(echo);
  publish_and_wait({target("0.0.1", server.port())});
  Connection first = connect_to(port_);
  ASSERT_TRUE(first.send("a"));
  ASSERT_EQ(first.receive(1), "a");
  EXPECT_TRUE(contains(ask(), "too many connections are open"));
}

TEST_F(ForwarderTest, ATargetThatRefusesIsNamedInANoticeAndTheConnectionAnsweredInTime) {
  start_web({.wait_for_target = 60ms, .retry_pause = 5ms});
  const SilentPort silent;
  publish({target("0.0.1", silent.port())});
  EXPECT_TRUE(begins_with(ask(), "HTTP/1.1 503 "));
  EXPECT_EQ(next<ForwarderNotice>().text, "web: 0.0.1 does not accept connections at 127.0.0.1:" +
                                              std::to_string(silent.port()) + ": Connection refused");
}

TEST_F(ForwarderTest, ATargetWhoseHostIsNoAddressIsNamedInANotice) {
  start_web({.wait_for_target = 30ms});
  ForwardingTarget wrong = target("0.0.1", 80);
  wrong.host = "some.host";
  publish({wrong});
  EXPECT_TRUE(begins_with(ask(), "HTTP/1.1 503 "));
  EXPECT_TRUE(contains(next<ForwarderNotice>().text, "some.host:80"));
}

TEST_F(ForwarderTest, NoticesOfOneKindAreCountedInsteadOfRepeated) {
  start_web({.wait_for_target = 1500ms, .retry_pause = 1ms});
  const SilentPort silent;
  publish({target("0.0.1", silent.port())});
  ask();
  EXPECT_FALSE(contains(next<ForwarderNotice>().text, "times)"));
  EXPECT_TRUE(contains(next<ForwarderNotice>().text, " times)"));
}

TEST_F(ForwarderTest, AVersionWithoutAShareGetsNoConnection) {
  start_web({.wait_for_target = 30ms});
  const Server server(greeting("hello"));
  publish({target("0.0.1", server.port(), 0)});
  EXPECT_TRUE(begins_with(ask(), "HTTP/1.1 503 "));
}

// Waiting pays

TEST_F(ForwarderTest, AWaitingConnectionGoesThroughAsSoonAsThereIsATarget) {
  start_web();
  Connection client = connect_to(port_);
  wait_for_connections(1);
  const Server server(greeting("hello"));
  publish({target("0.0.1", server.port())});
  EXPECT_EQ(client.receive_all(), "hello");
}

TEST_F(ForwarderTest, WhatAClientSendsWhileItWaitsIsNotLost) {
  start_web();
  Connection client = connect_to(port_);
  ASSERT_TRUE(client.send("early"));
  client.end_sending();
  wait_for_connections(1);
  const Server server([](Connection& connection) { connection.send("got " + connection.receive_all()); });
  publish({target("0.0.1", server.port())});
  EXPECT_EQ(client.receive_all(), "got early");
}

TEST_F(ForwarderTest, ATargetThatRefusesIsPassedOverForOneThatDoesNot) {
  start_web();
  const SilentPort silent;
  const Server server(greeting("hello"));
  publish({target("0.0.1", silent.port(), 1000), target("0.0.2", server.port(), 1)});
  for (int i = 0; i < 10; ++i) ASSERT_EQ(ask(), "hello") << "connection " << i;
}

TEST_F(ForwarderTest, ATargetThatRefusesAtFirstIsTriedAgain) {
  start_web({.retry_pause = 1ms});
  SilentPort silent;
  publish({target("0.0.1", silent.port())});
  Connection client = connect_to(port_);
  next<ForwarderNotice>();
  silent.release();
  const Server server(greeting("late"), silent.port());
  EXPECT_EQ(client.receive_all(), "late");
}

// Bytes

TEST_F(ForwarderTest, ManyBytesArriveAsTheyWereSentInBothDirectionsAtOnce) {
  start_web();
  const std::string question = random_text(8'000'000, 1);
  const std::string answer = random_text(9'000'000, 2);
  std::string question_received;
  auto server = std::make_unique<Server>([&](Connection& connection) {
    std::thread sender([&] {
      connection.send(answer);
      connection.end_sending();
    });
    question_received = connection.receive_all();
    sender.join();
  });
  publish({target("0.0.1", server->port())});
  Connection client = connect_to(port_);
  std::thread sender([&] {
    client.send(question);
    client.end_sending();
  });
  const std::string answer_received = client.receive_all();
  sender.join();
  server.reset();  // its thread has then heard all
  EXPECT_TRUE(answer_received == answer) << answer_received.size() << " bytes";
  EXPECT_TRUE(question_received == question) << question_received.size() << " bytes";
}

TEST_F(ForwarderTest, AClientThatEndsSendingIsStillAnswered) {
  start_web();
  const Server server([](Connection& connection) {
    const std::string all = connection.receive_all();  // returns only at the end of file
    connection.send("you sent " + all);
  });
  publish({target("0.0.1", server.port())});
  Connection client = connect_to(port_);
  ASSERT_TRUE(client.send("this"));
  client.end_sending();
  EXPECT_EQ(client.receive_all(), "you sent this");
}

TEST_F(ForwarderTest, AServiceThatEndsSendingStillHearsTheClient) {
  start_web();
  std::string heard;
  auto server = std::make_unique<Server>([&](Connection& connection) {
    connection.send("bye");
    connection.end_sending();
    heard = connection.receive_all();
  });
  publish({target("0.0.1", server->port())});
  Connection client = connect_to(port_);
  EXPECT_EQ(client.receive_all(), "bye");
  ASSERT_TRUE(client.send("wait"));
  client.end_sending();
  server.reset();  // its thread has then heard all
  EXPECT_EQ(heard, "wait");
}

TEST_F(ForwarderTest, AClientThatDoesNotReadStopsItsServiceFromSendingAndLosesNothing) {
  start_web();
  constexpr std::size_t kMuch = 256 * 1024 * 1024;
  std::atomic<std::size_t> taken{0};
  const std::string piece = random_text(1'000'000, 3);
  std::atomic<bool> stalled{false};
  const Server server([&](Connection& connection) {
    // Sends until nothing more has been taken for a while: everything between here and the client is full.
    auto last = std::chrono::steady_clock::now();
    while (taken < kMuch && std::chrono::steady_clock::now() - last < 300ms) {
      const std::size_t sent =
          connection.send_without_waiting(std::string_view(piece).substr(taken % piece.size()));
      taken += sent;
      if (sent > 0) last = std::chrono::steady_clock::now();
    }
    stalled = true;
  });
  publish({target("0.0.1", server.port())});
  Connection client = connect_to(port_);
  while (!stalled) std::this_thread::yield();
  EXPECT_LT(taken, kMuch) << "the forwarder takes whatever it is given";
  const std::string received = client.receive_all();
  ASSERT_EQ(received.size(), taken);
  for (std::size_t i = 0; i < received.size(); i += piece.size()) {
    ASSERT_TRUE(received.compare(i, piece.size(), piece, 0, std::min(piece.size(), received.size() - i)) == 0)
        << "at " << i;
  }
}

TEST_F(ForwarderTest, AServiceThatBreaksOffIsNoProperEndForItsClient) {
  start_web();
  const Server server([](Connection& connection) {
    connection.receive(1);
    connection.send("half an ans");
    connection.receive(1);
    connection.reset();
  });
  publish({target("0.0.1", server.port())});
  Connection client = connect_to(port_);
  ASSERT_TRUE(client.send("a"));
  ASSERT_EQ(client.receive(11), "half an ans");
  ASSERT_TRUE(client.send("b"));
  EXPECT_EQ(client.receive_error(), ECONNRESET);
}

TEST_F(ForwarderTest, AClientThatBreaksOffIsNoProperEndForItsService) {
  start_web();
  std::atomic<int> error{-1};
  const Server server([&](Connection& connection) {
    connection.send(connection.receive(1));
    error = connection.receive_error();
  });
  publish({target("0.0.1", server.port())});
  Connection client = connect_to(port_);
  ASSERT_TRUE(client.send("a"));
  ASSERT_EQ(client.receive(1), "a");
  client.reset();
  wait_for_connections(0);
  while (error == -1) std::this_thread::yield();
  EXPECT_EQ(error, ECONNRESET);
}

TEST_F(ForwarderTest, TheOtherLoopbackAddressLeadsToTheSameRole) {
  start_web();
  if (!connect_to(port_, "::1").is_open()) GTEST_SKIP() << "this machine has no [::1]";
  const Server server(greeting("hello"));
  publish({target("0.0.1", server.port())});
  EXPECT_EQ(connect_to(port_, "::1").receive_all(), "hello");
}

TEST_F(ForwarderTest, EachRoleHasItsOwnTargets) {
  start_web();
  const auto other_port = forwarder_->listen({.role = "admin"});
  ASSERT_TRUE(other_port.ok());
  const Server web(greeting("web"));
  const Server admin(greeting("admin"));
  auto table = std::make_shared<ForwardingTable>();
  table->roles.push_back({"web", {target("0.0.1", web.port())}, ""});
  table->roles.push_back({"admin", {target("0.0.1", admin.port())}, ""});
  forwarder_->publish(table);
  EXPECT_EQ(ask() + " " + connect_to(other_port.value()).receive_all(), "web admin");
}

// Tables that change

TEST_F(ForwarderTest, ATableIsConfirmedByItsPosition) {
  start();
  for (const std::uint64_t position : {7U, 8U}) {
    auto table = std::make_shared<ForwardingTable>();
    table->position = position;
    forwarder_->publish(table);
    EXPECT_EQ(next<ForwardingInEffect>().position, position);
  }
}

TEST_F(ForwarderTest, ConnectionsAreSharedOutAsTheTableSays) {
  start_web();
  const Server old_version(greeting("old"));
  const Server new_version(greeting("new"));
  publish({target("0.0.1", old_version.port(), 3), target("0.0.2", new_version.port(), 1)});
  std::map<std::string, int> counts;
  for (int i = 0; i < 40; ++i) ++counts[ask()];
  EXPECT_EQ(counts, (std::map<std::string, int>{{"new", 10}, {"old", 30}}));
}

TEST_F(ForwarderTest, OnceATableIsConfirmedNoConnectionGoesByTheOneBefore) {
  start_web();
  const Server old_version(greeting("old"));
  const Server new_version(greeting("new"));
  for (int round = 0; round < 20; ++round) {
    publish_and_wait({target("0.0.1", old_version.port())});
    ASSERT_EQ(ask(), "old") << "round " << round;
    publish_and_wait({target("0.0.2", new_version.port())});
    ASSERT_EQ(ask(), "new") << "round " << round;
  }
}

TEST_F(ForwarderTest, NoClientFailsWhileTargetsComeAndGo) {
  start_web();
  const Server old_version(greeting("old"));
  const Server new_version(greeting("new"));
  std::atomic<bool> done{false};
  std::atomic<int> answered{0};
  std::atomic<int> failed{0};
  constexpr int kClients = 4;
  std::vector<std::thread> clients;
  clients.reserve(kClients);
  for (int i = 0; i < kClients; ++i) {
    clients.emplace_back([&] {
      while (!done) {
        const std::string answer = ask();
        ++(answer == "old" || answer == "new" ? answered : failed);
      }
    });
  }
  for (int round = 0; round < 100; ++round) {
    const std::vector<std::vector<ForwardingTarget>> tables{
        {target("0.0.1", old_version.port())},
        {target("0.0.1", old_version.port()), target("0.0.2", new_version.port())},
        {target("0.0.2", new_version.port())},
        {}};
    publish_and_wait(tables[static_cast<std::size_t>(round) % tables.size()]);
    const int before = answered;
    while (round % 4 != 3 && answered < before + 4) std::this_thread::yield();
  }
  publish_and_wait({target("0.0.1", old_version.port())});
  done = true;
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(failed, 0);
  EXPECT_GE(answered, 300);
}

TEST_F(ForwarderTest, AConnectionOutlivesItsTargetsPlaceInTheTable) {
  start_web();
  const Server server(echo);
  publish_and_wait({target("0.0.1", server.port())});
  Connection client = connect_to(port_);
  ASSERT_TRUE(client.send("a"));
  ASSERT_EQ(client.receive(1), "a");
  publish_and_wait({});
  ASSERT_TRUE(client.send("b"));
  EXPECT_EQ(client.receive(1), "b");
}

TEST_F(ForwarderTest, AVersionIsDrainedWhenItsLastConnectionEnds) {
  start_web();
  const Server server(echo);
  publish_and_wait({target("0.0.1", server.port())});
  Connection client = connect_to(port_);
  ASSERT_TRUE(client.send("a"));
  ASSERT_EQ(client.receive(1), "a");
  publish_and_wait({});
  for (const ForwarderEvent& event : events_) {
    EXPECT_FALSE(std::holds_alternative<ForwardingDrained>(event)) << "drained while a connection is open";
  }
  client.close();
  const auto drained = next<ForwardingDrained>();
  EXPECT_EQ(drained.role + "@" + drained.version, "web@0.0.1");
}

TEST_F(ForwarderTest, AVersionWithoutConnectionsIsDrainedAtOnce) {
  start_web();
  const Server server(echo);
  publish_and_wait({target("0.0.1", server.port())});
  publish({});
  EXPECT_EQ(next<ForwardingDrained>().version, "0.0.1");
}

TEST_F(ForwarderTest, AVersionThatOnlyLosesAnInstanceIsNotDrained) {
  start_web();
  const Server one(greeting("one"));
  const Server two(greeting("two"));
  publish_and_wait({target("0.0.1", one.port()), target("0.0.1", two.port())});
  publish_and_wait({target("0.0.1", two.port())});
  publish_and_wait({target("0.0.1", two.port()), target("0.0.2", one.port())});
  publish_and_wait({target("0.0.1", two.port())});
  EXPECT_EQ(next<ForwardingDrained>().version, "0.0.2");
}

TEST_F(ForwarderTest, TheConnectionsOfAVersionEndWhenItIsHeld) {
  start_web();
  const Server server(echo);
  const Server other(echo);
  publish_and_wait({target("0.0.1", server.port())});
  Connection client = connect_to(port_);
  ASSERT_TRUE(client.send("a"));
  ASSERT_EQ(client.receive(1), "a");
  hold({target("0.0.1", server.port())}, {"0.0.2"});
  ASSERT_TRUE(client.send("b"));
  ASSERT_EQ(client.receive(1), "b") << "only what is held ends";
  hold({target("0.0.2", other.port())}, {"0.0.1"});
  EXPECT_EQ(client.receive_error(), ECONNRESET) << "half an answer must not look like a whole one";
  Connection next_client = connect_to(port_);
  ASSERT_TRUE(next_client.send("c"));
  EXPECT_EQ(next_client.receive(1), "c");
}

TEST_F(ForwarderTest, StopsWithConnectionsInEveryState) {
  start_web();
  const Server server(echo);
  Connection waiting = connect_to(port_);
  wait_for_connections(1);
  const auto second_port = forwarder_->listen({.role = "other"});
  ASSERT_TRUE(second_port.ok());
  auto table = std::make_shared<ForwardingTable>();
  table->roles.push_back({"other", {target("0.0.1", server.port())}, ""});
  forwarder_->publish(table);
  Connection forwarded = connect_to(second_port.value());
  ASSERT_TRUE(forwarded.send("a"));
  ASSERT_EQ(forwarded.receive(1), "a");
  forwarder_.reset();
  EXPECT_EQ(forwarded.receive(1) + waiting.receive(1), "");
  EXPECT_FALSE(connect_to(port_).is_open());
}

TEST_F(ForwarderTest, APortIsFreeAgainWhenItsForwarderHasStopped) {
  start_web();
  const Server server(greeting("hello"));
  publish({target("0.0.1", server.port())});
  ask();
  forwarder_.reset();
  start();
  const auto again = forwarder_->listen({.role = "web", .port = port_});
  EXPECT_TRUE(again.ok()) << again.error().message;
}

}  // namespace
}  // namespace exo
