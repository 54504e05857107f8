#include "services/watching/edits.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

using std::chrono::milliseconds;
using Names = std::vector<std::string>;

class EditsTest : public ::testing::Test {
 protected:
  void pass(milliseconds time) { now_ += time; }
  // How long it is until a look; -1: there is none to be.
  milliseconds until_look() const {
    const auto due = edits_.look_at();
    return due ? std::chrono::duration_cast<milliseconds>(*due - now_) : milliseconds(-1);
  }

  MonotonicTime now_{std::chrono::hours(1)};
  Edits edits_{{{"server.js", "a"}, {"lib.js", "b"}}};
};

constexpr milliseconds kNone{-1};

TEST_F(EditsTest, NothingIsLookedAtUntilSomethingIsTouched) {
  EXPECT_EQ(until_look(), kNone);
  edits_.closed("server.js", now_);
  EXPECT_EQ(until_look(), Edits::kQuiet);
}

TEST_F(EditsTest, WhatIsNotWatchedMayBeWrittenAllTheTime) {
  edits_.written("debug.log", now_);
  edits_.closed(".server.js.swp", now_);
  EXPECT_EQ(until_look(), kNone);
}

TEST_F(EditsTest, WhatIsMadeOrMovedMayBeWatchedFromNowOn) {
  edits_.placed("new.js", now_);
  EXPECT_EQ(until_look(), Edits::kQuiet);
}

TEST_F(EditsTest, EachTouchBeginsTheQuietAnew) {
  edits_.closed("server.js", now_);
  pass(Edits::kQuiet - milliseconds(1));
  edits_.closed("lib.js", now_);
  EXPECT_EQ(until_look(), Edits::kQuiet);
}

TEST_F(EditsTest, AFileThatIsBeingWrittenIsWaitedFor) {
  edits_.written("server.js", now_);
  edits_.closed("lib.js", now_);
  pass(Edits::kQuiet * 5);
  EXPECT_GT(until_look(), milliseconds(0));
  edits_.closed("server.js", now_);
  EXPECT_EQ(until_look(), Edits::kQuiet);
}

TEST_F(EditsTest, AnEditorThatWritesBesideAndMovesIsDoneAtOnce) {
  edits_.written("server.js", now_);
  edits_.placed("server.js", now_);
  EXPECT_EQ(until_look(), Edits::kQuiet);
}

TEST_F(EditsTest, NobodyWritesForSoLongThatNothingIsLookedAt) {
  edits_.written("server.js", now_);
  EXPECT_EQ(until_look(), Edits::kLongestEdit);
  for (milliseconds passed{0}; passed < Edits::kLongestEdit; passed += Edits::kQuiet / 2) {
    edits_.written("server.js", now_);
    edits_.placed("other.js", now_);
    pass(Edits::kQuiet / 2);
  }
  EXPECT_EQ(until_look(), milliseconds(0));
}

TEST_F(EditsTest, WhatWasMissedMayHaveBeenTheClosing) {
  edits_.written("server.js", now_);
  edits_.missed(now_);
  EXPECT_EQ(until_look(), Edits::kQuiet);
}

TEST_F(EditsTest, ALookAnswersAllTouchesBeforeIt) {
  edits_.written("server.js", now_);
  edits_.closed("lib.js", now_);
  EXPECT_EQ(edits_.looked({{"server.js", "a"}, {"lib.js", "b"}}), Names());
  EXPECT_EQ(until_look(), kNone);
}

TEST_F(EditsTest, ALookTellsWhatIsOtherThanWhatRuns) {
  EXPECT_EQ(edits_.looked({{"server.js", "A"}, {"new.js", "c"}}), (Names{"lib.js", "new.js", "server.js"}));
}

TEST_F(EditsTest, EachLookIsComparedWithTheOneBefore) {
  EXPECT_EQ(edits_.looked({{"server.js", "A"}, {"lib.js", "b"}}), Names{"server.js"});
  EXPECT_EQ(edits_.looked({{"server.js", "A"}, {"lib.js", "B"}}), Names{"lib.js"});
  EXPECT_EQ(edits_.looked({{"server.js", "A"}, {"lib.js", "B"}}), Names());
}

TEST_F(EditsTest, WhatIsNewIsWatchedAfterALook) {
  edits_.looked({{"server.js", "a"}, {"lib.js", "b"}, {"new.js", "c"}});
  edits_.written("new.js", now_);
  EXPECT_EQ(until_look(), Edits::kLongestEdit);
}

TEST_F(EditsTest, WhatCannotBeLookedAtIsComparedLater) {
  edits_.closed("server.js", now_);
  edits_.passed_over();
  EXPECT_EQ(until_look(), kNone);
  EXPECT_EQ(edits_.looked({{"server.js", "A"}, {"lib.js", "b"}}), Names{"server.js"});
}

}  // namespace
}  // namespace exo
