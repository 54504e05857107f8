#include "host/rollout_report.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/text.h"
#include "deployment-scripts/rollout_record.h"
#include "host/json_fields.h"
#include "ledger/event.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

// The clock may have jumped between the two.
std::chrono::nanoseconds from_to(UnixTime from, UnixTime to) {
  return std::chrono::nanoseconds(to.nanoseconds > from.nanoseconds ? to.nanoseconds - from.nanoseconds : 0);
}

bool is_of_dry_run(std::string_view type) {
  return type == event_type::kDryRunStarted || type == event_type::kDryRunEnded;
}

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json to_json(const RolloutHeading& rollout) {
  return {{"number", rollout.number == 0 ? Json(nullptr) : Json(rollout.number)},
          {"host", or_null(rollout.host)},
          {"began", or_null(rollout.began)},
          {"ended", or_null(rollout.ended)},
          {"end", or_null(rollout.end)}};
}

Json to_json(const RunEnd& run) {
  return {{"command", run.command}, {"exit_code", run.exit_code}, {"reason", or_null(run.reason)}};
}

}  // namespace

// A line of history that could be read.
struct RolloutReport::Event {
  std::string type;
  UnixTime at;
  VersionKey version;
  std::string phase;
  std::uint64_t generation = 0;
  std::string run;
  std::uint64_t attempt = 0;
  std::string reason;
  std::vector<std::string> lines;
  std::string outcome;               // of a dry run
  std::string stage;                 // in which it failed
  std::chrono::milliseconds ran{0};  // how long its process was there, where that is known
  bool flagged = false;
};

std::string_view to_string(ReportedOutcome outcome) {
  switch (outcome) {
    case ReportedOutcome::kUnderWay:
      return "under way";
    case ReportedOutcome::kDone:
      return "done";
    case ReportedOutcome::kFailed:
      return "failed";
    case ReportedOutcome::kInterrupted:
      return "interrupted";
    case ReportedOutcome::kSkipped:
      return "skipped";
    case ReportedOutcome::kTried:
      return "dry-run";
  }
  EXO_CHECK(false);
}

std::string in_seconds(std::chrono::nanoseconds time) {
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.3f", std::chrono::duration<double>(time).count());
  return text.data();
}

std::string outcome_word(const ReportedVersion& version) {
  return version.outcome == ReportedOutcome::kDone ? "live" : std::string(to_string(version.outcome));
}

std::string outcome_of(const ReportedVersion& version) {
  const bool is_flagged = version.outcome == ReportedOutcome::kDone && version.flagged;
  const ReportedOutcome tried = version.tried();
  const bool tells_more = version.outcome == ReportedOutcome::kTried && tried != ReportedOutcome::kDone;
  return outcome_word(version) + (is_flagged ? ", flagged" : "") +
         (tells_more ? ", " + std::string(to_string(tried)) : "");
}

std::string standing_of(const ReportedVersion& version) {
  return (version.outcome == ReportedOutcome::kTried ? "was " : "is ") + outcome_of(version);
}

ReportedOutcome ReportedVersion::tried() const {
  for (const ReportedOutcome worst :
       {ReportedOutcome::kFailed, ReportedOutcome::kInterrupted, ReportedOutcome::kUnderWay}) {
    const bool is_one = std::any_of(phases.begin(), phases.end(), [&](const ReportedPhase& phase) {
      return phase.generation == 0 && phase.outcome == worst;
    });
    if (is_one) return worst;
  }
  return ReportedOutcome::kDone;
}

std::string name_of(const ReportedPhase& phase) {
  if (phase.generation == 0) return phase.phase + " phase, dry run";
  const std::string again = phase.generation > 1 ? ", generation " + std::to_string(phase.generation) : "";
  return phase.phase + " phase" + again;
}

std::string attempts_of(const ReportedPhase& phase) {
  return std::to_string(phase.attempts) + (phase.attempts == 1 ? " attempt" : " attempts");
}

void RolloutReport::take(const std::string& history_line) {
  const Json json = Json::parse(history_line, nullptr, false);
  if (!json.is_object()) return;
  const auto at = parse_time(text_of(json, "at"));
  if (!at) return;
  const Event event{.type = text_of(json, "event"),
                    .at = at.value(),
                    .version = {.role = text_of(json, "role"), .version = text_of(json, "version")},
                    .phase = text_of(json, "phase"),
                    .generation = number_of(json, "generation"),
                    .run = text_of(json, "run"),
                    .attempt = number_of(json, "attempt"),
                    .reason = text_of(json, "reason"),
                    .lines = texts_of(json, "lines"),
                    .outcome = text_of(json, "outcome"),
                    .stage = text_of(json, "stage"),
                    .ran = std::chrono::milliseconds(number_of(json, "durationMs")),
                    .flagged = json.contains("flagged") && json["flagged"] == true};
  if (event.type == "host-started") {
    host_started_ = event.at;
    in_attempts_.clear();
  }
  if (event.version.role.empty()) return;
  event.phase.empty() ? take_of_version(event) : take_of_phase(event);
}

void RolloutReport::take_of_version(const Event& event) {
  if (event.type == "version-introduced") {
    version_of(event).introduced = event.at;
    in_attempts_.erase(event.version);  // what was only tried before is no part of its time
  }
  if (event.type == "version-live") decide(event, ReportedOutcome::kDone);
  if (event.type == "version-failed") decide(event, ReportedOutcome::kFailed);
}

void RolloutReport::decide(const Event& event, ReportedOutcome outcome) {
  ReportedVersion& version = version_of(event);
  version.outcome = outcome;
  version.flagged = event.flagged;
  version.reason = outcome == ReportedOutcome::kFailed ? event.reason : "";
  took_until(event.at, version);
}

// An attempt that is marked done may end only after its version is live.
void RolloutReport::took_until(UnixTime at, ReportedVersion& version) {
  version.time = from_to(began(version), at);
  version.beside = std::max(version.time - in_attempts_[version.key], std::chrono::nanoseconds(0));
}

UnixTime RolloutReport::began(const ReportedVersion& version) const {
  const bool host_is_later = host_started_ && host_started_->nanoseconds > version.introduced.nanoseconds;
  return host_is_later ? *host_started_ : version.introduced;
}

const ReportedVersion* RolloutReport::find(const VersionKey& version) const {
  const auto found = std::find_if(versions_.begin(), versions_.end(),
                                  [&](const ReportedVersion& each) { return each.key == version; });
  return found == versions_.end() ? nullptr : &*found;
}

// One that was live goes on to be, whatever is run again.
void RolloutReport::was_before(const ReportedVersion& version) {
  if (find(version.key) != nullptr) return;
  const bool was_live = version.outcome == ReportedOutcome::kDone;
  versions_.push_back({.key = version.key,
                       .outcome = was_live ? ReportedOutcome::kDone : ReportedOutcome::kTried,
                       .flagged = was_live && version.flagged,
                       .reason = "",
                       .introduced = version.introduced});
}

void RolloutReport::host_ended(std::optional<UnixTime> at, const std::string& reason) {
  for (ReportedVersion& version : versions_) {
    for (ReportedPhase& phase : version.phases) {
      if (phase.outcome != ReportedOutcome::kUnderWay) continue;
      phase.outcome = ReportedOutcome::kInterrupted;
      phase.reason = reason;
    }
    if (version.outcome != ReportedOutcome::kUnderWay) continue;
    version.outcome = ReportedOutcome::kInterrupted;
    version.reason = reason;
    if (at) took_until(*at, version);
  }
}

void RolloutReport::take_of_phase(const Event& event) {
  if (is_of_dry_run(event.type)) return take_of_dry_run(event);
  if (event.type == "attempt-started") start(event);
  if (event.type == "attempt-done" || event.type == "phase-marked-done") end(event, ReportedOutcome::kDone);
  if (event.type == "attempt-failed") end(event, ReportedOutcome::kFailed);
  if (event.type == "attempt-interrupted") end(event, ReportedOutcome::kInterrupted);
  if (event.type == "phase-absent") drop(event);
  if (event.type == "phase-skipped") end(event, ReportedOutcome::kSkipped);
}

void RolloutReport::start(const Event& event) {
  ReportedPhase& phase = phase_of(event);
  phase.run = event.run;
  phase.outcome = ReportedOutcome::kUnderWay;
  ++phase.attempts;
  started_[{event.run, event.attempt}] = event.at;
}

// One that a person has cancelled has not failed: nobody knows what it would have shown.
void RolloutReport::take_of_dry_run(const Event& event) {
  if (event.type == event_type::kDryRunStarted) return start(event);
  if (event.outcome == "absent") return drop(event);
  const bool was_cut_short = event.outcome == "interrupted" || event.stage == kStageCancelled;
  end(event, event.outcome == "done" ? ReportedOutcome::kDone
             : was_cut_short         ? ReportedOutcome::kInterrupted
                                     : ReportedOutcome::kFailed);
}

// The attempt that found out that there is nothing to run is none.
void RolloutReport::drop(const Event& event) {
  std::erase_if(version_of(event).phases, [&](const ReportedPhase& each) {
    return each.phase == event.phase && each.generation == event.generation;
  });
  started_.erase({event.run, event.attempt});
}

void RolloutReport::end(const Event& event, ReportedOutcome outcome) {
  ReportedPhase& phase = phase_of(event);
  phase.outcome = outcome;
  phase.reason = event.reason;
  phase.lines = event.lines;
  const auto started = started_.find({event.run, event.attempt});
  if (started == started_.end()) return;
  // That it was interrupted is told by the next host, which may come days later.
  const bool is_told_later = outcome == ReportedOutcome::kInterrupted;
  const std::chrono::nanoseconds took = is_told_later ? event.ran : from_to(started->second, event.at);
  phase.time += took;
  const bool is_of_this_host = !host_started_ || started->second.nanoseconds >= host_started_->nanoseconds;
  if (is_of_this_host) in_attempts_[event.version] += took;
  started_.erase(started);
}

ReportedVersion& RolloutReport::version_of(const Event& event) {
  auto found = std::find_if(versions_.begin(), versions_.end(),
                            [&](const ReportedVersion& each) { return each.key == event.version; });
  if (found == versions_.end())
    found = versions_.insert(found, {.key = event.version, .introduced = event.at});
  const bool comes_in = found->outcome == ReportedOutcome::kTried && !is_of_dry_run(event.type);
  if (comes_in) found->outcome = ReportedOutcome::kUnderWay;
  return *found;
}

ReportedPhase& RolloutReport::phase_of(const Event& event) {
  std::vector<ReportedPhase>& phases = version_of(event).phases;
  const auto found = std::find_if(phases.begin(), phases.end(), [&](const ReportedPhase& each) {
    return each.phase == event.phase && each.generation == event.generation;
  });
  if (found != phases.end()) return *found;
  phases.push_back({.phase = event.phase, .generation = event.generation});
  return phases.back();
}

std::string report_for_people(const RolloutReport& report) {
  std::string text;
  const auto because = [](const std::string& reason) {
    return reason.empty() ? "" : ": " + printable(reason, 1000);
  };
  for (const ReportedVersion& version : report.versions()) {
    const bool was_to_come = version.outcome != ReportedOutcome::kTried;
    text += to_text(version.key) + " " + standing_of(version) +
            (was_to_come ? " (" + in_seconds(version.time) + " s)" : "") + because(version.reason) + "\n";
    for (const ReportedPhase& phase : version.phases) {
      text += "  " + name_of(phase) + ": " + std::string(to_string(phase.outcome)) + ", " +
              attempts_of(phase) + ", " + in_seconds(phase.time) + " s" + because(phase.reason) + "\n";
    }
  }
  return text;
}

std::string report_as_json(const RolloutReport& report, const ReportSubject& subject) {
  Json versions = Json::array();
  for (const ReportedVersion& version : report.versions()) {
    Json phases = Json::array();
    for (const ReportedPhase& phase : version.phases) {
      phases.push_back({{"phase", phase.phase},
                        {"generation", phase.generation},
                        {"run", phase.run.empty() ? Json(nullptr) : Json(phase.run)},
                        {"attempts", phase.attempts},
                        {"outcome", std::string(to_string(phase.outcome))},
                        {"seconds", std::chrono::duration<double>(phase.time).count()},
                        {"reason", phase.reason.empty() ? Json(nullptr) : Json(phase.reason)},
                        {"lines", phase.lines}});
    }
    versions.push_back(
        {{"role", version.key.role},
         {"version", version.key.version},
         {"outcome", outcome_word(version)},
         {"flagged", version.flagged},
         {"introduced",
          version.outcome == ReportedOutcome::kTried ? Json(nullptr) : Json(to_rfc3339(version.introduced))},
         {"seconds", std::chrono::duration<double>(version.time).count()},
         {"reason", version.reason.empty() ? Json(nullptr) : Json(version.reason)},
         {"phases", phases}});
  }
  const Json json{{"application", subject.application},
                  {"environment", subject.environment},
                  {"rollout", subject.rollout ? to_json(*subject.rollout) : Json(nullptr)},
                  {"run", subject.run ? to_json(*subject.run) : Json(nullptr)},
                  {"versions", versions}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace exo
