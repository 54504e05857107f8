#include "deployment-scripts/script_settings.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/duration.h"
#include "base/nearest_word.h"
#include "base/semantic_version.h"
#include "base/text.h"
#include "base/yaml_document.h"
#include "deployment-scripts/throttle_reader.h"

namespace exo {
namespace {

using std::chrono::milliseconds;

constexpr unsigned kPauseGrowth = 4;

const std::vector<std::string> kPhaseKeys{"timeout",      "stall",          "attempts", "pause",
                                          "joins-within", "on-interrupted", "dry-run",  "throttle"};
const std::vector<std::string> kOfflineKeys{"timeout",        "stall",   "attempts", "pause", "joins-within",
                                            "on-interrupted", "dry-run", "throttle", "follow"};
const std::vector<std::string> kTopKeys{"timeout",        "stall",   "attempts", "pause",   "joins-within",
                                        "on-interrupted", "dry-run", "throttle", "offline", "online",
                                        "keep-logs",      "after",   "requires", "undo",    "verify"};
const std::vector<std::string> kUndoKeys{"timeout",      "stall",          "attempts", "pause",
                                         "joins-within", "on-interrupted", "throttle"};
const std::vector<std::string> kVerifyKeys{"timeout", "stall", "joins-within"};

// Reads one settings file, and goes on after each mistake.
class SettingsReader {
 public:
  SettingsReader(const std::string& file, const std::string& role) : file_(file), role_(role) {}

  ParsedScriptSettings read(std::string_view text) {
    const YamlDocument document = parse_yaml(text);
    for (const YamlFault& fault : document.faults) add(fault.line, fault.key, "", fault.message);
    const YamlNode& root = document.root;
    if (root.is_map()) {
      read_top(root);
    } else if (!root.is_null()) {
      add(root.line, "", root.text, "expected settings such as \"timeout: 1h\"");
    }
    return std::move(parsed_);
  }

 private:
  void read_top(const YamlNode& root) {
    PhaseSettings both;
    read_phase(root, "", kTopKeys, both);
    parsed_.settings.offline = both;
    parsed_.settings.online = both;
    parsed_.settings.undo = both;
    parsed_.settings.verify = both;
    parsed_.settings.verify.throttle.reset();  // it reads, and is soon over
    read_part(root, "offline", kOfflineKeys, parsed_.settings.offline);
    read_part(root, "online", kPhaseKeys, parsed_.settings.online);
    read_part(root, "undo", kUndoKeys, parsed_.settings.undo);
    read_part(root, "verify", kVerifyKeys, parsed_.settings.verify);
    for (const Phase phase : {Phase::kOffline, Phase::kOnline, Phase::kUndo}) check_pace(root, phase);
  }

  // A script that may send too seldom would seem to stand still, and fail.
  void check_pace(const YamlNode& root, Phase phase) {
    const PhaseSettings& settings = parsed_.settings.of(phase);
    if (!settings.throttle || !parsed_.mistakes.empty()) return;
    for (const std::optional<Rate>& rate :
         {settings.throttle->rate, std::optional(settings.throttle->slow_to)}) {
      if (!rate || rate->is_none() || rate->each() < settings.stall) continue;
      const std::string part(to_string(phase));
      const YamlEntry* own = root.find(part);
      const YamlEntry* entry = own == nullptr ? nullptr : own->value.find("throttle");
      const std::string key = entry == nullptr ? "throttle" : part + ".throttle";
      if (entry == nullptr) entry = root.find("throttle");
      add(entry->line, key, to_string(*rate),
          "a command every " + format_duration(rate->each()) + " is too seldom for its " + part +
              " phase, which fails after " + format_duration(settings.stall) +
              " without a message; make \"stall\" longer, or the rate higher");
      return;
    }
  }

  void read_part(const YamlNode& root, const std::string& key, const std::vector<std::string>& known,
                 PhaseSettings& into) {
    const YamlEntry* entry = root.find(key);
    if (entry == nullptr || entry->value.is_null()) return;
    if (!entry->value.is_map()) {
      add(entry->line, key, entry->value.text, "expected settings of the phase below it");
      return;
    }
    read_phase(entry->value, key + ".", known, into);
  }

  void read_phase(const YamlNode& map, const std::string& prefix, const std::vector<std::string>& known,
                  PhaseSettings& into) {
    for (const YamlEntry& entry : map.entries) {
      const std::string key = prefix + entry.key;
      const YamlNode& value = entry.value;
      const bool is_known = std::find(known.begin(), known.end(), entry.key) != known.end();
      if (!is_known && entry.key == "follow") {
        add(entry.line, key, "",
            "only the offline phase follows commands, since after it the version gets them itself; write it "
            "below \"offline:\"");
      } else if (!is_known) {
        add(entry.line, key, value.text,
            "unknown key" + did_you_mean(entry.key, known) + "; known here: " + join(known, ", "));
        parsed_.mistakes.back().nearest = nearest_word(entry.key, known);
      } else if (entry.key == "timeout") {
        read_duration(value, key, kMaxScriptTime, into.timeout);
      } else if (entry.key == "stall") {
        read_duration(value, key, kMaxScriptTime, into.stall);
      } else if (entry.key == "joins-within") {
        read_duration(value, key, kMaxScriptTime, into.joins_within);
      } else if (entry.key == "attempts") {
        read_attempts(value, key, into.attempts);
      } else if (entry.key == "pause") {
        read_pauses(value, key, into.pauses);
      } else if (entry.key == "on-interrupted") {
        read_on_interrupted(value, key, into.on_interrupted);
      } else if (entry.key == "dry-run") {
        read_dry_run(value, key, into.can_dry_run);
      } else if (entry.key == "throttle") {
        read_throttle(
            value, key, file_,
            [this](int line, const std::string& at, const std::string& text, const std::string& message) {
              add(line, at, text, message);
            },
            into.throttle);
      } else if (entry.key == "keep-logs") {
        read_kept_logs(value, key);
      } else if (entry.key == "after") {
        read_versions(value, key, parsed_.settings.after);
      } else if (entry.key == "requires") {
        read_versions(value, key, parsed_.settings.required);
      } else if (entry.key == "follow") {
        read_follow(value, key, into.follow);
      }
    }
  }

  void read_duration(const YamlNode& value, const std::string& key, milliseconds most, milliseconds& into) {
    if (!value.is_scalar()) {
      add(value.line, key, "", std::string("expected a duration such as \"5m\", found ") + describe(value));
      return;
    }
    const Result<milliseconds> duration = parse_duration(value.text);
    if (!duration.ok()) {
      add(value.line, key, value.text, duration.error().message);
    } else if (duration.value() <= milliseconds::zero() || duration.value() > most) {
      add(value.line, key, value.text,
          "expected more than 0 and at most " + format_duration(most) + "; every limit is finite");
    } else {
      into = duration.value();
    }
  }

  void read_attempts(const YamlNode& value, const std::string& key, unsigned& into) {
    into = read_number(value, key, kMaxAttempts, "attempts: 3").value_or(into);
  }

  void read_kept_logs(const YamlNode& value, const std::string& key) {
    parsed_.settings.kept_logs = read_number(value, key, kMaxKeptLogs, "keep-logs: 20");
  }

  std::optional<unsigned> read_number(const YamlNode& value, const std::string& key, unsigned most,
                                      const std::string& example) {
    unsigned number = 0;
    const char* end = value.text.data() + value.text.size();
    const auto [rest, error] = std::from_chars(value.text.data(), end, number);
    if (value.is_scalar() && error == std::errc{} && rest == end && number >= 1 && number <= most)
      return number;
    add(value.line, key, value.text,
        "expected a whole number from 1 to " + std::to_string(most) + ", such as \"" + example + "\"");
    return std::nullopt;
  }

  void read_pauses(const YamlNode& value, const std::string& key, std::vector<milliseconds>& into) {
    std::vector<milliseconds> pauses;
    if (!value.is_sequence()) {
      pauses.resize(1);
      read_duration(value, key, kMaxPause, pauses[0]);
    } else if (value.items.empty()) {
      add(value.line, key, "", "expected at least one duration, such as \"pause: [1s, 10s]\"");
      return;
    }
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      pauses.emplace_back();
      read_duration(value.items[i], key + "[" + std::to_string(i) + "]", kMaxPause, pauses.back());
    }
    into = std::move(pauses);
  }

  void read_follow(const YamlNode& value, const std::string& key, std::vector<std::string>& into) {
    if (!value.is_sequence() || value.items.empty()) {
      add(value.line, key, value.text,
          "expected the commands that are recorded while the script runs, such as \"follow: "
          "[todo-search.add]\"");
      return;
    }
    for (std::size_t i = 0; i < value.items.size(); ++i) {
      const YamlNode& item = value.items[i];
      const std::string place = key + "[" + std::to_string(i) + "]";
      if (!item.is_scalar() || item.text.empty()) {
        add(item.line, place, item.text,
            "expected the public name of a command, such as \"todo-search.add\"");
      } else if (std::find(into.begin(), into.end(), item.text) != into.end()) {
        add(item.line, place, item.text, "it is followed already; leave it out here");
      } else {
        into.push_back(item.text);
        parsed_.settings.follow_places[item.text] = {.file = file_, .line = item.line, .key = place};
      }
    }
  }

  // One alone may stand without brackets.
  void read_versions(const YamlNode& value, const std::string& key, std::vector<NamedVersion>& into) {
    if (value.is_sequence()) {
      for (std::size_t i = 0; i < value.items.size(); ++i) {
        read_version(value.items[i], key + "[" + std::to_string(i) + "]", into);
      }
    } else {
      read_version(value, key, into);
    }
  }

  void read_version(const YamlNode& value, const std::string& key, std::vector<NamedVersion>& into) {
    constexpr char kExpected[] =
        "expected a version, such as \"accounts@2.0.0\", or \"2.0.0\" for one of its own role";
    const std::size_t at = value.text.rfind('@');
    const bool has_role = at != std::string::npos;
    const VersionKey named{has_role ? value.text.substr(0, at) : role_,
                           has_role ? value.text.substr(at + 1) : value.text};
    const auto version = parse_semantic_version(named.version);
    if (!value.is_scalar() || at == 0) {
      add(value.line, key, value.text, kExpected);
    } else if (!version) {
      add(value.line, key, value.text, kExpected + std::string("; ") + version.error().message);
    } else if (std::any_of(into.begin(), into.end(),
                           [&](const NamedVersion& each) { return each.version == named; })) {
      add(value.line, key, value.text, "it is named already; leave it out here");
    } else {
      into.push_back({named, {.file = file_, .line = value.line, .key = key}});
    }
  }

  void read_on_interrupted(const YamlNode& value, const std::string& key,
                           std::optional<OnInterrupted>& into) {
    if (value.text == "retry") {
      into = OnInterrupted::kRetry;
    } else if (value.text == "ask") {
      into = OnInterrupted::kAsk;
    } else {
      add(value.line, key, value.text,
          "expected \"retry\" (try again when the host died under an attempt) or \"ask\" (wait for a "
          "person)");
    }
  }

  void read_dry_run(const YamlNode& value, const std::string& key, bool& into) {
    if (value.text == "true" || value.text == "false") {
      into = value.text == "true";
      return;
    }
    add(value.line, key, value.text,
        "expected \"true\" (it writes nothing when its start message says dryRun) or \"false\"");
  }

  void add(int line, const std::string& key, const std::string& value, const std::string& message) {
    parsed_.mistakes.push_back({.file = file_,
                                .line = line,
                                .key = key,
                                .value = printable(value),
                                .message = naming(value, message)});
  }

  const std::string& file_;
  const std::string& role_;
  ParsedScriptSettings parsed_;
};

}  // namespace

milliseconds PhaseSettings::pause_after(unsigned failures) const {
  EXO_CHECK(!pauses.empty() && failures >= 1);
  if (pauses.size() > 1) return pauses[std::min<std::size_t>(failures, pauses.size()) - 1];
  milliseconds pause = pauses[0];
  for (unsigned i = 1; i < failures && pause < kMaxPause; ++i) pause *= kPauseGrowth;
  return std::min(pause, kMaxPause);
}

std::vector<std::string> names_of(const std::vector<NamedVersion>& versions, const std::string& role) {
  std::vector<std::string> names;
  names.reserve(versions.size());
  for (const NamedVersion& each : versions) {
    names.push_back(each.version.role == role ? each.version.version : to_text(each.version));
  }
  return names;
}

const PhaseSettings& ScriptSettings::of(Phase phase) const {
  switch (phase) {
    case Phase::kOffline:
      return offline;
    case Phase::kOnline:
      return online;
    case Phase::kUndo:
      return undo;
    case Phase::kVerify:
      return verify;
  }
  EXO_CHECK(false);
}

ParsedScriptSettings parse_script_settings(std::string_view text, const std::string& file,
                                           const std::string& role) {
  return SettingsReader(file, role).read(text);
}

}  // namespace exo
