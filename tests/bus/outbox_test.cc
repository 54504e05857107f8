#include "bus/outbox.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "bus/wire/pack.h"

namespace exo::routing {
namespace {

constexpr ConnectionId kReader{1};
constexpr ConnectionId kOther{2};
constexpr ConnectionId kSecondReader{3};

class OutboxTest : public testing::Test {
 protected:
  OutboxTest() {
    outbox_.may_pack(kReader);
    outbox_.may_pack(kSecondReader);
  }
  void send(ConnectionId to, const std::string& name, std::size_t bytes = 1) {
    HeaderView header;
    header.kind = Kind::kError;
    header.name = name;
    header.code = "c";
    outbox_.send(to, header, Payload(std::string_view(std::string(bytes, 'x'))));
  }

  // What leaves, one text a ZeroMQ message: "1: a" or "1: [a b]".
  std::vector<std::string> sent() {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < outbox_.size(); ++i) {
      if (outbox_.at(i).to != kNoConnection) all.push_back(render(outbox_.at(i)));
    }
    return all;
  }

  Outbox outbox_;

 private:
  static HeaderView read(std::span<const std::byte> bytes) {
    HeaderView header;
    EXPECT_TRUE(decode_header(bytes, header).ok());
    return header;
  }
  static std::string render(const Delivery& delivery) {
    const HeaderView header = read(std::as_bytes(std::span(delivery.header)));
    const std::string to = std::to_string(static_cast<std::uint64_t>(delivery.to)) + ": ";
    if (header.kind != Kind::kPack) return to + std::string(header.name);
    std::string names;
    PackReader reader(delivery.payload.bytes());
    for (auto next = reader.next(); next.ok() && next.value(); next = reader.next()) {
      names += (names.empty() ? "" : " ") + std::string(read(next.value()->header).name);
    }
    return to + "[" + names + "]";
  }
};

using Sent = std::vector<std::string>;

TEST_F(OutboxTest, WhoReadsNoPacksGetsNone) {
  send(kOther, "a");
  send(kOther, "b");
  outbox_.pack(0);
  EXPECT_EQ(sent(), (Sent{"2: a", "2: b"}));
}

TEST_F(OutboxTest, TheOnlyMessageGoesByItself) {
  send(kReader, "a");
  send(kOther, "b");
  outbox_.pack(0);
  EXPECT_EQ(sent(), (Sent{"1: a", "2: b"}));
}

TEST_F(OutboxTest, MessagesToOneConnectionGoTogetherWhereTheFirstStood) {
  send(kOther, "a");
  send(kReader, "b");
  send(kSecondReader, "c");
  send(kReader, "d");
  send(kSecondReader, "e");
  send(kReader, "f");
  outbox_.pack(0);
  EXPECT_EQ(sent(), (Sent{"2: a", "1: [b d f]", "3: [c e]"}));
}

TEST_F(OutboxTest, ALargeOneKeepsItsPlace) {
  send(kReader, "a");
  send(kReader, "b");
  send(kReader, "large", kPackedPayloadBytes + 1);
  send(kReader, "c");
  send(kReader, "d");
  outbox_.pack(0);
  EXPECT_EQ(sent(), (Sent{"1: [a b]", "1: large", "1: [c d]"}));
}

TEST_F(OutboxTest, APackEndsAtItsLimitOfMessages) {
  for (std::size_t i = 0; i < 2 * kPackMessages + 1; ++i) send(kReader, "m");
  outbox_.pack(0);
  const Sent all = sent();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].size(), all[1].size());
  EXPECT_EQ(all[2], "1: m");
}

TEST_F(OutboxTest, WhatIsAddedLaterIsPackedByItself) {
  send(kReader, "a");
  send(kReader, "b");
  outbox_.pack(0);
  const std::size_t before = outbox_.size();
  send(kReader, "c");
  send(kReader, "d");
  outbox_.pack(before);
  EXPECT_EQ(sent(), (Sent{"1: [a b]", "1: [c d]"}));
}

TEST_F(OutboxTest, AConnectionThatIsForgottenGetsNoMore) {
  outbox_.forget(kReader);
  send(kReader, "a");
  send(kReader, "b");
  outbox_.pack(0);
  EXPECT_EQ(sent(), (Sent{"1: a", "1: b"}));
}

}  // namespace
}  // namespace exo::routing
