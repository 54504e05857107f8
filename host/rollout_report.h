// What became of every version and every phase of its script, as a machine for building software wants it
// told: derived from the ledger, event by event.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "base/clock.h"
#include "deployment-scripts/version_key.h"

namespace exo {

// kTried: of a version, nothing but dry runs of its script.
enum class ReportedOutcome { kUnderWay, kDone, kFailed, kInterrupted, kSkipped, kTried };

// "under way", "done", "failed", "interrupted", "skipped", "dry-run".
std::string_view to_string(ReportedOutcome outcome);

// One phase in one generation; or all dry runs of it, whose generation is 0.
struct ReportedPhase {
  std::string phase;
  std::uint64_t generation = 1;
  std::string run;             // empty where no attempt was started
  std::uint64_t attempts = 0;  // started
  ReportedOutcome outcome = ReportedOutcome::kUnderWay;
  std::string reason;                // of the latest attempt that failed, or why it was skipped
  std::vector<std::string> lines;    // its last words
  std::chrono::nanoseconds time{0};  // of all attempts that have ended
};

struct ReportedVersion {
  VersionKey key;
  ReportedOutcome outcome = ReportedOutcome::kTried;  // kDone: live
  bool flagged = false;                               // live, and its online phase has failed
  std::string reason;                                 // why it failed
  UnixTime introduced;
  // From when its host began, or it was introduced if that was later, until it was live or had failed.
  std::chrono::nanoseconds time{0};
  std::chrono::nanoseconds beside{0};  // of that, what no attempt took: building, getting ready, waiting
  std::vector<ReportedPhase> phases;   // in the order in which they were first tried

  // How the last dry run of each phase ended, the worst of them.
  ReportedOutcome tried() const;
};

// Takes a ledger's history line by line, and knows then what became of each version. A value.
class RolloutReport {
 public:
  // A line of `exo history --json`; what it cannot read, and events that say nothing about an outcome, are
  // passed over.
  void take(const std::string& history_line);

  // What earlier lines, which this report was not given, say of a version that the next one is about.
  void was_before(const ReportedVersion& version);
  // The host that all lines were of has ended, `at` where that is known: what was under way was interrupted,
  // and `reason` says why.
  void host_ended(std::optional<UnixTime> at, const std::string& reason);

  // In the order in which they were introduced.
  const std::vector<ReportedVersion>& versions() const { return versions_; }
  const ReportedVersion* find(const VersionKey& version) const;  // null: it says nothing of it

 private:
  struct Event;
  void take_of_version(const Event& event);
  void take_of_phase(const Event& event);
  void take_of_dry_run(const Event& event);
  void start(const Event& event);
  void drop(const Event& event);
  void end(const Event& event, ReportedOutcome outcome);
  void decide(const Event& event, ReportedOutcome outcome);
  void took_until(UnixTime at, ReportedVersion& version);
  ReportedVersion& version_of(const Event& event);
  ReportedPhase& phase_of(const Event& event);
  UnixTime began(const ReportedVersion& version) const;

  std::vector<ReportedVersion> versions_;
  std::optional<UnixTime> host_started_;
  std::map<std::tuple<std::string, std::uint64_t>, UnixTime>
      started_;  // attempts under way, by run and number
  // What attempts took since the host began.
  std::map<VersionKey, std::chrono::nanoseconds> in_attempts_;
};

// Of one rollout, that of a host (rollout_history.h).
struct RolloutHeading {
  std::uint64_t number = 0;  // 0: it has none, since no host began
  std::string host;
  std::string began;
  std::string ended;  // empty: it has not, or nobody knows when
  std::string end;
};

// How the command ended that brought the rollout about.
struct RunEnd {
  std::string command = "exo run";
  int exit_code = 0;
  std::string reason;  // empty with 0
};

// What the report is about.
struct ReportSubject {
  std::string application;
  std::string environment;
  std::optional<RolloutHeading> rollout = {};  // nullopt: all of them
  std::optional<RunEnd> run = {};              // where the command itself writes the report
};

// For people: a line for each version, and below it one for each phase.
std::string report_for_people(const RolloutReport& report);
// One object, a contract with machines: application, environment, rollout, run, versions.
std::string report_as_json(const RolloutReport& report, const ReportSubject& subject);

std::string in_seconds(std::chrono::nanoseconds time);     // "1.250"
std::string outcome_of(const ReportedVersion& version);    // "live, flagged", "under way", "dry-run, failed"
std::string outcome_word(const ReportedVersion& version);  // the same without what is behind the comma
std::string standing_of(const ReportedVersion& version);   // "is live, flagged", "was dry-run"
std::string name_of(const ReportedPhase& phase);           // "online phase, generation 2", "…, dry run"
std::string attempts_of(const ReportedPhase& phase);       // "3 attempts"

}  // namespace exo
