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

enum class ReportedOutcome { kUnderWay, kDone, kFailed, kInterrupted, kSkipped };

// "under way", "done", "failed", "interrupted", "skipped".
std::string_view to_string(ReportedOutcome outcome);

// One phase in one generation.
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
  ReportedOutcome outcome = ReportedOutcome::kUnderWay;  // kDone: live
  bool flagged = false;                                  // live, and its online phase has failed
  std::string reason;                                    // why it failed
  UnixTime introduced;
  // From when its host began, or it was introduced if that was later, until it was live or had failed.
  std::chrono::nanoseconds time{0};
  std::vector<ReportedPhase> phases;  // in the order in which they were first tried
};

// Takes a ledger's history line by line, and knows then what became of each version. A value.
class RolloutReport {
 public:
  // A line of `exo history --json`; what it cannot read, and events that say nothing about an outcome, are
  // passed over.
  void take(const std::string& history_line);

  // In the order in which they were introduced.
  const std::vector<ReportedVersion>& versions() const { return versions_; }

 private:
  struct Event;
  void take_of_version(const Event& event);
  void take_of_phase(const Event& event);
  void drop(const Event& event);
  void end(const Event& event, ReportedOutcome outcome);
  void decide(const Event& event, ReportedOutcome outcome);
  ReportedVersion& version_of(const Event& event);
  ReportedPhase& phase_of(const Event& event);

  std::vector<ReportedVersion> versions_;
  std::optional<UnixTime> host_started_;
  std::map<std::tuple<std::string, std::uint64_t>, UnixTime>
      started_;  // attempts under way, by run and number
};

// What the report is about.
struct ReportSubject {
  std::string application;
  std::string environment;
};

// For people: a line for each version, and below it one for each phase.
std::string report_for_people(const RolloutReport& report);
// One object, a contract with machines: application, environment, versions.
std::string report_as_json(const RolloutReport& report, const ReportSubject& subject);

std::string in_seconds(std::chrono::nanoseconds time);   // "1.250"
std::string outcome_of(const ReportedVersion& version);  // "live", "live, flagged", "failed", "under way"
std::string name_of(const ReportedPhase& phase);         // "online phase, generation 2"
std::string attempts_of(const ReportedPhase& phase);     // "3 attempts"

}  // namespace exo
