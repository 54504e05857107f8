#include "services/supervision/readiness.h"

#include <gtest/gtest.h>

namespace exo::supervision {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Probes = std::vector<Probe>;

class ReadinessTest : public testing::Test {
 protected:
  MonotonicTime now = MonotonicTime{} + std::chrono::hours(1);
};

TEST_F(ReadinessTest, IsTheRegistrationWhereNothingElseIsAsked) {
  Readiness readiness({});
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.lacking(), "its relay has not joined the bus");
  readiness.registered();
  EXPECT_TRUE(readiness.ready());
  EXPECT_EQ(readiness.lacking(), "");
  EXPECT_EQ(readiness.take_due(now), Probes{});
  EXPECT_EQ(readiness.wake_at(), std::nullopt);
  readiness.lost();
  EXPECT_FALSE(readiness.ready());
}

TEST_F(ReadinessTest, WaitsForALineThatHoldsTheText) {
  Readiness readiness({.text = "listening on"});
  readiness.registered();
  readiness.said("starting");
  EXPECT_EQ(readiness.lacking(), "it has not said \"listening on\"");
  readiness.said("web: listening on 8080");
  EXPECT_TRUE(readiness.ready());
}

TEST_F(ReadinessTest, AsksThePortAtOnceAndAgainSoonUntilItIsOpen) {
  Readiness readiness({.port = true});
  readiness.registered();
  EXPECT_EQ(readiness.take_due(now), Probes{Probe::kPort});
  EXPECT_EQ(readiness.take_due(now), Probes{}) << "it is being asked";
  readiness.failed(Probe::kPort, "connection refused", now);
  EXPECT_EQ(readiness.lacking(), "its port takes no connection (connection refused)");
  EXPECT_EQ(readiness.take_due(now), Probes{});
  EXPECT_EQ(readiness.wake_at(), now + kAskAgainAfter);
  now += kAskAgainAfter;
  EXPECT_EQ(readiness.take_due(now), Probes{Probe::kPort});
  readiness.succeeded(Probe::kPort, now);
  EXPECT_TRUE(readiness.ready());
}

TEST_F(ReadinessTest, GoesOnAskingWhenItIsReady) {
  Readiness readiness({.port = true, .every = seconds(10)});
  readiness.registered();
  readiness.take_due(now);
  readiness.succeeded(Probe::kPort, now);
  EXPECT_EQ(readiness.wake_at(), now + seconds(10));
  EXPECT_EQ(readiness.take_due(now + seconds(9)), Probes{});
  EXPECT_EQ(readiness.take_due(now + seconds(10)), Probes{Probe::kPort});
}

TEST_F(ReadinessTest, EndsWithSoManyFailuresInARow) {
  Readiness readiness({.port = true, .every = seconds(10), .failures = 2});
  readiness.registered();
  readiness.take_due(now);
  readiness.succeeded(Probe::kPort, now);
  const auto fail_next = [&] {
    now += seconds(10);
    ASSERT_EQ(readiness.take_due(now), Probes{Probe::kPort});
    readiness.failed(Probe::kPort, "connection refused", now);
  };
  fail_next();
  EXPECT_TRUE(readiness.ready());
  now += seconds(10);
  readiness.take_due(now);
  readiness.succeeded(Probe::kPort, now);
  fail_next();
  EXPECT_TRUE(readiness.ready()) << "it answered in between";
  fail_next();
  EXPECT_FALSE(readiness.ready());
}

TEST_F(ReadinessTest, AsksAMessageOnlyOfWhoHasRegistered) {
  Readiness readiness({.message = "todo.health"});
  EXPECT_EQ(readiness.take_due(now), Probes{});
  EXPECT_EQ(readiness.wake_at(), std::nullopt);
  readiness.registered();
  EXPECT_EQ(readiness.take_due(now), Probes{Probe::kMessage});
  EXPECT_EQ(readiness.lacking(), "it does not answer todo.health");
  readiness.succeeded(Probe::kMessage, now);
  EXPECT_TRUE(readiness.ready());
}

TEST_F(ReadinessTest, TakesSilenceForAFailure) {
  Readiness readiness({.message = "todo.health", .failures = 1});
  readiness.registered();
  readiness.take_due(now);
  EXPECT_EQ(readiness.wake_at(), now + kAnswerWithin);
  now += kAnswerWithin;
  EXPECT_EQ(readiness.take_due(now), Probes{});
  EXPECT_EQ(readiness.lacking(), "it does not answer todo.health (no answer)");
  readiness.succeeded(Probe::kMessage, now);
  EXPECT_FALSE(readiness.ready()) << "that answer came too late";
}

TEST_F(ReadinessTest, HasToBeShownAgainByWhoRegistersAgain) {
  Readiness readiness({.message = "todo.health"});
  readiness.registered();
  readiness.take_due(now);
  readiness.succeeded(Probe::kMessage, now);
  readiness.lost();
  readiness.registered();
  EXPECT_FALSE(readiness.ready());
  EXPECT_EQ(readiness.take_due(now), Probes{Probe::kMessage});
}

TEST_F(ReadinessTest, NeedsEverythingThatIsAsked) {
  Readiness readiness({.port = true, .text = "up", .message = "todo.health"});
  readiness.registered();
  EXPECT_EQ(readiness.take_due(now), (Probes{Probe::kPort, Probe::kMessage}));
  readiness.succeeded(Probe::kPort, now);
  readiness.succeeded(Probe::kMessage, now);
  EXPECT_FALSE(readiness.ready());
  readiness.said("up");
  EXPECT_TRUE(readiness.ready());
}

}  // namespace
}  // namespace exo::supervision
