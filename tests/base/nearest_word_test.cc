#include "base/nearest_word.h"

#include <gtest/gtest.h>

#include <random>

namespace exo {
namespace {

const std::vector<std::string> kKnown{"sends", "receives", "translations", "run", "location"};

TEST(NearestWord, IsNoneWhereNoneIsNear) {
  EXPECT_EQ(nearest_word("colour", kKnown), "");
  EXPECT_EQ(nearest_word("", kKnown), "");
  EXPECT_EQ(nearest_word("sends", {}), "");
}

TEST(NearestWord, IsNotAnotherShortWord) {
  EXPECT_EQ(nearest_word("a", {"b"}), "");
  EXPECT_EQ(nearest_word("x", {"", "y"}), "");
}

TEST(NearestWord, IsNotLookedForAmongLongTexts) {
  EXPECT_EQ(nearest_word(std::string(1'000'000, 'a'), {std::string(999'999, 'a')}), "");
  EXPECT_EQ(nearest_word("sends", {std::string(1'000'000, 'a')}), "");
}

TEST(NearestWord, MendsWhatPeopleMistype) {
  EXPECT_EQ(nearest_word("send", kKnown), "sends");
  EXPECT_EQ(nearest_word("recieves", kKnown), "receives");
  EXPECT_EQ(nearest_word("lokation", kKnown), "location");
  EXPECT_EQ(nearest_word("rum", kKnown), "run");
  EXPECT_EQ(nearest_word("RUN", kKnown), "run");
  EXPECT_EQ(nearest_word("translation", kKnown), "translations");
}

TEST(NearestWord, IsTheFirstOfSeveralThatAreAsNear) {
  EXPECT_EQ(nearest_word("cat", {"car", "cap"}), "car");
}

TEST(DidYouMean, IsTheEndOfASentenceOrNothing) {
  EXPECT_EQ(did_you_mean("send", kKnown), "; did you mean \"sends\"?");
  EXPECT_EQ(did_you_mean("colour", kKnown), "");
}

TEST(EditDistance, CountsEachKindOfEdit) {
  EXPECT_EQ(edit_distance("", ""), 0U);
  EXPECT_EQ(edit_distance("", "abc"), 3U);
  EXPECT_EQ(edit_distance("abc", ""), 3U);
  EXPECT_EQ(edit_distance("abc", "abd"), 1U);
  EXPECT_EQ(edit_distance("abc", "ac"), 1U);
  EXPECT_EQ(edit_distance("abc", "abxc"), 1U);
  EXPECT_EQ(edit_distance("abc", "acb"), 1U);
  EXPECT_EQ(edit_distance("ca", "abc"), 3U);
  EXPECT_EQ(edit_distance("kitten", "sitting"), 3U);
}

TEST(EditDistance, IsTheSameInBothDirectionsAndNoMoreThanTheLongerWord) {
  std::mt19937 random(1);
  const auto word = [&random] {
    std::string text(random() % 8, 'a');
    for (char& c : text) c = static_cast<char>('a' + random() % 3);
    return text;
  };
  for (int round = 0; round < 2000; ++round) {
    const std::string left = word();
    const std::string right = word();
    const std::size_t distance = edit_distance(left, right);
    ASSERT_EQ(distance, edit_distance(right, left)) << left << " " << right;
    ASSERT_LE(distance, std::max(left.size(), right.size())) << left << " " << right;
    ASSERT_EQ(distance == 0, left == right) << left << " " << right;
  }
}

}  // namespace
}  // namespace exo
