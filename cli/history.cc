#include <CLI/CLI.hpp>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "cli/verb.h"
#include "host/history_line.h"
#include "host/operator_view.h"

namespace exo {
namespace {

struct HistoryOptions {
  ApplicationOptions application;
  BusOptions bus;
  bool json = false;
};

Result<void> find_history(const HistoryOptions& options,
                          const std::function<void(const std::string&)>& line) {
  const auto elsewhere = find_remote_bus(options.bus, options.application);
  if (!elsewhere) return elsewhere.error();
  if (elsewhere.value()) return view_history(*elsewhere.value(), line);
  const auto application = find_application(options.application);
  if (!application) return application.error();
  const auto state = find_environment(application.value(), options.application.environment);
  if (!state) return state.error();
  return view_history(state.value(), line);
}

int show_history(const HistoryOptions& options) {
  const std::size_t columns = columns_of_output();
  std::size_t lines = 0;
  bool written = true;
  const auto shown = find_history(options, [&](const std::string& line) {
    ++lines;
    written = written && print(options.json ? line + "\n" : history_lines_for_people(line, columns));
  });
  if (!shown) return report(shown.error());
  if (lines == 0 && !options.json)
    written = print("nothing has run in " + options.application.environment + " yet\n");
  return written ? kExitDone : report_unwritten();
}

}  // namespace

void add_history(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<HistoryOptions>();
  CLI::App* verb = exo.add_subcommand(
      "history", "Shows what was decided and done, from the ledger, oldest first: who, when, what");
  add_application_options(*verb, options->application);
  add_bus_options(*verb, options->bus);
  verb->add_flag("--json", options->json, "Print a JSON object a line");
  verb->footer("Example:\n  exo history examples/todo-app\n  exo history examples/todo-app --json");
  verb->callback([options, &exit_code] { exit_code = show_history(*options); });
}

}  // namespace exo
