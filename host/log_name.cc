#include "host/log_name.h"

#include <charconv>

#include "deployment-scripts/script.h"
#include "deployment-scripts/script_catalog.h"

namespace exo {
namespace {

constexpr std::string_view kEnding = ".log";

// Takes "-<number>" off the end of `text`; empty when it does not end so.
std::optional<std::uint64_t> take_number(std::string_view& text) {
  const std::size_t dash = text.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  const std::string_view digits = text.substr(dash + 1);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
  text = text.substr(0, dash);
  return number;
}

// "todo-0.0.1-offline-1-2", and "…-0-2" of a dry run; empty when it is no attempt's.
std::optional<LogName> parse_attempt(std::string_view text) {
  const auto attempt = take_number(text);
  const std::string run(text);
  if (!attempt || *attempt == 0 || !take_number(text)) return std::nullopt;
  for (const Phase phase : {Phase::kOffline, Phase::kOnline, Phase::kUndo, Phase::kVerify}) {
    const std::string ending = "-" + std::string(to_string(phase));
    if (!text.ends_with(ending)) continue;
    const auto version = parse_script_name(text.substr(0, text.size() - ending.size()));
    if (!version) return std::nullopt;
    return LogName{
        .version = *version, .phase = std::string(to_string(phase)), .run = run, .attempt = *attempt};
  }
  return std::nullopt;
}

}  // namespace

std::string LogName::shown_role() const {
  if (version.role.empty()) return "exo";
  return phase.empty() ? version.role : bus_role(version);
}

std::vector<std::string> LogName::words() const {
  if (version.role.empty()) return {"exo"};
  std::vector<std::string> words{version.role, to_text(version)};
  if (!phase.empty()) words.insert(words.end(), {bus_role(version), run});
  return words;
}

std::string log_file_of_instances(const VersionKey& version) {
  return version.role + "-" + version.version + std::string(kEnding);
}

std::string log_file_of_attempt(const std::string& run, std::uint64_t attempt) {
  return run + "-" + std::to_string(attempt) + std::string(kEnding);
}

std::optional<LogName> parse_run(std::string_view run) {
  auto log = parse_attempt(std::string(run) + "-1");
  if (log) log->attempt = 0;
  return log;
}

std::optional<LogName> parse_log_file_name(std::string_view file_name) {
  if (file_name == kHostLog) return LogName{};
  if (!file_name.ends_with(kEnding)) return std::nullopt;
  const std::string_view stem = file_name.substr(0, file_name.size() - kEnding.size());
  if (auto attempt = parse_attempt(stem)) return attempt;
  if (const auto version = parse_script_name(stem)) {
    return LogName{.version = *version, .phase = "", .run = "", .attempt = 0};
  }
  return std::nullopt;
}

}  // namespace exo
