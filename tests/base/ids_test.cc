#include "base/ids.h"

#include <gtest/gtest.h>

#include <set>

namespace exo {
namespace {

TEST(RandomId, HasALetterForEveryFiveBits) {
  EXPECT_EQ(random_id(0).size(), 0U);
  EXPECT_EQ(random_id(1).size(), 1U);
  EXPECT_EQ(random_id(80).size(), 16U);
  EXPECT_EQ(random_id(81).size(), 17U);
}

TEST(RandomHex, HasTwoDigitsForEveryByte) {
  EXPECT_EQ(random_hex(0).size(), 0U);
  EXPECT_EQ(random_hex(1).size(), 2U);
  EXPECT_EQ(random_hex(256).size(), 64U);
}

TEST(RandomId, IsMadeOfAllItsLettersAndNoOthers) {
  const std::string id = random_id(50'000);
  EXPECT_EQ(std::set<char>(id.begin(), id.end()).size(), 32U);
  EXPECT_EQ(id.find_first_not_of("abcdefghijklmnopqrstuvwxyz234567"), std::string::npos);
}

TEST(RandomHex, IsMadeOfAllDigitsAndNoOthers) {
  const std::string text = random_hex(50'000);
  EXPECT_EQ(std::set<char>(text.begin(), text.end()).size(), 16U);
  EXPECT_EQ(text.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(RandomId, IsNeverMadeTwice) {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) ids.insert(random_id());
  EXPECT_EQ(ids.size(), 10'000U);
}

TEST(RandomBytes, AreAsManyAsAskedForAlsoWhenTheKernelGivesThemInPieces) {
  EXPECT_EQ(random_bytes(1'000'000).size(), 1'000'000U);
}

}  // namespace
}  // namespace exo
