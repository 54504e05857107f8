#include "services/supervision/readiness.h"

#include <gtest/gtest.h>

namespace exo::supervision {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Probes = std::vector<Probe>;

class ReadinessTest : public testing::Test {
 protected:
  MonotonicTime now_ = MonotonicTime{} + std::chrono::hours(1);
};

TEST_F(ReadinessTest, IsTheRegistrationWhereNothingElseIsAsked) {
  Readiness readiness({});
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.lacking(), "its relay has not joined the bus");
  readiness.registered();
  EXPECT_TRUE(readiness.ready());
  EXPECT_EQ(readiness.lacking(), "");
  EXPECT_EQ(readiness.take_due(now_), Probes{});
  EXPECT_EQ(readiness.wake_at(), std::nullopt);
  readiness.lost();
  EXPECT_FALSE(readiness.ready());
}

TEST_F(ReadinessTest, IsNoneWhileNothingIsHeardOfIt) {
  Readiness readiness({});
  readiness.registered();
  readiness.silent(true);
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.lacking(), "nothing is heard of it on the bus");
  readiness.silent(false);
  EXPECT_TRUE(readiness.ready());
  readiness.silent(true);
  readiness.lost();
  readiness.registered();
  EXPECT_TRUE(readiness.ready());
}

TEST_F(ReadinessTest, WaitsForALineThatHoldsTheText) {
  Readiness readiness({.text = "listening on"});
  readiness.registered();
  EXPECT_EQ(readiness.lacking(), "it has not said \"listening on\"");
  readiness.text_said();
  EXPECT_TRUE(readiness.ready());
}

TEST_F(ReadinessTest, AsksThePortAtOnceAndAgainSoonUntilItIsOpen) {
  Readiness readiness({.port = true});
  readiness.registered();
  EXPECT_EQ(readiness.take_due(now_), Probes{Probe::kPort});
  EXPECT_EQ(readiness.take_due(now_), Probes{}) << "it is being asked";
  readiness.failed(Probe::kPort, "connection refused", now_);
  EXPECT_EQ(readiness.lacking(), "its port takes no connection (connection refused)");
  EXPECT_EQ(readiness.take_due(now_), Probes{});
  EXPECT_EQ(readiness.wake_at(), now_ + kAskAgainAfter);
  now_ += kAskAgainAfter;
  EXPECT_EQ(readiness.take_due(now_), Probes{Probe::kPort});
  readiness.succeeded(Probe::kPort, now_);
  EXPECT_TRUE(readiness.ready());
}

TEST_F(ReadinessTest, GoesOnAskingWhenItIsReady) {
  Readiness readiness({.port = true, .every = seconds(10)});
  readiness.registered();
  readiness.take_due(now_);
  readiness.succeeded(Probe::kPort, now_);
  EXPECT_EQ(readiness.wake_at(), now_ + seconds(10));
  EXPECT_EQ(readiness.take_due(now_ + seconds(9)), Probes{});
  EXPECT_EQ(readiness.take_due(now_ + seconds(10)), Probes{Probe::kPort});
}

TEST_F(ReadinessTest, EndsWithSoManyFailuresInARow) {
  Readiness readiness({.port = true, .every = seconds(10), .failures = 2});
  readiness.registered();
  readiness.take_due(now_);
  readiness.succeeded(Probe::kPort, now_);
  const auto fail_next = [&] {
    now_ += seconds(10);
    ASSERT_EQ(readiness.take_due(now_), Probes{Probe::kPort});
    readiness.failed(Probe::kPort, "connection refused", now_);
  };
  fail_next();
  EXPECT_TRUE(readiness.ready());
  now_ += seconds(10);
  readiness.take_due(now_);
  readiness.succeeded(Probe::kPort, now_);
  fail_next();
  EXPECT_TRUE(readiness.ready()) << "it answered in between";
  fail_next();
  EXPECT_FALSE(readiness.ready());
}

TEST_F(ReadinessTest, AsksAMessageOnlyOfWhoHasRegistered) {
  Readiness readiness({.message = "todo.health"});
  EXPECT_EQ(readiness.take_due(now_), Probes{});
  EXPECT_EQ(readiness.wake_at(), std::nullopt);
  readiness.registered();
  EXPECT_EQ(readiness.take_due(now_), Probes{Probe::kMessage});
  EXPECT_EQ(readiness.lacking(), "it does not answer todo.health");
  readiness.succeeded(Probe::kMessage, now_);
  EXPECT_TRUE(readiness.ready());
}

TEST_F(ReadinessTest, TakesSilenceForAFailure) {
  Readiness readiness({.message = "todo.health", .failures = 1});
  readiness.registered();
  readiness.take_due(now_);
  EXPECT_EQ(readiness.wake_at(), now_ + kDefaultAnswerWithin);
  now_ += kDefaultAnswerWithin;
  EXPECT_EQ(readiness.take_due(now_), Probes{});
  EXPECT_EQ(readiness.lacking(), "it does not answer todo.health (no answer)");
  readiness.succeeded(Probe::kMessage, now_);
  EXPECT_FALSE(readiness.ready()) << "that answer came too late";
}

TEST_F(ReadinessTest, HasToBeShownAgainByWhoRegistersAgain) {
  Readiness readiness({.message = "todo.health"});
  readiness.registered();
  readiness.take_due(now_);
  readiness.succeeded(Probe::kMessage, now_);
  readiness.lost();
  readiness.registered();
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.take_due(now_), Probes{Probe::kMessage});
}

TEST_F(ReadinessTest, NeedsEverythingThatIsAsked) {
  Readiness readiness({.port = true, .text = "up", .message = "todo.health"});
  readiness.registered();
  EXPECT_EQ(readiness.take_due(now_), (Probes{Probe::kPort, Probe::kMessage}));
  readiness.succeeded(Probe::kPort, now_);
  readiness.succeeded(Probe::kMessage, now_);
  EXPECT_FALSE(readiness.ready());
  readiness.text_said();
  EXPECT_TRUE(readiness.ready());
}

}  // namespace
}  // namespace exo::supervision
