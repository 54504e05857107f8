#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/text.h"
#include "bus/wire/header.h"
#include "cli/verb.h"
#include "host/bus_watch.h"
#include "host/state_folder.h"

namespace exo {
namespace {

struct TraceOptions {
  ApplicationOptions application;
  BusOptions bus;
  std::string activity;
  bool json = false;
};

Result<ActivityTrace> find_trace(const TraceOptions& options) {
  const auto elsewhere = find_remote_bus(options.bus, options.application);
  if (!elsewhere) return elsewhere.error();
  if (elsewhere.value()) return trace_activity(*elsewhere.value(), options.activity);
  const auto application = find_application(options.application);
  if (!application) return application.error();
  const auto state = find_environment(application.value(), options.application.environment);
  if (!state) return state.error();
  return trace_activity(state.value(), options.activity);
}

int trace(const TraceOptions& options) {
  if (options.activity.empty() || options.activity.size() > kIdLimitBytes) {
    return report(Error{"usage", "an activity's id has 1 to " + std::to_string(kIdLimitBytes) +
                                     " characters; exo tap shows the ids of those that flow"});
  }
  const auto traced = find_trace(options);
  if (!traced) return report(traced.error());
  const std::string text =
      options.json ? to_json(traced.value()) + "\n" : to_tree(traced.value(), unix_now().nanoseconds);
  if (!print(text)) return report_unwritten();
  if (!traced.value().hops.empty()) return kExitDone;
  return report(Error{"absent", "the bus remembers no message of the activity " +
                                    in_quotes(options.activity) +
                                    "; exo tap shows the ids of those that flow"});
}

}  // namespace

void add_trace(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<TraceOptions>();
  CLI::App* verb = exo.add_subcommand(
      "trace", "Shows what an activity caused, as a tree with times; also while it is still running");
  verb->add_option("ACTIVITY", options->activity, "Its id, as exo tap shows it")->type_name("")->required();
  add_named_application_options(*verb, options->application);
  add_bus_options(*verb, options->bus);
  verb->add_flag("--json", options->json, "Print one JSON object");
  verb->footer(
      "The running host remembers the latest 32,768 commands.\n"
      "Example:\n  exo send todos.list --activity look-1 --application examples/todo-app\n"
      "  exo trace look-1 --application examples/todo-app");
  verb->callback([options, &exit_code] { exit_code = trace(*options); });
}

}  // namespace exo
