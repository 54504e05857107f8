// Peers on the ipc endpoint that do not behave: each is bounded, told in few lines, and costs nobody else
// anything.
#include <algorithm>
#include <atomic>
#include <list>
#include <thread>

#include "bus/memory_watch.h"
#include "tests/bus/raw_tcp.h"
#include "tests/bus/tcp_bus.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

// What goes through a socket in the two seconds that it takes at most to notice.
constexpr std::size_t kMemoryOfAnEndlessMessage = std::size_t{4} << 30U;

class StrangersTest : public TcpBusTest {
 protected:
  void start_with(routing::DoorPeers::Limits limits) { start({}, std::chrono::seconds(10), limits); }

  void join_pair() {
    web_peer_.emplace(ipc());
    todo_peer_.emplace(ipc());
    web_peer_->register_as("web", "1.0.0", "web-1");
    web_peer_->receive(Kind::kRegistered);
    todo_peer_->register_as("todo", "1.0.0", "todo-1");
    todo_peer_->receive(Kind::kRegistered);
  }
  // web asks, todo answers.
  void expect_exchanges(int count) {
    for (; count > 0; --count) {
      const std::string id = "m" + std::to_string(++asked_);
      web_peer_->send({.kind = Kind::kCommand, .name = "todos.list", .id = id, .expects = Expects::kOne});
      const RawMessage command = todo_peer_->receive(Kind::kCommand);
      ASSERT_EQ(command.header.id, id);
      todo_peer_->send({.kind = Kind::kReply, .name = "todos.listed", .id = "r" + id, .response_to = id});
      todo_peer_->send({.kind = Kind::kHandled}, encode_sequences({command.header.sequence}).text());
      ASSERT_EQ(web_peer_->receive(Kind::kReply).header.response_to, id);
    }
  }

  // How many lines for the log there are by now.
  std::size_t notices_by_now() {
    std::size_t lines = 0;
    for (const BrokerEvent& event : broker_->take_events())
      lines += std::holds_alternative<BrokerNotice>(event) ? 1 : 0;
    return lines;
  }

  // Speaks ZMTP from here on.
  static void shake_hands(RawTcp& peer) {
    peer.write(zmtp_greeting("NULL"));
    peer.read_until("NULL");
    peer.write(zmtp_command("READY", zmtp_property("Socket-Type", "DEALER") + zmtp_property("Identity", "")));
    peer.read_until("READY");
  }
  static std::string message(const HeaderView& header, std::string_view payload) {
    std::string bytes;
    encode_header(header, bytes);
    return zmtp_frame(bytes, true) + zmtp_frame(payload, false);
  }
  static std::string registration(const std::string& token, const std::string& instance = "web-1") {
    const Payload payload = encode_registration({.protocols = {1},
                                                 .role = "web",
                                                 .version = "1.0.0",
                                                 .instance = instance,
                                                 .token = token,
                                                 .window = 1,
                                                 .relay = "raw"});
    return message({.kind = Kind::kRegister}, payload.text());
  }

  // Others are served meanwhile, and after.
  void expect_cut_off_for_sending_without_end(RawTcp& endless) {
    const std::size_t before = routing::resident_bytes();
    std::atomic<bool> cut_off = false;
    std::thread sender([&] {
      const std::string frame = zmtp_frame(std::string(1'000'000, 'x'), true);
      while (endless.write(frame)) continue;
      cut_off = true;
    });
    std::size_t most = before;
    while (!cut_off) {
      expect_exchanges(1);
      most = std::max(most, routing::resident_bytes());
    }
    sender.join();
    wait_for_notice("was shut out: it sends a message without end");
    EXPECT_LT(most - before, kMemoryOfAnEndlessMessage);
    RecordProperty("mebibytes", std::to_string((most - before) >> 20U));
    expect_exchanges(1);
  }

  std::optional<RawPeer> web_peer_;
  std::optional<RawPeer> todo_peer_;
  int asked_ = 0;
};

TEST_F(StrangersTest, WhoSaysNothingIsCutOffAndNamed) {
  start_with({.register_within = milliseconds(200)});
  RawTcp silent(ipc());
  shake_hands(silent);
  silent.wait_for_end();
  EXPECT_EQ(wait_for_notice("over ipc, "), "over ipc, process " + std::to_string(::getpid()) + " of user " +
                                               std::to_string(::geteuid()) +
                                               " was shut out: it had not registered within 200 ms");
}

TEST_F(StrangersTest, WhoDoesNotEvenShakeHandsIsCutOffAndNamed) {
  start_with({.register_within = milliseconds(200)});
  RawTcp silent(ipc());
  silent.wait_for_end();
  const std::string line = wait_for_notice("over ipc, ");
  EXPECT_NE(line.find("process " + std::to_string(::getpid())), std::string::npos) << line;
}

// Whatever the broker was doing when they came.
TEST_F(StrangersTest, ManyWhoHaveRegisteredAtOnceMayAllBeSilent) {
  start_with({.register_within = std::chrono::seconds(1)});
  constexpr int kPeers = 100;
  for (int i = 0; i < kPeers; ++i) {
    broker_->admit(
        {.instance = "web-" + std::to_string(100 + i), .role = "web", .version = "1.0.0", .token = "secret"});
  }
  broker_->ask_for_traffic();
  wait_for<TrafficSeen>();  // and so the admissions are known
  std::list<RawPeer> peers;
  for (int i = 0; i < kPeers; ++i) {
    peers.emplace_back(ipc()).register_as("web", "1.0.0", "web-" + std::to_string(100 + i));
  }
  for (RawPeer& peer : peers) peer.receive(Kind::kRegistered);
  RawTcp silent(ipc());
  shake_hands(silent);
  silent.wait_for_end();
  for (RawPeer& peer : peers) {
    peer.send({.kind = Kind::kPing});
    peer.receive(Kind::kPong);
  }
}

TEST_F(StrangersTest, WhoHasRegisteredMayBeSilent) {
  start_with({.register_within = std::chrono::seconds(1)});
  join_pair();
  RawTcp silent(ipc());
  shake_hands(silent);
  silent.wait_for_end();
  expect_exchanges(1);
  EXPECT_EQ(wait_for_notice("over ipc, ").find("more like it"), std::string::npos);
}

// The first connection shows itself gone only later; whoever waits for that stands at the door no longer.
TEST_F(StrangersTest, WhoWaitsForAnotherConnectionToEndIsNoStranger) {
  start_with({.register_within = milliseconds(500)});
  join_pair();
  RawPeer second(ipc());
  second.register_as("web", "1.0.0", "web-1");
  EXPECT_EQ(second.receive().header.code, "already-connected");
}

TEST_F(StrangersTest, AThousandThatNeverRegisterKeepNobodyOut) {
  start_with({.connections = 4096, .strangers = 100, .undisturbed = milliseconds(0)});
  const auto begin = std::chrono::steady_clock::now();
  std::list<RawTcp> crowd;
  for (int i = 0; i < 1000; ++i) {
    crowd.emplace_back(ipc());
    shake_hands(crowd.back());
  }
  join_pair();
  expect_exchanges(100);
  for (int i = 0; i < 900; ++i) {
    crowd.front().wait_for_end();
    crowd.pop_front();
  }
  wait_for_notice("was shut out: more than 100 connections had not said who they are");
  const auto seconds = (std::chrono::steady_clock::now() - begin) / std::chrono::seconds(1);
  EXPECT_LE(notices_by_now(), static_cast<std::size_t>(seconds) + 2);
}

TEST_F(StrangersTest, NoMoreConnectionsThanItsLimit) {
  start_with({.connections = 3, .strangers = 3});
  join_pair();
  RawTcp third(ipc());
  shake_hands(third);
  RawTcp fourth(ipc());
  fourth.wait_for_end();
  wait_for_notice("was shut out: 3 connections are open already");
  expect_exchanges(1);
}

TEST_F(StrangersTest, WhoRegistersOverAndOverIsCutOff) {
  join_pair();
  RawTcp guesser(ipc());
  shake_hands(guesser);
  for (int i = 0; i < 16; ++i) guesser.write(registration("guess " + std::to_string(i)));
  guesser.wait_for_end();
  EXPECT_NE(wait_for_notice("somebody has registered as").find("\"web-1\" of \"web\""), std::string::npos);
  wait_for_notice("was shut out: 16 of its messages were refused, and it had not registered");
  expect_exchanges(1);
}

TEST_F(StrangersTest, WhoIsAdmittedAtTheFifteenthAttemptStays) {
  RawTcp slow(ipc());
  shake_hands(slow);
  for (int i = 0; i < 15; ++i) slow.write(registration("guess"));
  slow.write(registration("secret"));
  EXPECT_TRUE(slow.read_until("frameLimit"));
  for (int i = 0; i < 100; ++i) slow.write(message({.kind = Kind::kPing}, {}));
  EXPECT_TRUE(slow.read_until("pong"));
}

TEST_F(StrangersTest, WhoSaysNothingButRubbishIsCutOff) {
  join_pair();
  RawTcp peer(ipc());
  shake_hands(peer);
  for (int i = 0; i < 16; ++i) peer.write(zmtp_frame("no header", true) + zmtp_frame("no payload", false));
  peer.wait_for_end();
  wait_for_notice("a peer that has not registered sent no message");
  wait_for_notice("was shut out: 16 of its messages were refused");
  expect_exchanges(1);
}

TEST_F(StrangersTest, WhoNamesItselfIsCutOffAndNamed) {
  RawPeer forger(ipc(), {.routing_id = "web"});
  forger.register_as("web", "1.0.0", "web-1");
  wait_for_notice("was shut out: it has named itself, which is for the bus to do");
  join_pair();
}

TEST_F(StrangersTest, ANestingWithoutEndIsRefusedLikeAnyRubbish) {
  join_pair();
  const std::string nested(100'000, '\x91');
  RawPeer stranger(ipc());
  stranger.send_frames({nested.substr(0, 16'000), ""});
  EXPECT_EQ(stranger.receive(Kind::kRefused).header.code, "malformed");
  std::string header;
  encode_header({.kind = Kind::kRegister}, header);
  stranger.send_frames({header, nested});
  EXPECT_EQ(stranger.receive(Kind::kRefused).header.code, "malformed");
  encode_header({.kind = Kind::kHandled}, header);
  web_peer_->send_frames({header, nested});
  EXPECT_EQ(web_peer_->receive(Kind::kError).header.code, "malformed");
  expect_exchanges(1);
}

TEST_F(StrangersTest, AMessageOfAHundredThousandFramesIsNone) {
  join_pair();
  web_peer_->send_frames(std::vector<std::string>(100'000, "frame"));
  EXPECT_EQ(web_peer_->receive(Kind::kError).header.code, "malformed");
  expect_exchanges(1);
}

// It is never there to be refused, so it ends with the time that its sender has to register.
TEST_F(StrangersTest, AMessageWithoutEndIsCutOffWithItsSender) {
  start_with({.register_within = std::chrono::seconds(2)});
  join_pair();
  RawTcp endless(ipc());
  shake_hands(endless);
  const std::string frame = zmtp_frame(std::string(1000, 'x'), true);
  while (endless.write(frame)) expect_exchanges(1);
  wait_for_notice("was shut out: it had not registered");
  expect_exchanges(1);
}

TEST_F(StrangersTest, AMessageWithoutEndDoesNotFillTheMemoryUntilItsSendersTimeIsOver) {
  join_pair();
  RawTcp endless(ipc());
  shake_hands(endless);
  expect_cut_off_for_sending_without_end(endless);
}

TEST_F(StrangersTest, AMessageWithoutEndOfOneWhoHasRegisteredIsCutOff) {
  join_pair();
  broker_->admit({.instance = "web-2", .role = "web", .version = "1.0.0", .token = "secret"});
  RawTcp endless(ipc());
  shake_hands(endless);
  endless.write(registration("secret", "web-2"));
  ASSERT_TRUE(endless.read_until("frameLimit"));
  expect_cut_off_for_sending_without_end(endless);
  EXPECT_EQ(wait_for<InstanceLost>().instance, "web-2");
}

TEST_F(StrangersTest, AFrameBeyondAnyLimitCutsItsSenderOff) {
  join_pair();
  RawTcp peer(ipc());
  shake_hands(peer);
  peer.write(std::string("\x02\0\0\x01\0\0\0\0\0", 9));  // a long frame, 1 TiB of it to come
  peer.wait_for_end();
  wait_for_notice("over ipc, ");
  expect_exchanges(1);
}

TEST_F(StrangersTest, AFloodOfRubbishHoldsNobodyUpAndIsFewLines) {
  join_pair();
  const auto begin = std::chrono::steady_clock::now();
  std::atomic<bool> stop = false;
  std::atomic<int> turned_away = 0;
  std::thread flood([&] {
    for (int i = 0; !stop; ++i) {
      RawTcp peer(ipc());
      if (i % 2 == 0) {
        peer.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n" + std::string(100, '\0'));
      } else {
        shake_hands(peer);
        for (int j = 0; j < 16; ++j) peer.write(zmtp_frame("x", false));
      }
      peer.wait_for_end();
      ++turned_away;
    }
  });
  while (turned_away < 500) expect_exchanges(10);
  stop = true;
  flood.join();
  wait_for_notice("over ipc, ");
  const auto seconds = (std::chrono::steady_clock::now() - begin) / std::chrono::seconds(1);
  constexpr std::size_t kKinds = 2;  // of what is turned away, and of what is no message
  EXPECT_LE(notices_by_now(), kKinds * (static_cast<std::size_t>(seconds) + 2));
}

}  // namespace
}  // namespace exo
