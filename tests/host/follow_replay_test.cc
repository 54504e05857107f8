// The replay of followed commands: in order, a window at a time, without what was left out.
#include "host/follow_replay.h"

#include <gtest/gtest.h>

#include "base/ids.h"
#include "host/disk_follow_file.h"

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class FollowReplayTest : public ::testing::Test {
 protected:
  FollowReplayTest()
      : folder_(testing::TempDir() + "replay-" + random_id(40)),
        log_(
            std::make_unique<DiskFollowFile>(folder_, FollowLogName{.run = "run", .follow = 7, .epoch = 1})) {
    std::filesystem::create_directories(folder_);
    EXPECT_TRUE(log_.open().ok());
  }
  ~FollowReplayTest() override { std::filesystem::remove_all(folder_); }

  void record(std::uint64_t count) {
    for (std::uint64_t i = 0; i < count; ++i) {
      ++last_;
      log_.add(last_, "todo.add", ContentType::kMsgpack, Payload(std::to_string(last_)));
    }
    EXPECT_TRUE(log_.sync().ok());
  }
  void pump(std::uint64_t through) {
    EXPECT_TRUE(
        replay_.pump(log_, through, [this](ReplayedCommand command) { sent_.push_back(std::move(command)); })
            .ok());
  }
  void pump() { pump(log_.last_sequence()); }
  void handle(std::size_t from, std::size_t to) {
    for (std::size_t i = from; i < to; ++i) EXPECT_TRUE(replay_.settled({.id = sent_[i].id}).ok());
  }
  std::string sent() const {
    std::string text;
    for (const ReplayedCommand& command : sent_) text += std::string(command.payload.text()) + " ";
    return text;
  }

  std::filesystem::path folder_;
  FollowLog log_;
  std::uint64_t last_ = 0;
  std::vector<ReplayedCommand> sent_;
  MonotonicTime now_{std::chrono::hours(1)};
  FollowReplay replay_{{.version = {"todo", "2.0.0"}, .activity = "run/1", .id_prefix = "follow-1-"}, now_};
};

TEST_F(FollowReplayTest, SendsInOrderToTheVersionInTheAttemptsActivity) {
  record(3);
  pump();
  EXPECT_EQ(sent(), "1 2 3 ");
  EXPECT_EQ(sent_[0].id, "follow-1-1");
  EXPECT_EQ(sent_[0].activity_id, "run/1");
  EXPECT_EQ(sent_[0].role + "@" + sent_[0].version + " " + sent_[0].name, "todo@2.0.0 todo.add");
}

TEST_F(FollowReplayTest, WhatWasLeftOutIsNotSent) {
  record(3);
  log_.leave_out(2);
  EXPECT_TRUE(log_.sync().ok());
  pump();
  EXPECT_EQ(sent(), "1 3 ");
}

TEST_F(FollowReplayTest, NothingGoesBeforeItsFateIsKnown) {
  record(3);
  pump(1);
  EXPECT_EQ(sent(), "1 ");
  log_.leave_out(2);
  EXPECT_TRUE(log_.sync().ok());
  pump();
  EXPECT_EQ(sent(), "1 3 ");
}

TEST_F(FollowReplayTest, NoMoreThanAWindowIsUnderWay) {
  record(300);
  pump();
  EXPECT_EQ(sent_.size(), FollowReplay::kWindow);
  handle(0, 10);
  pump();
  EXPECT_EQ(sent_.size(), FollowReplay::kWindow + 10);
}

TEST_F(FollowReplayTest, NoMoreBytesThanAWindow) {
  for (std::uint64_t i = 1; i <= 6; ++i) {
    log_.add(i, "todo.add", ContentType::kRaw, Payload(std::string(1024 * 1024, 'x')));
  }
  EXPECT_TRUE(log_.sync().ok());
  pump();
  EXPECT_EQ(sent_.size(), 4u);
}

TEST_F(FollowReplayTest, IsOverWhenAllIsHandled) {
  EXPECT_TRUE(replay_.caught_up(log_)) << "nothing was followed";
  record(2);
  EXPECT_FALSE(replay_.caught_up(log_));
  pump();
  EXPECT_FALSE(replay_.caught_up(log_));
  handle(0, 2);
  EXPECT_TRUE(replay_.caught_up(log_));
  EXPECT_EQ(replay_.replayed(), 2u);
}

TEST_F(FollowReplayTest, AFailureNamesTheCommandTheRecordAndTheError) {
  record(2);
  pump();
  const auto failed = replay_.settled({.id = sent_[1].id, .code = "handler-failed", .reason = "no column"});
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().message,
            "todo@2.0.0 failed \"todo.add\", record 2 of what it follows: handler-failed: no column");
}

TEST_F(FollowReplayTest, WhatIsNotItsOwnChangesNothing) {
  record(1);
  pump();
  EXPECT_TRUE(replay_.settled({.id = "follow-0-1", .code = "handler-failed"}).ok());
  EXPECT_EQ(replay_.replayed(), 0u);
}

TEST(ShortTail, IsOneThatProductionCanWaitFor) {
  EXPECT_TRUE(is_short_tail(0, 0, seconds(0)));
  EXPECT_TRUE(is_short_tail(FollowReplay::kShort, 0, seconds(0)));
  EXPECT_FALSE(is_short_tail(FollowReplay::kShort + 1, 0, seconds(9))) << "nothing is known of the pace";
  EXPECT_TRUE(is_short_tail(500, 1000, seconds(1)));
  EXPECT_FALSE(is_short_tail(501, 1000, seconds(1)));
}

}  // namespace
}  // namespace exo
