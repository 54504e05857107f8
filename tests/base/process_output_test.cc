#include "base/process_output.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::minutes;

TEST(ProcessOutput, OfAProgramThatIsNotThereIsAnError) {
  const auto output = process_output({"no-such-program"}, minutes(1));
  ASSERT_FALSE(output.ok());
  EXPECT_EQ(output.error().code, "not-found");
}

TEST(ProcessOutput, OfAProgramThatDoesNotEndIsAnErrorAndNothingOfItIsLeft) {
  const auto output = process_output({"sh", "-c", "sleep 1000 & wait"}, milliseconds(50));
  ASSERT_FALSE(output.ok());
  EXPECT_EQ(output.error().code, "timed-out");
}

TEST(ProcessOutput, HoldsBothOutputsAndHowItEnded) {
  const auto output = process_output({"sh", "-c", "echo out; echo err >&2; exit 3"}, minutes(1));
  ASSERT_TRUE(output.ok()) << output.error().message;
  EXPECT_EQ(output.value().text, "out\nerr\n");
  EXPECT_EQ(output.value().status, WaitStatus::exited(3));
}

TEST(ProcessOutput, IsCutWhereItGetsTooLong) {
  const auto output = process_output({"sh", "-c", "yes | head -c 100000"}, minutes(1));
  ASSERT_TRUE(output.ok()) << output.error().message;
  EXPECT_EQ(output.value().text.size(), 64U * 1024);
  EXPECT_TRUE(output.value().status.success());
}

TEST(ProcessOutput, IsMadeWithNothingOnTheInput) {
  const auto output = process_output({"sh", "-c", "cat; echo done"}, minutes(1));
  ASSERT_TRUE(output.ok()) << output.error().message;
  EXPECT_EQ(output.value().text, "done\n");
}

}  // namespace
}  // namespace exo
