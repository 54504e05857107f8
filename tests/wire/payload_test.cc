#include "bus/wire/payload.h"

#include <gtest/gtest.h>

#include <string>

namespace exo {
namespace {

TEST(Payload, IsEmptyWhenMadeOfNothing) {
  EXPECT_EQ(Payload().size(), 0U);
  EXPECT_EQ(Payload(std::string_view()).size(), 0U);
}

TEST(Payload, IsEmptyAfterItsBytesWereMovedAway) {
  Payload from(std::string_view("bytes"));
  const Payload to = std::move(from);
  EXPECT_EQ(to.text(), "bytes");
  EXPECT_EQ(from.size(), 0U);  // NOLINT(bugprone-use-after-move): the state that the header promises
}

TEST(Payload, LetsGoOfWhatItHadWhenAnotherIsMovedIn) {
  Payload payload(std::string_view("old"));
  payload = Payload(std::string_view("new"));
  EXPECT_EQ(payload.text(), "new");
}

TEST(Payload, SurvivesBeingMovedIntoItself) {
  Payload payload(std::string_view("same"));
  Payload& itself = payload;
  payload = std::move(itself);
  EXPECT_EQ(payload.text(), "same");
}

TEST(Payload, SharesLargeBytesWithoutCopyingThem) {
  const Payload first(std::string_view(std::string(100'000, 'x')));
  const Payload second = first.share();
  EXPECT_EQ(first.bytes().data(), second.bytes().data());
}

TEST(Payload, OutlivesTheOneThatItWasSharedFrom) {
  Payload second;
  {
    const Payload first(std::string_view(std::string(100'000, 'x')));
    second = first.share();
  }
  EXPECT_EQ(second.text(), std::string(100'000, 'x'));
}

TEST(Payload, KeepsZeroBytes) {
  const std::string bytes("a\0b", 3);
  EXPECT_EQ(Payload(std::string_view(bytes)).text(), bytes);
}

}  // namespace
}  // namespace exo
