// A relay with a broker that runs beside it, as in life.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "base/clock.h"
#include "tests/relay/fake_broker.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

// Plays the broker in a thread of its own until it is destroyed: answers registrations, and what else
// `respond` says.
class BrokerThread {
 public:
  using Respond = std::function<void(FakeBroker&, const Heard&)>;

  explicit BrokerThread(Respond respond) : respond_(std::move(respond)), thread_([this] { run(); }) {}
  ~BrokerThread() {
    stopped_ = true;
    thread_.join();
  }
  BrokerThread(const BrokerThread&) = delete;
  BrokerThread& operator=(const BrokerThread&) = delete;

  RelayOptions options() const {
    return {.endpoint = broker_.endpoint(),
            .role = "todo",
            .version = "0.0.1",
            .instance = "todo-1",
            .token = "f"};
  }

 private:
  void run() {
    while (!stopped_) {
      auto heard = broker_.receive();
      if (!heard) {
        broker_.wait(milliseconds(10));
        continue;
      }
      EXPECT_TRUE(decode_header(std::as_bytes(std::span(heard->header_bytes)), heard->header).ok());
      if (heard->header.kind == Kind::kRegister) {
        HeaderView header;
        header.kind = Kind::kRegistered;
        broker_.send(heard->peer, header, encode_registered({.protocol = 1, .heartbeat_ms = 5000}).text());
        header.kind = Kind::kRoutes;
        broker_.send(heard->peer, header, encode_routes({}).text());
      }
      respond_(broker_, *heard);
    }
  }

  FakeBroker broker_;
  Respond respond_;
  std::atomic<bool> stopped_ = false;
  std::thread thread_;
};

void deliver_next(FakeBroker& broker, const std::string& peer, std::uint64_t sequence) {
  const std::string id = "c-" + std::to_string(sequence);
  HeaderView header;
  header.kind = Kind::kCommand;
  header.name = "echo";
  header.id = id;
  header.activity_id = "a";
  header.sender = "web";
  header.expects = Expects::kOne;
  header.sequence = sequence;
  broker.send(peer, header, "\x01");
}

TEST(AskingFromOutside, GivesTheAnswer) {
  const BrokerThread broker([](FakeBroker& fake, const Heard& heard) {
    if (heard.header.kind != Kind::kCommand) return;
    HeaderView header;
    header.kind = Kind::kReply;
    header.name = "exo.status";
    header.id = "r";
    header.response_to = heard.header.id;
    header.sender = "exo";
    fake.send(heard.peer, header, "\x07");
  });
  Relay relay(broker.options());
  ASSERT_TRUE(relay.connect(milliseconds(10'000)).ok());
  const auto answer = relay.ask("exo.status", Value());
  ASSERT_TRUE(answer.ok()) << answer.error().message;
  EXPECT_EQ(answer.value().payload, Value(7));
  EXPECT_EQ(answer.value().sender, "exo");
}

TEST(AskingFromOutside, FailsWhenNobodyAnswersInTime) {
  const BrokerThread broker([](FakeBroker&, const Heard&) {});
  Relay relay(broker.options());
  ASSERT_TRUE(relay.connect(milliseconds(10'000)).ok());
  const auto answer = relay.ask("exo.status", Value(), {.timeout = milliseconds(20)});
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, "expired");
}

TEST(ManyCommands, AreEachAnsweredOnceAndReportedOnce) {
  constexpr std::uint64_t kCount = 10'000;
  constexpr std::uint64_t kWindow = 256;
  std::uint64_t sent = 0;
  std::uint64_t handled = 0;
  std::uint64_t replies = 0;
  std::atomic<bool> all_done = false;
  const BrokerThread broker([&](FakeBroker& fake, const Heard& heard) {
    if (heard.header.kind == Kind::kReply) ++replies;
    if (heard.header.kind == Kind::kHandled) handled += sequences_in(heard).size();
    while (sent < kCount && sent - handled < kWindow) deliver_next(fake, heard.peer, ++sent);
    all_done = handled == kCount && replies == kCount;
  });
  Relay relay(broker.options());
  relay.handle("echo", [](const Command& command, Reply reply) { reply.send("echoed", command.payload); });
  ASSERT_TRUE(relay.connect(milliseconds(10'000)).ok());
  const auto until = monotonic_now() + std::chrono::seconds(60);
  while (!all_done && monotonic_now() < until) ASSERT_TRUE(relay.poll(milliseconds(10)).ok());
  EXPECT_TRUE(all_done);
}

}  // namespace
}  // namespace exo
