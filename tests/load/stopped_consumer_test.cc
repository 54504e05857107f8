// A consumer that stands still, or dies, with messages on the way to it: who is held up, what is answered,
// and how much the broker keeps.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <utility>
#include <vector>

#include "base/check.h"
#include "tests/load/bus_process.h"
#include "tests/load/tally.h"

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

// What a stopped consumer holds at most: what was delivered to it, and what its sender had credit for.
constexpr std::size_t kHeld = 1024 + 1024;
constexpr std::size_t kMebibyte = 1024U * 1024;
// Of the broker's process, whatever waits for one role: its queue is 32 MiB at most, what its consumer has
// and does not read 8 MiB, the rest is the program and what is on its way in.
constexpr std::size_t kBrokerBound = 64 * kMebibyte;

constexpr std::size_t kSenders = 20;

// "web" sends slow.do and fast.do, which "slow" and "fast" take. Who is stopped is never taken for lost.
BusFleet fleet() {
  BusFleet fleet{.plan = {.position = 1},
                 .instances = {"web-1", "slow-1", "slow-2", "fast-1"},
                 .heartbeat = std::chrono::minutes(10)};
  fleet.plan.versions.push_back(
      {.role = "web", .version = "1.0.0", .sends = {"slow.do", "fast.do"}, .gate = Gate::kOpen, .share = 1});
  for (std::size_t more = 2; more <= kSenders; ++more)
    fleet.instances.push_back("web-" + std::to_string(more));
  for (const std::string role : {"slow", "fast"}) {
    fleet.plan.versions.push_back(
        {.role = role, .version = "1.0.0", .receives = {role + ".do"}, .gate = Gate::kOpen, .share = 1});
  }
  return fleet;
}

Tally& shared_tally() {
  void* memory = ::mmap(nullptr, sizeof(Tally), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  EXO_CHECK(memory != MAP_FAILED);
  return *new (memory) Tally{};
}

// The consumers are forked before the sender has a thread of ZeroMQ.
class StoppedConsumerTest : public testing::Test {
 protected:
  ~StoppedConsumerTest() override {
    ::munmap(&slow_tally_, sizeof(Tally));
    ::munmap(&fast_tally_, sizeof(Tally));
  }
  void SetUp() override {
    RelayOptions options = options_of("web-1");
    options.buffer_bytes =
        512 * kMebibyte;  // so that it is their number which is too large when they are small
    sender_ = std::make_unique<Relay>(std::move(options));
    sender_->on_unhandled_error([this](std::string_view, const Error&) { ++errors_; });
    ASSERT_TRUE(sender_->connect(milliseconds(60'000)).ok());
    // Both consumers are there when each has handled a command.
    ASSERT_TRUE(send("slow.do", 0).ok());
    ASSERT_TRUE(send("fast.do", 0).ok());
    poll_until([&] { return slow_tally_.handled == 1 && fast_tally_.handled == 1; });
  }
  RelayOptions options_of(const std::string& instance) const {
    RelayOptions options = bus_.options(instance);
    options.silence_limit = std::chrono::minutes(10);
    return options;
  }
  Result<void> send(std::string_view name, std::size_t number, std::size_t bytes = 60) {
    return send(*sender_, name, number, bytes);
  }
  static Result<void> send(Relay& sender, std::string_view name, std::size_t number, std::size_t bytes) {
    return sender.send(name, payload(number, bytes), {.timeout = std::chrono::hours(1)});
  }
  static Value payload(std::size_t number, std::size_t bytes) {
    return Value::map({{"number", static_cast<std::int64_t>(number)}, {"filler", std::string(bytes, 'x')}});
  }
  void poll_once() { EXPECT_TRUE(sender_->poll(milliseconds(0)).ok()); }
  // Told in the test's report, too.
  std::size_t broker_peak() {
    const std::size_t bytes = bus_.process().peak_resident_bytes();
    EXPECT_GT(bytes, 0U);
    RecordProperty("broker_peak_kib", static_cast<int>(bytes / 1024));
    return bytes;
  }
  template <typename Condition>
  void poll_until(Condition condition) {
    const auto patience = steady_clock::now() + std::chrono::minutes(4);
    while (!condition()) {
      ASSERT_LT(steady_clock::now(), patience);
      ASSERT_TRUE(sender_->poll(milliseconds(10)).ok());
    }
  }
  // Aims messages of so many bytes at the stopped consumer until its sender is refused more. The last number.
  std::size_t send_until_overloaded(std::size_t bytes) {
    for (std::size_t number = 1;; ++number) {
      const auto sent = send("slow.do", number, bytes);
      if (!sent.ok()) {
        EXPECT_EQ(sent.error().code, "overloaded");
        return number;
      }
      if (number % 1000 == 0) poll_once();
    }
  }

  // Senders besides the first.
  void join_more() {
    for (std::size_t more = 2; more <= kSenders; ++more) {
      RelayOptions options = options_of("web-" + std::to_string(more));
      more_.push_back(std::make_unique<Relay>(std::move(options)));
      ASSERT_TRUE(more_.back()->connect(milliseconds(60'000)).ok());
    }
  }
  // Until the broker has taken no more for a while, which is what it does with a stopped consumer.
  void poll_all_until_nothing_moves() {
    std::size_t before = 0;
    auto since = steady_clock::now();
    while (steady_clock::now() - since < milliseconds(500)) {
      std::size_t left = sender_->unaccepted();
      poll_once();
      for (const auto& each : more_) {
        EXPECT_TRUE(each->poll(milliseconds(0)).ok());
        left += each->unaccepted();
      }
      if (std::exchange(before, left) != left) since = steady_clock::now();
    }
  }
  void expect_all_handled(std::size_t count) {
    slow_.go_on();
    poll_until([&] {
      for (const auto& each : more_) EXPECT_TRUE(each->poll(milliseconds(0)).ok());
      return slow_tally_.handled == count;
    });
    EXPECT_EQ(slow_tally_.amiss(count), 0U);
    EXPECT_EQ(errors_, 0U);
  }

  Tally& slow_tally_ = shared_tally();
  Tally& fast_tally_ = shared_tally();
  BusProcess bus_{fleet()};
  Process slow_{[this] { consume(options_of("slow-1"), slow_tally_); }};
  Process fast_{[this] { consume(options_of("fast-1"), fast_tally_); }};
  std::unique_ptr<Relay> sender_;
  std::vector<std::unique_ptr<Relay>> more_;
  std::size_t errors_ = 0;
};

TEST_F(StoppedConsumerTest, HoldsUpWhatIsSentToItAndNothingElse) {
  constexpr std::size_t kCount = 50'000;
  slow_.stop();
  for (std::size_t number = 1; number < kCount; ++number) {
    ASSERT_TRUE(send("slow.do", number).ok());
    ASSERT_TRUE(send("fast.do", number).ok());
  }
  poll_until([&] { return fast_tally_.handled == kCount; });
  EXPECT_EQ(fast_tally_.amiss(kCount), 0U);
  EXPECT_EQ(slow_tally_.handled, 1U);
  EXPECT_GE(sender_->unaccepted(), kCount - 1 - kHeld);

  slow_.go_on();
  poll_until([&] { return slow_tally_.handled == kCount && sender_->unaccepted() == 0; });
  EXPECT_EQ(slow_tally_.amiss(kCount), 0U);
  EXPECT_EQ(errors_, 0U);
}

TEST_F(StoppedConsumerTest, OnceKilledLeavesEachRequestWithAnErrorOrAnAnswerOfAnother) {
  constexpr std::size_t kCount = 5'000;
  slow_.stop();
  std::vector<std::uint8_t> answers(kCount);
  std::size_t lost = 0;
  std::size_t answered = 0;
  for (std::size_t number = 1; number < kCount; ++number) {
    const RequestOptions options{.send = {.timeout = std::chrono::hours(1)}};
    ASSERT_TRUE(sender_
                    ->request("slow.do", payload(number, 60), options,
                              [&, number](const Result<Answer>& answer) {
                                ++answers[number];
                                ++answered;
                                if (answer.ok()) return;
                                EXPECT_EQ(answer.error().code, "receiver-lost");
                                ++lost;
                              })
                    .ok());
    if (number % 100 == 0) poll_once();
  }
  slow_.kill();
  bus_.dismiss("slow-1");
  poll_until([&] { return lost > 0; });
  const Process successor([this] { consume(options_of("slow-2"), slow_tally_); });
  poll_until([&] { return answered == kCount - 1; });
  for (std::size_t number = 1; number < kCount; ++number) EXPECT_EQ(answers[number], 1) << number;
  EXPECT_LE(lost, kHeld);
  EXPECT_EQ(slow_tally_.handled, kCount - lost);
}

TEST_F(StoppedConsumerTest, WithAMillionMessagesAimedAtItLeavesTheBrokerSmall) {
  slow_.stop();
  const std::size_t refused = send_until_overloaded(60);
  EXPECT_GT(refused, 1'000'000U);
  EXPECT_LE(refused, 1'000'001 + kHeld);
  EXPECT_LT(broker_peak(), kBrokerBound);
}

TEST_F(StoppedConsumerTest, WithLargeMessagesAimedAtItLeavesTheBrokerSmallAndGetsThemAll) {
  slow_.stop();
  const std::size_t refused = send_until_overloaded(16 * 1024);
  EXPECT_GT(refused, 10'000U);
  EXPECT_LT(broker_peak(), kBrokerBound);

  slow_.go_on();
  poll_until([&] { return slow_tally_.handled == refused && sender_->unaccepted() == 0; });
  EXPECT_EQ(slow_tally_.amiss(refused), 0U);
  EXPECT_EQ(errors_, 0U);
  EXPECT_LT(broker_peak(), kBrokerBound);
}

// A stopped consumer and payloads of this size, by one sender and by many.
class StoppedConsumerOfLargeMessagesTest : public StoppedConsumerTest,
                                           public testing::WithParamInterface<std::size_t> {};

TEST_P(StoppedConsumerOfLargeMessagesTest, LeavesTheBrokerSmallAndGetsThemAll) {
  const std::size_t count = 200 * kMebibyte / GetParam();
  slow_.stop();
  for (std::size_t number = 1; number < count; ++number)
    ASSERT_TRUE(send("slow.do", number, GetParam()).ok());
  poll_all_until_nothing_moves();
  EXPECT_LT(broker_peak(), kBrokerBound);
  expect_all_handled(count);
}

TEST_P(StoppedConsumerOfLargeMessagesTest, OfManySendersLeavesTheBrokerSmallAndGetsThemAll) {
  const std::size_t each = 16 * kMebibyte / GetParam();
  join_more();
  slow_.stop();
  std::size_t number = 0;
  for (std::size_t i = 0; i < each; ++i) {
    for (const auto& sender : more_) ASSERT_TRUE(send(*sender, "slow.do", ++number, GetParam()).ok());
  }
  poll_all_until_nothing_moves();
  // At most 4 of each sender before their size is known, beside what one sender may fill.
  EXPECT_LT(broker_peak(), kBrokerBound + kSenders * 4 * GetParam());
  expect_all_handled(number + 1);
}

TEST_P(StoppedConsumerOfLargeMessagesTest, AfterManySmallOnesLeavesTheBrokerSmallAndGetsThemAll) {
  constexpr std::size_t kSmall = 5000;
  for (std::size_t number = 1; number < kSmall; ++number) ASSERT_TRUE(send("slow.do", number).ok());
  poll_until([&] { return slow_tally_.handled == kSmall; });
  slow_.stop();
  const std::size_t count = kSmall + 200 * kMebibyte / GetParam();
  for (std::size_t number = kSmall; number < count; ++number)
    ASSERT_TRUE(send("slow.do", number, GetParam()).ok());
  poll_all_until_nothing_moves();
  EXPECT_LT(broker_peak(), kBrokerBound);
  expect_all_handled(count);
}

INSTANTIATE_TEST_SUITE_P(Bytes, StoppedConsumerOfLargeMessagesTest, testing::Values(256 * 1024, kMebibyte));

}  // namespace
}  // namespace exo
