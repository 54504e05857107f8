#include "host/baseline.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>
#include <vector>

#include "cli/decided.h"
#include "cli/verb.h"

namespace exo {
namespace {

struct BaselineOptions {
  DecisionOptions decision;
  std::vector<std::string> names;
};

Result<ScriptList> find_scripts(const BaselineOptions& options) {
  const auto elsewhere = find_remote_bus(options.decision.bus, options.decision.application);
  if (!elsewhere) return elsewhere.error();
  if (elsewhere.value()) return view_scripts(*elsewhere.value());
  const auto application = find_application(options.decision.application);
  if (!application) return application.error();
  const auto state = StateFolder::of(application.value(), options.decision.application.environment);
  if (!state) return state.error();
  return view_scripts(state.value());
}

int adopt(const BaselineOptions& options) {
  const auto list = find_scripts(options);
  if (!list) return report(list.error());
  const auto plan = plan_baseline(list.value(), options.names);
  if (!plan) return report(plan.error());
  for (const std::string& left : plan.value().left) note(left);
  if (!plan.value().decisions.empty()) return take_decisions(options.decision, plan.value().decisions);
  note("nothing is to be adopted in " + list.value().environment);
  return kExitDone;
}

}  // namespace

void add_baseline(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<BaselineOptions>();
  CLI::App* verb = exo.add_subcommand(
      "baseline", "Adopts a fleet whose deployment scripts ran before exo: they count as done");
  verb->add_option("SCRIPTS", options->names,
                   "ROLE or ROLE@VERSION (default: all scripts that never began here)")
      ->type_name("");
  add_decision_options(*verb, options->decision);
  verb->footer("Example:\n  exo baseline --reason 'they ran before exo' --application examples/todo-app");
  verb->callback([options, &exit_code] { exit_code = adopt(*options); });
}

}  // namespace exo
