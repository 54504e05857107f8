// The broker over real sockets.
#include "bus/broker.h"

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "tests/bus/raw_peer.h"

namespace exo {
namespace {

class BrokerTest : public testing::Test {
 protected:
  BrokerTest() {
    std::array<char, 32> name{"/tmp/exo-bus-XXXXXX"};
    folder_ = ::mkdtemp(name.data());
    endpoint_ = "ipc://" + folder_.string() + "/run/bus";
  }
  ~BrokerTest() override {
    broker_.reset();
    std::filesystem::remove_all(folder_);
  }
  void start(Broker::Options options) {
    auto started = Broker::start(std::move(options));
    ASSERT_TRUE(started.ok()) << started.error().message;
    broker_ = std::move(started).value();
  }
  // web sends todos.list to todo; both are admitted.
  void start_fleet() {
    start({.endpoint = endpoint_, .environment = "test", .backlog_limit_bytes = 4 * 1024 * 1024});
    RoutingPlan plan{.position = 1};
    plan.versions.push_back(
        {.role = "web", .version = "1.0.0", .sends = {"todos.list"}, .gate = Gate::kOpen, .share = 1});
    plan.versions.push_back(
        {.role = "todo", .version = "1.0.0", .receives = {"todos.list"}, .gate = Gate::kOpen, .share = 1});
    broker_->publish(RoutingTable::compile(plan));
    broker_->admit({.instance = "web-1", .role = "web", .version = "1.0.0", .token = "secret"});
    broker_->admit({.instance = "todo-1", .role = "todo", .version = "1.0.0", .token = "secret"});
  }
  // Waits for an event of this type; those before it are dropped.
  template <typename Event>
  Event wait_for() {
    while (true) {
      for (; next_event_ < events_.size(); ++next_event_) {
        if (auto* notice = std::get_if<BrokerNotice>(&events_[next_event_])) notices_.push_back(notice->text);
        if (auto* event = std::get_if<Event>(&events_[next_event_])) {
          ++next_event_;
          return std::move(*event);
        }
      }
      pollfd ready{broker_->event_fd(), POLLIN, 0};
      EXO_CHECK(::poll(&ready, 1, 10'000) == 1);
      events_ = broker_->take_events();
      next_event_ = 0;
    }
  }
  void join(RawPeer& peer, const std::string& role, std::uint32_t window = 256) {
    peer.register_as(role, "1.0.0", role + "-1", window);
    peer.receive(Kind::kRegistered);
    wait_for<InstanceRegistered>();
  }
  // m1, any number of whose pages are welcome.
  static void ask_for_pages(RawPeer& web, RawPeer& todo) {
    web.send(command("m1"));
    todo.receive(Kind::kCommand);
    web.send({.kind = Kind::kWindow, .response_to = "m1", .pages = 1'000'000});
    todo.receive(Kind::kWindow);
  }
  static HeaderView command(std::string_view id) {
    HeaderView header;
    header.kind = Kind::kCommand;
    header.name = "todos.list";
    header.id = id;
    header.expects = Expects::kOne;
    return header;
  }

  std::filesystem::path folder_;
  std::string endpoint_;
  std::unique_ptr<Broker> broker_;
  std::vector<BrokerEvent> events_;
  std::vector<std::string> notices_;  // that came while something was waited for
  std::size_t next_event_ = 0;
};

TEST_F(BrokerTest, HearsNobodyBeforeTheFirstTableWhereAsked) {
  start({.endpoint = endpoint_, .environment = "test", .hears = Broker::Hears::kFromTheFirstTable});
  RawPeer early(endpoint_);
  early.register_as("web", "1.0.0", "web-1", 256);
  // Whoever heard it at once would by now have refused it: nobody is admitted yet.
  for (int look = 0; look < 100; ++look) {
    broker_->ask_for_traffic();
    wait_for<TrafficSeen>();
  }
  broker_->admit({.instance = "web-1", .role = "web", .version = "1.0.0", .token = "secret"});
  broker_->publish(RoutingTable::compile(RoutingPlan{.position = 1}));
  early.receive(Kind::kRegistered);
}

TEST_F(BrokerTest, APathThatIsTooLongIsNamed) {
  const std::string long_endpoint = "ipc://" + folder_.string() + "/" + std::string(120, 'x');
  const auto started = Broker::start({.endpoint = long_endpoint, .environment = "test"});
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().message.find("the bus cannot listen on " + long_endpoint), 0U)
      << started.error().message;
}

TEST_F(BrokerTest, AnEndpointThatIsNoneIsNamed) {
  const auto started = Broker::start({.endpoint = "pigeon://roof", .environment = "test"});
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().message, "the bus cannot listen on pigeon://roof: Protocol not supported");
}

TEST_F(BrokerTest, AFolderThatCannotBeMadeIsNamed) {
  const auto started = Broker::start({.endpoint = "ipc:///proc/exo/bus", .environment = "test"});
  ASSERT_FALSE(started.ok());
  EXPECT_NE(started.error().message.find("/proc/exo"), std::string::npos) << started.error().message;
}

TEST_F(BrokerTest, OnlyItsUserReachesTheSocket) {
  start({.endpoint = endpoint_, .environment = "test"});
  struct stat file {};
  struct stat parent {};
  ASSERT_EQ(::stat((folder_ / "run" / "bus").c_str(), &file), 0);
  ASSERT_EQ(::stat((folder_ / "run").c_str(), &parent), 0);
  EXPECT_EQ(file.st_mode & 0777U, 0600U);
  EXPECT_EQ(parent.st_mode & 0777U, 0700U);
}

// Whether a process of this user gets as much as a greeting from whoever listens there.
bool is_greeted(const std::filesystem::path& path, uid_t uid) {
  const pid_t child = ::fork();
  if (child == 0) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.string().copy(address.sun_path, sizeof address.sun_path - 1);
    const int socket = ::socket(AF_UNIX, SOCK_STREAM, 0);
    const bool connected = ::setgid(uid) == 0 && ::setuid(uid) == 0 &&
                           ::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    char greeting = 0;
    ::_exit(connected && ::read(socket, &greeting, 1) == 1 ? 0 : 1);
  }
  int status = -1;
  EXO_CHECK(::waitpid(child, &status, 0) == child);
  return status == 0;
}

TEST_F(BrokerTest, OnlyUsersThatAreNamedReachASocketThatIsOpenToOthers) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may connect as somebody else";
  constexpr uid_t kNamed = 54'321;
  constexpr uid_t kOther = 54'322;
  start({.endpoint = endpoint_, .environment = "test", .other_users = {kNamed}});
  for (const auto& folder : {folder_, folder_ / "run"}) ASSERT_EQ(::chmod(folder.c_str(), 0711), 0);
  EXPECT_TRUE(is_greeted(folder_ / "run" / "bus", kNamed));
  EXPECT_TRUE(is_greeted(folder_ / "run" / "bus", 0));
  EXPECT_FALSE(is_greeted(folder_ / "run" / "bus", kOther));
}

TEST_F(BrokerTest, TheSocketsFileGoesWithTheBroker) {
  start({.endpoint = endpoint_, .environment = "test"});
  broker_.reset();
  EXPECT_FALSE(std::filesystem::exists(folder_ / "run" / "bus"));
}

TEST_F(BrokerTest, AFreePortIsToldAsTheEndpoint) {
  start({.endpoint = "tcp://127.0.0.1:*", .environment = "test"});
  RawPeer peer(broker_->endpoint());
  peer.send({.kind = Kind::kPing});
  EXPECT_EQ(peer.receive().header.code, "not-registered");
}

TEST_F(BrokerTest, ATableIsConfirmed) {
  start_fleet();
  EXPECT_EQ(wait_for<TableInEffect>().position, 1U);
}

TEST_F(BrokerTest, RegistrationTellsTheTerms) {
  start_fleet();
  RawPeer web(endpoint_);
  web.register_as("web", "1.0.0", "web-1");
  const Registered terms = decode_registered(web.receive(Kind::kRegistered).payload).value();
  EXPECT_EQ(terms.environment, "test");
  EXPECT_EQ(terms.heartbeat_ms, 5000U);
  EXPECT_EQ(terms.frame_limit_bytes, kPayloadLimitBytes);
}

TEST_F(BrokerTest, ACommandAndItsReplyGoThereAndBack) {
  start_fleet();
  RawPeer web(endpoint_);
  RawPeer todo(endpoint_);
  join(web, "web");
  join(todo, "todo");
  web.send(command("m1"), "which?");
  const RawMessage asked = todo.receive(Kind::kCommand);
  EXPECT_EQ(asked.payload, "which?");
  EXPECT_EQ(asked.header.sender, "web");
  EXPECT_GT(asked.header.timestamp_ns, 0U);
  HeaderView reply;
  reply.kind = Kind::kReply;
  reply.name = "todos.listed";
  reply.id = "r1";
  reply.response_to = "m1";
  todo.send(reply, "none");
  EXPECT_EQ(web.receive(Kind::kReply).payload, "none");
}

TEST_F(BrokerTest, AMegabyteArrivesWhole) {
  start_fleet();
  RawPeer web(endpoint_);
  RawPeer todo(endpoint_);
  join(web, "web");
  join(todo, "todo");
  const std::string large(kPayloadLimitBytes, 'x');
  web.send(command("m1"), large);
  EXPECT_TRUE(todo.receive(Kind::kCommand).payload == large);
}

TEST_F(BrokerTest, AFrameOverTheLimitIsAnsweredAndTheNextOneServed) {
  start_fleet();
  RawPeer web(endpoint_);
  join(web, "web");
  web.send(command("m1"), std::string(kPayloadLimitBytes + 1, 'x'));
  const RawMessage answer = web.receive(Kind::kError);
  EXPECT_EQ(answer.header.code, "too-large");
  EXPECT_EQ(answer.header.response_to, "m1");
  web.send({.kind = Kind::kPing});
  EXPECT_EQ(web.receive(Kind::kPong).header.kind, Kind::kPong);
}

TEST_F(BrokerTest, OneFrameIsNoMessage) {
  start_fleet();
  RawPeer web(endpoint_);
  join(web, "web");
  web.send_frames({"x"});
  EXPECT_EQ(web.receive(Kind::kError).header.code, "malformed");
}

TEST_F(BrokerTest, FiveFramesAreNoMessage) {
  start_fleet();
  RawPeer web(endpoint_);
  join(web, "web");
  web.send_frames({"1", "2", "3", "4", "5"});
  EXPECT_EQ(web.receive(Kind::kError).header.reason, "a message is two frames, not more than two");
}

TEST_F(BrokerTest, RubbishFromAStrangerIsRefusedAndNoted) {
  start_fleet();
  RawPeer stranger(endpoint_);
  stranger.send_frames({"GET / HTTP/1.1", ""});
  EXPECT_EQ(stranger.receive().header.kind, Kind::kRefused);
  EXPECT_EQ(wait_for<BrokerNotice>().text.find("bus: a peer that has not registered sent no message"), 0U);
}

TEST_F(BrokerTest, APeerThatNamesItselfIsNotHeard) {
  start_fleet();
  RawPeer forger(endpoint_, {.routing_id = "web"});
  forger.register_as("web", "1.0.0", "web-1");
  RawPeer web(endpoint_);
  join(web, "web");
  EXPECT_FALSE(forger.receive_within(std::chrono::milliseconds(1)).has_value());
}

TEST_F(BrokerTest, AReconnectTakesThePlaceOfAConnectionThatIsGone) {
  start_fleet();
  {
    RawPeer first(endpoint_);
    join(first, "web");
  }
  RawPeer second(endpoint_);
  second.register_as("web", "1.0.0", "web-1");
  EXPECT_EQ(decode_registered(second.receive(Kind::kRegistered).payload).value().connection, 2U);
}

TEST_F(BrokerTest, ASecondConnectionOfALivingInstanceIsRefused) {
  start_fleet();
  RawPeer first(endpoint_);
  join(first, "web");
  RawPeer second(endpoint_);
  second.register_as("web", "1.0.0", "web-1");
  EXPECT_EQ(second.receive().header.code, "already-connected");
}

TEST_F(BrokerTest, AReceiverThatIsGoneIsNoticedWhenSomethingIsSentToIt) {
  start_fleet();
  RawPeer web(endpoint_);
  join(web, "web");
  {
    RawPeer todo(endpoint_);
    join(todo, "todo");
    todo.send({.kind = Kind::kPing});
    todo.receive(Kind::kPong);
  }
  // The socket learns of the end in its own time: the first command may still seem to go out.
  for (int i = 0; i < 1000; ++i) {
    web.send(command("m" + std::to_string(i)));
    const auto answer = web.receive_within(std::chrono::milliseconds(10));
    if (!answer) continue;
    HeaderView header;
    ASSERT_TRUE(decode_header(std::as_bytes(std::span(answer->header_bytes)), header).ok());
    if (header.kind == Kind::kError) {
      EXPECT_EQ(header.code, "receiver-lost");
      EXPECT_EQ(wait_for<InstanceLost>().instance, "todo-1");
      return;
    }
  }
  FAIL() << "nobody noticed";
}

TEST_F(BrokerTest, ADismissedReceiversCommandsAreAnswered) {
  start_fleet();
  RawPeer web(endpoint_);
  RawPeer todo(endpoint_);
  join(web, "web");
  join(todo, "todo");
  web.send(command("m1"));
  todo.receive(Kind::kCommand);
  broker_->dismiss("todo-1");
  EXPECT_EQ(web.receive(Kind::kError).header.code, "receiver-lost");
}

TEST_F(BrokerTest, AMessageExpiresWithoutFurtherTraffic) {
  start_fleet();
  RawPeer web(endpoint_);
  join(web, "web");
  HeaderView header = command("m1");
  header.timeout_ms = 20;
  web.send(header);
  EXPECT_EQ(web.receive(Kind::kError).header.code, "expired");
}

TEST_F(BrokerTest, OperatorsAskTheHost) {
  start_fleet();
  broker_->admit({.instance = "operator-",
                  .role = "exo-operator",
                  .version = "",
                  .token = "secret",
                  .kind = PeerKind::kOperator});
  RawPeer person(endpoint_);
  person.register_as("exo-operator", "", "operator-0123456789abcdef");
  person.receive(Kind::kRegistered);
  HeaderView question;
  question.kind = Kind::kCommand;
  question.name = "exo.status";
  question.id = "q1";
  question.expects = Expects::kOne;
  person.send(question);
  const auto asked = wait_for<MessageToExo>();
  EXPECT_EQ(asked.name, "exo.status");
  broker_->send({.kind = Kind::kReply,
                 .instance = asked.instance,
                 .name = asked.name,
                 .response_to = asked.id,
                 .payload = Payload(std::string_view("fine"))});
  EXPECT_EQ(person.receive(Kind::kReply).payload, "fine");
}

TEST_F(BrokerTest, APeerThatNeverReadsIsGivenUp) {
  start_fleet();
  RawPeer web(endpoint_, {.receive_high_water = 1});
  RawPeer todo(endpoint_);
  join(web, "web");
  join(todo, "todo");
  ask_for_pages(web, todo);
  HeaderView page;
  page.kind = Kind::kReply;
  page.name = "todos.listed";
  page.id = "r1";
  page.response_to = "m1";
  page.more = true;
  const std::string content(10'000, 'x');
  for (int i = 0; i < 3000; ++i) todo.send(page, content);
  const std::string why =
      "it did not read what was sent to it, of which more than 4194304 bytes waited; no more are kept for a "
      "peer";
  const auto lost = wait_for<InstanceLost>();
  EXPECT_EQ(lost.instance, "web-1");
  EXPECT_EQ(lost.reason, why);
  EXPECT_EQ(notices_.front(), "bus: web (web-1) is cut off: " + why);
  EXPECT_EQ(todo.receive(Kind::kError).header.reason, "nobody waits for this reply any more");
}

TEST_F(BrokerTest, AReplierThatIgnoresItsWindowCostsItsAskerThatAnswerAndNoMore) {
  start_fleet();
  RawPeer web(endpoint_);
  RawPeer todo(endpoint_);
  join(web, "web");
  join(todo, "todo");
  web.send(command("m1"));
  todo.receive(Kind::kCommand);
  HeaderView page;
  page.kind = Kind::kReply;
  page.name = "todos.listed";
  page.id = "r1";
  page.response_to = "m1";
  page.more = true;
  // More than ZeroMQ and the backlog of an asker that does not read would take.
  const std::string payload(32 * 1024, 'x');
  for (int i = 0; i < 900; ++i) todo.send(page, payload);
  HeaderView ping;
  ping.kind = Kind::kPing;
  todo.send(ping);
  todo.receive(Kind::kPong);
  const RawMessage error = web.receive(Kind::kError);
  EXPECT_EQ(error.header.code, "overloaded");
  EXPECT_EQ(error.header.response_to, "m1");
  web.send(command("m2"));
  EXPECT_EQ(todo.receive(Kind::kCommand).header.id, "m2");
}

TEST_F(BrokerTest, WhatASlowReaderMissedComesInOrder) {
  start_fleet();
  RawPeer web(endpoint_, {.receive_high_water = 1});
  RawPeer todo(endpoint_);
  join(web, "web");
  join(todo, "todo");
  ask_for_pages(web, todo);
  HeaderView page;
  page.kind = Kind::kReply;
  page.name = "todos.listed";
  page.id = "r1";
  page.response_to = "m1";
  constexpr std::uint64_t kPages = 5'000;
  for (std::uint64_t i = 0; i <= kPages; ++i) {
    page.more = i < kPages;
    page.page = i;
    todo.send(page, "x");
  }
  todo.send({.kind = Kind::kPing});
  todo.receive(Kind::kPong);  // the broker has taken all of them
  for (std::uint64_t i = 0; i <= kPages; ++i) ASSERT_EQ(web.receive(Kind::kReply).header.page, i);
}

TEST_F(BrokerTest, ManyMessagesArriveInOrderAndOnce) {
  start_fleet();
  RawPeer web(endpoint_);
  RawPeer todo(endpoint_);
  join(web, "web");
  join(todo, "todo");
  constexpr std::uint64_t kMessages = 5'000;
  std::uint64_t sent = 0;
  std::uint64_t granted = 0;
  std::uint64_t got = 0;
  while (got < kMessages) {
    for (; sent < granted && sent < kMessages; ++sent) {
      const std::string id = "m" + std::to_string(sent);
      HeaderView header = command(id);
      header.expects = Expects::kNone;
      web.send(header, std::to_string(sent));
    }
    if (sent < kMessages && sent == granted) {
      const auto credit = decode_credit(web.receive(Kind::kCredit).payload);
      for (const auto& [role, total] : credit.value().grants) granted = total;
    }
    while (got < sent) {
      const RawMessage message = todo.receive(Kind::kCommand);
      ASSERT_EQ(message.payload, std::to_string(got));
      ASSERT_EQ(message.header.sequence, ++got);
      todo.send({.kind = Kind::kHandled}, encode_sequences({got}).text());
    }
  }
}

}  // namespace
}  // namespace exo
