#include "services/forwarder/listening_sockets.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include "tests/services/sockets.h"

namespace exo {
namespace {

TEST(ListeningSockets, AreNotOpenedAtAnAddressThatIsNone) {
  const auto opened = open_listening_sockets({.role = "web", .address = "127.0.0.1.1", .stated_in = "x"});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(
      opened.error().message,
      "\"127.0.0.1.1\", where \"web\" is to listen, is no address; write a numeric one or \"localhost\"");
}

TEST(ListeningSockets, DoNotTakeAPortThatAnotherListensOnAtAllAddresses) {
  const auto all = open_listening_sockets({.role = "other", .address = "0.0.0.0"});
  ASSERT_TRUE(all.ok());
  const auto opened = open_listening_sockets({.role = "web", .port = all.value().port});
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "port-taken");
}

TEST(ListeningSockets, AreNotInheritedByProgramsThatAreStarted) {
  const auto opened = open_listening_sockets({.role = "web"});
  ASSERT_TRUE(opened.ok());
  for (const UniqueFd& socket : opened.value().sockets) {
    EXPECT_EQ(::fcntl(socket.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  }
}

TEST(ListeningSockets, DoNotMakeTheForwardersThreadWait) {
  const auto opened = open_listening_sockets({.role = "web"});
  ASSERT_TRUE(opened.ok());
  for (const UniqueFd& socket : opened.value().sockets) {
    EXPECT_EQ(::fcntl(socket.get(), F_GETFL) & O_NONBLOCK, O_NONBLOCK);
  }
}

TEST(ListeningSockets, TakeConnectionsAsSoonAsTheyAreOpen) {
  const auto opened = open_listening_sockets({.role = "web", .address = "127.0.0.1"});
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(opened.value().sockets.size(), 1U);
  EXPECT_TRUE(testing_support::connect_to(opened.value().port).is_open());
}

TEST(ListeningSockets, OfAnEarlierHostAreTakenAtTheirPort) {
  auto opened = open_listening_sockets({.role = "web"});
  ASSERT_TRUE(opened.ok());
  const std::uint16_t port = opened.value().port;
  const std::size_t count = opened.value().sockets.size();
  ListeningSockets adopted = adopt_listening_sockets(std::move(opened.value().sockets), port);
  EXPECT_EQ(adopted.port, port);
  EXPECT_EQ(adopted.sockets.size(), count);
  EXPECT_EQ(adopt_listening_sockets(std::move(adopted.sockets), 0).port, port) << "where any port will do";
}

TEST(ListeningSockets, OfAnEarlierHostAreNotTakenForAnotherPort) {
  auto opened = open_listening_sockets({.role = "web"});
  ASSERT_TRUE(opened.ok());
  const auto other = static_cast<std::uint16_t>(opened.value().port == 1 ? 2 : 1);
  EXPECT_TRUE(adopt_listening_sockets(std::move(opened.value().sockets), other).sockets.empty());
}

TEST(ListeningSockets, OnesThatEndListeningLeaveTheirPortToOthersThoughTheyAreOpen) {
  const auto opened = open_listening_sockets({.role = "web"});
  ASSERT_TRUE(opened.ok());
  for (const UniqueFd& socket : opened.value().sockets) end_listening(socket);
  EXPECT_FALSE(testing_support::connect_to(opened.value().port).is_open());
  EXPECT_EQ(listening_port(opened.value().sockets.front()), 0);
  const auto again = open_listening_sockets({.role = "web", .port = opened.value().port});
  ASSERT_TRUE(again.ok()) << again.error().message;
  EXPECT_TRUE(testing_support::connect_to(again.value().port).is_open());
}

TEST(ListeningSockets, WhatDoesNotListenIsNotTaken) {
  std::vector<UniqueFd> sockets;
  sockets.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  EXPECT_TRUE(adopt_listening_sockets(std::move(sockets), 0).sockets.empty());
  std::vector<UniqueFd> nothing;
  nothing.emplace_back();
  EXPECT_TRUE(adopt_listening_sockets(std::move(nothing), 0).sockets.empty());
}

}  // namespace
}  // namespace exo
