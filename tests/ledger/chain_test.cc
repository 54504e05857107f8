#include "ledger/chain.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

// The second event of a chain, and the end that it joins.
struct Link {
  ChainEnd end;
  LedgerEvent event;
};

Link second_link() {
  LedgerEvent first = sample_event(1);
  seal(first, {}, 3);
  LedgerEvent second = sample_event(2);
  seal(second, chain_end(first), 4);
  return {chain_end(first), second};
}

std::string fault(const ChainEnd& end, const LedgerEvent& event) {
  const auto checked = check_link(end, event);
  return checked ? "joins" : checked.error().code + ": " + checked.error().message;
}

TEST(Chain, IsJoinedByTheNextEvent) {
  const Link link = second_link();
  EXPECT_EQ(fault(link.end, link.event), "joins");
}

TEST(Chain, IsNotJoinedByAnEventOfAnotherNumber) {
  const Link link = second_link();
  EXPECT_EQ(fault({}, link.event), "ledger-altered: event 2 stands where event 1 should be");
}

TEST(Chain, IsNotJoinedByAnEventThatFollowsAnother) {
  Link link = second_link();
  link.end.hash.fill(7);
  EXPECT_EQ(fault(link.end, link.event),
            "ledger-altered: event 2 does not carry the hash of the event before it");
}

TEST(Chain, IsNotJoinedByAnEventWhoseEpochFalls) {
  Link link = second_link();
  link.end.epoch = 5;
  EXPECT_EQ(fault(link.end, link.event), "ledger-altered: event 2 has epoch 4, the event before it epoch 5");
}

TEST(Chain, IsNotJoinedByAnEventOfANewerFormat) {
  Link link = second_link();
  link.event.format = 2;
  EXPECT_EQ(fault(link.end, link.event),
            "format-newer: event 2 has format 2, this exo knows formats up to 1: use the exo that wrote it, "
            "or a newer "
            "one");
}

TEST(Chain, IsNotJoinedByAnEventInWhichAnythingWasChanged) {
  const std::vector<std::function<void(LedgerEvent&)>> changes{[](LedgerEvent& event) { event.epoch += 1; },
                                                               [](LedgerEvent& event) { event.at.nanoseconds += 1; },
                                                               [](LedgerEvent& event) { event.who += "x"; },
                                                               [](LedgerEvent& event) { event.host += "x"; },
                                                               [](LedgerEvent& event) { event.type += "x"; },
                                                               [](LedgerEvent& event) { event.role += "x"; },
                                                               [](LedgerEvent& event) { event.version += "x"; },
                                                               [](LedgerEvent& event) { event.phase += "x"; },
                                                               [](LedgerEvent& event) { event.generation += 1; },
                                                               [](LedgerEvent& event) { event.run += "x"; },
                                                               [](LedgerEvent& event) { event.attempt += 1; },
                                                               [](LedgerEvent& event) { event.details += " "; },
                                                               [](LedgerEvent& event) { event.hash.at(31) ^= 1; }};
  for (std::size_t i = 0; i < changes.size(); ++i) {
    Link link = second_link();
    changes.at(i)(link.event);
    EXPECT_EQ(fault(link.end, link.event), "ledger-altered: event 2 is not what its hash was made over") << i;
  }
}

TEST(Chain, TellsTextsApartThatAreTheSameOneAfterTheOther) {
  LedgerEvent left = sample_event(1);
  left.who = "ab";
  left.host = "c";
  LedgerEvent right = left;
  right.who = "a";
  right.host = "bc";
  EXPECT_NE(event_hash(left), event_hash(right));
}

TEST(Chain, GivesAnEventWhatBelongsToTheLedger) {
  LedgerEvent event = sample_event(1);
  seal(event, {.sequence = 41, .epoch = 6, .hash = sha256("before")}, 7);
  EXPECT_EQ(event.sequence, 42U);
  EXPECT_EQ(event.epoch, 7U);
  EXPECT_EQ(event.previous_hash, sha256("before"));
  EXPECT_EQ(event.hash, sha256(canonical_bytes(event)));
}

TEST(SameContent, IsSeenThroughAnotherTimeAndAnotherPlaceInTheLedger) {
  LedgerEvent again = sample_event(2);
  again.at = {99};
  seal(again, {.sequence = 8}, 3);
  EXPECT_TRUE(same_content(sample_event(2), again));
}

TEST(SameContent, IsNotSeenInAnotherAttempt) {
  LedgerEvent other = sample_event(2);
  other.attempt += 1;
  EXPECT_FALSE(same_content(sample_event(2), other));
}

}  // namespace
}  // namespace exo
