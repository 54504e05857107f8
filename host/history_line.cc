#include "host/history_line.h"

#include <chrono>
#include <cstdint>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "base/duration.h"
#include "base/text.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}
Json or_null(std::uint64_t number) {
  return number == 0 ? Json(nullptr) : Json(number);
}

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json to_json(const LedgerEvent& event) {
  Json json{{"seq", event.sequence},
            {"at", to_rfc3339(event.at)},
            {"who", or_null(event.who)},
            {"host", or_null(event.host)},
            {"event", event.type},
            {"role", or_null(event.role)},
            {"version", or_null(event.version)},
            {"phase", or_null(event.phase)},
            {"generation", or_null(event.generation)},
            {"run", or_null(event.run)},
            {"attempt", or_null(event.attempt)}};
  const Json details = Json::parse(event.details, nullptr, false);
  if (!details.is_object()) return json;
  for (const auto& [key, value] : details.items()) {
    // A newer exo may have a detail of the same name as a field; the field is the contract.
    if (!json.contains(key)) json[key] = value;
  }
  return json;
}

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  if (found == json.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : dump(*found);
}

// "2026-11-20T21:02:59.407Z" → "2026-11-20 21:02:59": what people read; the JSON form has the rest.
std::string short_time(std::string at) {
  constexpr std::size_t kSecondsEnd = 19;
  if (at.size() > kSecondsEnd) at.resize(kSecondsEnd);
  if (const std::size_t t = at.find('T'); t != std::string::npos) at[t] = ' ';
  return at;
}

// "; slowed for 41 s, 2 times, at last: todos.list p99 83 ms > 50 ms".
std::string slowed_in(const Json& json) {
  const auto slowed = json.find("slowed");
  if (slowed == json.end() || !slowed->is_object()) return "";
  const auto number = [&](const char* key) {
    const auto found = slowed->find(key);
    return found != slowed->end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  return "; slowed for " + format_duration(std::chrono::milliseconds(number("ms"))) + ", " +
         std::to_string(number("times")) + (number("times") == 1 ? " time" : " times") +
         ", at last: " + printable(text_of(*slowed, "because"), 1000);
}

}  // namespace

std::string to_json_line(const LedgerEvent& event) {
  return dump(to_json(event));
}

std::string history_page_to_json(const std::vector<LedgerEvent>& events) {
  Json lines = Json::array();
  for (const LedgerEvent& event : events) lines.push_back(to_json(event));
  return dump(Json{{"events", lines}});
}

Result<std::vector<std::string>> history_lines_from_json(const std::string& page) {
  const Json json = Json::parse(page, nullptr, false);
  if (!json.is_object() || !json.contains("events") || !json["events"].is_array()) {
    return Error{"malformed", "the host's answer holds no history"};
  }
  std::vector<std::string> lines;
  for (const Json& event : json["events"]) lines.push_back(dump(event));
  return lines;
}

std::string history_line_for_people(const std::string& json_line) {
  const Json json = Json::parse(json_line, nullptr, false);
  if (!json.is_object()) return json_line;
  constexpr std::size_t kEventColumn = 20;
  std::string event = text_of(json, "event");
  if (event.size() < kEventColumn) event.append(kEventColumn - event.size(), ' ');
  std::string line = short_time(text_of(json, "at")) + "  " + event;
  if (const std::string role = text_of(json, "role"); !role.empty()) {
    line += " " + role + "@" + text_of(json, "version");
  }
  if (const std::string phase = text_of(json, "phase"); !phase.empty()) line += " " + phase;
  if (const std::string attempt = text_of(json, "attempt"); !attempt.empty()) line += " attempt " + attempt;
  if (const std::string name = text_of(json, "name"); !name.empty()) line += ": " + printable(name, 255);
  if (const std::string reason = text_of(json, "reason"); !reason.empty())
    line += ": " + printable(reason, 1000);
  if (text_of(json, "differs") == "true") {
    line += "; by another content of its script than the one that did it";
  }
  return line + slowed_in(json) + "  (" + text_of(json, "who") + ")";
}

std::string history_lines_for_people(const std::string& json_line, std::size_t columns) {
  constexpr std::size_t kTimeColumn = 21;
  const std::string line = history_line_for_people(json_line);
  if (columns <= 2 * kTimeColumn || line.size() <= kTimeColumn) return line + "\n";
  std::string lines;
  for (const std::string& part : wrapped(line.substr(kTimeColumn), columns - kTimeColumn)) {
    lines += (lines.empty() ? line.substr(0, kTimeColumn) : std::string(kTimeColumn, ' ')) + part + "\n";
  }
  return lines;
}

}  // namespace exo
