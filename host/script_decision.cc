#include "host/script_decision.h"

#include "host/decision_message.h"
#include "host/history_line.h"
#include "host/ledger_owner.h"
#include "host/offline_decision.h"
#include "ledger/ownership.h"

namespace exo {
namespace {

Result<void> ask(HostLine& host, const Decision& decision, std::vector<std::string>& lines) {
  const auto page = host.ask(kDecisionMessage, to_value(decision));
  if (!page && page.error().code == "no-answer") {
    return Error{"no-answer", page.error().message + "; exo history shows whether it was recorded"};
  }
  if (!page) return page.error();
  const auto recorded = history_lines_from_json(page.value());
  if (!recorded) return recorded.error();
  lines.insert(lines.end(), recorded.value().begin(), recorded.value().end());
  return {};
}

DecisionOutcome ask(HostLine& host, const std::vector<Decision>& decisions) {
  DecisionOutcome outcome;
  for (const Decision& decision : decisions) {
    outcome.outcome = ask(host, decision, outcome.lines);
    if (!outcome.outcome) break;
  }
  return outcome;
}

DecisionOutcome record_without_host(const StateFolder& state, const std::vector<Decision>& decisions) {
  const RecordedDecisions recorded = decide_without_host(state, decisions);
  DecisionOutcome outcome{.outcome = recorded.outcome, .by_host = false};
  for (const LedgerEvent& event : recorded.events) outcome.lines.push_back(to_json_line(event));
  return outcome;
}

}  // namespace

DecisionOutcome record_decisions(const StateFolder& state, const std::vector<Decision>& decisions) {
  const auto owner = find_host(state.path().string());
  if (!owner) return {.outcome = owner.error()};
  if (!owner.value()) return record_without_host(state, decisions);
  const auto host = HostLine::connect(state, *owner.value());
  if (!host) return {.outcome = host.error()};
  return ask(*host.value(), decisions);
}

DecisionOutcome record_decisions(const RemoteBus& bus, const std::vector<Decision>& decisions) {
  const auto host = HostLine::connect(bus);
  if (!host) return {.outcome = host.error()};
  return ask(*host.value(), decisions);
}

}  // namespace exo
