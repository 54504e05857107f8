#include "base/result.h"

#include <gtest/gtest.h>

#include <memory>

namespace exo {
namespace {

TEST(ResultDeathTest, AskingForTheSideThatIsNotThereIsABug) {
  const Result<int> good(1);
  const Result<int> bad(Error{"absent", "there is none"});
  const Result<void> done;
  EXPECT_DEATH((void)good.error(), "exo: bug: .*result.h");
  EXPECT_DEATH((void)bad.value(), "exo: bug: .*result.h");
  EXPECT_DEATH((void)done.error(), "exo: bug: .*result.h");
}

TEST(Result, OfAFailureHasItsError) {
  const Result<int> result(Error{"absent", "there is none"});
  EXPECT_FALSE(result.ok());
  EXPECT_FALSE(static_cast<bool>(result));
  EXPECT_EQ(result.error(), (Error{"absent", "there is none"}));
}

TEST(Result, OfASuccessHasItsValue) {
  Result<std::string> result(std::string("a"));
  ASSERT_TRUE(result.ok());
  result.value() += "b";
  EXPECT_EQ(result.value(), "ab");
}

TEST(Result, GivesItsValueAway) {
  Result<std::unique_ptr<int>> result(std::make_unique<int>(7));
  const std::unique_ptr<int> taken = std::move(result).value();
  EXPECT_EQ(*taken, 7);
}

TEST(Result, WithoutAValueIsDoneOrAnError) {
  EXPECT_TRUE(Result<void>().ok());
  EXPECT_EQ(Result<void>(Error{"a", "b"}).error().code, "a");
}

}  // namespace
}  // namespace exo
