// Who joins the bus over TCP, and as whom.
#include <sys/stat.h>

#include "tests/bus/raw_tcp.h"
#include "tests/bus/tcp_bus.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

// Long enough for a message that should not come to have come.
constexpr milliseconds kNothingComes{300};

class BusTcpTest : public TcpBusTest {
 protected:
  static std::string code_of(const RawMessage& message) { return std::string(message.header.code); }
};

TEST_F(BusTcpTest, AKeyThatNobodyMadeIsRefusedAtTheDoor) {
  const CurveKeys unknown = make_curve_keys();
  RawPeer stranger(tcp(), with(unknown));
  stranger.register_as("todo", "1.0.0", "todo-1");
  const std::string line = wait_for_notice("127.0.0.1 has not come in");
  EXPECT_NE(line.find("its key " + unknown.public_key + " is none that this host has made or listed"),
            std::string::npos)
      << line;
  EXPECT_FALSE(stranger.receive_within(kNothingComes).has_value());
}

TEST_F(BusTcpTest, WhoSpeaksWithoutCurveNeverGetsIn) {
  RawPeer plain(tcp());
  plain.register_as("todo", "1.0.0", "todo-1");
  // Either side may notice first, and hang up.
  const std::string line = wait_for_notice("without CURVE");
  EXPECT_TRUE(names_its_address(line, "127.0.0.1:")) << line;
  EXPECT_FALSE(plain.receive_within(kNothingComes).has_value());
}

TEST_F(BusTcpTest, WhoKnowsAnotherKeyOfTheBusNeverGetsIn) {
  const CurveKeys another = make_curve_keys();
  RawPeer mistaken(tcp(), {.curve = {.server_key = another.public_key, .own = todo_}});
  mistaken.register_as("todo", "1.0.0", "todo-1");
  const std::string line = wait_for_notice(" has not come in: what it sent cannot be decrypted");
  EXPECT_TRUE(names_its_address(line, "127.0.0.1:")) << line;
  EXPECT_FALSE(mistaken.receive_within(kNothingComes).has_value());
}

TEST_F(BusTcpTest, WhoHasTheKeyOfAnInstanceJoinsAsThatOne) {
  RawPeer todo(tcp(), with(todo_));
  todo.register_as("todo", "1.0.0", "todo-1");
  EXPECT_EQ(todo.receive().header.kind, Kind::kRegistered);
  EXPECT_EQ(wait_for<InstanceRegistered>().instance, "todo-1");
}

TEST_F(BusTcpTest, TheKeyOfOneIsRefusedToAnotherWhoseTokenItKnows) {
  RawPeer web(tcp(), with(web_));
  web.register_as("todo", "1.0.0", "todo-1");
  const RawMessage answer = web.receive();
  EXPECT_EQ(answer.header.kind, Kind::kRefused);
  EXPECT_EQ(code_of(answer), "not-admitted");
  EXPECT_EQ(wait_for_notice("has registered as"),
            "bus: who has the key " + web_.public_key +
                " has registered as \"todo-1\" of \"todo\", and is not admitted as that");
}

TEST_F(BusTcpTest, TheKeyOfAnInstanceMakesNoOperator) {
  broker_->admit({.role = "exo-operator", .token = "secret", .kind = PeerKind::kOperator});
  RawPeer web(tcp(), with(web_));
  web.register_as("exo-operator", "", "operator-1");
  EXPECT_EQ(web.receive().header.kind, Kind::kRefused);
}

TEST_F(BusTcpTest, AnInstanceMayStillComeOverIpc) {
  RawPeer todo(ipc());
  todo.register_as("todo", "1.0.0", "todo-1");
  EXPECT_EQ(todo.receive().header.kind, Kind::kRegistered);
}

TEST_F(BusTcpTest, TheIpcEndpointKnowsNoKeys) {
  RawPeer confused(ipc(), with(todo_));
  confused.register_as("todo", "1.0.0", "todo-1");
  EXPECT_FALSE(confused.receive_within(kNothingComes).has_value());
}

TEST_F(BusTcpTest, TheKeyOfAnInstanceThatHasEndedIsNotAdmittedAgain) {
  {
    RawPeer todo(tcp(), with(todo_));
    todo.register_as("todo", "1.0.0", "todo-1");
    todo.receive(Kind::kRegistered);
    broker_->dismiss("todo-1");
    todo.register_as("todo", "1.0.0", "todo-1");  // over the connection that is there
    EXPECT_EQ(code_of(todo.receive(Kind::kRefused)), "not-admitted");
  }
  RawPeer again(tcp(), with(todo_));
  again.register_as("todo", "1.0.0", "todo-1");
  wait_for_notice("its key " + todo_.public_key);
  EXPECT_FALSE(again.receive_within(kNothingComes).has_value());
}

TEST_F(BusTcpTest, AListedKeyIsAnOperatorWithoutAToken) {
  const CurveKeys anna = make_curve_keys();
  broker_->set_operator_keys({{.who = "anna", .public_key = anna.public_key}});
  RawPeer peer(tcp(), with(anna));
  peer.register_as("exo-operator", "", "operator-1");
  EXPECT_EQ(peer.receive().header.kind, Kind::kRegistered);
  const auto registered = wait_for<InstanceRegistered>();
  EXPECT_EQ(registered.kind, PeerKind::kOperator);
  EXPECT_EQ(registered.who, "anna");
}

TEST_F(BusTcpTest, AListedKeyIsNoInstance) {
  const CurveKeys anna = make_curve_keys();
  broker_->set_operator_keys({{.who = "anna", .public_key = anna.public_key}});
  RawPeer peer(tcp(), with(anna));
  peer.register_as("todo", "1.0.0", "todo-1");
  EXPECT_EQ(peer.receive().header.kind, Kind::kRefused);
}

TEST_F(BusTcpTest, AnOperatorWhoseKeyIsTakenOffTheListIsCutOff) {
  const CurveKeys anna = make_curve_keys();
  broker_->set_operator_keys({{.who = "anna", .public_key = anna.public_key}});
  RawPeer peer(tcp(), with(anna));
  peer.register_as("exo-operator", "", "operator-1");
  peer.receive(Kind::kRegistered);
  broker_->set_operator_keys({});
  EXPECT_EQ(code_of(peer.receive(Kind::kRefused)), "not-admitted");
  EXPECT_EQ(wait_for<InstanceLost>().instance, "operator-1");
  peer.register_as("exo-operator", "", "operator-1");
  EXPECT_EQ(code_of(peer.receive(Kind::kRefused)), "not-admitted");
}

// Public keys are public: a program of this user on this machine may name one in its handshake over ipc,
// where nothing proves it.
TEST_F(BusTcpTest, AKeyThatIsOnlyClaimedOverIpcIsNone) {
  const CurveKeys anna = make_curve_keys();
  broker_->set_operator_keys({{.who = "anna", .public_key = anna.public_key}});
  RawTcp liar(ipc());
  liar.write(zmtp_greeting("NULL"));
  liar.read_until("NULL");
  liar.write(zmtp_command("READY", zmtp_property("Socket-Type", "DEALER") + zmtp_property("Identity", "") +
                                       zmtp_property("User-Id", anna.public_key)));
  liar.read_until("READY");
  HeaderView header;
  header.kind = Kind::kRegister;
  std::string bytes;
  encode_header(header, bytes);
  const Payload payload = encode_registration({.protocols = {1},
                                               .role = "exo-operator",
                                               .instance = "operator-1",
                                               .token = "guessed",
                                               .window = 1,
                                               .relay = "raw"});
  liar.write(zmtp_frame(bytes, true) + zmtp_frame(payload.text(), false));
  EXPECT_TRUE(liar.read_until("not-admitted"));
}

TEST_F(BusTcpTest, PlainTcpToANetworkIsNotPossible) {
  const auto started = Broker::start({.endpoint = "tcp://0.0.0.0:0", .environment = "test"});
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().message,
            "the bus cannot listen on tcp://0.0.0.0:0: without keys it listens on 127.0.0.1 or [::1] only");
}

TEST_F(BusTcpTest, ABoundEndpointIsNamed) {
  auto second = Broker::start({.endpoint = "ipc://" + (folder_ / "second").string(),
                               .environment = "test",
                               .tcp = routing::TcpListening{.endpoint = tcp(), .keys = server_}});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().message, "the bus cannot listen on " + tcp() + ": Address already in use");
}

}  // namespace
}  // namespace exo
