#include "host/metrics_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "base/unique_fd.h"

namespace exo {
namespace {

class MetricsServerTest : public testing::Test {
 protected:
  MetricsServerTest() : server_(MetricsServer::start({}).value()) {}

  UniqueFd ask(const std::string& request) {
    UniqueFd client(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server_->address().port);
    ::inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    EXPECT_EQ(::connect(client.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::write(client.get(), request.data(), request.size()), static_cast<ssize_t>(request.size()));
    return client;
  }
  // Until `end` has come, or the connection has ended.
  static std::string read_until(const UniqueFd& client, const std::string& end) {
    std::string text;
    std::array<char, 4096> bytes{};
    while (end.empty() || text.find(end) == std::string::npos) {
      pollfd readable{.fd = client.get(), .events = POLLIN, .revents = 0};
      if (::poll(&readable, 1, 20'000) != 1) return text + " (nothing more came)";
      const ssize_t count = ::read(client.get(), bytes.data(), bytes.size());
      if (count <= 0) return text;
      text.append(bytes.data(), static_cast<std::size_t>(count));
    }
    return text;
  }
  void wait_until_wanted() {
    pollfd wanted{.fd = server_->wanted_fd(), .events = POLLIN, .revents = 0};
    ASSERT_EQ(::poll(&wanted, 1, 20'000), 1);
    EXPECT_TRUE(server_->take_wanted());
  }
  // Whether the client has an answer; provides where somebody waits.
  bool provide_until_answered(const UniqueFd& client) {
    std::array<pollfd, 2> ready{{{client.get(), POLLIN, 0}, {server_->wanted_fd(), POLLIN, 0}}};
    EXPECT_GT(::poll(ready.data(), ready.size(), 20'000), 0);
    if (ready[0].revents == 0 && server_->take_wanted()) server_->provide("exo_a 1\n");
    return ready[0].revents != 0 || HasFailure();
  }

  std::unique_ptr<MetricsServer> server_;
};

TEST_F(MetricsServerTest, AnotherPathIsNotFoundAndWakesNobody) {
  const UniqueFd client = ask("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = read_until(client, "");
  EXPECT_EQ(answer.rfind("HTTP/1.1 404 ", 0), 0U) << answer;
  EXPECT_FALSE(server_->take_wanted());
}

TEST_F(MetricsServerTest, AnotherMethodIsNotAllowed) {
  const UniqueFd client =
      ask("POST /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 0\r\n\r\n");
  const std::string answer = read_until(client, "");
  EXPECT_EQ(answer.rfind("HTTP/1.1 405 ", 0), 0U) << answer;
  EXPECT_NE(answer.find("Allow: GET, HEAD\r\n"), std::string::npos);
}

TEST_F(MetricsServerTest, WhatIsNoHttpEndsItsConnection) {
  const UniqueFd client = ask("\x16\x03\x01 no http\r\n\r\n");
  EXPECT_EQ(read_until(client, ""), "");
}

TEST_F(MetricsServerTest, WhoWaitsGetsTheTextAndMayAskAgain) {
  const std::string request = "GET /metrics?x=1 HTTP/1.1\r\nHost: x\r\n\r\n";
  const UniqueFd client = ask(request);
  for (const char* text : {"exo_a 1\n", "exo_a 2\n"}) {
    wait_until_wanted();
    server_->provide(text);
    const std::string answer = read_until(client, text);
    EXPECT_EQ(answer.rfind("HTTP/1.1 200 OK\r\n", 0), 0U) << answer;
    EXPECT_NE(answer.find("Content-Type: text/plain; version=0.0.4; charset=utf-8\r\n"), std::string::npos);
    ASSERT_EQ(::write(client.get(), request.data(), request.size()), static_cast<ssize_t>(request.size()));
  }
}

TEST_F(MetricsServerTest, AllWhoWaitGetTheText) {
  const std::string request = "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
  std::vector<UniqueFd> clients;
  clients.reserve(5);
  while (clients.size() < 5) clients.push_back(ask(request));
  // Who comes too late for one text waits for the next.
  for (const UniqueFd& client : clients) {
    while (!provide_until_answered(client)) continue;
    EXPECT_EQ(read_until(client, "exo_a 1\n").rfind("HTTP/1.1 200 OK\r\n", 0), 0U);
  }
}

TEST_F(MetricsServerTest, HeadHasNoBody) {
  const UniqueFd client = ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  wait_until_wanted();
  server_->provide("exo_a 1\n");
  const std::string answer = read_until(client, "");
  EXPECT_NE(answer.find("Content-Length: 8\r\n"), std::string::npos) << answer;
  EXPECT_EQ(answer.find("exo_a"), std::string::npos);
}

TEST_F(MetricsServerTest, AHostThatDoesNotAnswerIsToldOf) {
  const UniqueFd client = ask("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
  const std::string answer = read_until(client, "");
  EXPECT_EQ(answer.rfind("HTTP/1.1 503 ", 0), 0U) << answer;
}

TEST_F(MetricsServerTest, OneConnectionTooManyIsClosed) {
  std::vector<UniqueFd> open;
  for (std::size_t i = 0; i < MetricsServer::kConnections; ++i) {
    open.push_back(ask("GET / HTTP/1.1\r\nHost: x\r\n\r\n"));
    EXPECT_NE(read_until(open.back(), "served here").find("404"), std::string::npos);
  }
  const UniqueFd late = ask("");
  EXPECT_EQ(read_until(late, ""), "");
}

TEST_F(MetricsServerTest, APortThatIsTakenIsAnErrorThatNamesIt) {
  const auto second = MetricsServer::start(server_->address());
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().message, "cannot serve metrics on " + to_string(server_->address()) +
                                        " (--metrics): Address already in use");
}

TEST(MetricsAddress, IsAPortOrAnAddressWithOne) {
  using A = MetricsAddress;
  EXPECT_EQ(A::parse("9464").value(), (A{.host = "127.0.0.1", .port = 9464}));
  EXPECT_EQ(A::parse("localhost:0").value(), (A{.host = "127.0.0.1", .port = 0}));
  EXPECT_EQ(A::parse("0.0.0.0:65535").value(), (A{.host = "0.0.0.0", .port = 65535}));
  EXPECT_EQ(A::parse("[::1]:80").value(), (A{.host = "::1", .port = 80}));
  EXPECT_EQ(to_string(A{.host = "::1", .port = 80}), "[::1]:80");
}

TEST(MetricsAddress, AnythingElseIsRefusedWithAWayToWriteOne) {
  for (const char* text :
       {"", "x", "65536", "-1", "1.2.3:80", "example.org:80", "::1:80", "[127.0.0.1]:80", ":", "80:"}) {
    const auto address = MetricsAddress::parse(text);
    ASSERT_FALSE(address) << text;
    EXPECT_NE(address.error().message.find("127.0.0.1:9464"), std::string::npos);
  }
}

}  // namespace
}  // namespace exo
