#include "services/forwarder/listening_sockets.h"

#include <fcntl.h>
#include <gtest/gtest.h>

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

}  // namespace
}  // namespace exo
