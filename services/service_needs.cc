#include "services/service_needs.h"

#include <array>
#include <charconv>
#include <limits>
#include <string_view>

#include "base/duration.h"
#include "base/nearest_word.h"
#include "base/text.h"
#include "services/configuration_file.h"
#include "services/names.h"

namespace exo {
namespace {

using Until = ServiceDependency::Until;

struct Range {
  std::chrono::milliseconds least;
  std::chrono::milliseconds most;
  std::string_view in_words;
};
constexpr Range kIntervals{std::chrono::milliseconds(100), std::chrono::hours(1), "100ms to 1h"};
constexpr Range kPauses{std::chrono::milliseconds(10), std::chrono::hours(1), "10ms to 1h"};
constexpr Range kSteadyTimes{std::chrono::seconds(1), std::chrono::hours(24), "1s to 24h"};
constexpr std::uint64_t kMostFailures = 1000;
constexpr std::uint64_t kMostOfAnything = std::numeric_limits<std::uint32_t>::max();
constexpr std::size_t kMaxTextBytes = 255;

std::optional<std::uint64_t> whole_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<Until> until_of(std::string_view word) {
  if (word == "started") return Until::kStarted;
  if (word == "ready") return Until::kReady;
  if (word == "live") return Until::kLive;
  return std::nullopt;
}

void add_dependency(ConfigurationFile& file, const PlacedText& role, Until until, const std::string& own_role,
                    std::vector<ServiceDependency>& into) {
  const std::string fault = fault_of_role(role.text);
  if (!fault.empty()) {
    file.add_mistake(role.line, "depends-on", role.text, in_quotes(role.text) + " " + fault);
  } else if (role.text == own_role) {
    file.add_mistake(
        role.line, "depends-on", role.text,
        "a service cannot wait for itself; leave it out, or use \"requires\" for another version of it");
  } else {
    into.push_back({.role = role.text, .until = until, .line = role.line});
  }
}

void read_dependency_map(ConfigurationFile& file, const Field& map, const std::string& own_role,
                         std::vector<ServiceDependency>& into) {
  for (const auto& [role, word] : file.named_texts(map)) {
    const auto until = until_of(word);
    if (until) {
      add_dependency(file, role, *until, own_role, into);
      continue;
    }
    const std::vector<std::string> words{"started", "ready", "live"};
    file.add_mistake(role.line, "depends-on." + printable(role.text, 80), word,
                     in_quotes(word) +
                         " is not what a service can wait for; write \"started\", \"ready\" or \"live\"" +
                         did_you_mean(word, words))
        .nearest = nearest_word(word, words);
  }
}

// A whole number of bytes, or of KiB, MiB or GiB.
std::optional<std::uint64_t> bytes_of(std::string_view text) {
  struct Unit {
    std::string_view name;
    std::uint64_t bytes;
  };
  static constexpr std::array<Unit, 3> kUnits{
      {{"KiB", 1024}, {"MiB", 1024 * 1024}, {"GiB", 1024 * 1024 * 1024}}};
  std::uint64_t factor = 1;
  for (const auto& [name, bytes] : kUnits) {
    if (!text.ends_with(name)) continue;
    factor = bytes;
    text = trim(text.substr(0, text.size() - name.size()));
    break;
  }
  const auto number = whole_number(text);
  if (!number || *number > std::numeric_limits<std::uint64_t>::max() / 2 / factor) return std::nullopt;
  return *number * factor;
}

std::optional<std::uint64_t> read_count(ConfigurationFile& file, const Field& field, std::uint64_t least,
                                        std::uint64_t most, const std::string& what) {
  const auto text = file.text(field);
  if (!text) return std::nullopt;
  const auto number = whole_number(text->text);
  if (number && *number >= least && *number <= most) return number;
  file.add_mistake(field, in_quotes(text->text) + " is not " + what + "; write a whole number from " +
                              std::to_string(least) + " to " + std::to_string(most));
  return std::nullopt;
}

// `what` completes "… is not", as in "a time between two checks".
void read_time(ConfigurationFile& file, const Field& field, Range range, const std::string& what,
               std::chrono::milliseconds& into) {
  const auto text = file.text(field);
  if (!text) return;
  const auto duration = parse_duration(text->text);
  if (duration.ok() && duration.value() >= range.least && duration.value() <= range.most) {
    into = duration.value();
    return;
  }
  file.add_mistake(field, in_quotes(text->text) + " is not " + what + "; write one from " +
                              std::string(range.in_words) + ", as in \"5s\"");
}

void read_truth(ConfigurationFile& file, const Field& field, bool& into) {
  const auto text = file.text(field);
  if (!text) return;
  into = text->text == "true";
  if (into || text->text == "false") return;
  file.add_mistake(field, in_quotes(text->text) + " is neither \"true\" nor \"false\"; write one of them");
}

void read_words(ConfigurationFile& file, const Field& field, std::string& into) {
  const auto text = file.text(field);
  if (!text) return;
  if (text->text.empty() || has_control_characters(text->text) || text->text.size() > kMaxTextBytes) {
    file.add_mistake(field,
                     "must be 1 to " + std::to_string(kMaxTextBytes) + " bytes without control characters");
    return;
  }
  into = text->text;
}

}  // namespace

std::vector<RequiredServiceVersion> read_required_versions(ConfigurationFile& file, const Field& required,
                                                           const std::string& own_role,
                                                           const SemanticVersion& own_version) {
  std::vector<RequiredServiceVersion> versions;
  for (const PlacedText& text : file.texts(required, "version")) {
    const std::size_t at = text.text.rfind('@');
    const std::string role = at == std::string::npos ? own_role : text.text.substr(0, at);
    const auto parsed =
        parse_semantic_version(at == std::string::npos ? text.text : text.text.substr(at + 1));
    if (const std::string fault = fault_of_role(role); !fault.empty()) {
      file.add_mistake(text.line, required.key, text.text, in_quotes(role) + " " + fault);
    } else if (!parsed) {
      file.add_mistake(text.line, required.key, text.text, parsed.error().message);
    } else if (role == own_role && compare_precedence(parsed.value(), own_version) == 0) {
      file.add_mistake(text.line, required.key, text.text,
                       "a version cannot require itself; name one that is introduced before it");
    } else {
      versions.push_back({.role = role,
                          .version = parsed.value(),
                          .place = {.file = file.name(), .line = text.line, .key = required.key}});
    }
  }
  return versions;
}

std::vector<ServiceDependency> read_dependencies(ConfigurationFile& file, const Field& depends_on,
                                                 const std::string& own_role) {
  std::vector<ServiceDependency> dependencies;
  if (depends_on.is_absent()) return dependencies;
  if (depends_on.node->is_map()) {
    read_dependency_map(file, depends_on, own_role, dependencies);
    return dependencies;
  }
  for (const PlacedText& role : file.texts(depends_on, "role")) {
    add_dependency(file, role, Until::kReady, own_role, dependencies);
  }
  return dependencies;
}

supervision::ReadinessRules read_readiness_rules(ConfigurationFile& file, const Field& ready) {
  supervision::ReadinessRules rules;
  if (!file.is_map(ready)) return rules;
  file.allow_keys(ready, {"port", "text", "message", "every", "failures", "answer-within"});
  const auto at = [&](std::string_view key) { return ConfigurationFile::at(ready, key); };
  read_truth(file, at("port"), rules.port);
  read_words(file, at("text"), rules.text);
  read_words(file, at("message"), rules.message);
  read_time(file, at("every"), kIntervals, "a time between two checks", rules.every);
  read_time(file, at("answer-within"), kIntervals, "a time for an answer", rules.answer_within);
  if (const auto failures = read_count(file, at("failures"), 1, kMostFailures, "a number of failures")) {
    rules.failures = static_cast<unsigned>(*failures);
  }
  return rules;
}

supervision::RestartRules read_restart_rules(ConfigurationFile& file, const Field& restarts) {
  supervision::RestartRules rules;
  if (!file.is_map(restarts)) return rules;
  file.allow_keys(restarts, {"pause", "longest-pause", "steady-after"});
  const auto at = [&](std::string_view key) { return ConfigurationFile::at(restarts, key); };
  read_time(file, at("pause"), kPauses, "a pause before a restart", rules.pause);
  read_time(file, at("longest-pause"), kPauses, "a pause before a restart", rules.longest_pause);
  read_time(file, at("steady-after"), kSteadyTimes, "a time of being ready", rules.steady_after);
  if (rules.longest_pause >= rules.pause) return rules;
  if (at("pause").is_absent()) {
    rules.pause = rules.longest_pause;
  } else if (at("longest-pause").is_absent()) {
    rules.longest_pause = rules.pause;
  } else {
    file.add_mistake(at("longest-pause"),
                     "is shorter than the first pause (restarts.pause); pauses only grow");
  }
  return rules;
}

std::chrono::milliseconds read_stop_within(ConfigurationFile& file, const Field& field) {
  std::chrono::milliseconds within = supervision::kDefaultStopWithin;
  read_time(file, field, kIntervals, "a time for a service to end", within);
  return within;
}

ServiceLimits read_limits(ConfigurationFile& file, const Field& field) {
  ServiceLimits limits;
  if (!file.is_map(field)) return limits;
  file.allow_keys(field, {"open-files", "processes", "memory"});
  const auto at = [&](std::string_view key) { return ConfigurationFile::at(field, key); };
  limits.open_files = read_count(file, at("open-files"), 16, kMostOfAnything, "a number of open files");
  if (!at("processes").is_absent()) limits.processes_line = at("processes").node->line;
  limits.processes = read_count(file, at("processes"), 1, kMostOfAnything, "a number of processes");
  if (const auto text = file.text(at("memory"))) {
    limits.memory_bytes = bytes_of(text->text);
    if (!limits.memory_bytes || *limits.memory_bytes < 1024 * 1024) {
      limits.memory_bytes.reset();
      file.add_mistake(at("memory"),
                       in_quotes(text->text) +
                           " is not an amount of memory; write one of at least 1MiB, as in \"512MiB\"");
    }
  }
  return limits;
}

LogSettings read_log_settings(ConfigurationFile& file, const Field& field) {
  constexpr std::uint64_t kLeastBytes = std::uint64_t{1024} * 1024;
  LogSettings settings;
  if (!file.is_map(field)) return settings;
  file.allow_keys(field, {"size", "attempts"});
  const auto at = [&](std::string_view key) { return ConfigurationFile::at(field, key); };
  if (const auto text = file.text(at("size"))) {
    const auto bytes = bytes_of(text->text);
    if (bytes && *bytes >= kLeastBytes) {
      settings.bytes = *bytes;
    } else {
      file.add_mistake(
          at("size"),
          in_quotes(text->text) + " is not the size of a log; write one of at least 1MiB, as in \"128MiB\"");
    }
  }
  const auto attempts = read_count(file, at("attempts"), 1, kMostOfAnything, "a number of attempts");
  if (attempts) settings.attempts = *attempts;
  return settings;
}

WantedUser read_user(ConfigurationFile& file, const Field& field) {
  const auto text = file.text(field);
  if (!text) return {};
  if (text->text.empty()) file.add_mistake(field, "is empty; name a Unix user, or leave the key out");
  return {.name = text->text, .place = {.file = file.name(), .line = text->line, .key = field.key}};
}

}  // namespace exo
