#include "host/plan_view.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/hanging_lines.h"
#include "base/text.h"
#include "host/application_check.h"
#include "host/ledger_owner.h"
#include "host/ledger_recovery.h"
#include "host/ledger_traces.h"
#include "host/message_check.h"
#include "host/preparation.h"
#include "host/seen_exits.h"
#include "ledger/ledger_error.h"

namespace exo {
namespace {

using Json = nlohmann::ordered_json;

Result<std::vector<LedgerEvent>> read_ledger(const StateFolder& state) {
  constexpr std::size_t kPage = 1000;
  std::vector<LedgerEvent> all;
  const auto ledger = open_ledger_for_reading(state);
  if (!ledger && ledger.error().code == ledger_error::kAbsent) return all;  // nothing has run yet
  if (!ledger) return with_way_out(ledger.error(), state);
  for (;;) {
    auto events = ledger.value()->read(all.size() + 1, kPage);
    if (!events) return with_way_out(events.error(), state);
    if (events.value().empty()) return all;
    for (LedgerEvent& event : events.value()) all.push_back(std::move(event));
  }
}

std::vector<rollout::SeenExit> exits_of(const StateFolder& state, const std::vector<LedgerEvent>& ledger) {
  RolloutRecord record;
  for (const LedgerEvent& event : ledger) record.apply(event);
  return seen_exits(record, read_exit_records(state.path().string()));
}

// Notices are for those who run it.
Result<void> check_contents(const ApplicationCheck& check, const StateFolder& state) {
  std::vector<std::string> notices;
  const auto sources = digests_of_versions(*check.application, notices);
  return check_identities(state, begin_with(*check.application, check.catalog, sources).versions);
}

Json or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

Json to_json(const PlanStep& step) {
  return Json{{"step", std::string(to_text(step.kind))},
              {"role", step.version.role},
              {"version", step.version.version},
              {"phase", step.phase ? Json(std::string(to_string(*step.phase))) : Json(nullptr)},
              {"what", step.what},
              {"why", or_null(step.why)}};
}

std::string heading(const PlanView& plan) {
  const std::string where = plan.application + " in " + plan.environment;
  const std::string now =
      plan.host ? "a host runs (" + describe(*plan.host) + "); one started after it would do this"
                : "exo run would do this";
  return where + ": " + now;
}

}  // namespace

Result<PlanView> view_plan(const StateFolder& state) {
  ApplicationCheck check = check_application(
      {.application = state.application(), .environment = own_environment(), .state = state});
  if (!check.mistakes.empty()) return to_error(check.mistakes);
  const auto ledger = read_ledger(state);
  if (!ledger) return ledger.error();
  const auto owner = find_host(state.path().string());
  if (!owner) return owner.error();
  if (const auto same = check_contents(check, state); !same) return same.error();
  rollout::Begin begin = begin_with(*check.application, check.catalog, {});
  begin.environment = state.environment();
  begin.exits = exits_of(state, ledger.value());
  return PlanView{.application = check.application->name,
                  .environment = state.environment(),
                  .host = owner.value(),
                  .steps = plan_rollout(ledger.value(), begin, may_handle)};
}

std::string to_json(const PlanView& plan) {
  Json steps = Json::array();
  for (const PlanStep& step : plan.steps) steps.push_back(to_json(step));
  const Json host = plan.host ? Json{{"pid", plan.host->pid}, {"since", plan.host->since}} : Json(nullptr);
  return Json{
      {"application", plan.application}, {"environment", plan.environment}, {"host", host}, {"steps", steps}}
      .dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string to_text(const PlanView& plan, std::size_t columns) {
  constexpr std::size_t kIndent = 5;
  std::string text = hanging_lines("", heading(plan), columns, 2);
  if (plan.steps.empty()) return text + "nothing: it has no services\n";
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    const PlanStep& step = plan.steps[i];
    const std::string number = std::to_string(i + 1);
    const std::string beginning = std::string(number.size() < 3 ? 3 - number.size() : 0, ' ') + number + ". ";
    const std::string why = step.why.empty() ? "" : ": " + printable(step.why, 1000);
    text += hanging_lines(beginning, step.what + why, columns, kIndent);
  }
  return text;
}

}  // namespace exo
