// What a door says of those who stand there, event by event.
#include "bus/door.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <zmq.h>

#include <string>
#include <variant>

#include "base/unique_fd.h"
#include "tests/bus/raw_tcp.h"

namespace exo::routing {
namespace {

class DoorTest : public testing::Test {
 protected:
  DoorTest() : listening_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = ::htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* any = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(listening_.get(), any, size), 0);
    EXPECT_EQ(::listen(listening_.get(), 8), 0);
    EXPECT_EQ(::getsockname(listening_.get(), any, &size), 0);
    endpoint_ = "tcp://127.0.0.1:" + std::to_string(::ntohs(address.sin_port));
    door_.opened(endpoint_);
  }
  UniqueFd accept() { return UniqueFd(::accept4(listening_.get(), nullptr, nullptr, SOCK_CLOEXEC)); }
  // The one line that was said.
  std::string line() {
    EXPECT_EQ(outbox_.events().size(), 1U);
    return outbox_.events().empty() ? std::string() : std::get<BrokerNotice>(outbox_.events().front()).text;
  }

  UniqueFd listening_;
  std::string endpoint_;
  Outbox outbox_;
  Door door_{Door::Way::kTcp, {}, outbox_};
};

TEST_F(DoorTest, WhoSpeaksWithoutCurveIsNamedByItsAddress) {
  const RawTcp peer(endpoint_);
  const UniqueFd accepted = accept();
  door_.happened(ZMQ_EVENT_ACCEPTED, accepted.get());
  door_.happened(ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH);
  door_.happened(ZMQ_EVENT_DISCONNECTED, accepted.get());
  EXPECT_EQ(line(), "over TCP, " + peer.own_address() + " has not come in: it speaks without CURVE");
}

// ZeroMQ tells of a connection later than it takes it, and may have closed it by then.
TEST_F(DoorTest, WhoIsGoneBeforeTheDoorLooksIsToldWithoutItsAddress) {
  const RawTcp peer(endpoint_);
  UniqueFd accepted = accept();
  const int number = accepted.get();
  accepted.reset();
  door_.happened(ZMQ_EVENT_ACCEPTED, number);
  door_.happened(ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL, ZMQ_PROTOCOL_ERROR_ZMTP_MECHANISM_MISMATCH);
  door_.happened(ZMQ_EVENT_DISCONNECTED, number);
  EXPECT_EQ(line(), "over TCP, a program that was gone at once has not come in: it speaks without CURVE");
}

class TalkativeStrangerTest : public DoorTest {
 protected:
  void come() { door_.happened(ZMQ_EVENT_ACCEPTED, accepted_.get()); }
  void send(std::size_t bytes) { ASSERT_TRUE(peer_.write(std::string(bytes, 'x'))); }
  // In pieces for which any socket has room.
  void send_and_have_read(std::size_t bytes) {
    std::string piece(kPiece, 'x');
    for (std::size_t sent = 0; sent < bytes; sent += kPiece) {
      send(kPiece);
      ASSERT_EQ(::recv(accepted_.get(), piece.data(), piece.size(), MSG_WAITALL), kPiece);
    }
  }
  void look() { door_.look(Door::Memory::kGrows, senders_); }
  bool was_shut() {
    door_.happened(ZMQ_EVENT_DISCONNECTED, accepted_.get());
    return line() == "over TCP, " + peer_.own_address() + " was shut out: it sends a message without end";
  }

  static constexpr int kPiece = 10'000;

  std::vector<int> senders_;
  RawTcp peer_{endpoint_};
  UniqueFd accepted_ = accept();
};

// Five hundred that come at once wait for their turn, with what they have sent.
TEST_F(TalkativeStrangerTest, WhoOnlyWaitsToBeReadStaysWhileMemoryGrows) {
  come();
  send(20'000);
  for (int i = 0; i < 3; ++i) look();
  EXPECT_FALSE(was_shut());
}

TEST_F(TalkativeStrangerTest, WhoSendsMoreThanARegistrationIsShutOutAtTheSecondLook) {
  come();
  send_and_have_read(100'000);
  look();
  look();
  EXPECT_TRUE(was_shut());
}

TEST_F(TalkativeStrangerTest, WhoHasRegisteredBetweenTwoLooksStays) {
  come();
  send_and_have_read(100'000);
  send(1);
  look();
  door_.belongs_here(accepted_.get());
  look();
  EXPECT_EQ(senders_, std::vector<int>{accepted_.get()});
  door_.happened(ZMQ_EVENT_DISCONNECTED, accepted_.get());
  EXPECT_TRUE(outbox_.events().empty());
}

}  // namespace
}  // namespace exo::routing
