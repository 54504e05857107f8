#include "services/keeper/line_channel.h"

#include <fcntl.h>
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

// Both ends of a channel that carries descriptors.
class DescriptorTest : public testing::Test {
 protected:
  DescriptorTest() {
    std::array<int, 2> ends{-1, -1};
    EXO_CHECK(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) == 0);
    sender_.emplace(UniqueFd(ends[0]), 1'000'000);
    receiver_.emplace(UniqueFd(ends[1]), 1'000'000);
  }

  // The reading end of a pipe that holds `text`.
  static UniqueFd pipe_with(const std::string& text) {
    std::array<int, 2> ends{-1, -1};
    EXO_CHECK(::pipe2(ends.data(), O_CLOEXEC) == 0);
    const UniqueFd write(ends[1]);
    EXO_CHECK(::write(write.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()));
    return UniqueFd(ends[0]);
  }
  static std::string content_of(const UniqueFd& pipe) {
    std::array<char, 100> bytes{};
    const ssize_t count = ::read(pipe.get(), bytes.data(), bytes.size());
    return count < 0 ? "(none)" : std::string(bytes.data(), static_cast<std::size_t>(count));
  }

  std::optional<LineChannel> sender_;
  std::optional<LineChannel> receiver_;
};

TEST_F(DescriptorTest, NoneIsThereWhereNoneCame) {
  sender_->send("plain\n");
  sender_->flush();
  EXPECT_EQ(receiver_->receive(), Lines{"plain"});
  EXPECT_FALSE(receiver_->take_descriptor());
}

TEST_F(DescriptorTest, TravelWithTheirLinesInOrder) {
  sender_->send("before\n");
  sender_->send("first\n", pipe_with("one"));
  sender_->send("between\n");
  sender_->send("second\n", pipe_with("two"));
  sender_->send("after\n");
  sender_->flush();
  EXPECT_EQ(receiver_->receive(), (Lines{"before", "first", "between", "second", "after"}));
  const UniqueFd first = receiver_->take_descriptor();
  const UniqueFd second = receiver_->take_descriptor();
  EXPECT_EQ(content_of(first), "one");
  EXPECT_EQ(content_of(second), "two");
  EXPECT_EQ(::fcntl(first.get(), F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
  EXPECT_FALSE(receiver_->take_descriptor());
}

TEST_F(DescriptorTest, ArriveThroughASocketThatTakesLittleAtATime) {
  Lines expected;
  for (int i = 0; i < 40; ++i) {
    const std::string line = std::to_string(i) + std::string(20'000, 'x');
    expected.push_back(line);
    sender_->send(line + "\n", pipe_with(std::to_string(i)));
  }
  Lines received;
  while (received.size() < expected.size()) {
    sender_->flush();
    for (std::string& line : receiver_->receive()) received.push_back(std::move(line));
  }
  EXPECT_EQ(received, expected);
  for (int i = 0; i < 40; ++i) EXPECT_EQ(content_of(receiver_->take_descriptor()), std::to_string(i));
}

}  // namespace
}  // namespace exo
