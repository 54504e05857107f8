#include "bus/refusals.h"

#include <gtest/gtest.h>

namespace exo::routing {
namespace {

TEST(RefusalsTest, TheLastOneAllowedIsOneTooMany) {
  Refusals refusals(3);
  EXPECT_FALSE(refusals.is_one_too_many(ConnectionId{7}));
  EXPECT_FALSE(refusals.is_one_too_many(ConnectionId{7}));
  EXPECT_FALSE(refusals.is_one_too_many(ConnectionId{8}));
  EXPECT_TRUE(refusals.is_one_too_many(ConnectionId{7}));
  EXPECT_TRUE(refusals.is_one_too_many(ConnectionId{7}));
}

TEST(RefusalsTest, WhoHasRegisteredBeginsAnew) {
  Refusals refusals(2);
  refusals.is_one_too_many(ConnectionId{7});
  refusals.forget(ConnectionId{7});
  EXPECT_FALSE(refusals.is_one_too_many(ConnectionId{7}));
}

TEST(RefusalsTest, ConnectionsThatComeAndGoFillNoMemory) {
  Refusals refusals(2);
  for (std::uint64_t i = 1; i <= 3 * Refusals::kConnections; ++i) refusals.is_one_too_many(ConnectionId{i});
  EXPECT_LE(refusals.size(), Refusals::kConnections);
}

}  // namespace
}  // namespace exo::routing
