#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <stdexcept>

#include "bus/relays/cpp/relay.h"
#include "tests/relay/fake_broker.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

class CancellingRequests : public testing::Test, public RelayFixture {
 public:
  std::vector<std::string> codes;  // of the errors that the asker got; "" for an answer

  Request ask(std::string_view name, const RequestOptions& request_options = {}) {
    auto asked = relay().request(name, Value(), request_options, [this](const Result<Answer>& answer) {
      codes.push_back(answer.ok() ? "" : answer.error().code);
    });
    EXPECT_TRUE(asked.ok());
    return asked.value();
  }
};

TEST_F(CancellingRequests, ThatAreOverDoesNothing) {
  connect({"todos.count"});
  Request request = ask("todos.count");
  reply(hear(Kind::kCommand), "todos.counted", 3);
  ASSERT_TRUE(wait_until([&] { return codes.size() == 1; }));
  EXPECT_FALSE(request.pending());
  request.cancel();
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(codes, std::vector<std::string>{""});
}

TEST_F(CancellingRequests, OfNobodyDoesNothing) {
  Request request;
  request.cancel();
  EXPECT_FALSE(request.pending());
}

TEST_F(CancellingRequests, TellsTheAskerAtOnceAndTheBus) {
  connect({"todos.count"});
  Request request = ask("todos.count");
  const Heard command = hear(Kind::kCommand);
  EXPECT_TRUE(request.pending());
  request.cancel();
  EXPECT_EQ(codes, std::vector<std::string>{"cancelled"});
  EXPECT_EQ(hear(Kind::kCancel).header.response_to, command.header.id);
}

TEST_F(CancellingRequests, TellsTheAskerOnce) {
  connect({"todos.count"});
  Request request = ask("todos.count");
  const Heard command = hear(Kind::kCommand);
  request.cancel();
  request.cancel();
  hear(Kind::kCancel);
  reply(command, "todos.counted", 3);
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(codes, std::vector<std::string>{"cancelled"});
}

TEST_F(CancellingRequests, ThatWaitForCreditSendsNothing) {
  connect({"todos.count"}, 0);
  Request request = ask("todos.count");
  request.cancel();
  grant(0, {{"todos.count", 1}});
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(relay().unaccepted(), 0U);
}

TEST_F(CancellingRequests, InTheMiddleOfAStreamAsksForNoMorePages) {
  connect({"todos.list"});
  Request request;
  int pages = 0;
  auto asked = relay().request("todos.list", Value(), {.pages = Pages::kEach}, [&](const Result<Answer>&) {
    if (++pages == 1) request.cancel();
  });
  ASSERT_TRUE(asked.ok());
  request = asked.value();
  const Heard command = hear(Kind::kCommand);
  reply_page(command, "todos.listed", Value::List{1}, 0, true);
  reply_page(command, "todos.listed", Value::List{2}, 1, true);
  hear(Kind::kCancel);
  EXPECT_TRUE(heard_by_now().empty()) << "no window";
  EXPECT_EQ(pages, 2) << "a page, and the error";
}

TEST_F(CancellingRequests, HappensWithTheEndOfWhoWantsTheAnswer) {
  connect({"todos.count"});
  std::optional<ScopedRequest> scoped(std::in_place, ask("todos.count"));
  hear(Kind::kCommand);
  ScopedRequest moved = std::move(*scoped);
  scoped.reset();
  EXPECT_TRUE(codes.empty());
  moved = ScopedRequest();
  EXPECT_EQ(codes, std::vector<std::string>{"cancelled"});
  hear(Kind::kCancel);
}

TEST_F(CancellingRequests, HappensWhenTheirDeadlinePasses) {
  connect({"todos.count"});
  ask("todos.count", {.send = {.timeout = milliseconds(20)}});
  const Heard command = hear(Kind::kCommand);
  EXPECT_EQ(hear(Kind::kCancel).header.response_to, command.header.id);
  EXPECT_EQ(codes, std::vector<std::string>{"expired"});
}

TEST_F(CancellingRequests, MakesTheErrorThatCrossesItNoNews) {
  std::vector<std::string> unhandled;
  relay().on_unhandled_error([&](std::string_view, const Error& error) { unhandled.push_back(error.code); });
  connect({"todos.count"});
  Request request = ask("todos.count");
  const Heard command = hear(Kind::kCommand);
  settle(1, {});
  request.cancel();
  hear(Kind::kCancel);
  error(command, "receiver-lost", "it died");
  settle(1, {{1, 1}});
  ASSERT_TRUE(wait_until([&] { return relay().unsettled() == 0; }));
  EXPECT_TRUE(unhandled.empty());
  EXPECT_EQ(codes, std::vector<std::string>{"cancelled"});
}

TEST_F(CancellingRequests, IsNotSaidToTheNextBus) {
  relay().on_unhandled_error([](std::string_view, const Error&) {});
  connect({"todos.count"});
  Request request = ask("todos.count");
  hear(Kind::kCommand);
  request.cancel();
  hear(Kind::kCancel);
  lose_the_bus();
  connect({"todos.count"});
  EXPECT_TRUE(heard_by_now().empty());
}

class CancelledCommands : public testing::Test, public RelayFixture {
 public:
  std::vector<Reply> kept;

  // Delivers a command that is kept under way.
  void begin(Expects expects = Expects::kOne) {
    relay().handle("todos.count", [this](const Command&, Reply reply) { kept.push_back(std::move(reply)); });
    connect();
    deliver("todos.count", 1, {}, expects);
    ASSERT_TRUE(wait_until([&] { return kept.size() == 1; }));
  }
  bool wait_for_cancelled() {
    return wait_until([&] { return kept.front().cancelled(); });
  }
};

TEST_F(CancelledCommands, ThatAreUnknownChangeNothing) {
  begin();
  cancel("c-7");
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_FALSE(kept.front().cancelled());
}

TEST_F(CancelledCommands, TellTheirHandler) {
  begin();
  int told = 0;
  kept.front().on_cancelled([&] { ++told; });
  cancel("c-1");
  cancel("c-1");
  ASSERT_TRUE(wait_for_cancelled());
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(told, 1);
}

TEST_F(CancelledCommands, TellAHandlerThatAsksLater) {
  begin();
  cancel("c-1");
  ASSERT_TRUE(wait_for_cancelled());
  bool told = false;
  kept.front().on_cancelled([&] { told = true; });
  EXPECT_TRUE(told);
}

TEST_F(CancelledCommands, AreHandledWithoutTheReplyThatNobodyWants) {
  begin();
  cancel("c-1");
  ASSERT_TRUE(wait_for_cancelled());
  kept.front().send("todos.counted", 3);
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), std::vector<std::uint64_t>{1});
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(CancelledCommands, AreHandledWhenTheHandlerStops) {
  begin();
  cancel("c-1");
  ASSERT_TRUE(wait_for_cancelled());
  kept.clear();
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), std::vector<std::uint64_t>{1});
}

TEST_F(CancelledCommands, MayFailAsUsual) {
  begin();
  cancel("c-1");
  ASSERT_TRUE(wait_for_cancelled());
  kept.front().error("stopped in the middle");
  EXPECT_EQ(hear(Kind::kFailed).header.reason, "stopped in the middle");
}

TEST_F(CancelledCommands, FailWhenWhatTheyTellThrows) {
  begin();
  kept.front().on_cancelled([] { throw std::runtime_error("no rollback"); });
  cancel("c-1");
  EXPECT_EQ(hear(Kind::kFailed).header.reason, "no rollback");
  kept.clear();
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(CancelledCommands, AlsoTellWhereNoReplyIsExpected) {
  begin(Expects::kNone);
  cancel("c-1");
  ASSERT_TRUE(wait_for_cancelled());
  EXPECT_TRUE(heard_by_now().empty()) << "it goes on";
  kept.clear();
  hear(Kind::kHandled);
}

TEST_F(CancelledCommands, EndTheirStream) {
  int made = 0;
  relay().handle("todos.list", [&](const Command&, Reply reply) {
    reply.stream("todos.listed",
                 [&]() -> Result<Page> { return Page{.items = {Value(++made)}, .more = true}; });
  });
  connect();
  deliver("todos.list", 1, {}, Expects::kOne);
  for (int page = 0; page < 8; ++page) hear(Kind::kReply);
  cancel("c-1");
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), std::vector<std::uint64_t>{1});
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(made, 8);
}

TEST_F(CancelledCommands, DropRepliesThatWaitForTheAsker) {
  begin(Expects::kMany);
  for (int number = 0; number < 9; ++number) ASSERT_TRUE(kept.front().send_more("todos.seen", number).ok());
  kept.front().send("todos.seen", 9);
  for (int number = 0; number < 8; ++number) hear(Kind::kReply);
  cancel("c-1");
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), std::vector<std::uint64_t>{1});
  EXPECT_TRUE(heard_by_now().empty());
}

}  // namespace
}  // namespace exo
