#include "host/instance_ports.h"

#include <gtest/gtest.h>

#include <fstream>
#include <set>

#include "tests/services/sockets.h"

namespace exo {
namespace {

int first_of_kernel() {
  std::ifstream range("/proc/sys/net/ipv4/ip_local_port_range");
  int first = 0;
  EXPECT_TRUE(range >> first);
  return first;
}

TEST(InstancePorts, LieWhereTheKernelGivesNoneToOthers) {
  const int first = first_of_kernel();
  if (first < 21'000) GTEST_SKIP() << "the kernel's own range begins at " << first << " and leaves no room";
  InstancePorts ports;
  for (int i = 0; i < 20; ++i) {
    const auto port = ports.take("todo-" + std::to_string(i));
    ASSERT_TRUE(port.ok()) << port.error().message;
    EXPECT_GE(port.value(), 20'000);
    EXPECT_LT(port.value(), first);
  }
}

TEST(InstancePorts, AreNeverGivenTwiceWhileTheyAreTaken) {
  InstancePorts ports;
  std::set<std::uint16_t> given;
  for (int i = 0; i < 500; ++i)
    EXPECT_TRUE(given.insert(ports.take("todo-" + std::to_string(i)).value()).second);
}

// By chance alone the kernel would choose some port of its own twice.
TEST(InstancePorts, AreNeverGivenTwiceWhereTheKernelChooses) {
  InstancePorts ports(PortRange{});
  std::set<std::uint16_t> given;
  for (int i = 0; i < 1'000; ++i)
    EXPECT_TRUE(given.insert(ports.take("todo-" + std::to_string(i)).value()).second);
}

TEST(InstancePorts, AreNotThoseThatSomebodyListensOn) {
  const testing_support::Server server([](testing_support::Connection&) {});
  InstancePorts ports({.lowest = server.port(), .highest = server.port()});
  const auto port = ports.take("todo-1");
  ASSERT_TRUE(port.ok());
  EXPECT_NE(port.value(), server.port());
}

TEST(InstancePorts, CanBeTakenAgainOnceTheyAreGivenBack) {
  const std::uint16_t free = InstancePorts().take("todo-1").value();
  InstancePorts ports({.lowest = free, .highest = free});
  ASSERT_EQ(ports.take("todo-1").value(), free);
  EXPECT_NE(ports.take("todo-2").value(), free);
  ports.give_back("todo-1");
  ports.give_back("todo-1");
  EXPECT_EQ(ports.take("todo-3").value(), free);
}

}  // namespace
}  // namespace exo
