#include "host/rollout_history.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "host/junit_report.h"

namespace exo {
namespace {

const ReportSubject kSubject{.application = "todo-app", .environment = "local"};

// A line of history so many seconds after the beginning, of a host.
std::string line(int second, const std::string& host, const std::string& event,
                 const std::string& more = "") {
  const std::string seconds = (second < 10 ? "0" : "") + std::to_string(second);
  return R"({"at":"2026-11-20T21:02:)" + seconds + R"(.000Z","who":"kim","host":")" + host +
         R"(","event":")" + event + "\"" + (more.empty() ? "" : "," + more) + "}";
}
std::string of_version(int second, const std::string& host, const std::string& event,
                       const std::string& more = "") {
  return line(second, host, event, R"("role":"todo","version":"0.0.1")" + (more.empty() ? "" : "," + more));
}
std::string of_attempt(int second, const std::string& host, const std::string& event, int attempt) {
  return of_version(second, host, event,
                    R"("phase":"offline","generation":1,"run":"todo-0.0.1-offline-1","attempt":)" +
                        std::to_string(attempt));
}

// The first host dies under an attempt; the second one finds that, and brings the version in; the third has
// nothing to do and goes on.
RolloutHistory three_rollouts() {
  RolloutHistory history;
  for (const std::string& each :
       {line(0, "host-a", "host-started"), of_version(1, "host-a", "version-introduced"),
        of_attempt(2, "host-a", "attempt-started", 1), line(10, "host-b", "host-started"),
        of_attempt(11, "host-b", "attempt-interrupted", 1), of_attempt(12, "host-b", "attempt-started", 2),
        of_attempt(13, "host-b", "attempt-done", 2), of_version(14, "host-b", "version-live"),
        line(20, "host-b", "host-stopped"), line(30, "host-c", "host-started")})
    history.take(each);
  return history;
}

TEST(RolloutHistory, HasARolloutForEachHost) {
  const RolloutHistory history = three_rollouts();
  ASSERT_EQ(history.rollouts().size(), 3u);
  EXPECT_EQ(history.rollouts()[0].end, RolloutEnd::kLost);
  EXPECT_EQ(history.rollouts()[1].end, RolloutEnd::kStopped);
  EXPECT_EQ(history.rollouts()[2].end, RolloutEnd::kUnderWay);
  EXPECT_EQ(history.rollouts()[1].number, 2u);
  EXPECT_EQ(history.rollouts()[1].who, "kim");
}

TEST(RolloutHistory, OfAHostThatIsNotThereAnyMoreWasInterrupted) {
  RolloutHistory history;
  for (const std::string& each :
       {line(0, "host-a", "host-started"), of_version(1, "host-a", "version-introduced"),
        of_attempt(2, "host-a", "attempt-started", 1)})
    history.take(each);
  EXPECT_NE(rollouts_for_people(history).find("host-a, under way: todo@0.0.1 under way"), std::string::npos);
  history.has_no_host();
  EXPECT_NE(rollouts_for_people(history).find("host-a, lost: todo@0.0.1 interrupted"), std::string::npos)
      << rollouts_for_people(history);
}

TEST(RolloutHistory, OfAHostThatMadeDryRunsNamesThem) {
  RolloutHistory history;
  const std::string trial = R"("phase":"offline","generation":null,"run":"todo-0.0.1-offline-0","attempt":1)";
  for (const std::string& each :
       {line(0, "host-a", "host-started"), of_version(1, "host-a", "dry-run-started", trial),
        of_version(2, "host-a", "dry-run-ended", trial + R"(,"outcome":"done")"),
        line(3, "host-a", "host-stopped"), line(4, "host-b", "host-started"),
        of_version(5, "host-b", "version-introduced"), of_version(6, "host-b", "version-live")})
    history.take(each);
  const std::string list = rollouts_for_people(history);
  EXPECT_NE(list.find("host-a, stopped: todo@0.0.1 dry-run\n"), std::string::npos) << list;
  EXPECT_NE(list.find("host-b, under way: todo@0.0.1 live\n"), std::string::npos) << list;
}

TEST(RolloutHistory, WhoseHostWasStoppedStaysSo) {
  RolloutHistory history;
  history.take(line(0, "host-a", "host-started"));
  history.take(line(9, "host-a", "host-stopped"));
  history.has_no_host();
  EXPECT_EQ(history.rollouts()[0].end, RolloutEnd::kStopped);
}

TEST(RolloutHistory, TellsInEachWhatHappenedInIt) {
  const RolloutHistory history = three_rollouts();
  const ReportedVersion& lost = history.rollouts()[0].report.versions().at(0);
  EXPECT_EQ(outcome_of(lost), "interrupted");
  ASSERT_EQ(lost.phases.size(), 1u);
  EXPECT_EQ(lost.phases[0].outcome, ReportedOutcome::kInterrupted);
  EXPECT_EQ(lost.phases[0].attempts, 1u);
  const ReportedVersion& done = history.rollouts()[1].report.versions().at(0);
  EXPECT_EQ(outcome_of(done), "live");
  EXPECT_EQ(done.time, std::chrono::seconds(4)) << "from when its host began";
  EXPECT_EQ(to_rfc3339(done.introduced), "2026-11-20T21:02:01.000Z") << "in the rollout before";
  ASSERT_EQ(done.phases.size(), 1u);
  EXPECT_EQ(done.phases[0].outcome, ReportedOutcome::kDone);
  EXPECT_EQ(done.phases[0].attempts, 1u);
  EXPECT_TRUE(history.rollouts()[2].report.versions().empty());
  EXPECT_EQ(history.all().versions().at(0).phases.at(0).attempts, 2u);
}

TEST(RolloutHistory, CallsWhatAStoppedHostLeftInterrupted) {
  RolloutHistory history;
  for (const std::string& each :
       {line(0, "host-a", "host-started"), of_version(1, "host-a", "version-introduced"),
        of_attempt(2, "host-a", "attempt-started", 1), of_attempt(4, "host-a", "attempt-interrupted", 1),
        line(5, "host-a", "host-stopped")})
    history.take(each);
  const ReportedVersion& version = history.rollouts().at(0).report.versions().at(0);
  EXPECT_EQ(outcome_of(version), "interrupted");
  EXPECT_EQ(version.time, std::chrono::seconds(4));
  EXPECT_EQ(history.all().versions().at(0).outcome, ReportedOutcome::kUnderWay) << "the next host goes on";
}

TEST(RolloutHistory, KeepsAVersionLiveWhosePhaseIsRunAgainLater) {
  RolloutHistory history;
  for (const std::string& each :
       {line(0, "host-a", "host-started"), of_version(1, "host-a", "version-introduced"),
        of_version(2, "host-a", "version-live", R"("flagged":true)"), line(3, "host-a", "host-stopped"),
        line(10, "host-b", "host-started"), of_attempt(11, "host-b", "attempt-started", 2),
        of_attempt(12, "host-b", "attempt-done", 2), line(13, "host-b", "host-stopped")})
    history.take(each);
  EXPECT_EQ(outcome_of(history.rollouts().at(1).report.versions().at(0)), "live, flagged");
}

TEST(RolloutHistory, LeavesOutWhatWasDecidedWithoutAHost) {
  RolloutHistory history;
  for (const std::string& each :
       {line(0, "host-a", "host-started"), line(1, "host-a", "host-stopped"),
        of_version(2, "exo-script", "phase-marked-done", R"("phase":"offline","generation":1)")})
    history.take(each);
  EXPECT_TRUE(history.rollouts().at(0).report.versions().empty());
  EXPECT_EQ(history.all().versions().size(), 1u);
}

TEST(RolloutHistory, FindsARolloutByNumberHostOrAsTheLastOne) {
  const RolloutHistory history = three_rollouts();
  EXPECT_EQ(history.find("2").value()->host, "host-b");
  EXPECT_EQ(history.find("host-a").value()->number, 1u);
  EXPECT_EQ(history.find("last").value()->number, 3u);
  for (const char* none : {"0", "4", "host-x", "-1", "2 ", ""}) {
    const auto found = history.find(none);
    ASSERT_FALSE(found) << none;
    EXPECT_EQ(found.error().code, "usage");
    EXPECT_NE(found.error().message.find("from 1 to 3"), std::string::npos) << found.error().message;
  }
  EXPECT_EQ(RolloutHistory().find("last").error().code, "absent");
}

TEST(RolloutHistory, IsAListForPeople) {
  EXPECT_EQ(rollouts_for_people(three_rollouts()),
            "  1. 2026-11-20T21:02:00.000Z  host-a, lost: todo@0.0.1 interrupted\n"
            "  2. 2026-11-20T21:02:10.000Z  host-b, stopped: todo@0.0.1 live\n"
            "  3. 2026-11-20T21:02:30.000Z  host-c, under way: nothing was to be done\n");
}

TEST(RolloutHistory, IsAnObjectForMachines) {
  const auto json = nlohmann::json::parse(rollouts_as_json(three_rollouts(), kSubject));
  EXPECT_EQ(json["application"], "todo-app");
  ASSERT_EQ(json["rollouts"].size(), 3u);
  EXPECT_EQ(json["rollouts"][0]["ended"], nullptr);
  EXPECT_EQ(json["rollouts"][1], nlohmann::json::parse(R"({"number":2,"host":"host-b","who":"kim",
      "began":"2026-11-20T21:02:10.000Z","ended":"2026-11-20T21:02:20.000Z","end":"stopped",
      "versions":[{"role":"todo","version":"0.0.1","outcome":"live","flagged":false}]})"));
}

TEST(RolloutHistory, NamesTheRolloutInItsReports) {
  const RolloutHistory history = three_rollouts();
  const ReportedRollout& rollout = *history.find("2").value();
  const ReportSubject subject = subject_of(rollout, kSubject);
  const auto json = nlohmann::json::parse(report_as_json(rollout.report, subject));
  EXPECT_EQ(json["rollout"]["number"], 2);
  EXPECT_EQ(json["run"], nullptr);
  EXPECT_NE(
      report_as_junit(rollout.report, subject).find("<testsuites name=\"todo-app in local, rollout 2\""),
      std::string::npos);
}

TEST(RolloutHistory, HasACaseForTheCommandThatWritesItsOwnReport) {
  ReportSubject subject = kSubject;
  subject.run = RunEnd{.exit_code = 1, .reason = "web/service.yml:2: no <such> thing"};
  const std::string junit = report_as_junit({}, subject);
  EXPECT_NE(junit.find("tests=\"1\" failures=\"1\""), std::string::npos) << junit;
  EXPECT_NE(junit.find("<failure type=\"failed\" message=\"web/service.yml:2: no &lt;such&gt; thing\">"),
            std::string::npos)
      << junit;
  EXPECT_EQ(nlohmann::json::parse(report_as_json({}, subject))["run"]["exit_code"], 1);
  subject.run = RunEnd{};
  EXPECT_NE(report_as_junit({}, subject).find("tests=\"1\" failures=\"0\""), std::string::npos);
}

}  // namespace
}  // namespace exo
