#include <CLI/CLI.hpp>

#include "cli/script.h"
#include "cli/verb.h"

namespace exo {

void add_script(CLI::App& exo, int& exit_code) {
  CLI::App* verb =
      exo.add_subcommand("script", "Deployment scripts: shows them, decides about them, makes new ones");
  verb->require_subcommand(1);
  add_script_list(*verb, exit_code);
  add_script_decisions(*verb, exit_code);
  add_script_verify(*verb, exit_code);
  add_script_new(*verb, exit_code);
  verb->footer(
      "Each decision is kept in the history, with who made it and why.\n"
      "Example:\n  exo script list --application examples/todo-app\n"
      "  exo script rerun todo-search@0.0.1 --reason 'a new start' --application examples/todo-app\n"
      "  exo script new todo@0.0.1 --application examples/todo-app");
}

}  // namespace exo
