// Whose connections go where, by the table that is in effect.
#include "tests/services/forwarder_fixture.h"

#include <atomic>
#include <cerrno>
#include <map>

namespace exo {
namespace {

using namespace std::chrono_literals;

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

}  // namespace
}  // namespace exo
