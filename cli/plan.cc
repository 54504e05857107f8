#include <CLI/CLI.hpp>
#include <memory>

#include "cli/verb.h"
#include "host/plan_view.h"

namespace exo {
namespace {

struct PlanOptions {
  ApplicationOptions application;
  bool json = false;
};

int show_plan(const PlanOptions& options) {
  const auto application = find_application(options.application);
  if (!application) return report(application.error());
  const auto state = StateFolder::of(application.value(), options.application.environment);
  if (!state) return report(state.error());
  const auto plan = view_plan(state.value());
  if (!plan) return report(plan.error());
  const std::string text =
      options.json ? to_json(plan.value()) + "\n" : to_text(plan.value(), columns_of_output());
  return print(text) ? kExitDone : report_unwritten();
}

}  // namespace

void add_plan(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<PlanOptions>();
  CLI::App* verb =
      exo.add_subcommand("plan", "Shows what the next exo run would do, in order, and why; changes nothing");
  add_application_options(*verb, options->application);
  verb->add_flag("--json", options->json, "Print one JSON object");
  verb->footer("Example:\n  exo plan examples/todo-app\n  exo plan examples/todo-app --json");
  verb->callback([options, &exit_code] { exit_code = show_plan(*options); });
}

}  // namespace exo
