#include "host/message_check.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "base/files.h"
#include "base/nearest_word.h"
#include "base/text.h"

namespace exo {
namespace {

constexpr std::size_t kMaxScriptBytes = 4 * 1024 * 1024;  // what is larger is no text that a person wrote
constexpr std::string_view kScriptRole = "deployment-";
constexpr std::string_view kOfflineStart = "-offline-start";
constexpr std::string_view kOnlineStart = "-online-start";
constexpr std::string_view kUndoStart = "-undo-start";
constexpr std::string_view kVerifyStart = "-verify-start";

std::string public_name(const ServiceVersion& version, const std::string& internal_name) {
  for (const MessageTranslation& translation : version.translations) {
    if (translation.internal_name == internal_name) return translation.public_name;
  }
  return internal_name;
}

std::vector<std::string> all_received_names(const Application& application) {
  std::set<std::string> names;
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions) {
      for (const std::string& name : version.receives) names.insert(public_name(version, name));
    }
  }
  return {names.begin(), names.end()};
}

// Collects the messages that would be sent to nobody.
class Listener {
 public:
  explicit Listener(const Application& application) : received_(all_received_names(application)) {}

  void hear(const std::string& name, const Place& place) {
    const bool heard = std::binary_search(received_.begin(), received_.end(), name);
    // What a script answers to exo needs no receiver among the services.
    if (heard || name.starts_with(kScriptRole)) return;
    const Notice notice{
        .file = place.file,
        .line = place.line,
        .message = "no service receives " + in_quotes(name) +
                   "; add it to the `receives` of one, or leave it out here (a reply needs no "
                   "declaration)" +
                   did_you_mean(name, received_)};
    if (std::find(unheard_.begin(), unheard_.end(), notice) == unheard_.end()) unheard_.push_back(notice);
  }

  std::vector<Notice> unheard() && { return std::move(unheard_); }

 private:
  const std::vector<std::string> received_;
  std::vector<Notice> unheard_;
};

struct PlacedName {
  std::string name;
  int line = 0;
};

bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '+';
}

constexpr std::array kStarts{kOfflineStart, kOnlineStart, kUndoStart, kVerifyStart};

std::optional<std::string_view> ending_of(std::string_view name) {
  for (const std::string_view start : kStarts) {
    if (name.ends_with(start)) return start;
  }
  return std::nullopt;
}

// Every "deployment-…-offline-start", and of the other phases, in a line.
void add_start_messages(std::string_view line, int number, std::vector<PlacedName>& names) {
  for (std::size_t at = line.find(kScriptRole); at != std::string_view::npos;) {
    std::size_t end = at;
    while (end < line.size() && is_name_letter(line[end])) ++end;
    const std::string_view name = line.substr(at, end - at);
    if (ending_of(name)) {
      names.push_back({std::string(name), number});
    }
    at = line.find(kScriptRole, end);
  }
}

std::vector<PlacedName> start_messages(std::string_view text) {
  std::vector<PlacedName> names;
  int number = 0;
  for (const std::string_view line : split(text, '\n')) add_start_messages(line, ++number, names);
  return names;
}

bool mentions_a_phase(std::string_view text) {
  return text.find(kOfflineStart) != std::string_view::npos ||
         text.find(kOnlineStart) != std::string_view::npos;
}

void check_phases(const Script& script, std::vector<Notice>& unhandled) {
  const Result<std::string> text = read_file(script.path, kMaxScriptBytes);
  if (!text.ok() || text.value().find('\0') != std::string::npos) return;
  const std::string offline = bus_role(script.brings_in) + std::string(kOfflineStart);
  const std::string online = bus_role(script.brings_in) + std::string(kOnlineStart);
  for (const PlacedName& message : start_messages(text.value())) {
    const std::string meant = bus_role(script.brings_in) + std::string(ending_of(message.name).value_or(""));
    if (message.name == meant) continue;
    unhandled.push_back({.file = script.name,
                         .line = message.line,
                         .message = "this script never gets " + in_quotes(message.name) + "; write " +
                                    in_quotes(meant) + ", or rename the file"});
  }
  if (script.kind == ScriptKind::kLoader && !mentions_a_phase(text.value())) {
    unhandled.push_back({.file = script.name,
                         .line = 0,
                         .message = "it has no phase, so that nothing of it runs; export a handler of " +
                                    in_quotes(offline) + " or " + in_quotes(online)});
  }
}

}  // namespace

std::vector<Notice> unheard_messages(const Application& application, const ScriptCatalog& catalog) {
  Listener listener(application);
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions) {
      for (const std::string& name : version.sends) {
        listener.hear(public_name(version, name), version.sends_places.at(name));
      }
    }
  }
  for (const Script& script : catalog.scripts) {
    for (const auto& [name, place] : script.sends_places) listener.hear(name, place);
  }
  return std::move(listener).unheard();
}

bool may_handle(const Script& script, Phase phase) {
  if (script.kind != ScriptKind::kLoader) return true;
  const Result<std::string> text = read_file(script.path, kMaxScriptBytes);
  if (!text.ok()) return true;
  const bool offline = text.value().find(kOfflineStart) != std::string::npos;
  const bool online = text.value().find(kOnlineStart) != std::string::npos;
  if (offline == online) return true;
  return phase == Phase::kOffline ? offline : online;
}

std::vector<std::string> received_names(const ServiceVersion& version) {
  std::set<std::string> names;
  for (const std::string& name : version.receives) names.insert(public_name(version, name));
  return {names.begin(), names.end()};
}

std::optional<std::string> why_not_followed(const ServiceVersion& version, const std::string& name) {
  const std::vector<std::string> received = received_names(version);
  if (std::binary_search(received.begin(), received.end(), name)) return std::nullopt;
  return version.role + "@" + to_string(version.version) + " does not receive " + in_quotes(name) +
         ", so it could not be replayed" + did_you_mean(name, received) +
         (received.empty() ? "; it receives nothing" : "; it receives " + join_for_people(received));
}

std::vector<Mistake> wrong_follows(const Application& application, const ScriptCatalog& catalog) {
  std::vector<Mistake> mistakes;
  for (const Script& script : catalog.scripts) {
    const ServiceVersion* version = application.find_version(script.brings_in.role, script.brings_in.version);
    if (version == nullptr) continue;  // it is not run, and that is said
    for (const auto& [name, place] : script.settings.follow_places) {
      const auto fault = why_not_followed(*version, name);
      if (!fault) continue;
      mistakes.push_back({.file = place.file,
                          .line = place.line,
                          .key = place.key,
                          .value = printable(name),
                          .message = *fault,
                          .nearest = nearest_word(name, received_names(*version))});
    }
  }
  return mistakes;
}

std::vector<Mistake> wrong_signals(const Application& application, const ScriptCatalog& catalog) {
  std::set<std::string> received;
  for (const Role& role : application.roles) {
    for (const ServiceVersion& version : role.versions) {
      for (const std::string& name : received_names(version)) received.insert(name);
    }
  }
  const std::vector<std::string> known(received.begin(), received.end());
  std::map<std::pair<std::string, int>, Mistake> mistakes;  // by place: phases share what is declared for all
  for (const Script& script : catalog.scripts) {
    for (const Phase phase : {Phase::kOffline, Phase::kOnline, Phase::kUndo}) {
      const auto& throttle = script.settings.of(phase).throttle;
      const auto* p99 = throttle && throttle->when ? std::get_if<P99Signal>(&*throttle->when) : nullptr;
      if (p99 == nullptr || received.count(p99->message) > 0) continue;
      mistakes[{p99->place.file, p99->place.line}] = {
          .file = p99->place.file,
          .line = p99->place.line,
          .key = p99->place.key,
          .value = printable(p99->message),
          .message = "no role receives " + in_quotes(p99->message) +
                     ", so that nothing would ever be seen of it" + did_you_mean(p99->message, known),
          .nearest = nearest_word(p99->message, known)};
    }
  }
  std::vector<Mistake> all;
  all.reserve(mistakes.size());
  for (auto& [place, mistake] : mistakes) all.push_back(std::move(mistake));
  return all;
}

std::vector<Notice> unhandled_phases(const ScriptCatalog& catalog) {
  std::vector<Notice> unhandled;
  for (const Script& script : catalog.scripts) {
    if (script.kind != ScriptKind::kFolder) check_phases(script, unhandled);
  }
  return unhandled;
}

}  // namespace exo
