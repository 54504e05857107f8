// Commands that are delivered at least once: what the receiver runs once all the same, and what the sender
// sends again.
#include <gtest/gtest.h>

#include <stdexcept>

#include "bus/relays/cpp/relay.h"
#include "tests/relay/fake_broker.h"

namespace exo {
namespace {

using Sequences = std::vector<std::uint64_t>;

class TakenAtLeastOnce : public testing::Test, public RelayFixture {
 public:
  int runs = 0;
  std::vector<Reply> kept;

  TakenAtLeastOnce() {
    relay().on_unhandled_error([](std::string_view, const Error&) {});
    relay().handle("count", [this](const Command&, Reply reply) { reply.send("counted", ++runs); });
    relay().handle("keep", [this](const Command&, Reply reply) {
      ++runs;
      kept.push_back(std::move(reply));
    });
  }
  bool wait_for_kept() {
    return wait_until([&] { return kept.size() == 1; });
  }
};

TEST_F(TakenAtLeastOnce, RunsOnceAndAnswersTwice) {
  connect();
  deliver_acknowledged("count", 1, "c-1");
  EXPECT_EQ(hear(Kind::kReply).value(), Value(1));
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), Sequences{1});
  deliver_acknowledged("count", 2, "c-1");
  const Heard again = hear(Kind::kReply);
  EXPECT_EQ(again.value(), Value(1));
  EXPECT_EQ(again.header.name, "counted");
  EXPECT_EQ(again.header.response_to, "c-1");
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), Sequences{2});
  EXPECT_EQ(runs, 1);
}

TEST_F(TakenAtLeastOnce, RunsOnceWhereNoReplyIsExpected) {
  connect();
  deliver_acknowledged("count", 1, "c-1", Expects::kNone);
  hear(Kind::kHandled);
  deliver_acknowledged("count", 2, "c-1", Expects::kNone);
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), Sequences{2});
  EXPECT_EQ(runs, 1);
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(TakenAtLeastOnce, CompletesBothDeliveriesOfOneThatRuns) {
  connect();
  deliver_acknowledged("keep", 1, "c-1");
  ASSERT_TRUE(wait_for_kept());
  deliver_acknowledged("keep", 2, "c-1");
  EXPECT_TRUE(heard_by_now().empty());
  kept.front().send("kept", 7);
  EXPECT_EQ(hear(Kind::kReply).value(), Value(7));
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), (Sequences{1, 2}));
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(runs, 1);
}

TEST_F(TakenAtLeastOnce, FailsBothDeliveriesOfOneThatRuns) {
  connect();
  deliver_acknowledged("keep", 1, "c-1");
  ASSERT_TRUE(wait_for_kept());
  deliver_acknowledged("keep", 2, "c-1");
  EXPECT_TRUE(heard_by_now().empty());
  kept.front().error("disk is full");
  EXPECT_EQ(hear(Kind::kFailed).header.sequence, 1U);
  EXPECT_EQ(hear(Kind::kFailed).header.sequence, 2U);
}

TEST_F(TakenAtLeastOnce, RunsAgainWhatHasFailed) {
  relay().handle("fail", [this](const Command&, const Reply&) {
    ++runs;
    throw std::runtime_error("no");
  });
  connect();
  deliver_acknowledged("fail", 1, "c-1");
  hear(Kind::kFailed);
  deliver_acknowledged("fail", 2, "c-1");
  EXPECT_EQ(hear(Kind::kFailed).header.sequence, 2U);
  EXPECT_EQ(runs, 2);
}

TEST_F(TakenAtLeastOnce, AnswersOnTheNextConnectionWhatCompletedMeanwhile) {
  connect();
  deliver_acknowledged("keep", 1, "c-1");
  ASSERT_TRUE(wait_for_kept());
  lose_the_bus();
  const Heard registration = hear(Kind::kRegister);
  kept.front().send("kept", 7);
  answer_registration(registration);
  deliver_acknowledged("keep", 1, "c-1");
  EXPECT_EQ(hear(Kind::kReply).value(), Value(7));
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), Sequences{1});
  EXPECT_EQ(runs, 1);
}

TEST_F(TakenAtLeastOnce, GoesOnWithWhatRunsOnTheNextConnection) {
  connect();
  deliver_acknowledged("keep", 1, "c-1");
  ASSERT_TRUE(wait_for_kept());
  lose_the_bus();
  connect();
  deliver_acknowledged("keep", 5, "c-1");
  EXPECT_TRUE(heard_by_now().empty());
  kept.front().send("kept", 7);
  EXPECT_EQ(hear(Kind::kReply).header.response_to, "c-1");
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), Sequences{5});
  EXPECT_EQ(runs, 1);
}

TEST_F(TakenAtLeastOnce, BeginsAStreamAnewForAnAskerThatHasLostIt) {
  int made = 0;
  relay().handle("pages", [&](const Command&, Reply reply) {
    reply.stream("paged",
                 [&]() -> Result<Page> { return Page{.items = {Value(made)}, .more = ++made < 10}; });
  });
  connect();
  deliver_acknowledged("pages", 1, "c-1");
  for (int page = 0; page < 8; ++page) hear(Kind::kReply);
  lose_the_bus();
  connect();
  deliver_acknowledged("pages", 1, "c-1");
  HeaderView window;
  window.kind = Kind::kWindow;
  window.response_to = "c-1";
  window.pages = 100;
  send(window);
  for (std::uint64_t page = 0; page < 10; ++page) {
    const Heard reply = hear(Kind::kReply);
    EXPECT_EQ(reply.header.page, page);
    EXPECT_EQ(reply.value(), Value(Value::List{Value(page)}));
    EXPECT_EQ(reply.header.more, page < 9);
  }
  EXPECT_EQ(made, 10);
}

TEST(TakenAtLeastOnceWithLittleMemory, RunsAgainWhenTheReplyWasTooLarge) {
  RelayFixture fixture;
  fixture.options.remembered_reply_bytes = 100;
  int runs = 0;
  fixture.relay().handle("fill", [&](const Command&, Reply reply) {
    ++runs;
    reply.send("filled", std::string(101, 'x'));
  });
  fixture.connect();
  for (std::uint64_t sequence = 1; sequence <= 2; ++sequence) {
    fixture.deliver_acknowledged("fill", sequence, "c-1");
    EXPECT_EQ(fixture.hear(Kind::kReply).header.response_to, "c-1");
    EXPECT_EQ(sequences_in(fixture.hear(Kind::kHandled)), Sequences{sequence});
  }
  EXPECT_EQ(runs, 2);
}

TEST(TakenAtLeastOnceWithLittleMemory, ForgetsTheOldest) {
  RelayFixture fixture;
  fixture.options.remembered_commands = 2;
  int runs = 0;
  fixture.relay().handle("count", [&](const Command&, Reply reply) { reply.send("counted", ++runs); });
  fixture.connect();
  std::uint64_t sequence = 0;
  for (const std::string_view id : {"a", "b", "c", "b", "a"}) {
    fixture.deliver_acknowledged("count", ++sequence, id);
    fixture.hear(Kind::kHandled);
  }
  EXPECT_EQ(runs, 4) << "b is remembered, a is not";
}

class SentWhenTheBusIsLost : public testing::Test, public RelayFixture {
 public:
  std::vector<std::string> unhandled;
  std::vector<std::string> outcomes;

  SentWhenTheBusIsLost() {
    relay().on_unhandled_error([this](std::string_view name, const Error& error) {
      if (!name.empty()) unhandled.push_back(std::string(name) + ": " + error.code);
    });
  }
  void join() {
    connect({"safe", "plain"});
    route({{"safe", {"safe"}}, {"plain", {"plain"}}}, {"safe"});
  }
  void ask(std::string_view name, Pages pages = Pages::kGathered) {
    ASSERT_TRUE(relay()
                    .request(name, Value(), {.pages = pages},
                             [this](const Result<Answer>& answer) {
                               outcomes.push_back(answer.ok() ? value_to_text(answer.value().payload)
                                                              : answer.error().code);
                             })
                    .ok());
  }
  static std::string value_to_text(const Value& value) {
    const Value::List* list = value.list();
    return list == nullptr ? "answered" : std::to_string(list->size()) + " items";
  }
};

TEST_F(SentWhenTheBusIsLost, ToldAsLostWhenItWasAcceptedAndNotSettled) {
  join();
  ASSERT_TRUE(relay().send("plain", 1).ok());
  ASSERT_TRUE(relay().send("plain", 2).ok());
  hear(Kind::kCommand);
  hear(Kind::kCommand);
  settle(2, {{1, 1}});
  ASSERT_TRUE(wait_until([&] { return relay().unsettled() == 1; }));
  lose_the_bus();
  connect({"plain"});
  EXPECT_EQ(unhandled, std::vector<std::string>{"plain: bus-lost"});
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(SentWhenTheBusIsLost, NotToldOfWhereTheBusTellsNothingOfSettled) {
  join();
  ASSERT_TRUE(relay().send("plain", 1).ok());
  hear(Kind::kCommand);
  grant(1, {});
  ASSERT_TRUE(wait_until([&] { return relay().unaccepted() == 0; }));
  lose_the_bus();
  connect({"plain"});
  EXPECT_TRUE(unhandled.empty());
}

TEST_F(SentWhenTheBusIsLost, IsSentAgainAsRedeliveredWhereItIsAcknowledged) {
  join();
  ASSERT_TRUE(relay().send("safe", 1).ok());
  const std::string id(hear(Kind::kCommand).header.id);
  settle(1, {});
  ASSERT_TRUE(wait_until([&] { return relay().unsettled() == 1; }));
  lose_the_bus();
  connect({"safe"});
  const Heard again = hear(Kind::kCommand);
  EXPECT_EQ(again.header.id, id);
  EXPECT_TRUE(again.header.redelivered);
  EXPECT_EQ(again.value(), Value(1));
  EXPECT_TRUE(unhandled.empty());
}

TEST_F(SentWhenTheBusIsLost, IsNotMarkedWhereItWasNotAccepted) {
  join();
  ASSERT_TRUE(relay().send("safe", 1).ok());
  hear(Kind::kCommand);
  lose_the_bus();
  connect({"safe"});
  EXPECT_FALSE(hear(Kind::kCommand).header.redelivered);
}

TEST_F(SentWhenTheBusIsLost, IsNotSentAgainWhenItIsSettled) {
  join();
  ASSERT_TRUE(relay().send("safe", 1).ok());
  hear(Kind::kCommand);
  settle(1, {{1, 1}});
  ASSERT_TRUE(wait_until([&] { return relay().unaccepted() == 0; }));
  lose_the_bus();
  connect({"safe"});
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(SentWhenTheBusIsLost, IsNotSentAgainWhenItIsAnswered) {
  join();
  ask("safe");
  const Heard command = hear(Kind::kCommand);
  settle(1, {});
  reply(command, "done", Value());
  ASSERT_TRUE(wait_until([&] { return outcomes.size() == 1; }));
  lose_the_bus();
  connect({"safe"});
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(outcomes, std::vector<std::string>{"answered"});
}

TEST_F(SentWhenTheBusIsLost, FailsARequestOnceThatIsNotAcknowledged) {
  join();
  ask("plain");
  hear(Kind::kCommand);
  settle(1, {});
  ASSERT_TRUE(wait_until([&] { return relay().unsettled() == 1; }));
  lose_the_bus();
  connect({"plain"});
  EXPECT_EQ(outcomes, std::vector<std::string>{"bus-lost"});
  EXPECT_TRUE(unhandled.empty());
}

TEST_F(SentWhenTheBusIsLost, FailsAReplyThatWasGatheredInPart) {
  join();
  ask("safe");
  const Heard command = hear(Kind::kCommand);
  reply_page(command, "listed", Value::List{1, 2}, 0, true);
  hear(Kind::kWindow);
  lose_the_bus();
  connect({"safe"});
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(outcomes, std::vector<std::string>{"bus-lost"});
}

TEST_F(SentWhenTheBusIsLost, FailsAReplyOfWhichPagesWereSeen) {
  join();
  ask("safe", Pages::kEach);
  const Heard command = hear(Kind::kCommand);
  settle(1, {});
  reply_page(command, "listed", Value::List{1, 2}, 0, true);
  ASSERT_TRUE(wait_until([&] { return outcomes.size() == 1; }));
  lose_the_bus();
  hear(Kind::kWindow);
  connect({"safe"});
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(outcomes, (std::vector<std::string>{"2 items", "bus-lost"}));
}

}  // namespace
}  // namespace exo
