#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "base/duration.h"
#include "cli/verb.h"
#include "host/stopping.h"

namespace exo {
namespace {

struct StopOptions {
  ApplicationOptions application;
  bool host_only = false;
  std::string timeout = "60s";
};

int stop(const StopOptions& options) {
  const auto within = parse_duration(options.timeout);
  if (!within) return report({"usage", "--timeout " + options.timeout + ": " + within.error().message});
  const auto application = find_application(options.application);
  if (!application) return report(application.error());
  const auto state = find_environment(application.value(), options.application.environment);
  if (!state) return report(state.error());
  const auto stopped = stop_environment(
      state.value(), options.host_only ? ServicesAtStop::kGoOn : ServicesAtStop::kEnd, within.value());
  if (!stopped) return report(stopped.error());
  return print(stopped.value() + "\n") ? kExitDone : report_unwritten();
}

}  // namespace

void add_stop(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<StopOptions>();
  CLI::App* verb = exo.add_subcommand("stop", "Ends the fleet and its host, and waits until both have ended");
  add_application_options(*verb, options->application);
  verb->add_flag("--host-only", options->host_only,
                 "End the host alone: the services of exo host go on, and the next host finds them again");
  verb->add_option("--timeout", options->timeout, "How long to wait")
      ->type_name("TIME")
      ->capture_default_str();
  verb->footer("Example:\n  exo stop examples/todo-app\n  exo stop examples/todo-app --host-only");
  verb->callback([options, &exit_code] { exit_code = stop(*options); });
}

}  // namespace exo
