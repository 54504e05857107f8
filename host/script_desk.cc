#include "host/script_desk.h"

#include <utility>

#include "host/decision_message.h"
#include "host/history_line.h"
#include "host/identity_check.h"
#include "host/script_message.h"
#include "host/script_on_disk.h"

namespace exo {
void ScriptDesk::joined(const InstanceRegistered& person) {
  if (!person.who.empty()) names_[person.instance] = person.who;
}

bool ScriptDesk::take(const MessageToExo& message) {
  const bool is_mine = message.kind == Kind::kCommand && message.peer == PeerKind::kOperator &&
                       message.name == kDecisionMessage;
  if (!is_mine) return false;
  const Asker asker{.instance = message.instance, .id = message.id, .activity = message.activity_id};
  auto decision = read(message);
  if (!decision) {
    refuse(asker, decision.error());
    return true;
  }
  const std::string id = "decision-" + std::to_string(++taken_);
  askers_.emplace(id, asker);
  parts_.inputs.push_back(rollout::Decide{id, std::move(decision).value()});
  return true;
}

Result<Decision> ScriptDesk::read(const MessageToExo& message) const {
  const auto text = payload_to_json(message.payload, message.content_type);
  if (!text) return text.error();
  auto decision = decision_from_json(text.value());
  if (!decision) return decision;
  const auto name = names_.find(message.instance);
  if (name != names_.end()) decision.value().who = name->second;
  if (const auto added = add_script(decision.value()); !added) return added.error();
  return decision;
}

// A script that came, or was taken away, since the host began waits for the next one.
Result<void> ScriptDesk::add_script(Decision& decision) const {
  const Script* known = parts_.catalog.find(decision.version);
  if (known == nullptr || !concerns_the_script(decision.verb)) return {};
  const auto copy = parts_.copies.find(decision.version);
  auto now = read_script(copy == parts_.copies.end() ? parts_.application : copy->second, decision.version);
  if (!now) return now.error();
  if (!now.value()) {
    if (decision.verb == DecisionVerb::kMarkDone || decision.verb == DecisionVerb::kBaseline) return {};
    return Error{"does-not-fit", known->name + " is not in the application any more; put it back"};
  }
  if (const auto checked = check_replacement(*known, *now.value()); !checked) return checked;
  // What takes back may be another content than what it takes back: that is recorded, and said.
  if (decision.verb != DecisionVerb::kUndo) {
    const auto same = check_script(parts_.record.of(decision.version), *now.value(), parts_.environment);
    if (!same) return same;
  }
  decision.script = std::move(now).value();
  return {};
}

void ScriptDesk::answer(const rollout::Decided& decided) {
  const auto asker = askers_.find(decided.id);
  if (asker == askers_.end()) return;
  if (decided.refusal) {
    refuse(asker->second, *decided.refusal);
  } else {
    parts_.broker.send({.kind = Kind::kReply,
                        .instance = asker->second.instance,
                        .name = kDecisionMessage,
                        .response_to = asker->second.id,
                        .activity_id = asker->second.activity,
                        .content_type = ContentType::kJson,
                        .payload = Payload(std::string_view(history_page_to_json(decided.events)))});
  }
  askers_.erase(asker);
}

void ScriptDesk::refuse(const Asker& asker, const Error& error) {
  parts_.broker.send({.kind = Kind::kError,
                      .instance = asker.instance,
                      .name = kDecisionMessage,
                      .response_to = asker.id,
                      .code = error.code,
                      .reason = error.message});
}

}  // namespace exo
