#include "bus/relays/cpp/pipeline.h"

#include <gtest/gtest.h>

#include "tests/relay/fake_broker.h"

namespace exo {
namespace {

class PipelineTest : public testing::Test, public RelayFixture {
 public:
  int given = 0;
  int ends = 0;
  std::optional<Result<std::uint64_t>> outcome;

  // Commands "a" with the numbers from 1 to `count`.
  Pipeline::Source numbers(int count, bool asks = false) {
    return [this, count, asks]() -> std::optional<Pipeline::Next> {
      if (given == count) return std::nullopt;
      Pipeline::Next next{.name = "a", .payload = Value(++given), .options = {}, .on_answer = nullptr};
      if (asks) next.on_answer = [](const Result<Answer>&) {};
      return next;
    };
  }
  Pipeline::OnEnd keep_outcome() {
    return [this](Result<std::uint64_t> ended) {
      ++ends;
      outcome = std::move(ended);
    };
  }
};

TEST_F(PipelineTest, EndsAtOnceWithNothingToSend) {
  Pipeline pipeline(relay(), {});
  pipeline.run(numbers(0), keep_outcome());
  ASSERT_EQ(ends, 1);
  EXPECT_EQ(outcome->value(), 0U);
  EXPECT_FALSE(pipeline.running());
}

TEST_F(PipelineTest, EndsWithTheErrorOfWhatCannotBeSent) {
  Pipeline pipeline(relay(), {});
  const auto source = [this]() -> std::optional<Pipeline::Next> {
    ++given;
    return Pipeline::Next{
        .name = "a", .payload = std::string(Relay::kPayloadLimit, 'x'), .options = {}, .on_answer = nullptr};
  };
  pipeline.run(source, keep_outcome());
  ASSERT_EQ(ends, 1);
  EXPECT_EQ(outcome->error().code, "too-large");
  EXPECT_EQ(given, 1);
}

TEST_F(PipelineTest, HasAtMostSoManyUnderWay) {
  connect({"a"});
  Pipeline pipeline(relay(), {.in_flight = 3});
  pipeline.run(numbers(10), keep_outcome());
  for (int number = 1; number <= 3; ++number) EXPECT_EQ(hear(Kind::kCommand).value(), Value(number));
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(given, 3);
  grant(2, {});
  EXPECT_EQ(hear(Kind::kCommand).value(), Value(4));
  EXPECT_EQ(hear(Kind::kCommand).value(), Value(5));
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(pipeline.in_flight(), 3U);
  EXPECT_EQ(ends, 0);
}

TEST_F(PipelineTest, TellsOnceHowManyWereDone) {
  connect({"a"});
  Pipeline pipeline(relay(), {.in_flight = 4});
  pipeline.run(numbers(10, true), keep_outcome());
  for (int number = 1; number <= 10; ++number) {
    const Heard command = hear(Kind::kCommand);
    EXPECT_EQ(ends, 0);
    reply(command, "done", Value());
  }
  ASSERT_TRUE(wait_until([&] { return ends > 0; }));
  EXPECT_EQ(outcome->value(), 10U);
  EXPECT_EQ(ends, 1);
}

TEST_F(PipelineTest, EndsWithTheFirstErrorWhenWhatIsUnderWayHasEnded) {
  connect({"a"});
  Pipeline pipeline(relay(), {.in_flight = 3});
  pipeline.run(numbers(10, true), keep_outcome());
  const Heard one = hear(Kind::kCommand);
  const Heard two = hear(Kind::kCommand);
  const Heard three = hear(Kind::kCommand);
  error(two, "handler-failed", "the first");
  error(one, "handler-failed", "the second");
  EXPECT_TRUE(heard_by_now().empty()) << "no more is sent";
  EXPECT_EQ(ends, 0);
  reply(three, "done", Value());
  ASSERT_TRUE(wait_until([&] { return ends == 1; }));
  EXPECT_EQ(outcome->error().message, "the first");
}

TEST(PipelineInARelayThatIsFull, GoesOnWhenThereIsRoom) {
  RelayFixture fixture;
  fixture.options.buffer_messages = 2;
  fixture.connect({"a"});
  int given = 0;
  std::optional<Result<std::uint64_t>> outcome;
  Pipeline pipeline(fixture.relay(), {.in_flight = 100});
  pipeline.run(
      [&]() -> std::optional<Pipeline::Next> {
        if (given == 5) return std::nullopt;
        return Pipeline::Next{.name = "a", .payload = Value(++given), .options = {}, .on_answer = nullptr};
      },
      [&](Result<std::uint64_t> ended) { outcome = std::move(ended); });
  for (int number = 1; number <= 5; ++number) {
    EXPECT_EQ(fixture.hear(Kind::kCommand).value(), Value(number));
    fixture.settle(static_cast<std::uint64_t>(number), {{1, static_cast<std::uint64_t>(number)}});
  }
  ASSERT_TRUE(fixture.wait_until([&] { return outcome.has_value(); }));
  EXPECT_EQ(outcome->value(), 5U);
}

// The consumer of large items is stopped: what the bus has accepted the relay keeps until it is settled.
TEST_F(PipelineTest, WaitsForRoomAlsoWhenNothingIsUnderWay) {
  options.buffer_bytes = 3000;
  connect({"a"});
  Pipeline pipeline(relay(), {});
  const auto source = [this]() -> std::optional<Pipeline::Next> {
    if (given == 5) return std::nullopt;
    ++given;
    return Pipeline::Next{
        .name = "a", .payload = std::string(1000, 'x'), .options = {}, .on_answer = nullptr};
  };
  pipeline.run(source, keep_outcome());
  for (int number = 1; number <= 2; ++number) hear(Kind::kCommand);
  settle(2, {});
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(pipeline.in_flight(), 0U);
  EXPECT_EQ(ends, 0);
  for (std::uint64_t number = 1; number <= 3; ++number) {
    settle(number + 1, {{number, number}});
    hear(Kind::kCommand);
  }
  settle(5, {{4, 5}});
  ASSERT_TRUE(wait_until([&] { return ends == 1; }));
  EXPECT_EQ(outcome->value(), 5U);
}

TEST_F(PipelineTest, WaitsForRoomThatOthersHaveTaken) {
  options.buffer_messages = 1;
  connect({"a"});
  ASSERT_TRUE(relay().send("a", Value(0)).ok());
  Pipeline pipeline(relay(), {});
  pipeline.run(numbers(1), keep_outcome());
  EXPECT_EQ(hear(Kind::kCommand).value(), Value(0));
  EXPECT_EQ(ends, 0);
  settle(1, {{1, 1}});
  EXPECT_EQ(hear(Kind::kCommand).value(), Value(1));
}

TEST_F(PipelineTest, EndsWithTheErrorOfWhatFitsAtNoTime) {
  options.buffer_bytes = 500;
  connect({"a"});
  Pipeline pipeline(relay(), {});
  const auto source = [this]() -> std::optional<Pipeline::Next> {
    const std::size_t bytes = ++given == 1 ? 100 : 1000;
    return Pipeline::Next{
        .name = "a", .payload = std::string(bytes, 'x'), .options = {}, .on_answer = nullptr};
  };
  pipeline.run(source, keep_outcome());
  hear(Kind::kCommand);
  EXPECT_EQ(ends, 0);
  settle(1, {{1, 1}});
  ASSERT_TRUE(wait_until([&] { return ends == 1; }));
  EXPECT_EQ(outcome->error().code, "overloaded");
}

TEST_F(PipelineTest, EndsWithItsRelayThoughItWaitsForRoom) {
  options.close_timeout = std::chrono::milliseconds(0);
  options.buffer_messages = 1;
  connect({"a"});
  Pipeline pipeline(relay(), {});
  pipeline.run(numbers(3), keep_outcome());
  hear(Kind::kCommand);
  settle(1, {});
  EXPECT_TRUE(heard_by_now().empty());
  relay().close();
  ASSERT_TRUE(wait_until([&] { return ends == 1; }));
  EXPECT_EQ(outcome->error().code, "closed");
}

TEST_F(PipelineTest, MayBeDestroyedWhileItRuns) {
  connect({"a"});
  auto pipeline = std::make_unique<Pipeline>(relay(), Pipeline::Options{.in_flight = 2});
  pipeline->run(numbers(10), keep_outcome());
  hear(Kind::kCommand);
  hear(Kind::kCommand);
  pipeline.reset();
  grant(2, {});
  EXPECT_TRUE(heard_by_now().empty());
  EXPECT_EQ(ends, 0);
}

TEST_F(PipelineTest, MayBeDestroyedByItsEnd) {
  auto pipeline = std::make_unique<Pipeline>(relay(), Pipeline::Options{});
  Pipeline& running = *pipeline;
  running.run(numbers(0), [&](const Result<std::uint64_t>&) { pipeline.reset(); });
  EXPECT_EQ(pipeline, nullptr);
}

}  // namespace
}  // namespace exo
