#include "host/decision_message.h"

#include <nlohmann/json.hpp>

namespace exo {
namespace {

using Json = nlohmann::json;

std::string text_of(const Json& json, const char* key) {
  const auto found = json.find(key);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Value rate_of(const Decision& decision) {
  if (decision.verb != DecisionVerb::kThrottle) return {};
  return decision.rate ? to_string(*decision.rate) : std::string("off");
}

// False where it should name a rate, and does not.
bool read_rate(const Json& json, Decision& decision) {
  if (decision.verb != DecisionVerb::kThrottle) return true;
  const std::string text = text_of(json, "rate");
  if (text == "off") return true;
  const auto rate = parse_rate(text);
  if (rate) decision.rate = rate.value();
  return rate.ok();
}

Error malformed() {
  return Error{"malformed",
               std::string(kDecisionMessage) +
                   " wants {verb, role, version, phase, reason, who, rate}, with one of exo's verbs, "
                   "offline, online or null as the phase, and a rate or \"off\" for a throttle"};
}

}  // namespace

Value to_value(const Decision& decision) {
  return Value::map({{"verb", std::string(to_text(decision.verb))},
                     {"role", decision.version.role},
                     {"version", decision.version.version},
                     {"phase", decision.phase ? Value(std::string(to_string(*decision.phase))) : Value()},
                     {"reason", decision.reason},
                     {"who", decision.who},
                     {"rate", rate_of(decision)}});
}

Result<Decision> decision_from_json(const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return malformed();
  const auto verb = parse_decision_verb(text_of(json, "verb"));
  const auto phase = parse_phase(text_of(json, "phase"));
  const bool names_phase = json.contains("phase") && !json["phase"].is_null();
  Decision decision{.version = {text_of(json, "role"), text_of(json, "version")},
                    .phase = phase,
                    .reason = text_of(json, "reason"),
                    .who = text_of(json, "who")};
  const bool is_whole = verb && !decision.version.role.empty() && !decision.version.version.empty() &&
                        !decision.who.empty() && names_phase == phase.has_value();
  if (!is_whole) return malformed();
  decision.verb = *verb;
  if (!read_rate(json, decision)) return malformed();
  return decision;
}

}  // namespace exo
