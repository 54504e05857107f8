#include "services/forwarder/target_choice.h"

#include <gtest/gtest.h>

#include <cmath>

namespace exo {
namespace {

ForwardingTarget target(std::uint16_t port, double share) {
  ForwardingTarget result;
  result.version = "0.0.1";
  result.port = port;
  result.share = share;
  return result;
}

// The ports chosen, one letter each: 'a' for port 1, 'b' for port 2.
std::string choices(TargetChoice& choice, const std::vector<ForwardingTarget>& targets, int count,
                    const std::set<std::string>& refused = {}) {
  std::string text;
  for (int i = 0; i < count; ++i) {
    const auto chosen = choice.choose(targets, refused);
    text += chosen ? static_cast<char>('a' + chosen->port - 1) : '-';
  }
  return text;
}

TEST(TargetChoice, ThereIsNoneWithoutTargets) {
  TargetChoice choice;
  EXPECT_EQ(choices(choice, {}, 1), "-");
}

TEST(TargetChoice, ATargetWithoutAShareIsNeverChosen) {
  TargetChoice choice;
  EXPECT_EQ(choices(choice, {target(1, 0), target(2, -1), target(3, std::nan(""))}, 3), "---");
}

TEST(TargetChoice, ARefusedTargetIsNotChosen) {
  TargetChoice choice;
  EXPECT_EQ(choices(choice, {target(1, 9), target(2, 1)}, 3, {"127.0.0.1:1"}), "bbb");
}

TEST(TargetChoice, TheOnlyTargetIsAlwaysChosen) {
  TargetChoice choice;
  EXPECT_EQ(choices(choice, {target(1, 0.01)}, 5), "aaaaa");
}

TEST(TargetChoice, EqualSharesTakeTurns) {
  TargetChoice choice;
  EXPECT_EQ(choices(choice, {target(1, 1), target(2, 1)}, 6), "ababab");
}

TEST(TargetChoice, ASmallShareIsSpreadEvenlyOverTime) {
  TargetChoice choice;
  EXPECT_EQ(choices(choice, {target(1, 3), target(2, 1)}, 8), "aabaaaba");
}

TEST(TargetChoice, ATableWithTheSameTargetsDoesNotBeginAgain) {
  TargetChoice choice;
  std::string text;
  for (int i = 0; i < 8; ++i) text += choices(choice, {target(1, 3), target(2, 1)}, 1);
  EXPECT_EQ(text, "aabaaaba");
}

TEST(TargetChoice, ATargetThatReturnsAfterALongTimeIsNotFlooded) {
  TargetChoice choice;
  choices(choice, {target(1, 1), target(2, 1)}, 3);
  choices(choice, {target(1, 1)}, 1000);
  EXPECT_EQ(choices(choice, {target(1, 1), target(2, 1)}, 6).find("bb"), std::string::npos);
}

TEST(TargetChoice, SharesAreKeptForAnyNumberOfTargets) {
  TargetChoice choice;
  std::vector<ForwardingTarget> targets;
  for (std::uint16_t port = 1; port <= 10; ++port) targets.push_back(target(port, port));
  const std::string text = choices(choice, targets, 55 * 4);
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(std::count(text.begin(), text.end(), static_cast<char>('a' + i)), 4 * (i + 1))
        << "port " << i + 1;
  }
}

}  // namespace
}  // namespace exo
