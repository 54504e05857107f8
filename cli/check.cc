#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "cli/verb.h"
#include "host/check_report.h"

namespace exo {
namespace {

struct CheckVerbOptions {
  ApplicationOptions application;
  bool json = false;
  bool strict = false;
};

int check(const CheckVerbOptions& options) {
  const auto application = find_application(options.application);
  if (!application) return report(application.error());
  const auto state = StateFolder::of(application.value(), options.application.environment);
  if (!state && state.error().code == "usage") return report(state.error());
  const ApplicationCheck found =
      check_application({.application = application.value(),
                         .ports = {},
                         .environment = own_environment(),
                         .state = state ? std::optional(state.value()) : std::nullopt,
                         .port_check = PortCheck::kTakenPorts});
  if (!print(options.json ? to_json(found) + "\n" : to_text(found, columns_of_output())))
    return report_unwritten();
  const bool sound = found.mistakes.empty() && (!options.strict || found.warnings.empty());
  return sound ? kExitDone : kExitFailed;
}

}  // namespace

void add_check(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<CheckVerbOptions>();
  CLI::App* verb = exo.add_subcommand(
      "check",
      "Reads the whole application without running it, and tells every mistake with its file and line");
  add_application_options(*verb, options->application);
  verb->add_flag("--json", options->json, "Print one JSON object");
  verb->add_flag("--strict", options->strict, "Fail because of warnings too");
  verb->footer(
      "Exits with 1 when there is a mistake, for which exo run would refuse to start.\n"
      "Example:\n  exo check examples/todo-app\n  exo check examples/todo-app --strict --json");
  verb->callback([options, &exit_code] { exit_code = check(*options); });
}

}  // namespace exo
