#include "bus/wire/tokens.h"

#include <gtest/gtest.h>

#include <bit>
#include <string>

namespace exo {
namespace {

using namespace std::string_literals;

Result<void> read(const std::string& bytes, std::vector<Token>& tokens, TokenLimits limits = {}) {
  return read_tokens(std::as_bytes(std::span(bytes)), limits, tokens);
}

std::string refusal(const std::string& bytes, TokenLimits limits = {}) {
  std::vector<Token> tokens;
  const auto outcome = read(bytes, tokens, limits);
  return outcome.ok() ? "accepted" : outcome.error().message;
}

TEST(Tokens, RefuseNothing) {
  EXPECT_EQ(refusal(""), "it is empty");
}

TEST(Tokens, RefuseTheByteThatMsgpackNeverUses) {
  EXPECT_EQ(refusal("\xc1"), "it is not msgpack at byte 0");
}

TEST(Tokens, RefuseAValueThatEndsTooEarly) {
  EXPECT_EQ(refusal("\xa3"
                    "ab"),
            "it ends within a value");
  EXPECT_EQ(refusal("\x92\x01"), "it ends within a value");
}

TEST(Tokens, RefuseBytesAfterTheValue) {
  EXPECT_EQ(refusal("\x01\x02\x03"), "2 bytes follow its value");
}

TEST(Tokens, RefuseAListThatClaimsFourThousandMillionElements) {
  EXPECT_EQ(refusal("\xdd\xff\xff\xff\xff"), "it ends within a value");
}

TEST(Tokens, RefuseNestingBeyondTheLimit) {
  EXPECT_EQ(refusal(std::string(3, '\x91') + "\x01", {.nesting = 3}), "accepted");
  EXPECT_EQ(refusal(std::string(4, '\x91') + "\x01", {.nesting = 3}), "it is nested too deeply");
}

TEST(Tokens, RefuseAMillionNestedListsWithoutUsingTheStack) {
  EXPECT_EQ(refusal(std::string(1'000'000, '\x91')), "it is nested too deeply");
}

TEST(Tokens, RefuseMoreElementsThanTheLimit) {
  EXPECT_EQ(refusal("\x92\x01\x02", {.tokens = 3}), "accepted");
  EXPECT_EQ(refusal("\x92\x01\x02", {.tokens = 2}), "it has too many elements");
}

TEST(Tokens, HaveOneForEachElementInOrder) {
  const std::string bytes =
      "\x82\xa1"
      "a\x92\x01\xff\xa1"
      "b\xc0"s;  // the tokens point into it
  std::vector<Token> tokens;
  ASSERT_TRUE(read(bytes, tokens).ok());
  std::vector<Token::Type> types;
  types.reserve(tokens.size());
  for (const auto& token : tokens) types.push_back(token.type);
  EXPECT_EQ(types, (std::vector<Token::Type>{Token::Type::kMap, Token::Type::kString, Token::Type::kList,
                                             Token::Type::kUnsigned, Token::Type::kNegative,
                                             Token::Type::kString, Token::Type::kNil}));
  EXPECT_EQ(tokens[0].number, 2U);
  EXPECT_EQ(tokens[1].bytes, "a");
  EXPECT_EQ(static_cast<std::int64_t>(tokens[4].number), -1);
}

TEST(Tokens, KeepDoublesBitForBit) {
  std::vector<Token> tokens;
  ASSERT_TRUE(read("\xcb\x3f\xf8\x00\x00\x00\x00\x00\x00"s, tokens).ok());
  EXPECT_EQ(std::bit_cast<double>(tokens[0].number), 1.5);
}

TEST(Tokens, PointIntoTheBytesThatWereRead) {
  const std::string bytes =
      "\xa3"
      "abc";
  std::vector<Token> tokens;
  ASSERT_TRUE(read(bytes, tokens).ok());
  EXPECT_EQ(tokens[0].bytes.data(), bytes.data() + 1);
}

TEST(TokenCursor, PassesAValueWithEverythingInsideIt) {
  std::vector<Token> tokens;
  ASSERT_TRUE(read("\x92\x81\xa1"
                   "a\x92\x01\x02\x07"s,
                   tokens)
                  .ok());
  TokenCursor cursor(tokens);
  cursor.next();
  cursor.skip();
  EXPECT_EQ(cursor.next().number, 7U);
  EXPECT_TRUE(cursor.at_end());
}

TEST(TokenCursorDeathTest, TakesItForABugToAskBeyondTheLast) {
  EXPECT_DEATH(TokenCursor({}).next(), "bug");
}

}  // namespace
}  // namespace exo
