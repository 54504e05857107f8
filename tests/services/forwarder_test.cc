// Ports, connections and what goes through them.
#include "tests/services/forwarder_fixture.h"

#include <atomic>
#include <cerrno>
#include <map>

namespace exo {
namespace {

using namespace std::chrono_literals;

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
