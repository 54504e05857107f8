#include "base/hanging_lines.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

TEST(HangingLines, AreOneLineWhereNoTerminalIs) {
  EXPECT_EQ(hanging_lines("ok  ", "a long text that no terminal breaks", 0, 4),
            "ok  a long text that no terminal breaks\n");
}

TEST(HangingLines, AreBrokenAtWordsBelowTheFirstOne) {
  EXPECT_EQ(hanging_lines("ok  ", "node is v20.11.0 and will do", 24, 4),
            "ok  node is v20.11.0 and\n    will do\n");
}

TEST(HangingLines, WithoutABeginningAreIndentedAllTheSame) {
  EXPECT_EQ(hanging_lines("", "web/service.yml:4: port: is no port", 24, 4),
            "web/service.yml:4:\n    port: is no port\n");
}

TEST(HangingLines, AreLeftToATerminalThatIsTooNarrow) {
  EXPECT_EQ(hanging_lines("ok  ", "node is v20.11.0", 10, 4), "ok  node is v20.11.0\n");
}

}  // namespace
}  // namespace exo
