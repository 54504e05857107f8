#include "tests/soak/account.h"

#include <gtest/gtest.h>

namespace exo::soak {
namespace {

constexpr MessageKey kKey{3, 5};
const std::string kMessage = "message 3:5 ";

class AccountTest : public testing::Test {
 protected:
  void sent(MessageKind kind) { step(Step::kSent, static_cast<std::uint8_t>(kind)); }
  void step(Step step, std::uint8_t detail = 0) {
    account_.take({.key = kKey, .step = step, .detail = detail});
  }
  void failed(Failure failure) { step(Step::kFailed, static_cast<std::uint8_t>(failure)); }
  // The only promise that is broken, in the words of its only breach; empty where none is.
  std::string breach(Promise promise) const {
    const auto breaches = account_.breaches();
    if (breaches.empty()) return "";
    EXPECT_EQ(breaches.size(), 1U);
    const auto found = breaches.find(promise);
    if (found == breaches.end()) return "another promise: " + breaches.begin()->second.front();
    EXPECT_EQ(found->second.size(), 1U);
    return found->second.front();
  }
  bool is_well() const { return account_.breaches().empty(); }

  Account account_;
};

TEST_F(AccountTest, MissesWhatWasLost) {
  sent(MessageKind::kNote);
  step(Step::kAccepted);
  EXPECT_EQ(breach(Promise::kNothingVanishes), kMessage + "(one way) was neither handled nor failed");
}

TEST_F(AccountTest, MissesWhatWasToComeAtLeastOnceAlsoWhenItsSenderWasKilled) {
  sent(MessageKind::kPut);
  step(Step::kAccepted);
  account_.sender_killed(kKey.sender);
  EXPECT_EQ(breach(Promise::kNothingVanishes),
            kMessage + "(one way, at least once) was accepted and not handled");
}

TEST_F(AccountTest, MissesTheEndOfARequest) {
  sent(MessageKind::kAsk);
  step(Step::kDelivered);
  EXPECT_EQ(breach(Promise::kNothingVanishes), kMessage + "(request) has got neither a reply nor an error");
}

TEST_F(AccountTest, AcceptsThatNobodyTellsASenderThatWasKilled) {
  sent(MessageKind::kAsk);
  account_.sender_killed(kKey.sender);
  EXPECT_TRUE(is_well());
}

TEST_F(AccountTest, SeesADoubleThatIsNotMarked) {
  sent(MessageKind::kPut);
  step(Step::kDelivered);
  step(Step::kDelivered);
  EXPECT_EQ(breach(Promise::kNothingIsDoubled),
            kMessage + "(one way, at least once) was handled 2 times, 2 of them without `redelivered`");
}

TEST_F(AccountTest, AcceptsADoubleThatIsMarked) {
  sent(MessageKind::kPut);
  step(Step::kDelivered);
  step(Step::kDeliveredAgain);
  EXPECT_TRUE(is_well());
}

TEST_F(AccountTest, SeesADoubleOfWhatNobodyTakesTwice) {
  sent(MessageKind::kNote);
  step(Step::kDelivered);
  step(Step::kDeliveredAgain);
  EXPECT_EQ(
      breach(Promise::kNothingIsDoubled),
      kMessage + "(one way) was handled 2 times, 1 of them without, and was to be delivered once at most");
}

TEST_F(AccountTest, SeesTwoEndsOfARequest) {
  sent(MessageKind::kAsk);
  step(Step::kDelivered);
  step(Step::kAnswered);
  failed(Failure::kReceiverLost);
  EXPECT_EQ(breach(Promise::kOneOutcome), kMessage + "(request) has 2 outcomes");
}

TEST_F(AccountTest, SeesAnAnswerThatNobodyHasGiven) {
  sent(MessageKind::kAsk);
  step(Step::kAnswered);
  EXPECT_EQ(breach(Promise::kOneOutcome), kMessage + "(request) was answered and not handled");
}

TEST_F(AccountTest, SeesAFailureThatDidNotCome) {
  sent(MessageKind::kFaulty);
  step(Step::kDelivered);
  EXPECT_EQ(breach(Promise::kOneOutcome), kMessage + "(one way, fails) was to fail and did not");
}

TEST_F(AccountTest, SeesWhatWasHandledWithoutAReceiver) {
  sent(MessageKind::kUnheard);
  step(Step::kDelivered);
  failed(Failure::kNoReceiver);
  EXPECT_EQ(breach(Promise::kOneOutcome),
            kMessage + "(one way, no receiver) was handled, and is said to have no receiver");
}

TEST_F(AccountTest, SeesWrongContent) {
  sent(MessageKind::kNote);
  step(Step::kDelivered);
  step(Step::kDamaged);
  EXPECT_EQ(breach(Promise::kNothingIsDamaged), kMessage + "(one way) is not as it was sent");
}

TEST_F(AccountTest, SeesWhatNobodyHasSent) {
  step(Step::kDelivered);
  EXPECT_EQ(breach(Promise::kNothingIsDamaged), kMessage + "(one way) was told of, and never sent");
}

TEST_F(AccountTest, SeesANumberThatNobodyCanHaveReached) {
  account_.take({.key = {1, 4'000'000'000}, .step = Step::kDelivered});
  EXPECT_EQ(breach(Promise::kNothingIsDamaged), "message 1:4000000000 was told of, and never sent");
}

TEST_F(AccountTest, SeesAnErrorThatSuchAMessageCannotHave) {
  sent(MessageKind::kPut);
  failed(Failure::kReceiverLost);
  EXPECT_EQ(breach(Promise::kErrorsAreKnown),
            kMessage + "(one way, at least once) has failed with receiver-lost");
}

TEST_F(AccountTest, SeesAnUnknownError) {
  sent(MessageKind::kNote);
  failed(Failure::kOther);
  EXPECT_EQ(breach(Promise::kErrorsAreKnown), kMessage + "(one way) has failed with other");
}

TEST_F(AccountTest, SeesWhatItsSendersRelayHasRefused) {
  sent(MessageKind::kNote);
  step(Step::kRefused);
  EXPECT_EQ(breach(Promise::kErrorsAreKnown), kMessage + "(one way) was refused by its sender's relay");
}

TEST_F(AccountTest, AcceptsAReceiverThatDiedBeforeItCouldSayThatItHasHandledIt) {
  sent(MessageKind::kNote);
  step(Step::kDelivered);
  failed(Failure::kReceiverLost);
  EXPECT_TRUE(is_well());
}

TEST_F(AccountTest, Counts) {
  sent(MessageKind::kPut);
  step(Step::kDelivered);
  step(Step::kDeliveredAgain);
  const KindCount count = account_.counts().at(static_cast<std::size_t>(MessageKind::kPut));
  EXPECT_EQ(count.sent, 1U);
  EXPECT_EQ(count.handled, 1U);
  EXPECT_EQ(count.redelivered, 1U);
}

}  // namespace
}  // namespace exo::soak
