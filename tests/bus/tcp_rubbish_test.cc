// Peers on the TCP port that do not speak as they should: they are named, and cost nobody else anything.
#include <list>

#include "tests/bus/raw_tcp.h"
#include "tests/bus/tcp_bus.h"

namespace exo {
namespace {

class TcpRubbishTest : public TcpBusTest {
 protected:
  // Bytes after which the other side hangs up by itself.
  void expect_turned_away(std::string_view bytes) {
    RawTcp peer(tcp());
    peer.write(bytes);
    peer.wait_for_end();
    const std::string line = wait_for_notice(" has not come in: ");
    EXPECT_TRUE(names_its_address(line, peer.own_address())) << line;
    expect_todo_comes_in();
  }
};

TEST_F(TcpRubbishTest, ABrowser) {
  expect_turned_away("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
}

TEST_F(TcpRubbishTest, NothingButZeros) {
  expect_turned_away(std::string(4096, '\0'));
}

TEST_F(TcpRubbishTest, ZmtpOfOldTimesKnowsNoKeys) {
  expect_turned_away(std::string("\x01\x00", 2));                                 // 1.0
  expect_turned_away(std::string("\xff\0\0\0\0\0\0\0\x01\x7f\x00\x05", 12));      // 1.0, with a version
  expect_turned_away(std::string("\xff\0\0\0\0\0\0\0\x01\x7f\x01\x05\0\0", 14));  // 2.0
}

TEST_F(TcpRubbishTest, AnotherMechanism) {
  expect_turned_away(zmtp_greeting("PLAIN"));
  expect_turned_away(zmtp_greeting("GSSAPI"));
  expect_turned_away(zmtp_greeting("NONSENSE"));
}

TEST_F(TcpRubbishTest, AHandshakeThatIsNone) {
  expect_turned_away(zmtp_greeting("CURVE") + zmtp_command("READY", ""));
  expect_turned_away(zmtp_greeting("CURVE") + zmtp_command("HELLO", std::string(194, 'x')));
  expect_turned_away(zmtp_greeting("CURVE") + zmtp_command("HELLO", "short"));
  expect_turned_away(zmtp_greeting("CURVE") + zmtp_frame("a message", false));
}

// Nobody waits for what is announced beyond any limit.
TEST_F(TcpRubbishTest, AFrameThatIsSaidToBeEndless) {
  expect_turned_away(zmtp_greeting("CURVE") + std::string("\x06\x7f\xff\xff\xff\xff\xff\xff\xff", 9));
}

TEST_F(TcpRubbishTest, HalfAGreetingAndOff) {
  for (const std::size_t length : {0U, 1U, 9U, 11U, 12U, 63U, 64U}) {
    std::string address;
    {
      RawTcp peer(tcp());
      address = peer.own_address();
      peer.write(zmtp_greeting("CURVE").substr(0, length));
    }
  }
  expect_todo_comes_in();
}

TEST_F(TcpRubbishTest, HalfAGreetingAndNothingMore) {
  start({}, std::chrono::milliseconds(500));
  RawTcp peer(tcp());
  peer.write(zmtp_greeting("CURVE").substr(0, 20));
  RawTcp silent(tcp());
  expect_todo_comes_in();
  peer.wait_for_end();
  silent.wait_for_end();
  EXPECT_NE(wait_for_notice("in time").find("127.0.0.1:"), std::string::npos);
}

// A relay's key, and then what is no message of the protocol.
TEST_F(TcpRubbishTest, GarbageAfterTheHandshake) {
  RawPeer web(tcp(), with(web_));
  web.send_frames({"no header", "no payload"});
  EXPECT_EQ(std::string(web.receive(Kind::kRefused).header.code), "malformed");
  web.send_frames({"one frame"});
  EXPECT_EQ(std::string(web.receive(Kind::kRefused).header.code), "malformed");
  web.send_frames({"", "", "", ""});
  EXPECT_EQ(std::string(web.receive(Kind::kRefused).header.code), "malformed");
  expect_todo_comes_in();
}

TEST_F(TcpRubbishTest, ACrowdOfStrangersKeepsNobodyOut) {
  start({.connections = 64, .strangers = 16, .undisturbed = std::chrono::milliseconds(0)});
  std::list<RawTcp> crowd;
  for (int i = 0; i < 200; ++i) crowd.emplace_back(tcp());
  expect_todo_comes_in();
  const std::string line = wait_for_notice("was shut out");
  EXPECT_NE(line.find("127.0.0.1:"), std::string::npos) << line;
}

TEST_F(TcpRubbishTest, ManyStrangersAreFewLines) {
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 0; i < 300; ++i) {
    RawTcp peer(tcp());
    peer.write("GET / HTTP/1.1\r\n\r\n");
    peer.wait_for_end();
  }
  const std::string first = wait_for_notice("has not come in");
  const std::string next = wait_for_notice("more like it");
  const auto seconds = std::chrono::steady_clock::now() - begin;
  std::size_t lines = 2;
  for (const BrokerEvent& event : broker_->take_events())
    lines += std::holds_alternative<BrokerNotice>(event) ? 1 : 0;
  EXPECT_LE(lines, static_cast<std::size_t>(seconds / std::chrono::seconds(1)) + 3);
}

}  // namespace
}  // namespace exo
