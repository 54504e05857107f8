#include "host/decision_message.h"

#include <gtest/gtest.h>

#include "bus/relays/cpp/value_json.h"

namespace exo {
namespace {

std::string code_of(const std::string& text) {
  const auto decision = decision_from_json(text);
  return decision ? "read" : decision.error().code;
}

TEST(DecisionMessage, refuses_what_is_not_whole) {
  EXPECT_EQ(code_of("7"), "malformed");
  EXPECT_EQ(code_of("{}"), "malformed");
  EXPECT_EQ(code_of(R"({"verb":"forget","role":"todo","version":"1.0.0","reason":"r","who":"anna"})"),
            "malformed");
  EXPECT_EQ(code_of(R"({"verb":"retry","role":"todo","version":"1.0.0","reason":"r"})"), "malformed")
      << "nobody has decided it";
  EXPECT_EQ(code_of(R"({"verb":"retry","role":"todo","version":"1.0.0","phase":"midway","who":"anna"})"),
            "malformed");
}

TEST(DecisionMessage, carries_a_decision) {
  for (const std::optional<Phase> phase : {std::optional<Phase>(), std::optional(Phase::kOnline)}) {
    const Decision sent{.verb = DecisionVerb::kMarkDone,
                        .version = {"todo", "1.0.0"},
                        .phase = phase,
                        .reason = "I \"looked\"",
                        .who = "anna"};
    const auto received = decision_from_json(value_to_json(to_value(sent)));
    ASSERT_TRUE(received.ok());
    EXPECT_EQ(received.value(), sent);
  }
}

TEST(DecisionMessage, of_a_throttle_wants_a_rate_or_off) {
  EXPECT_EQ(code_of(R"({"verb":"throttle","role":"todo","version":"1.0.0","who":"anna"})"), "malformed");
  EXPECT_EQ(code_of(R"({"verb":"throttle","role":"todo","version":"1.0.0","who":"anna","rate":"fast"})"),
            "malformed");
  for (const std::optional<Rate> rate : {std::optional<Rate>(), std::optional(Rate{20})}) {
    const Decision sent{.verb = DecisionVerb::kThrottle,
                        .version = {"todo", "1.0.0"},
                        .phase = std::nullopt,
                        .reason = "gently",
                        .who = "anna",
                        .rate = rate};
    const auto received = decision_from_json(value_to_json(to_value(sent)));
    ASSERT_TRUE(received.ok());
    EXPECT_EQ(received.value(), sent);
  }
}

}  // namespace
}  // namespace exo
