#include "services/keeper/line_splitter.h"

#include <gtest/gtest.h>

#include <random>

namespace exo {
namespace {

using Lines = std::vector<std::string>;

TEST(LineSplitter, GivesNothingForALineWithoutItsEnd) {
  LineSplitter splitter;
  EXPECT_EQ(splitter.feed("half"), Lines());
}

TEST(LineSplitter, GivesALineWhenItsEndArrives) {
  LineSplitter splitter;
  (void)splitter.feed("ha");
  EXPECT_EQ(splitter.feed("lf\n"), Lines{"half"});
}

TEST(LineSplitter, GivesAllLinesOfAChunk) {
  LineSplitter splitter;
  EXPECT_EQ(splitter.feed("one\ntwo\n\nfour"), (Lines{"one", "two", ""}));
}

TEST(LineSplitter, FinishGivesTheLineWithoutAnEnd) {
  LineSplitter splitter;
  (void)splitter.feed("one\ntwo");
  EXPECT_EQ(splitter.finish(), Lines{"two"});
}

TEST(LineSplitter, FinishGivesNothingAfterALineEnd) {
  LineSplitter splitter;
  (void)splitter.feed("one\n");
  EXPECT_EQ(splitter.finish(), Lines());
}

TEST(LineSplitter, KeepsBytesThatAreNoText) {
  LineSplitter splitter;
  const std::string bytes("\0\xFF\r\x80", 4);
  EXPECT_EQ(splitter.feed(bytes + "\n"), Lines{bytes});
}

TEST(LineSplitter, LeavesALineOfTheLimitWhole) {
  LineSplitter splitter;
  const std::string line(kMaxOutputLine, 'x');
  EXPECT_EQ(splitter.feed(line + "\n"), Lines{line});
}

TEST(LineSplitter, CutsALineAboveTheLimitWithAMark) {
  LineSplitter splitter;
  const std::string piece(kMaxOutputLine, 'x');
  EXPECT_EQ(splitter.feed(piece + "y\n"), (Lines{piece + std::string(kCutMark), "y"}));
}

TEST(LineSplitter, HoldsBackNoMoreThanTheLimit) {
  LineSplitter splitter;
  const std::string piece(kMaxOutputLine, 'x');
  EXPECT_EQ(splitter.feed(piece + piece + piece).size(), 2U);
}

// Whatever the chunks are, the lines are the same.
TEST(LineSplitter, DoesNotDependOnWhereChunksEnd) {
  std::mt19937 random(17);
  for (int round = 0; round < 200; ++round) {
    std::string text;
    const std::size_t length = random() % (3 * kMaxOutputLine);
    for (std::size_t i = 0; i < length; ++i) text += random() % 5000 == 0 ? '\n' : 'a';
    LineSplitter whole;
    Lines expected = whole.feed(text);
    for (const auto& line : whole.finish()) expected.push_back(line);
    LineSplitter pieces;
    Lines given;
    for (std::size_t at = 0; at < text.size();) {
      const std::size_t size = 1 + random() % 70'000;
      for (auto& line : pieces.feed(std::string_view(text).substr(at, size)))
        given.push_back(std::move(line));
      at += size;
    }
    for (auto& line : pieces.finish()) given.push_back(std::move(line));
    ASSERT_EQ(given, expected) << "round " << round;
  }
}

}  // namespace
}  // namespace exo
