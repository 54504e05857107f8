#include "host/status_report.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kReasonLimit = 1000;  // the rest is in a log

Json to_json(const HostReport& host) {
  return Json{{"pid", host.pid},
              {"since", host.since},
              {"bus", host.bus},
              {"answers", !host.bus.empty()},
              {"trouble", host.trouble.empty() ? Json(nullptr) : Json(host.trouble)}};
}

Json to_json(const InstanceReport& instance) {
  Json json{{"id", instance.id},
            {"pid", instance.pid > 0 ? Json(instance.pid) : Json(nullptr)},
            {"state", instance.state},
            {"restarts", instance.restarts}};
  if (instance.port != 0) json["port"] = instance.port;
  if (!instance.lacking.empty()) json["lacking"] = instance.lacking;
  return json;
}

// A whole number as such.
Json number_or_null(const std::optional<double>& number) {
  constexpr double kWholeBelow = 1e15;
  if (!number || !std::isfinite(*number)) return nullptr;
  const bool whole = std::floor(*number) == *number && std::abs(*number) < kWholeBelow;
  return whole ? Json(static_cast<std::int64_t>(*number)) : Json(*number);
}

void add(const PaceReport& pace, Json& json) {
  json["done"] = number_or_null(pace.done);
  json["total"] = number_or_null(pace.total);
  json["note"] = pace.note.empty() ? Json(nullptr) : Json(pace.note);
  json["per_second"] = number_or_null(pace.per_second);
  json["left_ms"] = pace.left_ms ? Json(*pace.left_ms) : Json(nullptr);
  json["quiet_ms"] = pace.quiet_ms;
  json["pace"] = pace.text.empty() ? Json(nullptr) : Json(pace.text);
}

Json to_json(const LockReport& lock) {
  return Json{{"key", lock.key},
              {"state", lock.number == 0 ? "waiting" : "held"},
              {"number", lock.number == 0 ? Json(nullptr) : Json(lock.number)},
              {"held_by", lock.held_by.empty() ? Json(nullptr) : Json(lock.held_by)}};
}

Json to_json(const PhaseReport& phase) {
  Json json{{"state", phase.state},
            {"run", phase.run.empty() ? Json(nullptr) : Json(phase.run)},
            {"attempt", phase.attempt == 0 ? Json(nullptr) : Json(phase.attempt)}};
  if (!phase.reason.empty()) json["reason"] = phase.reason;
  if (!phase.progress.empty()) json["progress"] = phase.progress;
  if (!phase.decision.empty()) json["decision"] = phase.decision;
  if (!phase.paused.empty()) json["paused"] = phase.paused;
  if (!phase.throttled.empty()) json["throttled"] = phase.throttled;
  if (!phase.throttled_to.empty()) json["throttled_to"] = phase.throttled_to;
  if (!phase.rate.empty()) json["rate"] = phase.rate;
  if (!phase.slowed.empty()) json["slowed"] = phase.slowed;
  if (phase.pace) add(*phase.pace, json);
  if (!phase.locks.empty()) {
    Json locks = Json::array();
    for (const LockReport& lock : phase.locks) locks.push_back(to_json(lock));
    json["locks"] = std::move(locks);
  }
  return json;
}

// Also of a report that was made of nothing.
bool is_none(const PhaseReport& phase) {
  return phase.state.empty() || phase.state == "none";
}

Json to_json(const VersionReport& version) {
  Json instances = Json::array();
  for (const InstanceReport& instance : version.instances) instances.push_back(to_json(instance));
  Json json{{"role", version.role},
            {"version", version.version},
            {"state", version.state},
            {"gate", version.gate},
            {"split", version.split},
            {"flagged", version.flagged},
            {"in_application", version.in_application},
            {"instances", instances},
            {"scripts", Json{{"offline", to_json(version.offline)}, {"online", to_json(version.online)}}}};
  for (const auto& [name, phase] : {std::pair("undo", &version.undo), std::pair("verify", &version.verify)}) {
    if (!is_none(*phase)) json["scripts"][name] = to_json(*phase);
  }
  if (!version.reason.empty()) json["reason"] = version.reason;
  return json;
}

template <typename T>
T value_or(const Json& json, const char* key, T fallback) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? fallback : found->get<T>();
}

template <typename T>
std::optional<T> value_if(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found == json.end() || found->is_null() ? std::nullopt : std::optional(found->get<T>());
}

std::optional<PaceReport> pace_from(const Json& json) {
  if (!json.contains("quiet_ms")) return std::nullopt;
  return PaceReport{.done = value_if<double>(json, "done"),
                    .total = value_if<double>(json, "total"),
                    .note = value_or<std::string>(json, "note", ""),
                    .per_second = value_if<double>(json, "per_second"),
                    .left_ms = value_if<std::int64_t>(json, "left_ms"),
                    .quiet_ms = value_or<std::int64_t>(json, "quiet_ms", 0),
                    .text = value_or<std::string>(json, "pace", "")};
}

std::vector<LockReport> locks_from(const Json& json) {
  std::vector<LockReport> locks;
  const auto found = json.find("locks");
  if (found == json.end()) return locks;
  for (const Json& lock : *found) {
    locks.push_back({.key = lock.at("key"),
                     .number = value_or<std::uint64_t>(lock, "number", 0),
                     .held_by = value_or<std::string>(lock, "held_by", "")});
  }
  return locks;
}

PhaseReport phase_from(const Json& json) {
  return PhaseReport{.state = json.at("state"),
                     .run = value_or<std::string>(json, "run", ""),
                     .attempt = value_or<std::uint64_t>(json, "attempt", 0),
                     .reason = value_or<std::string>(json, "reason", ""),
                     .progress = value_or<std::string>(json, "progress", ""),
                     .decision = value_or<std::string>(json, "decision", ""),
                     .paused = value_or<std::string>(json, "paused", ""),
                     .throttled = value_or<std::string>(json, "throttled", ""),
                     .rate = value_or<std::string>(json, "rate", ""),
                     .throttled_to = value_or<std::string>(json, "throttled_to", ""),
                     .slowed = value_or<std::string>(json, "slowed", ""),
                     .pace = pace_from(json),
                     .locks = locks_from(json)};
}

PhaseReport phase_if_there(const Json& scripts, const char* name) {
  return scripts.contains(name) ? phase_from(scripts.at(name)) : PhaseReport{.state = "none"};
}

VersionReport version_from(const Json& json) {
  VersionReport version{.role = json.at("role"),
                        .version = json.at("version"),
                        .state = json.at("state"),
                        .gate = json.at("gate"),
                        .split = json.at("split"),
                        .flagged = value_or(json, "flagged", false),
                        .in_application = value_or(json, "in_application", true),
                        .reason = value_or<std::string>(json, "reason", ""),
                        .instances = {},
                        .offline = phase_from(json.at("scripts").at("offline")),
                        .online = phase_from(json.at("scripts").at("online")),
                        .undo = phase_if_there(json.at("scripts"), "undo"),
                        .verify = phase_if_there(json.at("scripts"), "verify")};
  for (const Json& instance : json.at("instances")) {
    version.instances.push_back({.id = instance.at("id"),
                                 .pid = value_or<std::int64_t>(instance, "pid", 0),
                                 .state = instance.at("state"),
                                 .restarts = instance.at("restarts"),
                                 .port = value_or<std::uint16_t>(instance, "port", 0),
                                 .lacking = value_or<std::string>(instance, "lacking", "")});
  }
  return version;
}

std::string describe(const std::optional<HostReport>& host) {
  if (!host) return "no host runs; this is what the ledger holds";
  std::string text = "host pid " + std::to_string(host->pid) + " since " + host->since;
  if (host->bus.empty()) text += " is starting or stopping; this is what the ledger holds";
  if (!host->trouble.empty()) {
    text += "\nthe ledger cannot be written; nothing goes on until it can: " +
            printable(host->trouble, kReasonLimit);
  }
  return text;
}

std::string slowed_to_text(const PhaseReport& phase) {
  return phase.rate == "none" ? "slowed to a standstill" : "slowed to " + phase.rate;
}

// "slowed to 20/s"; empty where it goes as fast as it can.
std::string rate_of(const PhaseReport& phase) {
  if (!phase.paused.empty()) return "paused";
  if (!phase.slowed.empty()) return slowed_to_text(phase);
  return phase.rate.empty() ? "" : "throttled to " + phase.rate;
}

std::string describe(const PhaseReport& phase) {
  std::string text = phase.state;
  if (const std::string rate = rate_of(phase); !rate.empty()) text += ", " + rate;
  if (!phase.progress.empty() && phase.state == "running") text += " " + printable(phase.progress);
  if (phase.pace && !phase.pace->text.empty()) text += ", " + phase.pace->text;
  for (const LockReport& lock : phase.locks) {
    if (lock.number == 0) text += ", waits for the lock " + in_quotes(lock.key) + " of " + lock.held_by;
  }
  if (phase.attempt > 1) text += " (attempt " + std::to_string(phase.attempt) + ")";
  return text;
}

// Who, or what, has slowed it down, and why.
std::string paces_of(const PhaseReport& phase, const std::string& beginning) {
  std::string text;
  for (const std::string& words : paces_of(phase)) text += beginning + printable(words, kReasonLimit) + "\n";
  return text;
}

// It is decided, and not done.
bool is_left(const PhaseReport& undo) {
  return undo.state == "pending" || undo.state == "failed" || undo.state == "interrupted";
}

std::string undo_trouble(const PhaseReport& undo) {
  return undo.reason.empty() ? "" : "its undo: " + undo.reason;
}

std::string describe_state(const VersionReport& version) {
  if (!version.in_application) return "removed";
  return version.flagged ? version.state + ", flagged" : version.state;
}

std::string describe_instances(const VersionReport& version) {
  std::string text;
  for (const InstanceReport& instance : version.instances) {
    if (!text.empty()) text += ", ";
    text += instance.state;
    if (instance.pid > 0) text += " pid " + std::to_string(instance.pid);
    if (instance.restarts > 0) text += " restarts " + std::to_string(instance.restarts);
    if (!instance.lacking.empty()) text += ": " + instance.lacking;
  }
  return text.empty() ? "-" : text;
}

constexpr std::size_t kColumns = 6;
constexpr std::size_t kGap = 2;
constexpr const char* kReset = "\x1b[0m";
using Row = std::array<std::string, kColumns>;

// Shortens the widest columns until a row fits, but never the names in the first column, which people need to
// type. Counted in characters.
std::array<std::size_t, kColumns> fit(const std::vector<Row>& rows, std::size_t width) {
  std::array<std::size_t, kColumns> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < kColumns; ++i) widths[i] = std::max(widths[i], count_characters(row[i]));
  }
  constexpr std::size_t kNarrowest = 6;
  const auto total = [&] {
    std::size_t sum = kGap * (kColumns - 1);
    for (const std::size_t column : widths) sum += column;
    return sum;
  };
  while (total() > width) {
    const auto widest = std::max_element(widths.begin() + 1, widths.end());
    if (*widest <= kNarrowest) break;
    --*widest;
  }
  return widths;
}

// The colour of a version's state or a phase's; empty for what is neither good nor bad.
std::string color_of(std::string_view state) {
  if (state.starts_with("live, ") || state.starts_with("interrupted")) return "\x1b[33m";
  if (state.starts_with("live") || state.starts_with("done")) return "\x1b[32m";
  if (state.starts_with("failed")) return "\x1b[31m";
  return "";
}

std::string render_row(const Row& row, const std::array<std::size_t, kColumns>& widths,
                       const TableStyle& style) {
  std::string line;
  std::size_t spaces = 0;  // before the next cell that is not empty
  for (std::size_t i = 0; i < kColumns; ++i) {
    const std::string cell = i == 0 ? row[i] : cut_to(row[i], widths[i]);
    const std::string color = style.colors == ColorMode::kColored ? color_of(cell) : "";
    if (!cell.empty()) line.append(std::exchange(spaces, 0), ' ');
    line += color.empty() ? cell : color + cell + kReset;
    spaces += widths[i] - std::min(widths[i], count_characters(cell)) + kGap;
  }
  return line + "\n";
}

std::string render(const std::vector<Row>& rows, const TableStyle& style) {
  const auto widths = fit(rows, style.width);
  std::string text;
  for (const Row& row : rows) text += render_row(row, widths, style);
  return text;
}

}  // namespace

std::vector<std::string> paces_of(const PhaseReport& phase) {
  std::vector<std::string> paces;
  if (!phase.paused.empty()) paces.push_back("paused " + phase.paused);
  if (!phase.slowed.empty()) paces.push_back(slowed_to_text(phase) + ": " + phase.slowed);
  if (!phase.throttled.empty()) paces.push_back("throttled to " + phase.throttled_to + " " + phase.throttled);
  const bool by_settings = phase.slowed.empty() && !phase.rate.empty() && phase.rate != phase.throttled_to;
  if (by_settings) paces.push_back("throttled to " + phase.rate + " by its settings");
  return paces;
}

std::string to_json(const StatusReport& report) {
  Json services = Json::array();
  for (const VersionReport& version : report.services) services.push_back(to_json(version));
  Json host = nullptr;
  if (report.host) {
    host = to_json(*report.host);
  }
  return Json{{"application", report.application},
              {"environment", report.environment},
              {"host", host},
              {"services", services},
              {"traffic", report.traffic.empty() ? Json(nullptr) : Json::parse(report.traffic)}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<StatusReport> status_from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  try {
    StatusReport report{.application = json.at("application"),
                        .environment = json.at("environment"),
                        .host = std::nullopt,
                        .services = {},
                        .traffic = {}};
    if (const Json& host = json.at("host"); !host.is_null()) {
      report.host = HostReport{.pid = host.at("pid"),
                               .since = host.at("since"),
                               .bus = host.at("bus"),
                               .trouble = value_or<std::string>(host, "trouble", "")};
    }
    for (const Json& version : json.at("services")) report.services.push_back(version_from(version));
    if (const auto traffic = json.find("traffic"); traffic != json.end() && !traffic->is_null()) {
      report.traffic = traffic->dump(-1, ' ', false, Json::error_handler_t::replace);
    }
    return report;
  } catch (const Json::exception& failure) {
    return Error{"malformed", std::string("the host's status is not as documented: ") + failure.what()};
  }
}

std::string to_table(const StatusReport& report, const TableStyle& style) {
  std::string text = report.application + " in " + report.environment + ": " + describe(report.host) + "\n";
  if (report.services.empty()) return text + "no service version has been introduced yet\n";
  std::vector<Row> rows{{"VERSION", "STATE", "GATE", "OFFLINE", "ONLINE", "INSTANCES"}};
  for (const VersionReport& version : report.services) {
    rows.push_back({version.role + "@" + version.version, describe_state(version), version.gate,
                    describe(version.offline), describe(version.online), describe_instances(version)});
  }
  text += render(rows, style);
  for (const VersionReport& version : report.services) {
    const std::string name = version.role + "@" + version.version;
    if (!version.in_application) {
      text +=
          name + ": it was introduced here and is not in the application any more, so nothing of it runs\n";
      if (is_left(version.undo)) text += name + ": " + printable(version.reason, kReasonLimit) + "\n";
      continue;
    }
    text += paces_of(version.offline, name + ": its offline phase is ");
    text += paces_of(version.online, name + ": its online phase is ");
    text += paces_of(version.undo, name + ": its undo is ");
    for (const std::string& reason :
         {version.reason, undo_trouble(version.undo), version.offline.reason, version.online.reason}) {
      if (!reason.empty()) {
        text += name + ": " + printable(reason, kReasonLimit) + "\n";
        break;
      }
    }
  }
  return text;
}

}  // namespace exo
