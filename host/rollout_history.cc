#include "host/rollout_history.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/text.h"
#include "host/json_fields.h"
#include "ledger/event.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kNothingDone = "nothing was to be done";

// Whether a report tells of a version because of such an event.
bool is_told(const std::string& type) {
  constexpr std::array kTold{
      event_type::kVersionIntroduced,  event_type::kVersionLive,   event_type::kVersionFailed,
      event_type::kAttemptStarted,     event_type::kAttemptDone,   event_type::kAttemptFailed,
      event_type::kAttemptInterrupted, event_type::kPhaseAbsent,   event_type::kPhaseSkipped,
      event_type::kPhaseMarkedDone,    event_type::kDryRunStarted, event_type::kDryRunEnded};
  return std::find(kTold.begin(), kTold.end(), type) != kTold.end();
}

std::optional<std::uint64_t> parse_number(const std::string& text) {
  std::uint64_t number = 0;
  const auto [end, fault] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || fault != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// "todo@1.0.0 live, todo-search@0.0.1 failed".
std::string outcomes_of(const RolloutReport& report) {
  std::vector<std::string> all;
  for (const ReportedVersion& version : report.versions()) {
    all.push_back(to_text(version.key) + " " + outcome_of(version));
  }
  return all.empty() ? kNothingDone : join(all, ", ");
}

// "3. 2026-11-20T21:02:59.407Z  host-1f2e, stopped".
std::string heading_of(const ReportedRollout& rollout) {
  return std::to_string(rollout.number) + ". " + to_rfc3339(rollout.began) + "  " + rollout.host + ", " +
         std::string(to_string(rollout.end));
}

}  // namespace

std::string_view to_string(RolloutEnd end) {
  switch (end) {
    case RolloutEnd::kUnderWay:
      return "under way";
    case RolloutEnd::kStopped:
      return "stopped";
    case RolloutEnd::kLost:
      return "lost";
  }
  EXO_CHECK(false);
}

void RolloutHistory::take(const std::string& history_line) {
  const Json json = Json::parse(history_line, nullptr, false);
  if (!json.is_object()) return;
  const auto at = parse_time(text_of(json, "at"));
  if (!at) return;
  const std::string type = text_of(json, "event");
  const std::string host = text_of(json, "host");
  if (type == event_type::kHostStarted) begin(host, text_of(json, "who"), at.value());
  // What was decided while no host had the environment belongs to none.
  const bool is_of_last = !rollouts_.empty() && rollouts_.back().host == host;
  const AttemptName attempt{text_of(json, "run"), number_of(json, "attempt")};
  if (is_of_last) {
    RolloutReport& report = rollouts_.back().report;
    const ReportedVersion* before = all_.find({text_of(json, "role"), text_of(json, "version")});
    if (before != nullptr && is_told(type)) report.was_before(*before);
    report.take(history_line);
    if (type == event_type::kAttemptStarted || type == event_type::kDryRunStarted)
      started_in_[attempt] = rollouts_.size() - 1;
    if (type == event_type::kHostStopped) end(RolloutEnd::kStopped, at.value());
  }
  all_.take(history_line);
  if (!ends_attempt(type)) return;
  // The next host finds what the one before it could not end.
  const auto started = started_in_.find(attempt);
  if (started == started_in_.end()) return;
  const bool is_taken = is_of_last && started->second == rollouts_.size() - 1;
  if (!is_taken) rollouts_[started->second].report.take(history_line);
  started_in_.erase(started);
}

void RolloutHistory::has_no_host() {
  if (!rollouts_.empty() && rollouts_.back().end == RolloutEnd::kUnderWay)
    end(RolloutEnd::kLost, std::nullopt);
}

void RolloutHistory::begin(const std::string& host, const std::string& who, UnixTime at) {
  has_no_host();
  rollouts_.push_back({.number = rollouts_.size() + 1, .host = host, .who = who, .began = at});
}

void RolloutHistory::end(RolloutEnd end, std::optional<UnixTime> at) {
  ReportedRollout& last = rollouts_.back();
  last.end = end;
  last.ended = at;
  last.report.host_ended(at, end == RolloutEnd::kStopped ? "its host was stopped before that was decided"
                                                         : "its host ended without a word");
}

Result<const ReportedRollout*> RolloutHistory::find(const std::string& which) const {
  if (rollouts_.empty()) return Error{"absent", "there was no rollout here yet; exo run begins one"};
  if (which == "last") return &rollouts_.back();
  const auto number = parse_number(which);
  const auto found = std::find_if(rollouts_.begin(), rollouts_.end(), [&](const ReportedRollout& each) {
    return number ? each.number == *number : each.host == which;
  });
  if (found != rollouts_.end()) return &*found;
  return Error{"usage", "there is no rollout " + in_quotes(which) + "; name one by its number, from 1 to " +
                            std::to_string(rollouts_.size()) +
                            ", by the id of its host, or as \"last\": exo report --list shows them"};
}

std::string rollouts_for_people(const RolloutHistory& history) {
  std::string text;
  for (const ReportedRollout& rollout : history.rollouts()) {
    const std::string number = std::to_string(rollout.number);
    text += std::string(number.size() < 3 ? 3 - number.size() : 0, ' ') + heading_of(rollout) + ": " +
            outcomes_of(rollout.report) + "\n";
  }
  return text;
}

std::string rollout_for_people(const ReportedRollout& rollout) {
  const std::string versions = report_for_people(rollout.report);
  return "rollout " + heading_of(rollout) + "\n" +
         (versions.empty() ? kNothingDone + std::string("\n") : versions);
}

std::string rollouts_as_json(const RolloutHistory& history, const ReportSubject& subject) {
  Json rollouts = Json::array();
  for (const ReportedRollout& rollout : history.rollouts()) {
    Json versions = Json::array();
    for (const ReportedVersion& version : rollout.report.versions()) {
      versions.push_back({{"role", version.key.role},
                          {"version", version.key.version},
                          {"outcome", outcome_word(version)},
                          {"flagged", version.flagged}});
    }
    rollouts.push_back({{"number", rollout.number},
                        {"host", rollout.host},
                        {"who", rollout.who},
                        {"began", to_rfc3339(rollout.began)},
                        {"ended", rollout.ended ? Json(to_rfc3339(*rollout.ended)) : Json(nullptr)},
                        {"end", std::string(to_string(rollout.end))},
                        {"versions", versions}});
  }
  const Json json{
      {"application", subject.application}, {"environment", subject.environment}, {"rollouts", rollouts}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

ReportSubject subject_of(const ReportedRollout& rollout, ReportSubject subject) {
  subject.rollout = {.number = rollout.number,
                     .host = rollout.host,
                     .began = to_rfc3339(rollout.began),
                     .ended = rollout.ended ? to_rfc3339(*rollout.ended) : "",
                     .end = std::string(to_string(rollout.end))};
  return subject;
}

}  // namespace exo
