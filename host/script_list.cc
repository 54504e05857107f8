#include "host/script_list.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/aligned_rows.h"
#include "base/check.h"
#include "base/hanging_lines.h"
#include "base/text.h"
#include "host/application_check.h"
#include "host/operator_view.h"
#include "services/application.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kReasonLimit = 1000;  // the rest is in a log

constexpr char kUnread[] = "it came since the host that runs began; the next exo run reads it";

const PhaseReport& report_of(const VersionReport& version, Phase phase) {
  switch (phase) {
    case Phase::kOffline:
      return version.offline;
    case Phase::kOnline:
      return version.online;
    case Phase::kUndo:
      return version.undo;
    case Phase::kVerify:
      return version.verify;
  }
  EXO_CHECK(false);
}

// The files are newer than what the host has read of them.
void mark_unread(ScriptRow& row) {
  row.is_unread = true;
  row.report.reason = kUnread;
}

void add_rows(const VersionReport& version, const Script* script, bool is_from_host,
              std::vector<ScriptRow>& into) {
  const bool nothing_known = version.offline.state == "none" && version.online.state == "none";
  if (nothing_known && script == nullptr) return;
  for (const Phase phase : {Phase::kOffline, Phase::kOnline}) {
    ScriptRow row{.version = {version.role, version.version},
                  .script = script == nullptr ? "" : script->name,
                  .phase = phase,
                  .report = report_of(version, phase)};
    if (nothing_known) row.report.state = "pending";  // it came after its version
    if (nothing_known && is_from_host) mark_unread(row);
    if (row.report.state != "none") into.push_back(std::move(row));
  }
  for (const Phase phase : {Phase::kUndo, Phase::kVerify}) {
    const PhaseReport& report = report_of(version, phase);
    if (report.state.empty() || report.state == "none") continue;
    into.push_back({.version = {version.role, version.version},
                    .script = script == nullptr ? "" : script->name,
                    .phase = phase,
                    .report = report});
  }
}

void add_rows(const Script& script, const PhaseReport& report, bool is_from_host,
              std::vector<ScriptRow>& into) {
  for (const Phase phase : {Phase::kOffline, Phase::kOnline}) {
    ScriptRow row{.version = script.brings_in, .script = script.name, .phase = phase, .report = report};
    if (is_from_host && report.state == "pending") mark_unread(row);
    into.push_back(std::move(row));
  }
}

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json to_json(const ScriptRow& row) {
  return Json{{"role", row.version.role},
              {"version", row.version.version},
              {"script", or_null(row.script)},
              {"phase", std::string(to_string(row.phase))},
              {"state", row.report.state},
              {"run", or_null(row.report.run)},
              {"attempt", row.report.attempt == 0 ? Json(nullptr) : Json(row.report.attempt)},
              {"progress", or_null(row.report.progress)},
              {"reason", or_null(row.report.reason)},
              {"decision", or_null(row.report.decision)},
              {"paused", or_null(row.report.paused)},
              {"throttled", or_null(row.report.throttled)},
              {"rate", or_null(row.report.rate)},
              {"slowed", or_null(row.report.slowed)}};
}

std::vector<std::string> cells_of(const ScriptRow& row) {
  const std::string attempt = row.report.attempt == 0 ? "-" : std::to_string(row.report.attempt);
  return {to_text(row.version), std::string(to_string(row.phase)), row.report.state, attempt,
          row.report.run.empty() ? "-" : row.report.run};
}

// Below its row, further in.
std::string explained(const PhaseReport& report, std::size_t columns) {
  constexpr std::size_t kIndent = 4;
  std::vector<std::string> all{report.progress, report.reason, report.decision};
  for (std::string& pace : paces_of(report)) all.push_back(std::move(pace));
  std::string text;
  for (const std::string& words : all) {
    if (words.empty()) continue;
    text += hanging_lines(std::string(kIndent, ' '), printable(words, kReasonLimit), columns, kIndent);
  }
  return text;
}

}  // namespace

ScriptList make_script_list(const StatusReport& status, const ScriptCatalog& catalog,
                            const std::vector<VersionKey>& versions) {
  ScriptList list{.application = status.application, .environment = status.environment, .rows = {}};
  const bool is_from_host = status.host && !status.host->bus.empty();
  std::set<VersionKey> told;
  for (const VersionReport& version : status.services) {
    const VersionKey key{version.role, version.version};
    told.insert(key);
    add_rows(version, catalog.find(key), is_from_host, list.rows);
  }
  for (const Script& script : catalog.scripts) {
    if (told.contains(script.brings_in)) continue;
    const bool is_ours = std::find(versions.begin(), versions.end(), script.brings_in) != versions.end();
    const std::string why = "the application has no " + to_text(script.brings_in);
    add_rows(script,
             is_ours ? PhaseReport{.state = "pending"} : PhaseReport{.state = "skipped", .reason = why},
             is_from_host, list.rows);
  }
  return list;
}

Result<ScriptList> view_scripts(const StateFolder& state) {
  const auto status = view_status(state);
  if (!status) return status.error();
  const LoadedApplication loaded = load_application(state.application().string());
  const auto versions = loaded.application ? versions_of(*loaded.application) : std::vector<VersionKey>();
  return make_script_list(status.value(), load_scripts(state.application()).catalog, versions);
}

Result<ScriptList> view_scripts(const RemoteBus& bus) {
  const auto status = view_status(bus);
  if (!status) return status.error();
  return make_script_list(status.value(), {}, {});
}

std::string to_json(const ScriptList& list) {
  Json scripts = Json::array();
  for (const ScriptRow& row : list.rows) scripts.push_back(to_json(row));
  return Json{{"application", list.application}, {"environment", list.environment}, {"scripts", scripts}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_table(const ScriptList& list, std::size_t columns) {
  if (list.rows.empty()) return list.application + " has no deployment scripts\n";
  std::vector<std::vector<std::string>> rows{{"VERSION", "PHASE", "STATE", "ATTEMPT", "RUN"}};
  for (const ScriptRow& row : list.rows) rows.push_back(cells_of(row));
  const std::vector<std::string> lines = aligned_rows(rows);
  const auto fitting = [&](const std::string& line) {
    return (columns == 0 ? line : cut_to(line, columns)) + "\n";
  };
  std::string text = fitting(lines.front());
  for (std::size_t i = 0; i < list.rows.size(); ++i) {
    text += fitting(lines[i + 1]) + explained(list.rows[i].report, columns);
  }
  return text;
}

}  // namespace exo
