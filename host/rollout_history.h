// The rollouts of an environment, one for each host that had it: what was brought in, run and decided while
// it did. Derived from the ledger, event by event, as the report over all of them is.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "host/rollout_report.h"

namespace exo {

// How a rollout's host ended.
enum class RolloutEnd {
  kUnderWay,  // it has not, as far as is known
  kStopped,
  kLost,  // without a word: a crash, a power cut
};

// "under way", "stopped", "lost".
std::string_view to_string(RolloutEnd end);

struct ReportedRollout {
  std::uint64_t number = 0;  // from 1, in the order of the ledger
  std::string host;          // its id, as the history has it; names the rollout as well
  std::string who;
  UnixTime began;
  RolloutEnd end = RolloutEnd::kUnderWay;
  std::optional<UnixTime> ended;  // of one that was stopped
  // Versions of which something was recorded in it. What was under way when its host ended is interrupted
  // there.
  RolloutReport report;
};

// Takes a ledger's history line by line. A value.
class RolloutHistory {
 public:
  // As RolloutReport::take().
  void take(const std::string& history_line);
  // All of it is taken, and no host has the environment: one that did not say that it ended is lost.
  void has_no_host();

  // Oldest first.
  const std::vector<ReportedRollout>& rollouts() const { return rollouts_; }
  // What became of every version in all of them.
  const RolloutReport& all() const { return all_; }

  // The one that `which` names: a number, the id of a host, or "last". Error `usage` says which there are.
  Result<const ReportedRollout*> find(const std::string& which) const;

 private:
  using AttemptName = std::pair<std::string, std::uint64_t>;  // run, number

  void begin(const std::string& host, const std::string& who, UnixTime at);
  void end(RolloutEnd end, std::optional<UnixTime> at);

  RolloutReport all_;
  std::vector<ReportedRollout> rollouts_;
  std::map<AttemptName, std::size_t> started_in_;  // places in rollouts_, of attempts under way
};

// For people: a line for each, and what became of its versions.
std::string rollouts_for_people(const RolloutHistory& history);
// The same of one, with what became of each phase.
std::string rollout_for_people(const ReportedRollout& rollout);
// One object, a contract with machines: application, environment, rollouts.
std::string rollouts_as_json(const RolloutHistory& history, const ReportSubject& subject);

// What the report of this one is about.
ReportSubject subject_of(const ReportedRollout& rollout, ReportSubject subject);

}  // namespace exo
