#include "ledger/event.h"

#include <gtest/gtest.h>

#include <limits>
#include <set>

#include "tests/ledger/ledger_fixture.h"

namespace exo {
namespace {

// The event of an attempt, with every field filled.
LedgerEvent attempt_event() {
  return sample_event(2);
}

std::string refusal(const LedgerEvent& event) {
  const auto checked = check_event(event);
  return checked ? "accepted" : checked.error().code + ": " + checked.error().message;
}

TEST(Event, IsRefusedWithATypeThatNobodyKnows) {
  LedgerEvent event = attempt_event();
  event.type = "attempt-begun";
  EXPECT_EQ(refusal(event), "malformed: event \"attempt-begun\": type is not one of the ledger's words");
}

TEST(Event, IsRefusedWithoutAType) {
  EXPECT_EQ(refusal({}), "malformed: event \"\": type is not one of the ledger's words");
}

TEST(Event, IsRefusedWithoutTheRoleThatItIsAbout) {
  LedgerEvent event = attempt_event();
  event.role = "";
  EXPECT_EQ(refusal(event), "malformed: event \"attempt-started\": role must not be empty");
}

TEST(Event, IsRefusedWithoutTheVersionThatItIsAbout) {
  LedgerEvent event = attempt_event();
  event.version = "";
  EXPECT_EQ(refusal(event), "malformed: event \"attempt-started\": version must not be empty");
}

TEST(Event, IsRefusedWithoutThePhaseThatItIsAbout) {
  LedgerEvent event = attempt_event();
  event.phase = "";
  EXPECT_EQ(
      refusal(event),
      "malformed: event \"attempt-started\": phase must be offline, online, undo or verify, but is \"\"");
}

TEST(Event, IsRefusedWithAPhaseThatIsNone) {
  LedgerEvent event = sample_event(1);
  event.phase = "midway";
  EXPECT_EQ(refusal(event),
            "malformed: event \"version-introduced\": phase must be offline, online, undo or verify, but is "
            "\"midway\"");
}

TEST(Event, IsRefusedWithoutTheRunThatItIsAbout) {
  LedgerEvent event = attempt_event();
  event.run = "";
  EXPECT_EQ(refusal(event), "malformed: event \"attempt-started\": run must not be empty");
}

TEST(Event, IsRefusedWithoutTheAttemptThatItIsAbout) {
  LedgerEvent event = attempt_event();
  event.attempt = 0;
  EXPECT_EQ(refusal(event), "malformed: event \"attempt-started\": attempt must be at least 1");
}

TEST(Event, IsRefusedWithTextThatIsNotUtf8) {
  for (std::string LedgerEvent::*const field : {&LedgerEvent::who, &LedgerEvent::host, &LedgerEvent::role,
                                                &LedgerEvent::version, &LedgerEvent::run}) {
    LedgerEvent event = attempt_event();
    event.*field = "\xff";
    EXPECT_NE(refusal(event).find("must be UTF-8 without NUL, but is \"\\xff\""), std::string::npos)
        << refusal(event);
  }
}

TEST(Event, IsRefusedWithANulInItsText) {
  LedgerEvent event = attempt_event();
  event.who = std::string("a\0b", 3);
  EXPECT_EQ(refusal(event),
            "malformed: event \"attempt-started\": who must be UTF-8 without NUL, but is \"a\\x00b\"");
}

TEST(Event, IsRefusedWithTextThatIsTooLong) {
  LedgerEvent event = attempt_event();
  event.run = std::string(kEventTextLimitBytes + 1, 'r');
  EXPECT_EQ(refusal(event), "too-large: event \"attempt-started\": run has 1025 bytes, the limit is 1024");
}

TEST(Event, IsAcceptedWithTextUpToTheLimit) {
  LedgerEvent event = attempt_event();
  event.run = std::string(kEventTextLimitBytes, 'r');
  EXPECT_EQ(refusal(event), "accepted");
}

TEST(Event, IsRefusedWithDetailsThatAreTooLong) {
  LedgerEvent event = attempt_event();
  event.details = "{\"a\":\"" + std::string(kEventDetailsLimitBytes, 'a') + "\"}";
  EXPECT_EQ(refusal(event).substr(0, 11), "too-large: ");
}

TEST(Event, IsRefusedWithDetailsThatAreNotAnObject) {
  for (const std::string details :
       {"", "[]", "1", "null", "{", "{\"a\":}", "{} {}", " {}", "{\"a\":\"\xff\"}"}) {
    LedgerEvent event = attempt_event();
    event.details = details;
    EXPECT_NE(refusal(event).find("details must be a JSON object"), std::string::npos) << details;
  }
}

TEST(Event, IsRefusedWithANumberThatADatabaseCannotHold) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  LedgerEvent event = attempt_event();
  event.generation = kMost;
  EXPECT_EQ(refusal(event), "accepted");
  event.generation = kMost + 1;
  EXPECT_EQ(refusal(event),
            "malformed: event \"attempt-started\": generation must be at most 9223372036854775807, but is "
            "9223372036854775808");
}

TEST(Event, NeedsNoMoreThanItIsAbout) {
  EXPECT_EQ(refusal({.type = "host-stopped"}), "accepted");
  EXPECT_EQ(refusal({.type = "version-live", .role = "todo", .version = "1.0.0"}), "accepted");
  EXPECT_EQ(refusal({.type = "phase-absent", .role = "todo", .version = "1.0.0", .phase = "offline"}),
            "accepted");
}

TEST(EventTypes, AreDifferentWords) {
  std::set<std::string_view> words;
  for (const EventType& type : event_types()) EXPECT_TRUE(words.insert(type.word).second) << type.word;
}

TEST(EventTypes, AreFoundByTheirWord) {
  for (const EventType& type : event_types()) EXPECT_EQ(find_event_type(type.word), &type);
}

TEST(EventTypes, EachHaveAMeaning) {
  for (const EventType& type : event_types()) EXPECT_FALSE(type.meaning.empty()) << type.word;
}

TEST(EventTypes, OfANewerExoAreNotFound) {
  EXPECT_EQ(find_event_type("traffic-mirrored"), nullptr);
}

TEST(Phases, AreReadAsTheyAreWritten) {
  for (const Phase phase : {Phase::kOffline, Phase::kOnline}) EXPECT_EQ(parse_phase(to_string(phase)), phase);
}

TEST(Phases, AreNothingElse) {
  for (const std::string_view text : {"", "Offline", "offline ", "on"})
    EXPECT_EQ(parse_phase(text), std::nullopt);
}

}  // namespace
}  // namespace exo
