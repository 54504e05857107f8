#include <gtest/gtest.h>

#include <optional>

#include "bus/relays/cpp/relay.h"
#include "tests/relay/fake_broker.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

class Sending : public testing::Test, public RelayFixture {
 public:
  Sending() {
    relay().on_unhandled_error([this](std::string_view name, const Error& error) {
      unhandled.push_back(std::string(name) + ": " + error.code);
    });
  }

  std::vector<std::string> unhandled;

  void send_command(std::string_view name, const Value& payload = {}) {
    ASSERT_TRUE(relay().send(name, payload).ok());
  }
  // Sends a request whose outcome is kept in `answers`.
  void ask(std::string_view name, const RequestOptions& request_options = {}) {
    const auto sent = relay().request(name, Value(), request_options, [this](Result<Answer> answer) {
      answers.push_back(std::move(answer));
    });
    ASSERT_TRUE(sent.ok());
  }
  bool wait_for_answers(std::size_t count) {
    return wait_until([&] { return answers.size() == count; });
  }

  std::vector<Result<Answer>> answers;
};

TEST_F(Sending, IsRefusedOnAClosedRelay) {
  connect({"todo.add"});
  relay().close();
  hear(Kind::kDrain);
  HeaderView header;
  header.kind = Kind::kDraining;
  send(header);
  hear(Kind::kGoodbye);
  EXPECT_EQ(relay().send("todo.add", Value()).error().code, "closed");
}

TEST_F(Sending, IsRefusedWithoutAName) {
  EXPECT_EQ(relay().send("", Value()).error().code, "malformed");
  EXPECT_EQ(relay().send(std::string(256, 'a'), Value()).error().code, "malformed");
}

TEST_F(Sending, IsRefusedWithAPayloadOverTheLimit) {
  const auto outcome = relay().send("todo.add", std::string(kPayloadLimitBytes, 'x'));
  EXPECT_EQ(outcome.error().code, "too-large");
}

TEST(SendingTooMuch, IsRefusedWhenTooManyMessagesWait) {
  RelayFixture fixture;
  fixture.options.buffer_messages = 2;
  fixture.relay().on_unhandled_error([](std::string_view, const Error&) {});
  ASSERT_TRUE(fixture.relay().send("a", Value()).ok());
  ASSERT_TRUE(fixture.relay().send("a", Value()).ok());
  EXPECT_EQ(fixture.relay().send("a", Value()).error().code, "overloaded");
  EXPECT_EQ(fixture.relay().unaccepted(), 2U);
}

TEST(SendingTooMuch, IsRefusedWhenTooManyBytesWait) {
  RelayFixture fixture;
  fixture.options.buffer_bytes = 1000;
  EXPECT_EQ(fixture.relay().send("a", std::string(1000, 'x')).error().code, "overloaded");
}

TEST(SendingTooMuch, IsPossibleAgainWhenTheBusHasTakenSome) {
  RelayFixture fixture;
  fixture.options.buffer_messages = 1;
  fixture.connect({"a"});
  ASSERT_TRUE(fixture.relay().send("a", Value()).ok());
  fixture.hear(Kind::kCommand);
  EXPECT_FALSE(fixture.relay().send("a", Value()).ok());
  fixture.grant(1, {});
  EXPECT_TRUE(fixture.wait_until([&] { return fixture.relay().unaccepted() == 0; }));
  EXPECT_TRUE(fixture.relay().send("a", Value()).ok());
}

TEST_F(Sending, WaitsWithoutCredit) {
  connect({"todo.add"}, 0);
  send_command("todo.add");
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(Sending, GoesOnWhenCreditComes) {
  connect({"todo.add"}, 1);
  send_command("todo.add", 1);
  send_command("todo.add", 2);
  EXPECT_EQ(hear(Kind::kCommand).value(), Value(1));
  EXPECT_TRUE(heard_by_now().empty());
  grant(1, {{"todo.add", 2}});
  EXPECT_EQ(hear(Kind::kCommand).value(), Value(2));
}

TEST_F(Sending, WithoutCreditHoldsUpNoOtherRole) {
  connect({"todo.add"}, 0);
  route({{"todo.add", {"todo"}}, {"users.add", {"users"}}});
  grant(0, {{"users", 1}});
  send_command("todo.add");
  send_command("users.add");
  EXPECT_EQ(hear(Kind::kCommand).header.name, "users.add");
}

TEST_F(Sending, NeedsNoCreditForANameThatNobodyReceives) {
  connect();
  send_command("todo.shout");
  const Heard command = hear(Kind::kCommand);
  error(command, "no-receiver", "nobody receives `todo.shout`");
  ASSERT_TRUE(wait_until([&] { return unhandled.size() == 1; }));
  EXPECT_EQ(unhandled[0], "todo.shout: no-receiver");
}

TEST_F(Sending, BeforeTheRegistrationWaitsForIt) {
  send_command("todo.add", 1);
  connect({"todo.add"});
  EXPECT_EQ(hear(Kind::kCommand).value(), Value(1));
}

TEST_F(Sending, SaysWhatTheOptionsSay) {
  connect({"todo.add"});
  ASSERT_TRUE(relay()
                  .send("todo.add", Value::map({{"title", "one"}}),
                        {.version = "^1.0.0",
                         .activity_id = "a-1",
                         .content_type = ContentType::kJson,
                         .timeout = milliseconds(5000)})
                  .ok());
  const Heard command = hear(Kind::kCommand);
  EXPECT_EQ(command.header.version, "^1.0.0");
  EXPECT_EQ(command.header.activity_id, "a-1");
  EXPECT_EQ(command.header.content_type, ContentType::kJson);
  EXPECT_LE(command.header.timeout_ms.value(), 5000U);
  EXPECT_EQ(command.header.expects, Expects::kNone);
  EXPECT_EQ(command.payload, R"({"title":"one"})");
}

TEST_F(Sending, UsesIdsThatNoOtherRelayUses) {
  RelayFixture other;
  connect({"todo.add"});
  other.connect({"todo.add"});
  send_command("todo.add");
  ASSERT_TRUE(other.relay().send("todo.add", Value()).ok());
  EXPECT_NE(hear(Kind::kCommand).header.id, other.hear(Kind::kCommand).header.id);
}

TEST(SendingFromAHandler, StaysInTheActivity) {
  RelayFixture fixture;
  fixture.relay().handle("todo.add", [&](const Command&, Reply) {
    ASSERT_TRUE(fixture.relay().send("log", Value()).ok());
    ASSERT_TRUE(
        fixture.relay()
            .request("ask", Value(), {},
                     [&](const Result<Answer>&) { ASSERT_TRUE(fixture.relay().send("later", Value()).ok()); })
            .ok());
  });
  fixture.connect({"log", "ask", "later"});
  fixture.deliver("todo.add", 1);
  for (const std::string_view name : {"log", "ask", "later"}) {
    const Heard command = fixture.hear(Kind::kCommand);
    EXPECT_EQ(command.header.activity_id, "activity-1") << name;
    if (command.header.name == "ask") fixture.reply(command, "answer", Value());
  }
}

TEST_F(Sending, TellsWhenTheBusHasTakenTheCommand) {
  connect({"todo.add"});
  int settled = 0;
  ASSERT_TRUE(
      relay()
          .send("todo.add", Value(), {}, [&](const Result<void>& outcome) { settled += outcome.ok(); })
          .ok());
  hear(Kind::kCommand);
  heard_by_now();
  EXPECT_EQ(settled, 0);
  grant(1, {});
  EXPECT_TRUE(wait_until([&] { return settled == 1; }));
}

TEST_F(Sending, GivesAnErrorToWhoeverAskedForIt) {
  connect({"todo.add"});
  std::string code;
  ASSERT_TRUE(
      relay()
          .send("todo.add", Value(), {}, [&](const Result<void>& outcome) { code = outcome.error().code; })
          .ok());
  error(hear(Kind::kCommand), "not-allowed", "no");
  EXPECT_TRUE(wait_until([&] { return code == "not-allowed"; }));
  EXPECT_TRUE(unhandled.empty());
}

TEST_F(Sending, ExpiresWhileItWaitsForCredit) {
  connect({"todo.add"}, 0);
  ASSERT_TRUE(relay().send("todo.add", Value(), {.timeout = milliseconds(1)}).ok());
  ASSERT_TRUE(wait_until([&] { return unhandled.size() == 1; }));
  EXPECT_EQ(unhandled[0], "todo.add: expired");
  grant(0, {{"todo.add", 1}});
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(Sending, SendsAgainWhatALostBusHadNotAccepted) {
  connect({"todo.add"});
  for (int number = 1; number <= 3; ++number) send_command("todo.add", number);
  for (int number = 1; number <= 3; ++number) hear(Kind::kCommand);
  grant(1, {});
  ASSERT_TRUE(wait_until([&] { return relay().unaccepted() == 2; }));
  lose_the_bus();
  connect({"todo.add"});
  EXPECT_EQ(hear(Kind::kCommand).value(), Value(2));
  EXPECT_EQ(hear(Kind::kCommand).value(), Value(3));
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(Sending, CountsFromTheBeginningOnANewConnection) {
  connect({"todo.add"}, 1);
  send_command("todo.add", 1);
  hear(Kind::kCommand);
  grant(1, {});
  lose_the_bus();
  connect({"todo.add"}, 1);
  send_command("todo.add", 2);
  EXPECT_EQ(hear(Kind::kCommand).value(), Value(2));
}

TEST_F(Sending, ARequestFailsWithTheBrokersError) {
  connect({"todos.count"});
  ask("todos.count");
  error(hear(Kind::kCommand), "handler-failed", "no such table");
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0].error(), (Error{"handler-failed", "no such table"}));
}

TEST_F(Sending, ARequestExpiresWhenNoAnswerComes) {
  connect({"todos.count"});
  ask("todos.count", {.send = {.timeout = milliseconds(20)}});
  const Heard command = hear(Kind::kCommand);
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0].error().code, "expired");
  reply(command, "todos.counted", 1);
  heard_by_now();
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(Sending, ARequestFailsWhenTheBusIsLostAfterItTookIt) {
  connect({"todos.count"});
  ask("todos.count");
  hear(Kind::kCommand);
  grant(1, {});
  lose_the_bus();
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0].error().code, "bus-lost");
}

TEST_F(Sending, ARequestSurvivesALossBeforeItWasTaken) {
  connect({"todos.count"});
  ask("todos.count");
  hear(Kind::kCommand);
  lose_the_bus();
  connect({"todos.count"});
  reply(hear(Kind::kCommand), "todos.counted", 3);
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0].value().payload, Value(3));
}

TEST_F(Sending, ARequestGivesTheReplyAndWhoMadeIt) {
  connect({"todos.count"});
  ask("todos.count");
  const Heard command = hear(Kind::kCommand);
  EXPECT_EQ(command.header.expects, Expects::kOne);
  reply(command, "todos.counted", 3);
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0].value().name, "todos.counted");
  EXPECT_EQ(answers[0].value().sender, "todo");
  EXPECT_EQ(answers[0].value().sender_version, "0.0.1");
  EXPECT_EQ(answers[0].value().payload, Value(3));
}

TEST_F(Sending, ARequestFailsWithAnAnswerThatCannotBeRead) {
  connect({"todos.count"});
  ask("todos.count");
  const Heard command = hear(Kind::kCommand);
  HeaderView header;
  header.kind = Kind::kReply;
  header.name = "todos.counted";
  header.id = "r";
  header.response_to = command.header.id;
  send(header, "\xc1");
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0].error().code, "malformed");
}

TEST_F(Sending, ARequestGathersPagesAndGrantsFurtherOnes) {
  connect({"todos.list"});
  ask("todos.list");
  const Heard command = hear(Kind::kCommand);
  reply_page(command, "todos.listed", Value::List{1, 2}, 0, true);
  const Heard window = hear(Kind::kWindow);
  EXPECT_EQ(window.header.response_to, command.header.id);
  EXPECT_EQ(window.header.pages, 9U);
  reply_page(command, "todos.listed", Value::List{3}, 1, false);
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0].value().payload, Value(Value::List{1, 2, 3}));
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(Sending, ARequestFailsWhenAPageIsNoList) {
  connect({"todos.list"});
  ask("todos.list");
  const Heard command = hear(Kind::kCommand);
  reply_page(command, "todos.listed", 1, 0, true);
  ASSERT_TRUE(wait_for_answers(1));
  EXPECT_EQ(answers[0].error().code, "malformed");
}

TEST_F(Sending, ARequestMayTakePagesOneByOne) {
  connect({"todos.list"});
  ask("todos.list", {.pages = Pages::kEach});
  const Heard command = hear(Kind::kCommand);
  reply_page(command, "todos.listed", Value::List{1}, 0, true);
  reply_page(command, "todos.listed", Value::List{2}, 1, false);
  ASSERT_TRUE(wait_for_answers(2));
  EXPECT_EQ(answers[0].value().payload, Value(Value::List{1}));
  EXPECT_TRUE(answers[0].value().more);
  EXPECT_FALSE(answers[1].value().more);
}

TEST_F(Sending, ARequestMayAskForEachFurtherPage) {
  connect({"todos.list"});
  const auto asked = relay().request("todos.list", Value(), {.pages = Pages::kOnDemand},
                                     [this](Result<Answer> answer) { answers.push_back(std::move(answer)); });
  ASSERT_TRUE(asked.ok());
  const Heard command = hear(Kind::kCommand);
  reply_page(command, "todos.listed", Value::List{1}, 0, true);
  reply_page(command, "todos.listed", Value::List{2}, 1, true);
  ASSERT_TRUE(wait_for_answers(2));
  EXPECT_TRUE(heard_by_now().empty()) << "no window before a page was taken";
  Request request = asked.value();
  request.go_on();
  EXPECT_EQ(hear(Kind::kWindow).header.pages, 9U);
  reply_page(command, "todos.listed", Value::List{3}, 2, false);
  ASSERT_TRUE(wait_for_answers(3));
  request.go_on();
  EXPECT_TRUE(heard_by_now().empty()) << "nothing more is to come";
}

TEST_F(Sending, ARequestMayTakeManyReplies) {
  connect({"todos.watch"});
  ask("todos.watch", {.expects = Expects::kMany});
  const Heard command = hear(Kind::kCommand);
  EXPECT_EQ(command.header.expects, Expects::kMany);
  reply_page(command, "todos.seen", 1, 0, true);
  EXPECT_EQ(hear(Kind::kWindow).header.pages, 9U);
  reply_page(command, "todos.seen", 2, 1, false);
  ASSERT_TRUE(wait_for_answers(2));
  EXPECT_EQ(answers[1].value().payload, Value(2));
}

TEST_F(Sending, ClosingLetsHandlersFinishBeforeItSaysGoodbye) {
  RelayFixture fixture;
  std::vector<Reply> kept;
  fixture.relay().handle("todo.add", [&](const Command&, Reply reply) { kept.push_back(std::move(reply)); });
  fixture.connect();
  fixture.deliver("todo.add", 1);
  ASSERT_TRUE(fixture.wait_until([&] { return kept.size() == 1; }));
  fixture.relay().close();
  fixture.hear(Kind::kDrain);
  HeaderView header;
  header.kind = Kind::kDraining;
  fixture.send(header);
  EXPECT_TRUE(fixture.heard_by_now().empty());
  kept.clear();
  fixture.hear(Kind::kHandled);
  fixture.hear(Kind::kGoodbye);
  header.kind = Kind::kGoodbye;
  fixture.send(header);
  EXPECT_TRUE(fixture.wait_until([&] { return fixture.relay().closed(); }));
  EXPECT_TRUE(fixture.relay().run().ok());
}

TEST_F(Sending, TellsByItsIdWhichCommandHasFailed) {
  connect({"todo.add"});
  EXPECT_EQ(relay().last_id(), "");
  std::vector<std::string> failed;
  relay().on_unhandled_error([&](std::string_view name, std::string_view id, const Error& error) {
    failed.push_back(std::string(name) + " " + std::string(id) + ": " + error.code);
  });
  send_command("todo.add");
  const std::string first = relay().last_id();
  send_command("todo.add");
  EXPECT_NE(relay().last_id(), first);
  EXPECT_FALSE(relay().send("", Value()).ok());
  EXPECT_NE(relay().last_id(), first) << "what was refused has no id";
  const Heard heard = hear(Kind::kCommand);
  error(heard, "receiver-lost", "it died");
  ASSERT_TRUE(wait_until([&] { return !failed.empty(); }));
  EXPECT_EQ(failed, std::vector<std::string>{"todo.add " + first + ": receiver-lost"});
}

TEST_F(Sending, ClosingSendsWhatWaitsForCredit) {
  connect({"todo.add"}, 0);
  send_command("todo.add");
  relay().close();
  hear(Kind::kDrain);
  HeaderView header;
  header.kind = Kind::kDraining;
  send(header);
  EXPECT_TRUE(heard_by_now().empty());
  grant(0, {{"todo.add", 1}});
  hear(Kind::kCommand);
  grant(1, {});
  hear(Kind::kGoodbye);
}

TEST(Closing, EndsAfterItsTimeWhateverIsUnderWay) {
  RelayFixture fixture;
  fixture.options.close_timeout = milliseconds(20);
  std::vector<std::string> unhandled;
  fixture.relay().on_unhandled_error([&](std::string_view name, const Error& error) {
    unhandled.push_back(std::string(name) + ": " + error.code);
  });
  fixture.connect({"todo.add"}, 0);
  ASSERT_TRUE(fixture.relay().send("todo.add", Value()).ok());
  fixture.relay().close();
  EXPECT_TRUE(fixture.relay().run().ok());
  EXPECT_EQ(unhandled, std::vector<std::string>{"todo.add: closed"});
}

TEST(Closing, BeforeTheBusWasReachedEndsAtOnce) {
  RelayFixture fixture;
  fixture.relay().close();
  EXPECT_TRUE(fixture.relay().closed());
}

TEST(Closing, FailsRequestsThatNobodyAnswered) {
  RelayFixture fixture;
  fixture.connect({"a"});
  std::string code;
  ASSERT_TRUE(
      fixture.relay()
          .request("a", Value(), {}, [&](const Result<Answer>& answer) { code = answer.error().code; })
          .ok());
  fixture.hear(Kind::kCommand);
  fixture.grant(1, {});
  fixture.relay().close();
  HeaderView header;
  header.kind = Kind::kDraining;
  fixture.send(header);
  fixture.hear(Kind::kGoodbye);
  header.kind = Kind::kGoodbye;
  fixture.send(header);
  EXPECT_TRUE(fixture.wait_until([&] { return code == "closed"; }));
}

}  // namespace
}  // namespace exo
