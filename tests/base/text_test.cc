#include "base/text.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

TEST(IsUtf8, RefusesWhatIsNot) {
  for (const char* text : {"\x80", "\xc0\xaf", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                           "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "\xff", "\xc3", "\xe2\x82",
                           "\xf0\x9f\x98", "\xc3(", "a\xe9z"}) {
    EXPECT_FALSE(is_utf8(text)) << printable(text);
  }
}

TEST(IsUtf8, TakesCharactersOfEveryLength) {
  EXPECT_TRUE(is_utf8(""));
  EXPECT_TRUE(is_utf8("aé€😀"));
  EXPECT_TRUE(is_utf8("\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf"));
  EXPECT_TRUE(is_utf8(std::string_view("\0", 1)));
}

TEST(Split, GivesOnePartMoreThanThereAreSeparators) {
  using Parts = std::vector<std::string_view>;
  EXPECT_EQ(split("", '.'), Parts{""});
  EXPECT_EQ(split(".", '.'), (Parts{"", ""}));
  EXPECT_EQ(split("a..b", '.'), (Parts{"a", "", "b"}));
}

TEST(Trim, LeavesNothingOfNothingButSpaces) {
  EXPECT_EQ(trim(" \t\r\n"), "");
  EXPECT_EQ(trim(""), "");
}

TEST(Trim, KeepsWhatIsInside) {
  EXPECT_EQ(trim("\r\n a b\t"), "a b");
}

TEST(Join, PutsSeparatorsBetweenOnly) {
  EXPECT_EQ(join({}, ", "), "");
  EXPECT_EQ(join({"a"}, ", "), "a");
  EXPECT_EQ(join({"a", "b"}, ", "), "a, b");
}

TEST(JoinForPeople, ReadsAsASentence) {
  EXPECT_EQ(join_for_people({}), "");
  EXPECT_EQ(join_for_people({"web"}), "web");
  EXPECT_EQ(join_for_people({"web", "todo"}), "web and todo");
  EXPECT_EQ(join_for_people({"web", "todo", "users"}, " or "), "web, todo or users");
}

TEST(Printable, LetsNothingThroughThatMovesACursor) {
  EXPECT_EQ(printable("a\x1b[2J\n\x7f"), "a\\x1b[2J\\x0a\\x7f");
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
  EXPECT_FALSE(has_control_characters(printable("\x01\x02\r\n\t")));
}

TEST(Printable, ShowsWhatIsNotUtf8AsBytes) {
  EXPECT_EQ(printable("caf\xe9"), "caf\\xe9");
}

TEST(Printable, CutsBetweenCharacters) {
  EXPECT_EQ(printable("abc", 3), "abc");
  EXPECT_EQ(printable("abcd", 3), "abc…");
  EXPECT_EQ(printable("aé€", 4), "aé…");
  EXPECT_EQ(printable("ab\n", 4), "ab…");
}

TEST(InQuotes, IsOneLine) {
  EXPECT_EQ(in_quotes("two\nlines"), "\"two\\x0alines\"");
}

TEST(HasControlCharacters, SeesTheSmallestAndTheLast) {
  EXPECT_TRUE(has_control_characters(std::string_view("\0", 1)));
  EXPECT_TRUE(has_control_characters("\x1f"));
  EXPECT_TRUE(has_control_characters("\x7f"));
  EXPECT_FALSE(has_control_characters(" ~é"));
}

TEST(Text, CountsCharactersAndNotBytes) {
  EXPECT_EQ(count_characters(""), 0U);
  EXPECT_EQ(count_characters("Größe"), 5U);
  EXPECT_EQ(count_characters("…"), 1U);
  EXPECT_EQ(count_characters("a\xff"), 2U);
}

TEST(Text, CutsBetweenCharacters) {
  EXPECT_EQ(cut_to("Größe", 0), "");
  EXPECT_EQ(cut_to("Größe", 1), "…");
  EXPECT_EQ(cut_to("Größe", 3), "Gr…");
  EXPECT_EQ(cut_to("Größe", 4), "Grö…");
  EXPECT_EQ(cut_to("Größe", 5), "Größe");
  EXPECT_EQ(cut_to("\xff\xff\xff", 2), "\xff…");
}

TEST(Text, BreaksLinesAtSpaces) {
  using Lines = std::vector<std::string>;
  EXPECT_EQ(wrapped("", 5), Lines{""});
  EXPECT_EQ(wrapped("one two", 0), Lines{"one two"});
  EXPECT_EQ(wrapped("one two", 7), Lines{"one two"});
  EXPECT_EQ(wrapped("one two", 6), (Lines{"one", "  two"}));
  EXPECT_EQ(wrapped("  größer und größer", 10), (Lines{"  größer", "    und", "    größer"}));
  EXPECT_EQ(wrapped("a verylongword b", 5), (Lines{"a", "  verylongword", "  b"}));
  EXPECT_EQ(wrapped("a  b c", 4), (Lines{"a  b", "  c"}));
}

}  // namespace
}  // namespace exo
