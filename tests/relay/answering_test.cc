#include "bus/relays/cpp/answering.h"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>

#include "tests/relay/fake_broker.h"

namespace exo {
namespace {

class AnsweringCommands : public testing::Test, public RelayFixture {
 public:
  // A reply of `count` pages, each a list of its own number.
  static PageSource pages(int count, int* made = nullptr) {
    const auto next = std::make_shared<int>(0);
    return [next, count, made]() -> Result<Page> {
      const int number = (*next)++;
      if (made != nullptr) *made = *next;
      return Page{.items = {Value(number)}, .more = *next < count};
    };
  }
  // Declared as a member so that it outlives the handlers that fill it.
  std::vector<Reply> kept;

  void keep_replies_of(std::string name) {
    relay().handle(std::move(name),
                   [this](const Command&, Reply reply) { kept.push_back(std::move(reply)); });
  }
  void set_window(std::uint64_t sequence, std::uint64_t pages) {
    const std::string id = "c-" + std::to_string(sequence);
    HeaderView header;
    header.kind = Kind::kWindow;
    header.response_to = id;
    header.pages = pages;
    send(header);
  }
};

TEST_F(AnsweringCommands, WithoutAHandlerFails) {
  connect();
  deliver("todo.shout", 1);
  const Heard failed = hear(Kind::kFailed);
  EXPECT_EQ(failed.header.sequence, 1U);
  EXPECT_EQ(failed.header.code, "no-handler");
  EXPECT_EQ(failed.header.reason, "todo has no handler for `todo.shout`");
}

TEST_F(AnsweringCommands, WithAPayloadThatIsNoMsgpackFailsBeforeTheHandler) {
  bool called = false;
  relay().handle("todo.add", [&](const Command&, Reply) { called = true; });
  connect();
  HeaderView header;
  header.kind = Kind::kCommand;
  header.name = "todo.add";
  header.id = "c-1";
  header.sequence = 1;
  send(header, "\xc1");
  EXPECT_EQ(hear(Kind::kFailed).header.code, "malformed");
  EXPECT_FALSE(called);
}

TEST_F(AnsweringCommands, WhoseHandlerThrowsFailsWithItsReason) {
  relay().handle("todo.add", [](const Command&, Reply) { throw std::runtime_error("disk is full"); });
  connect();
  deliver("todo.add", 7);
  const Heard failed = hear(Kind::kFailed);
  EXPECT_EQ(failed.header.sequence, 7U);
  EXPECT_EQ(failed.header.code, "handler-failed");
  EXPECT_EQ(failed.header.reason, "disk is full");
}

TEST_F(AnsweringCommands, WhoseHandlerKeepsItsReplyAndThrowsFailsOnce) {
  relay().handle("todo.add", [this](const Command&, Reply reply) {
    kept.push_back(std::move(reply));
    throw std::runtime_error("after all");
  });
  connect();
  deliver("todo.add", 1, {}, Expects::kOne);
  EXPECT_EQ(hear(Kind::kFailed).header.reason, "after all");
  kept.front().send("todo.added", Value());
  kept.clear();
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(AnsweringCommands, WithAnErrorFailsWithIt) {
  relay().handle("todo.add", [](const Command&, Reply reply) { reply.error("title is empty"); });
  connect();
  deliver("todo.add", 1, {}, Expects::kOne);
  EXPECT_EQ(hear(Kind::kFailed).header.reason, "title is empty");
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(AnsweringCommands, WithoutTheExpectedReplyFails) {
  relay().handle("todo.add", [](const Command&, Reply) {});
  connect();
  deliver("todo.add", 1, {}, Expects::kOne);
  EXPECT_EQ(hear(Kind::kFailed).header.reason,
            "the handler of `todo.add` ended without the reply that it was asked for");
}

TEST_F(AnsweringCommands, WithoutAnExpectedReplyIsHandledWhenTheHandlerReturns) {
  relay().handle("todo.add", [](const Command&, Reply) {});
  connect();
  deliver("todo.add", 3);
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), std::vector<std::uint64_t>{3});
}

TEST_F(AnsweringCommands, GivesTheHandlerWhatTheHeaderSays) {
  std::optional<Value> payload;
  std::string sender;
  std::string activity;
  relay().handle("todo.add", [&](const Command& command, Reply) {
    payload = command.payload;
    sender = command.sender;
    activity = command.activity_id;
  });
  connect();
  deliver("todo.add", 1, Value::map({{"title", "one"}}));
  ASSERT_TRUE(wait_until([&] { return payload.has_value(); }));
  EXPECT_EQ(*payload, Value::map({{"title", "one"}}));
  EXPECT_EQ(sender, "web");
  EXPECT_EQ(activity, "activity-1");
}

TEST_F(AnsweringCommands, ReadsJsonAndRawPayloads) {
  std::vector<Value> payloads;
  relay().handle("todo.add", [&](const Command& command, Reply) { payloads.push_back(command.payload); });
  connect();
  HeaderView header;
  header.kind = Kind::kCommand;
  header.name = "todo.add";
  header.id = "c-1";
  header.sequence = 1;
  header.content_type = ContentType::kJson;
  send(header, R"({"title":"one"})");
  header.sequence = 2;
  header.content_type = ContentType::kRaw;
  send(header, "\x01\x02");
  ASSERT_TRUE(wait_until([&] { return payloads.size() == 2; }));
  EXPECT_EQ(payloads[0], Value::map({{"title", "one"}}));
  EXPECT_EQ(payloads[1], Value(Value::Binary{"\x01\x02"}));
}

TEST_F(AnsweringCommands, SendsTheReplyToWhereTheCommandCameFrom) {
  relay().handle("todos.count", [](const Command&, Reply reply) { reply.send("todos.counted", 7); });
  connect();
  deliver("todos.count", 1, {}, Expects::kOne);
  const Heard reply = hear(Kind::kReply);
  EXPECT_EQ(reply.header.name, "todos.counted");
  EXPECT_EQ(reply.header.response_to, "c-1");
  EXPECT_FALSE(reply.header.id.empty());
  EXPECT_FALSE(reply.header.more);
  EXPECT_EQ(reply.value(), Value(7));
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), std::vector<std::uint64_t>{1});
}

TEST_F(AnsweringCommands, SendsNoReplyWhereNoneIsExpected) {
  relay().handle("todo.add", [](const Command&, Reply reply) {
    EXPECT_FALSE(reply.expected());
    reply.send("todo.added", 1);
  });
  connect();
  deliver("todo.add", 1);
  hear(Kind::kHandled);
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(AnsweringCommands, AnswersOnlyOnce) {
  relay().handle("todo.add", [](const Command&, Reply reply) {
    reply.send("todo.added", 1);
    reply.send("todo.added", 2);
    reply.error("too late");
  });
  connect();
  deliver("todo.add", 1, {}, Expects::kOne);
  EXPECT_EQ(hear(Kind::kReply).value(), Value(1));
  hear(Kind::kHandled);
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(AnsweringCommands, IsNotHandledWhileTheReplyIsKept) {
  keep_replies_of("todo.add");
  connect();
  deliver("todo.add", 1);
  deliver("todo.add", 2);
  ASSERT_TRUE(wait_until([&] { return kept.size() == 2; }));
  EXPECT_TRUE(heard_by_now().empty());
  kept.clear();
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), (std::vector<std::uint64_t>{1, 2}));
}

TEST_F(AnsweringCommands, CollectsManyCompletionsIntoOneMessage) {
  keep_replies_of("todo.add");
  connect();
  for (std::uint64_t sequence = 1; sequence <= 100; ++sequence) deliver("todo.add", sequence);
  ASSERT_TRUE(wait_until([&] { return kept.size() == 100; }));
  for (auto& reply : kept) reply.complete();
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)).size(), 100U);
}

TEST_F(AnsweringCommands, CallsTheDrainedHookWhenNothingMoreIsAtHand) {
  std::size_t kept_at_commit = 0;
  keep_replies_of("todo.add");
  relay().on_drained([&] {
    kept_at_commit += kept.size();
    kept.clear();
  });
  connect();
  for (std::uint64_t sequence = 1; sequence <= 10; ++sequence) deliver("todo.add", sequence);
  EXPECT_TRUE(wait_until([&] { return kept_at_commit == 10; }));
  EXPECT_TRUE(kept.empty());
}

TEST_F(AnsweringCommands, CallsTheDrainedHookAfterEveryFewCommands) {
  std::vector<std::size_t> groups;
  keep_replies_of("todo.add");
  relay().on_drained(
      [&] {
        groups.push_back(kept.size());
        kept.clear();
      },
      4);
  connect();
  for (std::uint64_t sequence = 1; sequence <= 40; ++sequence) deliver("todo.add", sequence);
  std::size_t total = 0;
  ASSERT_TRUE(wait_until([&] {
    total = 0;
    for (const auto group : groups) total += group;
    return total == 40;
  }));
  for (const auto group : groups) EXPECT_LE(group, 4U);
}

TEST_F(AnsweringCommands, CallsTheDrainedHookOnlyAfterCommands) {
  int calls = 0;
  relay().handle("todo.add", [](const Command&, Reply) {});
  relay().on_drained([&] { ++calls; });
  connect();
  deliver("todo.add", 1);
  hear(Kind::kHandled);
  HeaderView pong;
  pong.kind = Kind::kPong;
  send(pong);
  deliver("todo.add", 2);
  hear(Kind::kHandled);
  EXPECT_EQ(calls, 2);
}

TEST_F(AnsweringCommands, StreamsEightPagesAndThenWaitsForTheAsker) {
  int made = 0;
  relay().handle("todos.list",
                 [&](const Command&, Reply reply) { reply.stream("todos.listed", pages(20, &made)); });
  connect();
  deliver("todos.list", 1, {}, Expects::kOne);
  for (std::uint64_t number = 0; number < 8; ++number) {
    const Heard page = hear(Kind::kReply);
    EXPECT_EQ(page.header.page, number);
    EXPECT_TRUE(page.header.more);
    EXPECT_EQ(page.value(), Value(Value::List{Value(number)}));
  }
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(made, 8);
}

TEST_F(AnsweringCommands, GoesOnStreamingAsTheAskerTakesPages) {
  relay().handle("todos.list", [&](const Command&, Reply reply) { reply.stream("todos.listed", pages(10)); });
  connect();
  deliver("todos.list", 1, {}, Expects::kOne);
  for (int number = 0; number < 8; ++number) hear(Kind::kReply);
  set_window(1, 9);
  EXPECT_EQ(hear(Kind::kReply).header.page, 8U);
  EXPECT_TRUE(heard_by_now().empty());
  set_window(1, 16);
  const Heard last = hear(Kind::kReply);
  EXPECT_EQ(last.header.page, 9U);
  EXPECT_FALSE(last.header.more);
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), std::vector<std::uint64_t>{1});
}

TEST_F(AnsweringCommands, StreamsToExoWithoutAWindow) {
  relay().handle("todos.list", [&](const Command&, Reply reply) { reply.stream("todos.listed", pages(20)); });
  connect();
  deliver("todos.list", 1, {}, Expects::kOne, "exo");
  for (int number = 0; number < 20; ++number) hear(Kind::kReply);
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), std::vector<std::uint64_t>{1});
}

TEST_F(AnsweringCommands, HandlesOtherMessagesBetweenPages) {
  // So many that the other message is there long before the last, whatever else the machine does.
  constexpr int kPages = 50'000;
  relay().handle("todos.list",
                 [&](const Command&, Reply reply) { reply.stream("todos.listed", pages(kPages)); });
  relay().handle("todos.count", [](const Command&, Reply reply) { reply.send("todos.counted", 1); });
  connect();
  deliver("todos.list", 1, {}, Expects::kOne);
  set_window(1, kPages);
  hear(Kind::kReply);
  deliver("todos.count", 2, {}, Expects::kOne);
  int pages_before = 0;
  while (hear(Kind::kReply).header.name != "todos.counted") ++pages_before;
  EXPECT_LT(pages_before, kPages - 1);
}

TEST_F(AnsweringCommands, EndsAStreamWhoseAskerHasGone) {
  int made = 0;
  std::vector<std::string> unhandled;
  relay().on_unhandled_error([&](std::string_view, const Error& error) { unhandled.push_back(error.code); });
  relay().handle("todos.list",
                 [&](const Command&, Reply reply) { reply.stream("todos.listed", pages(20, &made)); });
  connect();
  deliver("todos.list", 1, {}, Expects::kOne);
  for (int number = 0; number < 8; ++number) hear(Kind::kReply);
  HeaderView gone;
  gone.kind = Kind::kError;
  gone.response_to = "c-1";
  gone.code = "receiver-lost";
  for (int page = 0; page < 8; ++page) send(gone);
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), std::vector<std::uint64_t>{1});
  set_window(1, 100);
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(made, 8);
  EXPECT_TRUE(unhandled.empty()) << "each page that was on its way is told of";
}

TEST_F(AnsweringCommands, FailsAStreamWhoseSourceFails) {
  relay().handle("todos.list", [&](const Command&, Reply reply) {
    reply.stream("todos.listed", []() -> Result<Page> { return Error{"any", "no such table"}; });
  });
  relay().handle("todos.throw", [&](const Command&, Reply reply) {
    reply.stream("todos.listed", []() -> Result<Page> { throw std::runtime_error("thrown"); });
  });
  connect();
  deliver("todos.list", 1, {}, Expects::kOne);
  EXPECT_EQ(hear(Kind::kFailed).header.reason, "no such table");
  deliver("todos.throw", 2, {}, Expects::kOne);
  EXPECT_EQ(hear(Kind::kFailed).header.reason, "thrown");
}

TEST_F(AnsweringCommands, FailsAReplyThatIsTooLarge) {
  relay().handle("todos.list", [](const Command&, Reply reply) {
    reply.send("todos.listed", std::string(kPayloadLimitBytes, 'x'));
  });
  connect();
  deliver("todos.list", 1, {}, Expects::kOne);
  const Heard failed = hear(Kind::kFailed);
  EXPECT_NE(failed.header.reason.find("stream it in pages"), std::string::npos);
}

TEST_F(AnsweringCommands, KeepsRepliesBeyondTheWindowUntilTheyAreTaken) {
  keep_replies_of("todos.watch");
  connect();
  deliver("todos.watch", 1, {}, Expects::kMany);
  ASSERT_TRUE(wait_until([&] { return kept.size() == 1; }));
  for (int number = 0; number < 9; ++number) ASSERT_TRUE(kept.front().send_more("todos.seen", number).ok());
  kept.front().send("todos.seen", 9);
  for (int number = 0; number < 8; ++number) EXPECT_EQ(hear(Kind::kReply).value(), Value(number));
  EXPECT_TRUE(heard_by_now().empty());
  set_window(1, 16);
  EXPECT_EQ(hear(Kind::kReply).value(), Value(8));
  EXPECT_FALSE(hear(Kind::kReply).header.more);
  hear(Kind::kHandled);
}

TEST_F(AnsweringCommands, RefusesPagesBeyondWhatItMayKeepUntilSomeAreTaken) {
  options.buffer_messages = 3;
  keep_replies_of("todos.watch");
  connect({"todo.add"});
  deliver("todos.watch", 1, {}, Expects::kMany);
  ASSERT_TRUE(wait_until([&] { return kept.size() == 1; }));
  for (int number = 0; number < 11; ++number) ASSERT_TRUE(kept.front().send_more("todos.seen", number).ok());
  const auto refused = kept.front().send_more("todos.seen", 11);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, "overloaded");
  EXPECT_EQ(relay().send("todo.add", Value()).error().code, "overloaded") << "they share what is kept";
  for (int number = 0; number < 8; ++number) EXPECT_EQ(hear(Kind::kReply).value(), Value(number));
  set_window(1, 9);
  EXPECT_EQ(hear(Kind::kReply).value(), Value(8));
  EXPECT_TRUE(kept.front().send_more("todos.seen", 11).ok());
  set_window(1, 100);
  for (int number = 9; number < 12; ++number) EXPECT_EQ(hear(Kind::kReply).value(), Value(number));
  EXPECT_TRUE(relay().send("todo.add", Value()).ok());
}

TEST_F(AnsweringCommands, FailsALastReplyThatItMayNotKeep) {
  options.buffer_bytes = 100;
  keep_replies_of("todos.watch");
  connect();
  deliver("todos.watch", 1, {}, Expects::kMany);
  ASSERT_TRUE(wait_until([&] { return kept.size() == 1; }));
  for (int number = 0; number < 8; ++number) ASSERT_TRUE(kept.front().send_more("todos.seen", number).ok());
  kept.front().send("todos.seen", std::string(101, 'x'));
  EXPECT_EQ(hear(Kind::kFailed).header.code, "overloaded");
}

TEST_F(AnsweringCommands, GivesUpPagesThatAreNotTaken) {
  options.stall_limit = std::chrono::milliseconds(40);
  options.buffer_messages = 1;
  keep_replies_of("todos.watch");
  connect({"todo.add"});
  deliver("todos.watch", 1, {}, Expects::kMany);
  ASSERT_TRUE(wait_until([&] { return kept.size() == 1; }));
  for (int number = 0; number < 9; ++number) ASSERT_TRUE(kept.front().send_more("todos.seen", number).ok());
  const Heard failed = hear(Kind::kFailed);
  EXPECT_EQ(failed.header.sequence, 1U);
  EXPECT_EQ(failed.header.code, "expired");
  EXPECT_TRUE(relay().send("todo.add", Value()).ok()) << "they are kept no more";
  EXPECT_TRUE(kept.front().send_more("todos.seen", 9).ok()) << "without effect";
}

TEST_F(AnsweringCommands, GivesUpAStreamThatIsNotTaken) {
  options.stall_limit = std::chrono::milliseconds(40);
  relay().handle("todos.list", [](const Command&, Reply reply) { reply.stream("todos.listed", pages(9)); });
  connect();
  deliver("todos.list", 1, {}, Expects::kOne);
  EXPECT_EQ(hear(Kind::kFailed).header.code, "expired");
}

TEST_F(AnsweringCommands, IsWithoutEffectAfterTheBusWasLost) {
  relay().on_unhandled_error([](std::string_view, const Error&) {});
  keep_replies_of("todo.add");
  connect();
  deliver("todo.add", 1, {}, Expects::kOne);
  ASSERT_TRUE(wait_until([&] { return kept.size() == 1; }));
  HeaderView refused;
  refused.kind = Kind::kRefused;
  refused.code = "not-registered";
  send(refused);
  connect();
  kept.front().send("todo.added", 1);
  kept.clear();
  EXPECT_TRUE(heard_by_now().empty());
}

TEST(AnsweringCommandsLater, IsWithoutEffectAfterTheRelayIsGone) {
  std::vector<Reply> kept;
  {
    RelayFixture fixture;
    fixture.relay().handle("todo.add",
                           [&](const Command&, Reply reply) { kept.push_back(std::move(reply)); });
    fixture.connect();
    fixture.deliver("todo.add", 1, {}, Expects::kOne);
    ASSERT_TRUE(fixture.wait_until([&] { return kept.size() == 1; }));
  }
  kept.front().send("todo.added", 1);
  EXPECT_TRUE(kept.front().expected());
}

}  // namespace
}  // namespace exo
