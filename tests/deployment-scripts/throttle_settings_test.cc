#include "deployment-scripts/throttle_settings.h"

#include <gtest/gtest.h>

#include "deployment-scripts/script_settings.h"

namespace exo {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr char kFile[] = "todo-0.0.1.yml";

std::string mistakes_in(std::string_view text) {
  return to_text(parse_script_settings(text, kFile).mistakes);
}

std::optional<ThrottleSettings> online_of(std::string_view text) {
  EXPECT_EQ(mistakes_in(text), "");
  return parse_script_settings(text, kFile).settings.online.throttle;
}

TEST(ThrottleSettings, WrongOnesAreRefusedWithPlaceValueAndFix) {
  EXPECT_EQ(mistakes_in("throttle: fast\n"),
            "todo-0.0.1.yml:1: throttle: \"fast\" is not a rate: write a whole number from 1 to 1000000 a "
            "second, minute or hour, as in 100/s, 30/m or 5/h\n");
  EXPECT_EQ(
      mistakes_in("throttle:\n  rate: -5/s\n"),
      "todo-0.0.1.yml:2: throttle.rate: \"-5/s\" is not a rate: write a whole number from 1 to 1000000 a "
      "second, minute or hour, as in 100/s, 30/m or 5/h\n");
  EXPECT_EQ(mistakes_in("throttle:\n  when:\n    command: ./slow.sh\n"),
            "todo-0.0.1.yml:2: throttle: \"when\" needs \"slow-to\": the rate while that is so, such as "
            "\"slow-to: 20/s\", or \"0/s\" to stand still\n");
  EXPECT_EQ(mistakes_in("throttle:\n  when: {command: ./s, p99: {message: a, above: 1s}}\n  slow-to: 1/s\n"),
            "todo-0.0.1.yml:2: throttle.when: expected one signal, not both: \"p99: {message: todos.list, "
            "above: 50ms}\" or \"command: ./is-production-slow.sh\"\n");
  EXPECT_EQ(mistakes_in("throttle:\n  slow-to: 1/s\n"),
            "todo-0.0.1.yml:2: throttle.slow-to: \"1/s\": it means nothing without \"when\", by which it is "
            "seen that production suffers; a rate that always holds is \"rate\"\n");
  EXPECT_EQ(mistakes_in("throttle:\n  rate: 10/s\n  when: {command: ./slow.sh}\n  slow-to: 20/s\n"),
            "todo-0.0.1.yml:4: throttle.slow-to: \"20/s\": it has to be slower than the rate that always "
            "holds, which is 10/s\n");
}

TEST(ThrottleSettings, WrongSignalsAreRefusedToo) {
  EXPECT_EQ(
      mistakes_in("throttle:\n  when: {p99: todos.list}\n  slow-to: 1/s\n"),
      "todo-0.0.1.yml:2: throttle.when.p99: \"todos.list\": expected a message that production sends and "
      "what is too long for it, such as \"p99: {message: todos.list, above: 50ms}\"\n");
  EXPECT_EQ(mistakes_in("throttle:\n  when: {command: ./slow.sh, every: 20ms}\n  slow-to: 1/s\n"),
            "todo-0.0.1.yml:2: throttle.when.every: \"20ms\": expected from 1.0 s to 10 min\n");
  EXPECT_NE(mistakes_in("throttle:\n  when: {p99: {message: a, above: 1s, withn: 5s}}\n  slow-to: 1/s\n")
                .find("unknown key; did you mean \"within\"?; known here: message, above, within"),
            std::string::npos);
  EXPECT_NE(mistakes_in("throttle:\n  when: {p99: {message: a, above: 1s}, every: 5s}\n  slow-to: 1/s\n")
                .find("it says how often a command is asked"),
            std::string::npos);
  EXPECT_NE(mistakes_in("throttle: {}\n").find("expected \"rate\", or \"when\" with \"slow-to\", or both"),
            std::string::npos);
  EXPECT_NE(mistakes_in("throttle: []\n").find("expected a rate"), std::string::npos);
  EXPECT_NE(mistakes_in("verify:\n  throttle: 1/s\n").find("unknown key"), std::string::npos);
}

TEST(ThrottleSettings, ARateThatWouldSeemToStallIsRefused) {
  EXPECT_EQ(mistakes_in("online:\n  throttle: 5/h\n"),
            "todo-0.0.1.yml:2: online.throttle: \"5/h\": a command every 12 min is too seldom for its online "
            "phase, which fails after 5 min without a message; make \"stall\" longer, or the rate higher\n");
  EXPECT_EQ(mistakes_in("stall: 1h\nonline:\n  throttle: 5/h\n"), "");
}

TEST(ThrottleSettings, ARateAloneAlwaysHolds) {
  EXPECT_EQ(online_of("throttle: 500/s"), (ThrottleSettings{.rate = Rate{500}, .when = {}, .slow_to = {}}));
  EXPECT_EQ(online_of("throttle: {rate: 500/s}"), online_of("throttle: 500/s"));
}

TEST(ThrottleSettings, OfAPhaseTakeThePlaceOfThoseOfAll) {
  constexpr char kText[] = "throttle: 500/s\noffline:\n  throttle: 10/s\nonline:\n  throttle: off\n";
  const ScriptSettings settings = parse_script_settings(kText, kFile).settings;
  EXPECT_EQ(settings.offline.throttle->rate, Rate{10});
  EXPECT_EQ(settings.online.throttle, std::nullopt);
  EXPECT_EQ(settings.undo.throttle->rate, Rate{500});
  EXPECT_EQ(settings.verify.throttle, std::nullopt);
}

TEST(ThrottleSettings, ASignalHasDefaults) {
  const auto throttle = online_of(
      "throttle:\n  rate: 500/s\n  when:\n    p99: {message: todos.list, above: 50ms}\n  slow-to: 0/s\n");
  ASSERT_TRUE(throttle && throttle->when);
  const auto& p99 = std::get<P99Signal>(*throttle->when);
  EXPECT_EQ(p99.message, "todos.list");
  EXPECT_EQ(p99.above, milliseconds{50});
  EXPECT_EQ(p99.within, seconds{10});
  EXPECT_EQ(p99.place, (Place{.file = kFile, .line = 4, .key = "throttle.when.p99.message"}));
  EXPECT_TRUE(throttle->slow_to.is_none());
  EXPECT_EQ(throttle->good_for, seconds{30});
  EXPECT_EQ(
      describe(*throttle),
      "throttled to 500/s by its settings and slowed to a standstill while todos.list takes longer than "
      "50 ms (p99 within 10 s)");
}

TEST(ThrottleSettings, ACommandIsASignal) {
  const auto throttle = online_of(
      "throttle:\n  when: {command: ./slow.sh --of shop, every: 5s}\n  slow-to: 20/m\n  good-for: 1m\n");
  ASSERT_TRUE(throttle && throttle->when);
  EXPECT_EQ(std::get<CommandSignal>(*throttle->when),
            (CommandSignal{.command = "./slow.sh --of shop", .every = seconds{5}}));
  EXPECT_EQ(throttle->slow_to, (Rate{20, std::chrono::minutes{1}}));
  EXPECT_EQ(throttle->good_for, seconds{60});
  EXPECT_EQ(describe(*throttle), "slowed to 20/m while ./slow.sh --of shop says so");
}

}  // namespace
}  // namespace exo
