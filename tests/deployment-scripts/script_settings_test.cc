#include "deployment-scripts/script_settings.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

constexpr char kFile[] = "deployment-scripts/todo-0.0.1.yml";

std::vector<std::string> mistakes_in(std::string_view text) {
  std::vector<std::string> lines;
  for (const Mistake& mistake : parse_script_settings(text, kFile).mistakes) {
    lines.push_back(to_string(mistake));
  }
  return lines;
}

TEST(ScriptSettings, ReportAllMistakesAtOnceWithLineKeyValueAndFix) {
  const auto mistakes = mistakes_in(
      "timeot: 1h\n"
      "stall: fast\n"
      "attempts: 0\n"
      "on-interrupted: maybe\n"
      "online:\n"
      "  attempts: [3]\n"
      "  pause: []\n");
  ASSERT_EQ(mistakes.size(), 6u);
  EXPECT_EQ(
      mistakes[0],
      "deployment-scripts/todo-0.0.1.yml:1: timeot: \"1h\": unknown key; did you mean \"timeout\"?; known "
      "here: timeout, stall, attempts, pause, joins-within, on-interrupted, dry-run, throttle, "
      "offline, online, keep-logs, after, requires, undo, verify");
  EXPECT_EQ(mistakes[1].rfind("deployment-scripts/todo-0.0.1.yml:2: stall: \"fast\" is not a duration: ", 0),
            0u)
      << mistakes[1];
  EXPECT_EQ(
      mistakes[2],
      "deployment-scripts/todo-0.0.1.yml:3: attempts: \"0\": expected a whole number from 1 to 100, such as "
      "\"attempts: 3\"");
  EXPECT_EQ(
      mistakes[3],
      "deployment-scripts/todo-0.0.1.yml:4: on-interrupted: \"maybe\": expected \"retry\" (try again when "
      "the host died under an attempt) or \"ask\" (wait for a person)");
  EXPECT_EQ(mistakes[4].rfind("deployment-scripts/todo-0.0.1.yml:6: online.attempts: ", 0), 0u)
      << mistakes[4];
  EXPECT_EQ(mistakes[5].rfind("deployment-scripts/todo-0.0.1.yml:7: online.pause: ", 0), 0u) << mistakes[5];
}

TEST(ScriptSettings, SayHowManyLogsAreKept) {
  EXPECT_EQ(parse_script_settings("", kFile).settings.kept_logs, std::nullopt);
  EXPECT_EQ(parse_script_settings("keep-logs: 2", kFile).settings.kept_logs, 2u);
  EXPECT_EQ(mistakes_in("keep-logs: 0").size(), 1u);
  EXPECT_EQ(mistakes_in("offline: {keep-logs: 3}").size(), 1u) << "not of a phase";
}

TEST(ScriptSettings, TheOfflinePhaseFollowsCommands) {
  const auto parsed =
      parse_script_settings("offline:\n  follow:\n    - todo.add\n    - todo.remove\n", kFile);
  ASSERT_TRUE(parsed.mistakes.empty()) << to_text(parsed.mistakes);
  EXPECT_EQ(parsed.settings.offline.follow, (std::vector<std::string>{"todo.add", "todo.remove"}));
  EXPECT_TRUE(parsed.settings.online.follow.empty());
  EXPECT_EQ(parsed.settings.follow_places.at("todo.remove"),
            (Place{.file = kFile, .line = 4, .key = "offline.follow[1]"}));
}

TEST(ScriptSettings, NameTheScriptsThatComeBefore) {
  const auto parsed = parse_script_settings("after: [accounts@2.0.0]\nrequires: 0.0.2\n", kFile, "todo");
  ASSERT_TRUE(parsed.mistakes.empty()) << to_text(parsed.mistakes);
  EXPECT_EQ(
      parsed.settings.after,
      (std::vector<NamedVersion>{{{"accounts", "2.0.0"}, {.file = kFile, .line = 1, .key = "after[0]"}}}));
  EXPECT_EQ(parsed.settings.required,
            (std::vector<NamedVersion>{{{"todo", "0.0.2"}, {.file = kFile, .line = 2, .key = "requires"}}}));
}

TEST(ScriptSettings, NameVersionsThatComeBeforeAsVersions) {
  EXPECT_EQ(mistakes_in("after: [accounts]").size(), 1u);
  EXPECT_EQ(mistakes_in("after: ['@2.0.0']").size(), 1u);
  EXPECT_EQ(mistakes_in("requires: {accounts: 2.0.0}").size(), 1u);
  EXPECT_EQ(mistakes_in("requires: [accounts@2.0.0, accounts@2.0.0]"),
            std::vector<std::string>{std::string(kFile) +
                                     ":1: requires[1]: \"accounts@2.0.0\": it is named already; leave it out "
                                     "here"});
  EXPECT_EQ(mistakes_in("offline: {after: [accounts@2.0.0]}").size(), 1u) << "not of a phase";
}

TEST(ScriptSettings, NoOtherPhaseFollows) {
  const std::string fix =
      "only the offline phase follows commands, since after it the version gets them itself; write it below "
      "\"offline:\"";
  EXPECT_EQ(mistakes_in("follow: [todo.add]"),
            std::vector<std::string>{std::string(kFile) + ":1: follow: " + fix});
  EXPECT_EQ(mistakes_in("online:\n  follow: [todo.add]"),
            std::vector<std::string>{std::string(kFile) + ":2: online.follow: " + fix});
}

TEST(ScriptSettings, FollowNamesCommandsEachOnce) {
  EXPECT_EQ(mistakes_in("offline:\n  follow: todo.add").size(), 1u);
  EXPECT_EQ(mistakes_in("offline:\n  follow: []").size(), 1u);
  EXPECT_EQ(mistakes_in("offline:\n  follow: [{a: b}]").size(), 1u);
  EXPECT_EQ(mistakes_in("offline:\n  follow: [todo.add, todo.add]"),
            std::vector<std::string>{
                std::string(kFile) +
                ":2: offline.follow[1]: \"todo.add\": it is followed already; leave it out here"});
}

TEST(ScriptSettings, RefuseWhatWouldNeverEnd) {
  EXPECT_EQ(mistakes_in("timeout: 0s").size(), 1u);
  EXPECT_EQ(mistakes_in("timeout: 9999d").size(), 1u);
  EXPECT_EQ(mistakes_in("stall: 0ms").size(), 1u);
  EXPECT_EQ(mistakes_in("joins-within: 0s").size(), 1u);
  EXPECT_EQ(mistakes_in("attempts: 101").size(), 1u);
  EXPECT_EQ(mistakes_in("attempts: 3 times").size(), 1u);
  EXPECT_EQ(mistakes_in("attempts: -1").size(), 1u);
}

TEST(ScriptSettings, RefuseAPhaseInsideAPhase) {
  EXPECT_EQ(mistakes_in("online:\n  offline:\n    timeout: 1h\n").size(), 1u);
}

TEST(ScriptSettings, RefuseAFileThatIsNoMap) {
  EXPECT_EQ(mistakes_in("- timeout\n").size(), 1u);
  EXPECT_EQ(mistakes_in("offline: 1h\n").size(), 1u);
  EXPECT_EQ(mistakes_in("timeout: [\n").size(), 1u);
}

TEST(ScriptSettings, AreFiniteByDefault) {
  const ScriptSettings settings = parse_script_settings("", kFile).settings;
  EXPECT_EQ(settings, ScriptSettings{});
  EXPECT_EQ(settings.offline.timeout, hours{1});
  EXPECT_EQ(settings.offline.stall, minutes{5});
  EXPECT_EQ(settings.offline.attempts, 3u);
  EXPECT_EQ(settings.offline.joins_within, minutes{1});
  EXPECT_EQ(settings.offline.on_interrupted, std::nullopt);
}

TEST(ScriptSettings, SayHowLongAScriptMayTakeToJoin) {
  const auto parsed = parse_script_settings("joins-within: 5m\n", kFile);
  ASSERT_TRUE(parsed.mistakes.empty());
  EXPECT_EQ(parsed.settings.online.joins_within, minutes{5});
}

TEST(ScriptSettings, HoldForBothPhasesAtTheTopAndForOneBelowItsName) {
  const auto parsed = parse_script_settings(
      "timeout: 2h\n"
      "attempts: 5\n"
      "on-interrupted: ask\n"
      "online:\n"
      "  timeout: 8h\n"
      "  stall: 500ms\n",
      kFile);
  ASSERT_TRUE(parsed.mistakes.empty());
  EXPECT_EQ(parsed.settings.of(Phase::kOffline).timeout, hours{2});
  EXPECT_EQ(parsed.settings.of(Phase::kOffline).stall, minutes{5});
  EXPECT_EQ(parsed.settings.of(Phase::kOnline).timeout, hours{8});
  EXPECT_EQ(parsed.settings.of(Phase::kOnline).stall, milliseconds{500});
  EXPECT_EQ(parsed.settings.of(Phase::kOnline).attempts, 5u);
  EXPECT_EQ(parsed.settings.of(Phase::kOnline).on_interrupted, OnInterrupted::kAsk);
}

TEST(ScriptSettings, HoldForBothPhasesAlsoWhenThePhaseComesFirst) {
  const auto parsed = parse_script_settings("online:\n  attempts: 1\nattempts: 5\n", kFile);
  EXPECT_EQ(parsed.settings.offline.attempts, 5u);
  EXPECT_EQ(parsed.settings.online.attempts, 1u);
}

TEST(ScriptSettings, TakeOnePauseOrAList) {
  EXPECT_EQ(parse_script_settings("pause: 2s", kFile).settings.offline.pauses,
            (std::vector<milliseconds>{seconds{2}}));
  EXPECT_EQ(parse_script_settings("pause: [1s, 1m]", kFile).settings.offline.pauses,
            (std::vector<milliseconds>{seconds{1}, minutes{1}}));
}

TEST(PauseBetweenAttempts, GrowsFourfoldUpToItsLimit) {
  const PhaseSettings settings{.pauses = {seconds{1}}};
  EXPECT_EQ(settings.pause_after(1), seconds{1});
  EXPECT_EQ(settings.pause_after(2), seconds{4});
  EXPECT_EQ(settings.pause_after(3), seconds{16});
  EXPECT_EQ(settings.pause_after(kMaxAttempts), kMaxPause);
}

TEST(PauseBetweenAttempts, RepeatsTheLastOfAList) {
  const PhaseSettings settings{.pauses = {seconds{1}, seconds{10}}};
  EXPECT_EQ(settings.pause_after(1), seconds{1});
  EXPECT_EQ(settings.pause_after(2), seconds{10});
  EXPECT_EQ(settings.pause_after(7), seconds{10});
}

TEST(PauseBetweenAttempts, CanBeNone) {
  EXPECT_EQ(PhaseSettings{.pauses = {milliseconds{0}}}.pause_after(50), milliseconds{0});
}

}  // namespace
}  // namespace exo
