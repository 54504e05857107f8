// What every implementation of the Ledger port keeps to.
#include <gtest/gtest.h>

#include <limits>

#include "ledger/chain.h"
#include "tests/ledger/ledger_fixture.h"
#include "tests/ledger/ledger_under_test.h"

namespace exo {
namespace {

class LedgerConformance : public ::testing::TestWithParam<Implementation> {
 protected:
  std::string append_code(Ledger& ledger, std::uint64_t expected_position, const LedgerEvent& event) {
    const auto appended = ledger.append(expected_position, event);
    return appended ? "appended" : appended.error().code;
  }

  std::unique_ptr<LedgerUnderTest> subject_ = GetParam().make();
  std::unique_ptr<Ledger> ledger_ = subject_->open();
};

INSTANTIATE_TEST_SUITE_P(All, LedgerConformance,
                         ::testing::Values(sqlite_implementation(), memory_implementation()),
                         [](const auto& tested) { return tested.param.name; });

TEST_P(LedgerConformance, RefusesAnEventBeyondTheEnd) {
  EXPECT_EQ(append_code(*ledger_, 1, sample_event(1)), "position-mismatch");
}

TEST_P(LedgerConformance, RefusesAnEventBeforeTheEnd) {
  fill(*ledger_, 2);
  EXPECT_EQ(append_code(*ledger_, 1, sample_event(2)), "position-mismatch");
}

TEST_P(LedgerConformance, NamesBothPositionsWhenItRefuses) {
  fill(*ledger_, 2);
  const auto refused = ledger_->append(7, sample_event(3));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message, "the ledger is at position 2, not 7");
}

TEST_P(LedgerConformance, IsUnchangedByARefusal) {
  const auto before = fill(*ledger_, 2);
  append_code(*ledger_, 0, sample_event(3));
  EXPECT_EQ(all_events(*ledger_), before);
  EXPECT_EQ(ledger_->position(), 2U);
}

TEST_P(LedgerConformance, AppendsAfterARefusal) {
  fill(*ledger_, 2);
  append_code(*ledger_, 0, sample_event(3));
  EXPECT_EQ(append_code(*ledger_, 2, sample_event(3)), "appended");
}

TEST_P(LedgerConformance, RefusesAnEventThatIsNotOne) {
  LedgerEvent event = sample_event(1);
  event.type = "something-happened";
  EXPECT_EQ(append_code(*ledger_, 0, event), "malformed");
}

TEST_P(LedgerConformance, RefusesAnEventThatIsTooLarge) {
  LedgerEvent event = sample_event(1);
  event.who = std::string(kEventTextLimitBytes + 1, 'x');
  EXPECT_EQ(append_code(*ledger_, 0, event), "too-large");
}

TEST_P(LedgerConformance, BeginsEmpty) {
  EXPECT_EQ(ledger_->position(), 0U);
  EXPECT_TRUE(all_events(*ledger_).empty());
  EXPECT_TRUE(ledger_->verify().ok());
}

TEST_P(LedgerConformance, GivesEachEventTheNextSequence) {
  const auto events = fill(*ledger_, 5);
  for (std::uint64_t n = 1; n <= 5; ++n) EXPECT_EQ(events.at(n - 1).sequence, n);
}

TEST_P(LedgerConformance, KeepsWhatTheEventSays) {
  for (std::uint64_t n = 1; n <= 4; ++n) {
    const auto appended = ledger_->append(n - 1, sample_event(n));
    ASSERT_TRUE(appended.ok());
    EXPECT_TRUE(same_content(appended.value(), sample_event(n)));
    EXPECT_EQ(appended.value().at, sample_event(n).at);
  }
}

TEST_P(LedgerConformance, ReadsWhatAppendReturned) {
  const auto appended = ledger_->append(0, sample_event(1));
  ASSERT_TRUE(appended.ok());
  EXPECT_EQ(all_events(*ledger_), std::vector{appended.value()});
}

TEST_P(LedgerConformance, ChainsTheEventsByTheirHashes) {
  ChainEnd end;
  for (const LedgerEvent& event : fill(*ledger_, 6)) {
    EXPECT_TRUE(check_link(end, event).ok());
    end = chain_end(event);
  }
}

TEST_P(LedgerConformance, DecidesItselfWhatBelongsToTheLedger) {
  LedgerEvent event = sample_event(1);
  event.sequence = 77;
  event.epoch = 99;
  event.format = 12;
  event.hash.fill(1);
  event.previous_hash.fill(2);
  const auto appended = ledger_->append(0, event);
  ASSERT_TRUE(appended.ok());
  EXPECT_EQ(appended.value().sequence, 1U);
  EXPECT_EQ(appended.value().epoch, ledger_->epoch());
  EXPECT_EQ(appended.value().format, kEventFormat);
  EXPECT_TRUE(check_link({}, appended.value()).ok());
}

TEST_P(LedgerConformance, TakesEveryTypeOfEvent) {
  for (const EventType& type : event_types()) {
    LedgerEvent event = sample_event(2);
    event.type = type.word;
    EXPECT_EQ(append_code(*ledger_, ledger_->position(), event), "appended") << type.word;
  }
}

TEST_P(LedgerConformance, TakesDetailsUpToTheirLimit) {
  LedgerEvent event = sample_event(1);
  const std::string around = R"({"value":""})";
  event.details = R"({"value":")" + std::string(kEventDetailsLimitBytes - around.size(), 'v') + R"("})";
  const auto appended = ledger_->append(0, event);
  ASSERT_TRUE(appended.ok());
  EXPECT_EQ(all_events(*ledger_).at(0).details, event.details);
}

TEST_P(LedgerConformance, ReadsAPageFromAnyPlace) {
  const auto events = fill(*ledger_, 10);
  for (std::uint64_t from = 1; from <= 11; ++from) {
    for (std::size_t limit = 0; limit <= 11; ++limit) {
      const auto page = ledger_->read(from, limit);
      ASSERT_TRUE(page.ok());
      const std::size_t count = std::min<std::size_t>(limit, 11 - from);
      const auto begin = events.begin() + static_cast<std::ptrdiff_t>(from - 1);
      EXPECT_EQ(page.value(), std::vector(begin, begin + static_cast<std::ptrdiff_t>(count)))
          << from << " " << limit;
    }
  }
}

TEST_P(LedgerConformance, ReadsFromTheBeginningWhenAskedForZero) {
  const auto events = fill(*ledger_, 3);
  EXPECT_EQ(ledger_->read(0, 2).value(), std::vector(events.begin(), events.begin() + 2));
}

TEST_P(LedgerConformance, ReadsNothingBeyondTheEnd) {
  fill(*ledger_, 3);
  EXPECT_TRUE(ledger_->read(std::numeric_limits<std::uint64_t>::max(), 5).value().empty());
}

TEST_P(LedgerConformance, RemembersForTheNextHost) {
  const auto events = fill(*ledger_, 7);
  ledger_.reset();
  const auto next = subject_->open();
  EXPECT_EQ(next->position(), 7U);
  EXPECT_EQ(all_events(*next), events);
}

TEST_P(LedgerConformance, RaisesItsEpochForEachHost) {
  const std::uint64_t first = ledger_->epoch();
  ledger_.reset();
  EXPECT_EQ(subject_->open()->epoch(), first + 1);
  EXPECT_EQ(subject_->open()->epoch(), first + 2);
}

TEST_P(LedgerConformance, WritesTheEpochIntoEachEvent) {
  fill(*ledger_, 1);
  ledger_.reset();
  const auto next = subject_->open();
  const auto events = fill(*next, 2);
  EXPECT_EQ(events.at(0).epoch + 1, events.at(1).epoch);
}

TEST_P(LedgerConformance, RefusesAHostThatWasTakenOver) {
  fill(*ledger_, 2);
  const auto next = subject_->take_over();
  EXPECT_EQ(append_code(*ledger_, 2, sample_event(3)), "epoch-stale");
}

TEST_P(LedgerConformance, IsUnchangedByAHostThatWasTakenOver) {
  const auto before = fill(*ledger_, 2);
  const auto next = subject_->take_over();
  append_code(*ledger_, 2, sample_event(3));
  EXPECT_EQ(all_events(*next), before);
}

TEST_P(LedgerConformance, RefusesAHostThatWasTakenOverForGood) {
  fill(*ledger_, 2);
  subject_->take_over().reset();
  append_code(*ledger_, 2, sample_event(3));
  EXPECT_EQ(append_code(*ledger_, 2, sample_event(3)), "epoch-stale");
}

// So that it starts nothing either, though it has nothing to append.
TEST_P(LedgerConformance, TellsAHostThatHasNothingToAppendThatItWasTakenOver) {
  fill(*ledger_, 2);
  const auto next = subject_->take_over();
  EXPECT_EQ(ledger_->check_place().error().code, "epoch-stale");
  EXPECT_TRUE(next->check_place().ok());
}

TEST_P(LedgerConformance, IsInItsPlace) {
  EXPECT_TRUE(ledger_->check_place().ok());
  fill(*ledger_, 3);
  EXPECT_TRUE(ledger_->check_place().ok());
}

TEST_P(LedgerConformance, SaysWhenTheDiskIsFull) {
  fill(*ledger_, 3);
  subject_->fill_disk(*ledger_);
  const std::string code = append_code(*ledger_, 3, sample_event(4));
  subject_->free_disk(*ledger_);
  EXPECT_EQ(code, "disk-full");
}

TEST_P(LedgerConformance, HoldsWhatItHeldWhenTheDiskIsFull) {
  const auto before = fill(*ledger_, 3);
  subject_->fill_disk(*ledger_);
  append_code(*ledger_, 3, sample_event(4));
  const auto during = all_events(*ledger_);
  subject_->free_disk(*ledger_);
  EXPECT_EQ(during, before);
  EXPECT_EQ(ledger_->position(), 3U);
}

TEST_P(LedgerConformance, GoesOnWhenThereIsRoomAgain) {
  fill(*ledger_, 3);
  subject_->fill_disk(*ledger_);
  append_code(*ledger_, 3, sample_event(4));
  subject_->free_disk(*ledger_);
  const auto events = fill(*ledger_, 6);
  ledger_.reset();
  EXPECT_EQ(all_events(*subject_->open()), events);
}

TEST_P(LedgerConformance, RecordsAnEventOnceThoughItWasTriedTwice) {
  fill(*ledger_, 2);
  subject_->lose_acknowledgement(*ledger_);
  ASSERT_EQ(append_code(*ledger_, 2, sample_event(3)), "io");
  EXPECT_EQ(ledger_->position(), 2U);
  subject_->mend(*ledger_);
  LedgerEvent again = sample_event(3);
  again.at = {12345};  // a later try has a later time
  const auto appended = ledger_->append(2, again);
  ASSERT_TRUE(appended.ok());
  EXPECT_EQ(appended.value().at, sample_event(3).at);
  EXPECT_EQ(all_events(*ledger_).size(), 3U);
}

TEST_P(LedgerConformance, RefusesAnotherEventWhereALostOneWasRecorded) {
  fill(*ledger_, 2);
  subject_->lose_acknowledgement(*ledger_);
  append_code(*ledger_, 2, sample_event(3));
  subject_->mend(*ledger_);
  EXPECT_EQ(append_code(*ledger_, 2, sample_event(4)), "position-mismatch");
  EXPECT_EQ(ledger_->position(), 3U);
  EXPECT_EQ(append_code(*ledger_, 3, sample_event(4)), "appended");
}

TEST_P(LedgerConformance, ShowsALostEventToTheNextHost) {
  fill(*ledger_, 2);
  subject_->lose_acknowledgement(*ledger_);
  append_code(*ledger_, 2, sample_event(3));
  subject_->mend(*ledger_);
  ledger_.reset();
  EXPECT_EQ(subject_->open()->position(), 3U);
}

TEST_P(LedgerConformance, RefusesAnotherTryOfAHostThatWasTakenOver) {
  fill(*ledger_, 2);
  subject_->lose_acknowledgement(*ledger_);
  append_code(*ledger_, 2, sample_event(3));
  subject_->mend(*ledger_);
  const auto next = subject_->take_over();
  EXPECT_EQ(append_code(*ledger_, 2, sample_event(3)), "epoch-stale");
}

TEST_P(LedgerConformance, VerifiesWhatItWrote) {
  fill(*ledger_, 50);
  EXPECT_TRUE(ledger_->verify().ok());
}

}  // namespace
}  // namespace exo
