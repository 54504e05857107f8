#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/verb.h"
#include "host/operator_view.h"

namespace exo {
namespace {

struct StatusOptions {
  ApplicationOptions application;
  BusOptions bus;
  bool json = false;
};

// Wide where nobody looks: a program that reads the table should get every word.
std::size_t width_of_table() {
  constexpr std::size_t kWide = 1000;
  const std::size_t columns = columns_of_output();
  return columns == 0 ? kWide : columns;
}

Result<StatusReport> find_status(const StatusOptions& options) {
  const auto elsewhere = find_remote_bus(options.bus, options.application);
  if (!elsewhere) return elsewhere.error();
  if (elsewhere.value()) return view_status(*elsewhere.value());
  const auto application = find_application(options.application);
  if (!application) return application.error();
  const auto state = find_environment(application.value(), options.application.environment);
  if (!state) return state.error();
  return view_status(state.value());
}

int show_status(const StatusOptions& options) {
  const auto status = find_status(options);
  if (!status) return report(status.error());
  if (options.json && status.value().host && status.value().host->bus.empty()) {
    note("the host (pid " + std::to_string(status.value().host->pid) +
         ") is starting or stopping; this is what the ledger holds");
  }
  const std::string text =
      options.json
          ? to_json(status.value()) + "\n"
          : to_table(status.value(), {.width = width_of_table(), .colors = color_mode_of(STDOUT_FILENO)});
  return print(text) ? kExitDone : report_unwritten();
}

}  // namespace

void add_status(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<StatusOptions>();
  CLI::App* verb =
      exo.add_subcommand("status", "Shows every service version: its state, gate, scripts and instances");
  add_application_options(*verb, options->application);
  add_bus_options(*verb, options->bus);
  verb->add_flag("--json", options->json, "Print one JSON object");
  verb->footer("Example:\n  exo status examples/todo-app\n  exo status examples/todo-app --json");
  verb->callback([options, &exit_code] { exit_code = show_status(*options); });
}

}  // namespace exo
