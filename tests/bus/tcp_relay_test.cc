// The C++ relay on a bus over TCP.
#include "bus/relays/cpp/relay.h"
#include "tests/bus/tcp_bus.h"

namespace exo {
namespace {

constexpr std::chrono::seconds kPatience{10};

class TcpRelayTest : public TcpBusTest {
 protected:
  RelayOptions options(const CurveKeys& keys) const {
    RelayOptions options;
    options.endpoint = tcp();
    options.role = "todo";
    options.version = "1.0.0";
    options.instance = "todo-1";
    options.token = "secret";
    options.curve = {.server_key = server_.public_key, .own = keys};
    return options;
  }
};

TEST_F(TcpRelayTest, JoinsWithItsKey) {
  Relay relay(options(todo_));
  const auto connected = relay.connect(kPatience);
  EXPECT_TRUE(connected.ok()) << connected.error().message;
}

TEST_F(TcpRelayTest, GivesUpAtOnceWithAKeyThatIsNotAdmitted) {
  Relay relay(options(make_curve_keys()));
  const auto connected = relay.connect(kPatience);
  ASSERT_FALSE(connected.ok());
  EXPECT_EQ(connected.error().code, "not-admitted");
  EXPECT_EQ(connected.error().message,
            "the bus at " + tcp() + " does not admit the key of todo (todo-1); EXO_CURVE_FILE names it");
}

TEST_F(TcpRelayTest, IsRefusedWithTheKeyOfAnother) {
  Relay relay(options(web_));
  const auto connected = relay.connect(kPatience);
  ASSERT_FALSE(connected.ok());
  EXPECT_EQ(connected.error().code, "not-admitted");
}

}  // namespace
}  // namespace exo
