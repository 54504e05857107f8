#include "services/forwarder/port_holder.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "tests/services/sockets.h"

namespace exo {
namespace {

TEST(PortHolder, IsNobodyWhereNobodyListens) {
  const testing_support::SilentPort bound_only;
  EXPECT_FALSE(find_port_holder(bound_only.port()).has_value());
}

TEST(PortHolder, IsTheProcessThatListens) {
  const testing_support::Server server([](testing_support::Connection&) {});
  const auto holder = find_port_holder(server.port());
  ASSERT_TRUE(holder.has_value());
  EXPECT_EQ(holder->pid, ::getpid());
  EXPECT_EQ(holder->name, "services_test");
}

}  // namespace
}  // namespace exo
