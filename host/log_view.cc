#include "host/log_view.h"

#include <nlohmann/json.hpp>
#include <queue>
#include <system_error>
#include <utility>

#include "deployment-scripts/script_catalog.h"
#include "services/application.h"
#include "services/keeper/output_log.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

std::vector<std::string> file_names(const fs::path& folder) {
  std::vector<std::string> names;
  std::error_code failure;
  for (const auto& entry : fs::directory_iterator(folder, failure))
    names.push_back(entry.path().filename().string());
  return names;
}

// The host's lines say their level before their text.
LogEntry entry_of(const LogName& log, LogLine line) {
  LogEntry entry{.log = log, .line = std::move(line), .level = ""};
  if (!log.version.role.empty()) return entry;
  const std::size_t space = entry.line.text.find(' ');
  if (space == std::string::npos) return entry;
  entry.level = entry.line.text.substr(0, space);
  entry.line.text.erase(0, space + 1);
  return entry;
}

}  // namespace

std::string to_json_line(const LogEntry& entry) {
  const LogName& log = entry.log;
  return Json{{"at", to_rfc3339(entry.line.at)},
              {"role", log.version.role.empty() ? "exo" : log.version.role},
              {"version", or_null(log.version.version)},
              {"phase", or_null(log.phase)},
              {"run", or_null(log.run)},
              {"attempt", log.attempt == 0 ? Json(nullptr) : Json(log.attempt)},
              {"level", or_null(entry.level)},
              {"text", entry.line.text}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::vector<LogName> known_logs(const fs::path& application, const fs::path& folder) {
  std::vector<LogName> logs{LogName{}};
  const LoadedApplication loaded = load_application(application.string());
  if (loaded.application) {
    for (const Role& role : loaded.application->roles) {
      for (const ServiceVersion& version : role.versions)
        logs.push_back({.version = {role.name, to_string(version.version)}, .phase = "", .run = ""});
    }
  }
  for (const std::string& name : file_names(folder)) {
    if (auto log = parse_log_file_name(name)) logs.push_back(std::move(*log));
  }
  return logs;
}

bool has_log(const fs::path& folder, const std::string& run, std::uint64_t attempt) {
  const std::string file = (folder / log_file_of_attempt(run, attempt)).string();
  std::error_code failure;
  return fs::exists(file, failure) || fs::exists(old_log_file(file, 1), failure);
}

Result<void> LogView::give_new(const Give& give) {
  const auto found = find_sources();
  merge(&LogReader::next, give);
  return found;
}

Result<void> LogView::give_all(const Give& give) {
  const auto found = find_sources();
  if (merge(&LogReader::next, give)) merge(&LogReader::rest, give);
  return found;
}

// Another error than the first is told when the folder is looked at again.
Result<void> LogView::find_sources() {
  for (const std::string& name : file_names(folder_)) {
    if (sources_.contains(name)) continue;
    const auto log = parse_log_file_name(name);
    if (!log || !selection_.takes(*log)) continue;
    auto reader = LogReader::open((folder_ / name).string());
    if (!reader) {
      sources_.emplace(name, std::nullopt);
      return reader.error();
    }
    sources_.emplace(name, Source{*log, std::move(reader).value()});
  }
  return {};
}

bool LogView::wants(const LogEntry& entry) const {
  if (since_ && entry.line.at.nanoseconds < since_->nanoseconds) return false;
  return entry.level != "debug" || !selection_.is_everything();
}

// False when `give` wants no more.
bool LogView::merge(NextLine next, const Give& give) {
  struct Head {
    LogLine line;
    Source* source;
    std::size_t order;  // of equal times the log whose name comes first
    bool operator<(const Head& other) const {
      return std::pair(other.line.at.nanoseconds, other.order) < std::pair(line.at.nanoseconds, order);
    }
  };
  std::priority_queue<Head> heads;
  const auto push = [&](Source& source, std::size_t order) {
    if (auto line = (source.reader.*next)()) heads.push({std::move(*line), &source, order});
  };
  std::size_t order = 0;
  for (auto& [name, source] : sources_) {
    if (source) push(*source, order);
    ++order;
  }
  while (!heads.empty()) {
    const Head head = heads.top();
    heads.pop();
    const LogEntry entry = entry_of(head.source->log, head.line);
    if (wants(entry) && !give(entry)) return false;
    push(*head.source, head.order);
  }
  return true;
}

}  // namespace exo
