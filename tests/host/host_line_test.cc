#include "host/host_line.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

TEST(AnswerWithin, IsTenSecondsWhereNothingIsSaid) {
  EXPECT_EQ(answer_within(nullptr).value(), kAnswerWithin);
  EXPECT_EQ(answer_within("").value(), kAnswerWithin);
}

TEST(AnswerWithin, CanBeSaid) {
  EXPECT_EQ(answer_within("1m").value(), std::chrono::minutes(1));
}

TEST(AnswerWithin, IsAnErrorWithTheValueAndTheFixWhereItIsNoTime) {
  for (const char* stated : {"soon", "10", "0s"}) {
    const auto within = answer_within(stated);
    ASSERT_FALSE(within.ok()) << stated;
    EXPECT_EQ(within.error().message,
              std::string("EXO_ANSWER_WITHIN is \"") + stated +
                  "\", which is no time to wait for a host; write one such as 30s, or "
                  "unset it");
  }
}

}  // namespace
}  // namespace exo
