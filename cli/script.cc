#include <CLI/CLI.hpp>

#include "cli/script.h"
#include "cli/verb.h"

namespace exo {

void add_script(CLI::App& exo, int& exit_code) {
  CLI::App* verb = exo.add_subcommand("script", "Deployment scripts: makes new ones");
  verb->require_subcommand(1);
  add_script_new(*verb, exit_code);
  verb->footer("Example:\n  exo script new todo@0.0.1 --application examples/todo-app");
}

}  // namespace exo
