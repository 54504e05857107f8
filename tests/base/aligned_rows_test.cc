#include "base/aligned_rows.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

using Lines = std::vector<std::string>;

TEST(AlignedRows, EachColumnBeginsBelowItself) {
  EXPECT_EQ(aligned_rows({{"A", "B"}, {"long", "1"}}), (Lines{"A     B", "long  1"}));
  EXPECT_EQ(aligned_rows({{"\u00e9\u00e9", "1"}, {"abc", "2"}}), (Lines{"\u00e9\u00e9   1", "abc  2"}));
  EXPECT_EQ(aligned_rows({}), Lines());
}

}  // namespace
}  // namespace exo
