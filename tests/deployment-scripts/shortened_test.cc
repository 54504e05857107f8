#include "deployment-scripts/shortened.h"

#include <gtest/gtest.h>

#include "base/text.h"

namespace exo {
namespace {

TEST(Shortened, NeverCutsACharacterInTwo) {
  const std::string text = "ääääää";
  for (std::size_t limit = 0; limit <= text.size(); ++limit) {
    EXPECT_TRUE(is_utf8(shortened(text, limit))) << limit;
  }
}

TEST(Shortened, SaysHowMuchIsLeftOut) {
  EXPECT_EQ(shortened("abcdef", 2), "ab … (4 more bytes)");
}

TEST(Shortened, LeavesWhatFitsAsItIs) {
  EXPECT_EQ(shortened("abc", 3), "abc");
  EXPECT_EQ(shortened("", 0), "");
}

}  // namespace
}  // namespace exo
