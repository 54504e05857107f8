#include "tests/soak/message.h"

#include <gtest/gtest.h>

#include <array>
#include <cstdint>
#include <string>

namespace exo::soak {
namespace {

Value with_filling(const Value& message, const std::string& bytes) {
  Value::Map changed = *message.map();
  changed.back().second = Value::Binary{bytes};
  return changed;
}

TEST(SoakMessage, IsReadAsItWasMade) {
  const ReadMessage read = read_message(make_message({3, 1'000'000}, 50'000, 7));
  EXPECT_TRUE(read.intact);
  EXPECT_EQ(read.key.sender, 3U);
  EXPECT_EQ(read.key.number, 1'000'000U);
  EXPECT_EQ(read.size, 50'000U);
  EXPECT_EQ(read.pages, 7U);
}

TEST(SoakMessage, IsNotIntactWithAnotherByteOrLength) {
  const Value message = make_message({3, 4}, 100, 1);
  std::string bytes(filling({3, 4}, 100));
  EXPECT_FALSE(read_message(with_filling(message, bytes.substr(1))).intact);
  bytes[99] = static_cast<char>(bytes[99] + 1);
  EXPECT_FALSE(read_message(with_filling(message, bytes)).intact);
}

TEST(SoakMessage, IsNotIntactWithWhatAnotherOneHas) {
  const Value message = make_message({3, 4}, 100, 1);
  EXPECT_FALSE(read_message(with_filling(message, std::string(filling({3, 5}, 100)))).intact);
  EXPECT_FALSE(read_message(with_filling(message, std::string(filling({4, 4}, 100)))).intact);
}

TEST(SoakMessage, IsNotIntactWhenItIsSomethingElse) {
  EXPECT_FALSE(read_message(Value()).intact);
  EXPECT_FALSE(read_message(Value::map({{"sender", 1}})).intact);
}

TEST(SoakMessage, HasAKindForEachHundredth) {
  std::array<std::size_t, kMessageKinds> counts{};
  for (std::size_t i = 0; i < 100; ++i) ++counts.at(static_cast<std::size_t>(kind_of_share(i)));
  for (std::size_t kind = 0; kind < kMessageKinds; ++kind) {
    EXPECT_EQ(counts.at(kind), rules_of(static_cast<MessageKind>(kind)).share);
  }
}

TEST(SoakMessage, HasASizeInEachDoublingEquallyOften) {
  Random random(1);
  std::array<int, 17> counts{};
  for (int i = 0; i < 12'000; ++i) {
    const std::size_t size = log_uniform_size(random);
    ASSERT_GE(size, 16U);
    ASSERT_LE(size, 65'536U);
    ++counts.at(static_cast<std::size_t>(63 - __builtin_clzll(size)));
  }
  for (std::size_t doubling = 4; doubling < 16; ++doubling) EXPECT_NEAR(counts.at(doubling), 1000, 150);
}

TEST(SoakMessage, KnowsNoCodeButTheOnesItMayEndWith) {
  EXPECT_EQ(failure_of("receiver-lost"), Failure::kReceiverLost);
  EXPECT_EQ(failure_of("closed"), Failure::kClosed);
  EXPECT_EQ(failure_of("malformed"), Failure::kOther);
  EXPECT_FALSE(rules_of(MessageKind::kNote).may_fail_with(Failure::kOther));
}

}  // namespace
}  // namespace exo::soak
