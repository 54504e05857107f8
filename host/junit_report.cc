#include "host/junit_report.h"

#include <chrono>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/text.h"

namespace exo {
namespace {

// Fit for text and attributes of XML 1.0, in which most control characters may not be at all.
std::string in_xml(std::string_view text) {
  std::string safe;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool may_not_be = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
    if (c == '&')
      safe += "&amp;";
    else if (c == '<')
      safe += "&lt;";
    else if (c == '>')
      safe += "&gt;";
    else if (c == '"')
      safe += "&quot;";
    else if (may_not_be)
      safe += "\xef\xbf\xbd";
    else
      safe += c;
  }
  return is_utf8(safe) ? safe : "(no UTF-8)";
}

// One test case; `body` is what is inside it.
struct Case {
  std::string name;
  std::chrono::nanoseconds time{0};
  ReportedOutcome outcome = ReportedOutcome::kUnderWay;
  std::string reason;
  std::string more;    // below the reason
  std::string output;  // what is known beside it
};

Case case_of(const ReportedPhase& phase) {
  std::string output = attempts_of(phase);
  if (!phase.run.empty()) output += " of the run " + phase.run;
  return {.name = name_of(phase),
          .time = phase.time,
          .outcome = phase.outcome,
          .reason = phase.reason,
          .more = join(phase.lines, "\n"),
          .output = output};
}

// Its phases are cases of their own, and what reads the report adds all of them up.
Case case_of(const ReportedVersion& version) {
  return {.name = "comes in",
          .time = version.beside,
          .outcome = version.outcome,
          .reason = version.reason,
          .more = "",
          .output = "it " + standing_of(version)};
}

std::string outcome_as_xml(const Case& each) {
  const std::string said = each.reason.empty() ? std::string(to_string(each.outcome)) : each.reason;
  const std::string message = " message=\"" + in_xml(said) + "\"";
  const std::string body = ">" + in_xml(said + (each.more.empty() ? "" : "\n" + each.more));
  switch (each.outcome) {
    case ReportedOutcome::kDone:
      return "";
    case ReportedOutcome::kFailed:
      return "      <failure type=\"failed\"" + message + body + "</failure>\n";
    case ReportedOutcome::kInterrupted:
      return "      <error type=\"interrupted\"" + message + body + "</error>\n";
    case ReportedOutcome::kUnderWay:
    case ReportedOutcome::kSkipped:
    case ReportedOutcome::kTried:
      return "      <skipped" + message + "/>\n";
  }
  EXO_CHECK(false);
}

// How many of what, and how long, as attributes.
class Counts {
 public:
  void add(const Case& each) {
    ++tests_;
    time_ += each.time;
    if (each.outcome == ReportedOutcome::kFailed) ++failures_;
    if (each.outcome == ReportedOutcome::kInterrupted) ++errors_;
    const bool is_open =
        each.outcome == ReportedOutcome::kUnderWay || each.outcome == ReportedOutcome::kTried;
    if (is_open || each.outcome == ReportedOutcome::kSkipped) ++skipped_;
  }
  void add(const Counts& other) {
    tests_ += other.tests_;
    failures_ += other.failures_;
    errors_ += other.errors_;
    skipped_ += other.skipped_;
    time_ += other.time_;
  }
  std::string text() const {
    return " tests=\"" + std::to_string(tests_) + "\" failures=\"" + std::to_string(failures_) +
           "\" errors=\"" + std::to_string(errors_) + "\" skipped=\"" + std::to_string(skipped_) +
           "\" time=\"" + in_seconds(time_) + "\"";
  }

 private:
  int tests_ = 0;
  int failures_ = 0;
  int errors_ = 0;
  int skipped_ = 0;
  std::chrono::nanoseconds time_{0};
};

// `began`: as RFC 3339 has it; empty where nobody knows.
std::string suite_of(const std::string& name, const std::string& began, const std::vector<Case>& cases,
                     const ReportSubject& subject, Counts& all) {
  Counts counts;
  std::string text;
  for (const Case& each : cases) {
    counts.add(each);
    text += "    <testcase classname=\"" +
            in_xml(subject.application + "." + subject.environment + "." + name) + "\" name=\"" +
            in_xml(each.name) + "\" time=\"" + in_seconds(each.time) + "\">\n" + outcome_as_xml(each) +
            "      <system-out>" + in_xml(each.output) + "</system-out>\n    </testcase>\n";
  }
  all.add(counts);
  const std::string timestamp = began.empty() ? "" : " timestamp=\"" + began.substr(0, 19) + "\"";
  return "  <testsuite name=\"" + in_xml(name) + "\"" + counts.text() + timestamp + ">\n" + text +
         "  </testsuite>\n";
}

std::string suite_of(const ReportedVersion& version, const ReportSubject& subject, Counts& all) {
  std::vector<Case> cases;
  for (const ReportedPhase& phase : version.phases) cases.push_back(case_of(phase));
  cases.push_back(case_of(version));
  return suite_of(to_text(version.key), to_rfc3339(version.introduced), cases, subject, all);
}

// That the command itself has done what it was to do: also where no version came so far as to be told of.
std::string suite_of(const RunEnd& run, const ReportSubject& subject, Counts& all) {
  const Case ends{.name = "ends well",
                  .outcome = run.exit_code == 0 ? ReportedOutcome::kDone : ReportedOutcome::kFailed,
                  .reason = run.reason,
                  .more = "",
                  .output = "exit code " + std::to_string(run.exit_code)};
  return suite_of(run.command, subject.rollout ? subject.rollout->began : "", {ends}, subject, all);
}

}  // namespace

std::string report_as_junit(const RolloutReport& report, const ReportSubject& subject) {
  Counts all;
  std::string suites;
  for (const ReportedVersion& version : report.versions()) suites += suite_of(version, subject, all);
  if (subject.run) suites += suite_of(*subject.run, subject, all);
  const bool is_numbered = subject.rollout && subject.rollout->number > 0;
  const std::string rollout =
      is_numbered ? ", rollout " + std::to_string(subject.rollout->number) : std::string();
  return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"" +
         in_xml(subject.application + " in " + subject.environment + rollout) + "\"" + all.text() + ">\n" +
         suites + "</testsuites>\n";
}

}  // namespace exo
