#include <gtest/gtest.h>

#include "bus/relays/cpp/relay.h"
#include "tests/relay/fake_broker.h"

namespace exo {
namespace {

constexpr std::string_view kRole = "deployment-todo-search-0.0.1";

std::string own(std::string_view ending) {
  return std::string(kRole) + std::string(ending);
}

// A script whose online phase runs what the test gives it.
class Script : public testing::Test, public RelayFixture {
 public:
  Script() { options.role = kRole; }

  void start(std::function<void(Reply)> phase) {
    relay().on_unhandled_error([](std::string_view, const Error&) {});
    relay().handle(own("-online-start"),
                   [phase = std::move(phase)](const Command&, Reply reply) { phase(std::move(reply)); });
    connect({"todo-search.add"});
    deliver(own("-online-start"), 1, {}, Expects::kMany, "exo");
  }
  void add(int number, OnSettled on_settled = nullptr) {
    ASSERT_TRUE(relay().send("todo-search.add", number, {}, std::move(on_settled)).ok());
  }
  void delivered(const Heard& command) {
    HeaderView header;
    header.kind = Kind::kDelivered;
    send(header, encode_ids({std::string(command.header.id)}).text());
  }
};

TEST_F(Script, HasNotDoneItWhileACommandIsNeitherDeliveredNorFailed) {
  start([this](Reply reply) {
    add(1);
    add(2);
    reply.send(own("-online-done"), Value());
  });
  const Heard first = hear(Kind::kCommand);
  const Heard second = hear(Kind::kCommand);
  grant(2, {});
  delivered(second);
  EXPECT_TRUE(heard_by_now().empty());
  delivered(first);
  const Heard done = hear(Kind::kReply);
  EXPECT_EQ(done.header.name, own("-online-done"));
  EXPECT_FALSE(done.header.more);
  EXPECT_EQ(sequences_in(hear(Kind::kHandled)), std::vector<std::uint64_t>{1});
}

TEST_F(Script, HasFailedWhenNobodyTookAnError) {
  start([this](Reply reply) {
    add(1);
    reply.send(own("-online-done"), Value());
  });
  error(hear(Kind::kCommand), "handler-failed", "no such table");
  const Heard failed = hear(Kind::kReply);
  EXPECT_EQ(failed.header.name, own("-online-failed"));
  EXPECT_EQ(failed.value(), Value::map({{"reason", "`todo-search.add`: no such table (handler-failed)"}}));
  hear(Kind::kHandled);
  EXPECT_TRUE(heard_by_now().empty());
}

TEST_F(Script, TellsHowManyErrorsItTookCareOf) {
  start([this](Reply reply) {
    add(1, [](const Result<void>&) {});
    add(2);
    reply.send(own("-online-done"), Value());
  });
  error(hear(Kind::kCommand), "handler-failed", "a duplicate");
  delivered(hear(Kind::kCommand));
  EXPECT_EQ(hear(Kind::kReply).header.handled_errors, 1U);
}

TEST_F(Script, HasNotFailedWhenAnAnswerWasAnError) {
  start([this](Reply reply) {
    const auto shared = std::make_shared<Reply>(std::move(reply));
    const auto sent = relay().request("todo-search.add", Value(), {}, [shared](const Result<Answer>& answer) {
      EXPECT_FALSE(answer.ok());
      shared->send(own("-online-done"), Value());
    });
    ASSERT_TRUE(sent.ok());
  });
  error(hear(Kind::kCommand), "handler-failed", "a duplicate");
  const Heard done = hear(Kind::kReply);
  EXPECT_EQ(done.header.name, own("-online-done"));
  EXPECT_EQ(done.header.handled_errors, 1U);
}

TEST_F(Script, TellsItsProgressAtOnce) {
  start([this](Reply reply) {
    add(1);
    ASSERT_TRUE(reply.send_more(own("-online-progress"), Value::map({{"done", 1}})).ok());
    reply.send(own("-online-done"), Value());
  });
  const Heard progress = hear(Kind::kReply);
  EXPECT_EQ(progress.header.name, own("-online-progress"));
  EXPECT_TRUE(progress.header.more);
}

TEST_F(Script, SavesACheckpointWhenAllBeforeItIsDelivered) {
  start([this](Reply reply) {
    add(1);
    const auto shared = std::make_shared<Reply>(std::move(reply));
    const auto sent =
        relay().request(own("-online-checkpoint"), 7, {}, [shared](const Result<Answer>& answer) {
          EXPECT_TRUE(answer.ok());
          shared->send(own("-online-done"), Value());
        });
    ASSERT_TRUE(sent.ok());
    add(2);
  });
  const Heard first = hear(Kind::kCommand);
  const Heard second = hear(Kind::kCommand);
  EXPECT_EQ(second.value(), Value(2));
  EXPECT_TRUE(heard_by_now().empty());
  delivered(first);
  const Heard checkpoint = hear(Kind::kCommand);
  EXPECT_EQ(checkpoint.header.name, own("-online-checkpoint"));
  EXPECT_EQ(checkpoint.header.expects, Expects::kOne);
  reply(checkpoint, own("-online-checkpointed"), Value());
  grant(3, {});
  delivered(second);
  EXPECT_EQ(hear(Kind::kReply).header.name, own("-online-done"));
}

TEST_F(Script, SendsWithoutADeadline) {
  start([this](Reply reply) {
    add(1);
    reply.send(own("-online-done"), Value());
  });
  EXPECT_FALSE(hear(Kind::kCommand).header.timeout_ms.has_value());
}

TEST_F(Script, HasFailedWhenItsHandlerEndsWithoutAWord) {
  start([](Reply) {});
  EXPECT_EQ(hear(Kind::kFailed).header.sequence, 1U);
}

TEST_F(Script, IsDoneWithManyCommandsOnlyAfterTheLast) {
  constexpr int kCount = 300;
  start([this](Reply reply) {
    for (int number = 0; number < kCount; ++number) add(number);
    reply.send(own("-online-done"), Value());
  });
  std::vector<std::string> ids;
  ids.reserve(kCount);
  for (int number = 0; number < kCount; ++number) ids.emplace_back(hear(Kind::kCommand).header.id);
  HeaderView header;
  header.kind = Kind::kDelivered;
  send(header, encode_ids({ids.begin() + 1, ids.end()}).text());
  EXPECT_TRUE(heard_by_now().empty());
  send(header, encode_ids({ids.front()}).text());
  EXPECT_EQ(hear(Kind::kReply).header.name, own("-online-done"));
}

}  // namespace
}  // namespace exo
