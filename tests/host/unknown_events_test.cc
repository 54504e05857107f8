#include "host/unknown_events.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

std::string told_of(const std::vector<std::string>& types) {
  UnknownEvents events;
  std::uint64_t sequence = 0;
  for (const std::string& type : types) {
    LedgerEvent event;
    event.sequence = ++sequence;
    event.type = type;
    events.take(event);
  }
  return events.notice().value_or("nothing");
}

TEST(UnknownEvents, AreNoneOfThoseThatThisExoWrites) {
  std::vector<std::string> types;
  for (const EventType& type : event_types()) types.emplace_back(type.word);
  EXPECT_EQ(told_of(types), "nothing");
}

TEST(UnknownEvents, AreToldByTypeAndPosition) {
  EXPECT_EQ(told_of({"host-started", "traffic-forecast"}),
            "a newer exo wrote 1 event of types that this one does not know; they are kept, and passed over: "
            "traffic-forecast (event 2)");
  EXPECT_EQ(
      told_of({"b", "host-started", "a", "b", "b"}),
      "a newer exo wrote 4 events of types that this one does not know; they are kept, and passed over: "
      "a (event 3), b (3, events 1 to 5)");
}

TEST(UnknownEvents, AreALineHoweverManyAndWhateverTheyAreCalled) {
  std::vector<std::string> types;
  types.reserve(12);
  for (int i = 0; i < 12; ++i) types.push_back(std::to_string(i) + "\x1b[2J\n" + std::string(1000, 'x'));
  const std::string told = told_of(types);
  EXPECT_LT(told.size(), 1000U);
  EXPECT_EQ(told.find('\n'), std::string::npos);
  EXPECT_NE(told.find("12 events"), std::string::npos) << told;
  EXPECT_TRUE(told.ends_with("and 4 more types")) << told;
}

}  // namespace
}  // namespace exo
