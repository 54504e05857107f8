#include "host/attempt_report.h"

#include <chrono>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/duration.h"
#include "base/text.h"
#include "host/json_fields.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kReasonLimit = 1000;  // the rest is in the ledger

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

// Empty for an event that ends no attempt.
std::string outcome_of(const Json& json) {
  const std::string event = text_of(json, "event");
  if (event == "attempt-done") return "done";
  if (event == "attempt-failed") return "failed";
  if (event == "attempt-interrupted") return "interrupted";
  if (event == "phase-absent") return "absent";
  if (event == "dry-run-ended" || event == "verify-ended") return text_of(json, "outcome");
  return "";
}

void take_exit(const Json& event, AttemptReport& into) {
  if (into.status.empty()) into.status = text_of(event, "status");
  if (event.contains("lines")) {
    into.last_lines = texts_of(event, "lines");
    into.lines_left_out = number_of(event, "linesLeftOut");
  }
  if (!event.contains("durationMs")) return;
  into.use = rollout::ProcessUse{.duration_ms = number_of(event, "durationMs"),
                                 .peak_memory_kib = number_of(event, "peakMemoryKib"),
                                 .user_ms = number_of(event, "userMs"),
                                 .system_ms = number_of(event, "systemMs")};
}

// "54.1 MiB"
std::string memory_text(std::uint64_t kib) {
  constexpr std::uint64_t kTenths = 10;
  constexpr std::uint64_t kMib = 1024;
  if (kib < kMib) return std::to_string(kib) + " KiB";
  const std::uint64_t tenths = kib * kTenths / kMib;
  return std::to_string(tenths / kTenths) + "." + std::to_string(tenths % kTenths) + " MiB";
}

// "2026-11-20 21:02:59"
std::string short_time(std::string at) {
  constexpr std::size_t kSecondsEnd = 19;
  if (at.size() > kSecondsEnd) at.resize(kSecondsEnd);
  if (const std::size_t t = at.find('T'); t != std::string::npos) at[t] = ' ';
  return at;
}

std::string outcome_text(const AttemptReport& report) {
  if (report.outcome == "absent") return "the script has no such phase";
  std::string text = report.outcome;
  if (report.use) text += " after " + format_duration(std::chrono::milliseconds(report.use->duration_ms));
  return text;
}

// What stands in the place of its output.
std::string about_deleted_log(const AttemptReport& report) {
  const std::string deleted = "  its log was deleted";
  if (report.last_lines.empty()) return deleted + ", and the ledger keeps no line of it";
  const std::string which = report.last_lines.size() == 1
                                ? "the last line"
                                : "the last " + std::to_string(report.last_lines.size()) + " lines";
  return deleted + "; " + which + " of it, from the ledger:";
}

}  // namespace

bool had_log(const AttemptReport& report) {
  return !report.status.empty();
}

void AttemptReports::take(std::string_view json_line) {
  const Json event = Json::parse(json_line, nullptr, /*allow_exceptions=*/false);
  const std::uint64_t number = event.is_object() ? number_of(event, "attempt") : 0;
  if (number == 0 || text_of(event, "run") != run_) return;
  AttemptReport& report = attempts_[number];
  report.version = {text_of(event, "role"), text_of(event, "version")};
  report.phase = text_of(event, "phase");
  report.run = run_;
  report.attempt = number;
  const std::string type = text_of(event, "event");
  if (type == "attempt-started" || type == "dry-run-started" || type == "verify-started")
    report.started = text_of(event, "at");
  take_exit(event, report);
  const std::string outcome = outcome_of(event);
  if (outcome.empty()) return;
  report.outcome = outcome;
  report.ended = text_of(event, "at");
  report.stage = text_of(event, "stage");
  report.reason = text_of(event, "reason");
}

std::vector<std::string> lines_of(const AttemptReport& report) {
  std::string head = report.run + ", attempt " + std::to_string(report.attempt) + ": " + outcome_text(report);
  if (!report.status.empty()) head += ", " + report.status;
  if (report.use) head += ", peak memory " + memory_text(report.use->peak_memory_kib);
  if (!report.started.empty()) head += "; began " + short_time(report.started);
  std::vector<std::string> lines{head};
  if (!report.reason.empty()) lines.push_back("  reason: " + printable(report.reason, kReasonLimit));
  if (report.is_log_deleted) lines.push_back(about_deleted_log(report));
  return lines;
}

std::string to_json_line(const AttemptReport& report) {
  const auto figure = [&](std::uint64_t rollout::ProcessUse::*which) {
    return report.use ? Json((*report.use).*which) : Json(nullptr);
  };
  return Json{{"at", or_null(report.started)},
              {"role", report.version.role},
              {"version", report.version.version},
              {"phase", report.phase},
              {"run", report.run},
              {"attempt", report.attempt},
              {"level", nullptr},
              {"text", nullptr},
              {"ended", or_null(report.ended)},
              {"outcome", report.outcome},
              {"stage", or_null(report.stage)},
              {"reason", or_null(report.reason)},
              {"status", or_null(report.status)},
              {"duration_ms", figure(&rollout::ProcessUse::duration_ms)},
              {"peak_memory_kib", figure(&rollout::ProcessUse::peak_memory_kib)},
              {"user_ms", figure(&rollout::ProcessUse::user_ms)},
              {"system_ms", figure(&rollout::ProcessUse::system_ms)},
              {"log_deleted", report.is_log_deleted},
              {"lines", report.last_lines.empty() ? Json(nullptr) : Json(report.last_lines)},
              {"lines_left_out", report.last_lines.empty() ? Json(nullptr) : Json(report.lines_left_out)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace exo
