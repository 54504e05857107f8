#include "deployment-scripts/rollout_events.h"

#include <gtest/gtest.h>

#include "deployment-scripts/limits.h"
#include "ledger/event.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

const VersionKey kSearch{"todo-search", "0.0.1"};

Attempt attempt_at_work() {
  Attempt attempt({.version = kSearch, .phase = Phase::kOnline, .id = {"todo-search-0.0.1-online-1", 3}},
                  make_script(kSearch), std::nullopt);
  const MonotonicTime now{};
  attempt.take_start(now);
  attempt.registered(handles_both(kSearch));
  attempt.take_start_message(now);
  return attempt;
}

std::string refusal(const LedgerEvent& event) {
  const auto checked = check_event(event);
  return checked.ok() ? "" : checked.error().message;
}

TEST(RolloutEvents, SurviveOutputThatIsNotText) {
  Attempt attempt = attempt_at_work();
  attempt.said_failed({.reason = std::string("\xff\xfe bad \0 bytes", 14)});
  attempt.exited({attempt.key().id, "exit code 1", {"\xc3", std::string(3, '\0')}, "/l"}, MonotonicTime{});
  EXPECT_EQ(refusal(attempt_ended_event(attempt)), "");
}

TEST(RolloutEvents, SurviveACheckpointThatIsNoJson) {
  Attempt attempt = attempt_at_work();
  attempt.said_checkpoint({attempt.key().id, "{broken", "m1"}, MonotonicTime{});
  const LedgerEvent event = checkpoint_saved_event(attempt);
  EXPECT_EQ(refusal(event), "");
  EXPECT_EQ(event.details, R"({"number":1,"value":"{broken"})");
}

TEST(RolloutEvents, KeepTheLastLinesAndSayHowManyAreLeftOut) {
  Attempt attempt = attempt_at_work();
  std::vector<std::string> lines;
  for (std::size_t i = 0; i < kMaxLastLines + 5; ++i) lines.push_back("line " + std::to_string(i));
  attempt.fail("timeout", "too long");
  attempt.exited({attempt.key().id, "killed by SIGKILL", lines, "/l"}, MonotonicTime{});
  const std::string details = attempt_ended_event(attempt).details;
  EXPECT_NE(details.find(R"("linesLeftOut":5)"), std::string::npos) << details;
  EXPECT_NE(details.find(R"("line 24")"), std::string::npos) << details;
  EXPECT_EQ(details.find(R"("line 4")"), std::string::npos) << details;
}

constexpr rollout::ProcessUse kUse{
    .duration_ms = 1200, .peak_memory_kib = 54000, .user_ms = 300, .system_ms = 40};

TEST(RolloutEvents, TellWhatTheProcessOfAFailedAttemptHasUsed) {
  Attempt attempt = attempt_at_work();
  attempt.said_failed({attempt.key().id, "no such table"});
  attempt.exited({attempt.key().id, "exit code 1", {}, "/l", kUse}, MonotonicTime{});
  EXPECT_EQ(
      attempt_ended_event(attempt).details,
      R"({"durationMs":1200,"log":"/l","peakMemoryKib":54000,"reason":"no such table","stage":"script",)"
      R"("status":"exit code 1","systemMs":40,"userMs":300})");
}

TEST(RolloutEvents, TellHowTheProcessEndedOfAnAttemptThatWasDoneBefore) {
  Attempt attempt = attempt_at_work();
  attempt.said_done({attempt.key().id}, MonotonicTime{});
  EXPECT_FALSE(attempt.exit_waits());
  attempt.end_recorded();
  EXPECT_FALSE(attempt.exit_waits()) << "it has not exited";
  attempt.exited({attempt.key().id, "exit code 0", {"bye"}, "/l", kUse}, MonotonicTime{});
  ASSERT_TRUE(attempt.exit_waits());
  EXPECT_FALSE(attempt.over());
  const LedgerEvent event = attempt_exited_event(attempt);
  EXPECT_EQ(event.type, "attempt-exited");
  EXPECT_EQ(event.run, attempt.key().id.run);
  EXPECT_EQ(event.details,
            R"({"durationMs":1200,"lines":["bye"],"log":"/l","peakMemoryKib":54000,"status":"exit code 0",)"
            R"("systemMs":40,"userMs":300})");
  attempt.exit_recorded();
  EXPECT_TRUE(attempt.over());
}

TEST(RolloutEvents, ShortenAReasonAsLongAsABook) {
  Attempt attempt = attempt_at_work();
  attempt.said_failed({.reason = std::string(1'000'000, 'x')});
  attempt.exited({attempt.key().id, "exit code 1", {}, "/l"}, MonotonicTime{});
  EXPECT_LT(attempt_ended_event(attempt).details.size(), kMaxReasonBytes + 200);
}

TEST(RolloutEvents, NameTheScriptAndItsDigestWhenAnAttemptStarts) {
  const LedgerEvent event = attempt_started_event(make_script(kSearch), Phase::kOffline, {});
  EXPECT_EQ(event.type, "attempt-started");
  EXPECT_EQ(event.phase, "offline");
  EXPECT_EQ(event.generation, 1u);
  EXPECT_EQ(event.run, "todo-search-0.0.1-offline-1");
  EXPECT_EQ(event.attempt, 1u);
  EXPECT_EQ(event.details,
            R"({"algorithm":"sha256/lf","digest":"d1","script":"deployment-scripts/todo-search-0.0.1.js"})");
}

TEST(RolloutEvents, SayThatAnAttemptResumes) {
  RecordedPhase record;
  record.outcome = PhaseOutcome::kInterrupted;
  record.attempt = 4;
  record.checkpoint = "7";
  const LedgerEvent event = attempt_started_event(make_script(kSearch), Phase::kOffline, record);
  EXPECT_EQ(event.attempt, 5u);
  EXPECT_NE(event.details.find(R"("after":"interrupted")"), std::string::npos);
  EXPECT_NE(event.details.find(R"("resumes":true)"), std::string::npos);
}

TEST(RolloutEvents, SayOnTheStrengthOfWhatAGateOpens) {
  RecordedVersion record;
  EXPECT_EQ(gate_opened_event(kSearch, record).details, R"({"because":"no offline phase"})");
  record.offline.outcome = PhaseOutcome::kDone;
  record.offline.run = "todo-search-0.0.1-offline-1";
  record.offline.attempt = 2;
  record.offline.digest = "d1";
  EXPECT_EQ(gate_opened_event(kSearch, record).details,
            R"({"attempt":2,"because":"offline phase done","digest":"d1",)"
            R"("run":"todo-search-0.0.1-offline-1"})");
}

TEST(RolloutEvents, SayWhatAVersionRequires) {
  rollout::VersionToBringIn version = plain(kSearch);
  version.required_versions = {{.version = {kSearch.role, "0.0.0"}, .place = {}},
                               {.version = {"todo", "1.0.0"}, .place = {}}};
  EXPECT_EQ(version_introduced_event(version).details, R"({"requires":["0.0.0","todo@1.0.0"]})");
}

}  // namespace
}  // namespace exo
