#include "base/shell_word.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

TEST(ShellWord, IsLeftAsItIsWhereAShellTakesItSo) {
  for (const char* plain : {"shop", "/srv/my-shop_2", "a.b:c@d", "größe"})
    EXPECT_EQ(shell_word(plain), plain);
}

TEST(ShellWord, IsQuotedWhereAShellWouldTakeItForMore) {
  EXPECT_EQ(shell_word("My Shop"), "'My Shop'");
  EXPECT_EQ(shell_word("a$(rm b)"), "'a$(rm b)'");
  EXPECT_EQ(shell_word("~"), "'~'");
  EXPECT_EQ(shell_word(""), "''");
}

TEST(ShellWord, AQuoteStandsOutsideOfTheQuotes) {
  EXPECT_EQ(shell_word("it's"), "'it'\\''s'");
}

}  // namespace
}  // namespace exo
