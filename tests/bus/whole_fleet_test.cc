// A whole fleet that comes at once, as when a broker has started again: the doors, which shut strangers out,
// let all of it in.
#include <list>
#include <memory>

#include "bus/relays/cpp/relay.h"
#include "tests/bus/tcp_bus.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

constexpr int kFleet = 500;
constexpr std::chrono::seconds kPatience{30};

class WholeFleetTest : public TcpBusTest {
 protected:
  struct Member {
    std::string instance;
    CurveKeys keys;
  };
  void admit_all() {
    for (int i = 0; i < kFleet; ++i) {
      members_.push_back({"fleet-" + std::to_string(i), make_curve_keys()});
      broker_->admit({.instance = members_.back().instance,
                      .role = "todo",
                      .version = "1.0.0",
                      .token = "secret",
                      .public_key = members_.back().keys.public_key});
    }
  }
  void start_relays(const std::string& endpoint, bool with_keys) {
    for (const Member& member : members_) {
      RelayOptions options;
      options.endpoint = endpoint;
      options.context = context_;
      options.role = "todo";
      options.version = "1.0.0";
      options.instance = member.instance;
      options.token = "secret";
      if (with_keys) options.curve = {.server_key = server_.public_key, .own = member.keys};
      relays_.emplace_back(std::move(options));
      EXPECT_EQ(relays_.back().connect(milliseconds(0)).error().code, "no-answer");
    }
  }
  // How many of them have registered, once all have or the patience is over.
  int come_in() {
    const auto until = std::chrono::steady_clock::now() + kPatience;
    int registered = 0;
    while (registered < kFleet && std::chrono::steady_clock::now() < until) {
      registered = 0;
      for (Relay& relay : relays_) {
        const auto polled = relay.poll(milliseconds(0));
        if (!polled.ok()) ADD_FAILURE() << polled.error().message;
        registered += relay.registered() ? 1 : 0;
      }
    }
    return registered;
  }
  // Of the doors; nobody has waited for any event yet.
  std::vector<std::string> lines() {
    std::vector<std::string> lines;
    for (const BrokerEvent& event : broker_->take_events()) {
      if (const auto* notice = std::get_if<BrokerNotice>(&event)) lines.push_back(notice->text);
    }
    return lines;
  }

  std::shared_ptr<RelayContext> context_ = std::make_shared<RelayContext>();
  std::vector<Member> members_;
  std::list<Relay> relays_;
};

TEST_F(WholeFleetTest, ComesInOverIpcAtOnce) {
  admit_all();
  start_relays(ipc(), false);
  EXPECT_EQ(come_in(), kFleet);
  EXPECT_EQ(lines(), std::vector<std::string>{});
}

TEST_F(WholeFleetTest, ComesInOverTcpAtOnce) {
  admit_all();
  start_relays(tcp(), true);
  EXPECT_EQ(come_in(), kFleet);
  EXPECT_EQ(lines(), std::vector<std::string>{});
}

// Far more than may be strangers at a time: each that the door has taken gets in, and makes room for the
// next.
TEST_F(WholeFleetTest, ComesInOverTcpThoughItIsLargerThanTheCrowdAtTheDoor) {
  start({.strangers = 50});
  admit_all();
  start_relays(tcp(), true);
  EXPECT_EQ(come_in(), kFleet);
}

}  // namespace
}  // namespace exo
