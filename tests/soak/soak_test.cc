// A short soak, bounded by its messages: the whole one is bin/soak.
#include "tests/soak/soak.h"

#include <gtest/gtest.h>

namespace exo::soak {
namespace {

TEST(Soak, KeepsEveryPromiseThroughSixtyThousandMessages) {
  const SoakReport report = soak({.time = std::chrono::minutes(0), .messages = 60'000, .seed = 4});
  EXPECT_GE(report.checks.size(), 10U);
  for (const Check& check : report.checks) {
    EXPECT_TRUE(check.breaches.empty())
        << check.words << ": " << check.breaches.size() << ", such as " << check.breaches.front() << "\n"
        << report.table;
  }
}

}  // namespace
}  // namespace exo::soak
