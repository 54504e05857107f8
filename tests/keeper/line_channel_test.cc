#include "services/keeper/line_channel.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <optional>

#include "base/check.h"

namespace exo {
namespace {

using Lines = std::vector<std::string>;

class LineChannelTest : public testing::Test {
 protected:
  LineChannelTest() {
    std::array<int, 2> ends{-1, -1};
    EXO_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    ours_.emplace(UniqueFd(ends[0]), 1000);
    theirs_.reset(ends[1]);
  }

  void peer_writes(const std::string& text) const {
    ASSERT_EQ(::write(theirs_.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  std::string peer_reads(std::size_t most) const {
    std::string text(most, '\0');
    const ssize_t count = ::recv(theirs_.get(), text.data(), text.size(), MSG_DONTWAIT);
    text.resize(static_cast<std::size_t>(count > 0 ? count : 0));
    return text;
  }

  LineChannel& channel() { return *ours_; }

  std::optional<LineChannel> ours_;
  UniqueFd theirs_;
};

using LineChannelDeathTest = LineChannelTest;

TEST_F(LineChannelDeathTest, ALineWithoutAnEndIsABug) {
  EXPECT_DEATH(channel().send("no end"), "does not hold");
}

TEST_F(LineChannelTest, ALineAboveTheLimitEndsTheChannel) {
  peer_writes(std::string(1001, 'x'));
  EXPECT_EQ(channel().receive(), Lines());
  EXPECT_TRUE(channel().ended());
  EXPECT_NE(channel().fault(), "");
}

TEST_F(LineChannelTest, GivesNothingWhenNothingArrived) {
  EXPECT_EQ(channel().receive(), Lines());
  EXPECT_FALSE(channel().ended());
}

TEST_F(LineChannelTest, GivesWholeLinesOnly) {
  peer_writes("one\ntwo\nthr");
  EXPECT_EQ(channel().receive(), (Lines{"one", "two"}));
  peer_writes("ee\n");
  EXPECT_EQ(channel().receive(), Lines{"three"});
}

TEST_F(LineChannelTest, GivesTheLastLinesTogetherWithTheEnd) {
  peer_writes("last\n");
  theirs_.reset();
  EXPECT_EQ(channel().receive(), Lines{"last"});
  EXPECT_TRUE(channel().ended());
  EXPECT_EQ(channel().fault(), "");
}

TEST_F(LineChannelTest, SendsWhatIsFlushed) {
  channel().send("one\n");
  channel().send("two\n");
  channel().flush();
  EXPECT_EQ(peer_reads(100), "one\ntwo\n");
  EXPECT_FALSE(channel().wants_write());
}

TEST_F(LineChannelTest, QueuesWhatTheSocketDoesNotTakeAndLosesNothing) {
  const std::string line = std::string(999, 'x') + "\n";
  std::string sent;
  while (!channel().wants_write()) {
    channel().send(line);
    sent += line;
    channel().flush();
  }
  std::string read;
  while (read.size() < sent.size()) {
    read += peer_reads(10'000);
    channel().flush();
  }
  EXPECT_EQ(read, sent);
  EXPECT_FALSE(channel().wants_write());
}

TEST_F(LineChannelTest, HasNoRoomWhenTheQueueIsFull) {
  const std::string line = std::string(LineChannel::kQueueLimit - 1, 'x') + "\n";
  EXPECT_TRUE(channel().has_room());
  channel().send(line);
  EXPECT_FALSE(channel().has_room());
}

TEST_F(LineChannelTest, SendingToAPeerThatLeftIsNoFault) {
  theirs_.reset();
  channel().send("anybody?\n");
  channel().flush();
  EXPECT_FALSE(channel().wants_write());
}

TEST_F(LineChannelTest, ReceivesAfterItHasFinishedSending) {
  channel().send("goodbye\n");
  channel().finish_sending();
  peer_writes("wait\n");
  EXPECT_EQ(peer_reads(100), "goodbye\n");
  EXPECT_EQ(channel().receive(), Lines{"wait"});
}

}  // namespace
}  // namespace exo
