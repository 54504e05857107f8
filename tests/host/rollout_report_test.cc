#include "host/rollout_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "host/junit_report.h"

namespace exo {
namespace {

const ReportSubject kSubject{.application = "todo-app", .environment = "local"};

// A line of history so many seconds after the beginning.
std::string line(int second, const std::string& event, const std::string& more = "") {
  std::string text = second < 10 ? "0" : "";
  text += std::to_string(second);
  return R"({"at":"2026-11-20T21:02:)" + text + R"(.500Z","event":")" + event + "\"" +
         (more.empty() ? "" : "," + more) + "}";
}
std::string of_version(int second, const std::string& event, const std::string& more = "") {
  return line(second, event, R"("role":"todo","version":"0.0.1")" + (more.empty() ? "" : "," + more));
}
std::string of_attempt(int second, const std::string& event, int attempt, const std::string& more = "") {
  return of_version(second, event,
                    R"("phase":"online","generation":1,"run":"todo-0.0.1-online-1","attempt":)" +
                        std::to_string(attempt) + (more.empty() ? "" : "," + more));
}

RolloutReport report_of(const std::vector<std::string>& lines) {
  RolloutReport report;
  for (const std::string& each : lines) report.take(each);
  return report;
}

TEST(RolloutReport, PassesOverWhatItCannotRead) {
  const RolloutReport report = report_of({"", "no JSON", "[]", R"({"event":"version-live","role":"todo"})",
                                          of_version(1, "written-by-a-newer-exo")});
  EXPECT_TRUE(report.versions().empty());
}

TEST(RolloutReport, CountsAttemptsAndTheirTime) {
  const RolloutReport report = report_of(
      {of_version(0, "version-introduced"), of_attempt(1, "attempt-started", 1),
       of_attempt(3, "attempt-failed", 1, R"("reason":"no disk")"), of_attempt(10, "attempt-started", 2),
       of_attempt(11, "attempt-done", 2), of_version(12, "version-live")});
  ASSERT_EQ(report.versions().size(), 1U);
  const ReportedVersion& version = report.versions().front();
  EXPECT_EQ(version.outcome, ReportedOutcome::kDone);
  EXPECT_EQ(version.time, std::chrono::seconds(12));
  ASSERT_EQ(version.phases.size(), 1U);
  EXPECT_EQ(version.phases[0].attempts, 2U);
  EXPECT_EQ(version.phases[0].outcome, ReportedOutcome::kDone);
  EXPECT_EQ(version.phases[0].time, std::chrono::seconds(3));
  EXPECT_EQ(version.phases[0].reason, "") << "it was done in the end";
}

TEST(RolloutReport, TellsWhatFailedLastAndWhy) {
  const RolloutReport report =
      report_of({of_version(0, "version-introduced"), of_attempt(1, "attempt-started", 1),
                 of_attempt(3, "attempt-failed", 1, R"("reason":"no disk","lines":["one","two"])"),
                 of_version(4, "version-live", R"("flagged":true)")});
  const ReportedVersion& version = report.versions().front();
  EXPECT_TRUE(version.flagged);
  EXPECT_EQ(version.phases[0].outcome, ReportedOutcome::kFailed);
  EXPECT_EQ(version.phases[0].reason, "no disk");
  EXPECT_EQ(version.phases[0].lines, (std::vector<std::string>{"one", "two"}));
}

TEST(RolloutReport, HasNoPhaseThatTheScriptDoesNotHave) {
  const RolloutReport report =
      report_of({of_version(0, "version-introduced"), of_attempt(1, "attempt-started", 1),
                 of_attempt(2, "phase-absent", 1), of_version(3, "version-live")});
  ASSERT_EQ(report.versions().size(), 1U);
  EXPECT_TRUE(report.versions().front().phases.empty());
}

TEST(RolloutReport, BeginsAVersionsTimeWithTheHostThatDecided) {
  const RolloutReport report = report_of({of_version(0, "version-introduced"),
                                          of_version(1, "version-failed", R"("reason":"not ready")"),
                                          line(40, "host-started"), of_version(43, "version-live")});
  EXPECT_EQ(report.versions().front().time, std::chrono::seconds(3));
  EXPECT_EQ(report.versions().front().reason, "");
}

TEST(RolloutReport, TellsApartWhatAVersionTookBesideItsAttempts) {
  const RolloutReport report =
      report_of({of_version(0, "version-introduced"), of_attempt(1, "attempt-started", 1),
                 of_attempt(11, "attempt-failed", 1), of_version(12, "version-failed"),
                 line(40, "host-started"), of_attempt(41, "attempt-started", 2),
                 of_attempt(43, "attempt-done", 2), of_version(46, "version-live")});
  EXPECT_EQ(report.versions().front().time, std::chrono::seconds(6));
  EXPECT_EQ(report.versions().front().beside, std::chrono::seconds(4)) << "and nothing of an earlier host";
}

TEST(RolloutReport, MakesNoTimeOfAClockThatJumpedBack) {
  const RolloutReport report =
      report_of({of_version(0, "version-introduced"), of_attempt(30, "attempt-started", 1),
                 of_attempt(3, "attempt-done", 1)});
  EXPECT_EQ(report.versions().front().phases[0].time, std::chrono::seconds(0));
}

TEST(RolloutReport, KeepsGenerationsApart) {
  const std::string second = R"("phase":"online","generation":2,"run":"todo-0.0.1-online-2","attempt":1)";
  const RolloutReport report =
      report_of({of_version(0, "version-introduced"), of_attempt(1, "attempt-started", 1),
                 of_attempt(2, "attempt-done", 1), of_version(3, "attempt-started", second)});
  ASSERT_EQ(report.versions().front().phases.size(), 2U);
  EXPECT_EQ(name_of(report.versions().front().phases[1]), "online phase, generation 2");
  EXPECT_EQ(report.versions().front().phases[1].outcome, ReportedOutcome::kUnderWay);
}

TEST(RolloutReport, TellsPeople) {
  const RolloutReport report =
      report_of({of_version(0, "version-introduced"), of_attempt(1, "attempt-started", 1),
                 of_attempt(3, "attempt-failed", 1, R"("reason":"no disk")"),
                 of_version(4, "version-live", R"("flagged":true)")});
  EXPECT_EQ(report_for_people(report),
            "todo@0.0.1 is live, flagged (4.000 s)\n"
            "  online phase: failed, 1 attempt, 2.000 s: no disk\n");
}

TEST(RolloutReport, TellsMachinesInJson) {
  const RolloutReport report =
      report_of({of_version(0, "version-introduced"), of_attempt(1, "attempt-started", 1),
                 of_attempt(3, "attempt-interrupted", 1, R"("reason":"host ended")")});
  const auto json = nlohmann::json::parse(report_as_json(report, kSubject));
  EXPECT_EQ(json["application"], "todo-app");
  const auto& version = json["versions"][0];
  EXPECT_EQ(version["outcome"], "under way");
  EXPECT_EQ(version["reason"], nullptr);
  EXPECT_EQ(version["phases"][0]["outcome"], "interrupted");
  EXPECT_EQ(version["phases"][0]["run"], "todo-0.0.1-online-1");
  EXPECT_EQ(version["phases"][0]["attempts"], 1);
  EXPECT_EQ(version["phases"][0]["seconds"], 0.0) << "its host died, and nobody knows how long it ran";
}

TEST(RolloutReport, CountsOfAnInterruptedAttemptHowLongItsProcessWasThere) {
  const RolloutReport report =
      report_of({of_version(0, "version-introduced"), of_attempt(1, "attempt-started", 1),
                 of_attempt(50, "attempt-interrupted", 1, R"("durationMs":1300,"reason":"host ended")")});
  const auto json = nlohmann::json::parse(report_as_json(report, kSubject));
  EXPECT_EQ(json["versions"][0]["phases"][0]["seconds"], 1.3) << "and not until the next host came";
}

std::string of_dry_run(const std::string& phase) {
  return R"("phase":")" + phase + R"(","generation":null,"run":"todo-0.0.1-)" + phase + R"(-0","attempt":1)";
}

TEST(RolloutReport, OfAVersionThatWasOnlyTriedTellsHowItsDryRunEnded) {
  RolloutReport report =
      report_of({of_version(1, "dry-run-started", of_dry_run("offline")),
                 of_version(3, "dry-run-ended",
                            of_dry_run("offline") + R"(,"outcome":"failed","stage":"said",)" +
                                R"("reason":"no backup was found")")});
  report.host_ended(std::nullopt, "its host was stopped");
  EXPECT_EQ(report_for_people(report),
            "todo@0.0.1 was dry-run, failed\n"
            "  offline phase, dry run: failed, 1 attempt, 2.000 s: no backup was found\n");
  const auto json = nlohmann::json::parse(report_as_json(report, kSubject));
  EXPECT_EQ(json["versions"][0]["outcome"], "dry-run");
  EXPECT_EQ(json["versions"][0]["introduced"], nullptr);
  EXPECT_EQ(json["versions"][0]["phases"][0]["generation"], 0);
}

TEST(RolloutReport, OfADryRunThatWasCancelledTellsThatItWasInterrupted) {
  const RolloutReport report =
      report_of({of_version(1, "dry-run-started", of_dry_run("offline")),
                 of_version(3, "dry-run-ended",
                            of_dry_run("offline") + R"(,"outcome":"failed","stage":"cancelled",)" +
                                R"("reason":"cancelled by kim: it hangs")")});
  EXPECT_EQ(outcome_of(report.versions().front()), "dry-run, interrupted");
}

TEST(RolloutReport, ForgetsNoDryRunOfAVersionThatComesInLater) {
  const RolloutReport report =
      report_of({of_version(1, "dry-run-started", of_dry_run("offline")),
                 of_version(3, "dry-run-ended", of_dry_run("offline") + R"(,"outcome":"done")"),
                 of_version(10, "version-introduced"), of_version(12, "version-live")});
  EXPECT_EQ(report_for_people(report),
            "todo@0.0.1 is live (2.000 s)\n"
            "  offline phase, dry run: done, 1 attempt, 2.000 s\n");
  EXPECT_EQ(report.versions().front().beside, std::chrono::seconds(2)) << "the dry run is no part of it";
}

TEST(RolloutReport, HasNoDryRunOfAPhaseThatTheScriptDoesNotHave) {
  const RolloutReport report =
      report_of({of_version(1, "dry-run-started", of_dry_run("offline")),
                 of_version(3, "dry-run-ended", of_dry_run("offline") + R"(,"outcome":"absent")"),
                 of_version(4, "dry-run-started", of_dry_run("online")),
                 of_version(5, "dry-run-ended", of_dry_run("online") + R"(,"outcome":"done")")});
  EXPECT_EQ(report_for_people(report),
            "todo@0.0.1 was dry-run\n"
            "  online phase, dry run: done, 1 attempt, 1.000 s\n");
}

TEST(JunitReport, TellsOfADryRunAsOfACase) {
  const RolloutReport report =
      report_of({of_version(1, "dry-run-started", of_dry_run("offline")),
                 of_version(3, "dry-run-ended", of_dry_run("offline") + R"(,"outcome":"failed")")});
  const std::string xml = report_as_junit(report, kSubject);
  EXPECT_NE(xml.find("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"1\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<skipped message=\"dry-run\"/>"), std::string::npos) << xml;
}

TEST(JunitReport, IsASuiteForEachVersionAndACaseForEachPhase) {
  const RolloutReport report =
      report_of({of_version(0, "version-introduced"), of_attempt(1, "attempt-started", 1),
                 of_attempt(3, "attempt-failed", 1, R"("reason":"no <disk>","lines":["a & b"])"),
                 of_version(4, "version-live", R"("flagged":true)")});
  EXPECT_EQ(
      report_as_junit(report, kSubject),
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"todo-app in local\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" "
      "time=\"4.000\">\n"
      "  <testsuite name=\"todo@0.0.1\" tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\" time=\"4.000\" "
      "timestamp=\"2026-11-20T21:02:00\">\n"
      "    <testcase classname=\"todo-app.local.todo@0.0.1\" name=\"online phase\" time=\"2.000\">\n"
      "      <failure type=\"failed\" message=\"no &lt;disk&gt;\">no &lt;disk&gt;\na &amp; b</failure>\n"
      "      <system-out>1 attempt of the run todo-0.0.1-online-1</system-out>\n"
      "    </testcase>\n"
      "    <testcase classname=\"todo-app.local.todo@0.0.1\" name=\"comes in\" time=\"2.000\">\n"
      "      <system-out>it is live, flagged</system-out>\n"
      "    </testcase>\n"
      "  </testsuite>\n"
      "</testsuites>\n");
}

TEST(JunitReport, HoldsNothingThatXmlMayNotHold) {
  const RolloutReport report = report_of(
      {of_version(0, "version-introduced"),
       of_version(1, "version-failed", R"("reason":"a\u0000b\u001b[31m \"quoted\" \ud83d\ude00")")});
  const std::string xml = report_as_junit(report, kSubject);
  EXPECT_NE(xml.find("message=\"a\xef\xbf\xbd"
                     "b\xef\xbf\xbd[31m &quot;quoted&quot; \xf0\x9f\x98\x80\""),
            std::string::npos)
      << xml;
}

TEST(JunitReport, TellsApartWhatIsInterruptedAndWhatIsUnderWay) {
  const RolloutReport report =
      report_of({of_version(0, "version-introduced"), of_attempt(1, "attempt-started", 1),
                 of_attempt(3, "attempt-interrupted", 1)});
  const std::string xml = report_as_junit(report, kSubject);
  EXPECT_NE(xml.find("tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"1\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("<error type=\"interrupted\" message=\"interrupted\">"), std::string::npos) << xml;
  EXPECT_NE(xml.find("<skipped message=\"under way\"/>"), std::string::npos) << xml;
}

}  // namespace
}  // namespace exo
