#include "host/script_list.h"

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/script.h"
#include "cli/verb.h"

namespace exo {
namespace {

struct ListOptions {
  ApplicationOptions application;
  BusOptions bus;
  bool json = false;
};

Result<ScriptList> find_scripts(const ListOptions& options) {
  const auto elsewhere = find_remote_bus(options.bus, options.application);
  if (!elsewhere) return elsewhere.error();
  if (elsewhere.value()) return view_scripts(*elsewhere.value());
  const auto application = find_application(options.application);
  if (!application) return application.error();
  const auto state = find_environment(application.value(), options.application.environment);
  if (!state) return state.error();
  return view_scripts(state.value());
}

int show_list(const ListOptions& options) {
  const auto list = find_scripts(options);
  if (!list) return report(list.error());
  const std::string text =
      options.json ? to_json(list.value()) + "\n" : to_table(list.value(), columns_of_output());
  return print(text) ? kExitDone : report_unwritten();
}

}  // namespace

void add_script_list(CLI::App& script, int& exit_code) {
  const auto options = std::make_shared<ListOptions>();
  CLI::App* verb =
      script.add_subcommand("list", "Shows each phase of each script: its state, attempt and run");
  add_named_application_options(*verb, options->application);
  add_bus_options(*verb, options->bus);
  verb->add_flag("--json", options->json, "Print one JSON object");
  verb->footer("Example:\n  exo script list --application examples/todo-app");
  verb->callback([options, &exit_code] { exit_code = show_list(*options); });
}

}  // namespace exo
