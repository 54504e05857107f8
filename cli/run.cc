#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/host_choices.h"
#include "cli/report_files.h"
#include "cli/verb.h"
#include "host/host.h"
#include "host/signals.h"
#include "host/state_folder.h"
#include "host/terminal.h"

namespace exo {
namespace {

struct RunOptions {
  ApplicationOptions application;
  HostChoices choices;
  bool take_over = false;
  std::vector<std::string> only;
  std::string kill_script;
  bool until_ready = false;
  ReportFiles reports;
  bool dry_run = false;
  bool with_parent = false;
  bool watch = false;
  HostOptions::Services services = HostOptions::Services::kEndWithHost;
};

// A program that starts a fleet and is killed leaves none behind.
Result<void> end_with_parent(pid_t parent) {
  if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || ::getppid() != parent)
    return Error{"absent", "the program that started exo run has ended already"};
  return {};
}

// What became of the rollout of the host that has just ended, also of one that has not begun.
Result<void> write_reports_of(const HostEnd& end, const RunOptions& options, const StateFolder& state) {
  ReportSubject subject{.application = name_of_application(state.application()),
                        .environment = state.environment(),
                        .run = RunEnd{.exit_code = end.exit_code, .reason = end.reason}};
  if (end.host_id.empty()) return write_reports(options.reports, {}, subject);
  const auto reported = read_history(state);
  if (!reported) {
    if (const auto written = write_reports(options.reports, {}, subject); !written) return written;
    return reported.error();
  }
  const auto rollout = reported.value().history.find(end.host_id);
  if (!rollout) return rollout.error();
  return write_reports(options.reports, rollout.value()->report, subject_of(*rollout.value(), subject));
}

HostOptions::Until until_of(const RunOptions& options) {
  if (options.dry_run) return HostOptions::Until::kDryRun;
  return options.until_ready ? HostOptions::Until::kReady : HostOptions::Until::kStopped;
}

// What is to be run, when nothing of what was typed hinders it.
struct Wanted {
  ParsedHostChoices choices;
  StateFolder state;
  std::optional<ScriptKill> kill_script;
};

Result<Wanted> find_wanted(const RunOptions& options) {
  auto choices = parse(options.choices);
  if (!choices) return choices.error();
  const auto application = find_application(options.application);
  if (!application) return application.error();
  auto state = StateFolder::of(application.value(), options.application.environment);
  if (!state) return state.error();
  Wanted wanted{.choices = std::move(choices).value(), .state = std::move(state).value(), .kill_script = {}};
  if (options.kill_script.empty()) return wanted;
  auto kill = ScriptKill::parse(options.kill_script);
  if (!kill) return kill.error();
  wanted.kill_script = std::move(kill).value();
  return wanted;
}

// A machine that reads the reports must not take the ones of the last time for this time's.
int refuse(const RunOptions& options, const Error& refusal) {
  const int exit_code = report(refusal);
  const std::string folder = options.application.folder.empty() ? "." : options.application.folder;
  const auto written =
      write_reports(options.reports, {},
                    {.application = name_of_application(std::filesystem::absolute(folder).lexically_normal()),
                     .environment = options.application.environment,
                     .run = RunEnd{.exit_code = exit_code, .reason = refusal.message}});
  return written ? exit_code : report(written.error());
}

int run(const RunOptions& options) {
  const pid_t parent = ::getppid();  // who it is when nobody can have ended yet that we should know of
  if (const auto begun = begin_reports(options.reports); !begun) return report(begun.error());
  const auto wanted = find_wanted(options);
  if (!wanted) return refuse(options, wanted.error());
  if (options.with_parent) {
    if (const auto bound = end_with_parent(parent); !bound) return refuse(options, bound.error());
  }
  block_signals();
  Terminal terminal(STDOUT_FILENO, color_mode_of(STDOUT_FILENO));
  const ParsedHostChoices& choices = wanted.value().choices;
  const HostEnd end = run_host(
      {.application = wanted.value().state.application(),
       .environment = options.application.environment,
       .ports = choices.ports,
       .metrics = choices.metrics,
       .listen = choices.listen,
       .bus = choices.is_over_tcp ? HostOptions::Bus::kTcp : HostOptions::Bus::kIpc,
       .other = options.take_over ? HostOptions::Other::kIsTakenOver : HostOptions::Other::kIsLeftAlone,
       .only = options.only,
       .until = until_of(options),
       .kill_script = wanted.value().kill_script,
       .services = options.services,
       .source = options.services == HostOptions::Services::kOutliveHost ? HostOptions::Source::kArtifacts
                                                                         : HostOptions::Source::kWorkingTree,
       .edits = options.watch ? HostOptions::Edits::kRestart : HostOptions::Edits::kAreNotSeen},
      terminal);
  if (!options.reports.any()) return end.exit_code;
  const auto written = write_reports_of(end, options, wanted.value().state);
  return written ? end.exit_code : report(written.error());
}

// For who runs it in a test, or in a pipeline.
void add_part_options(CLI::App& verb, RunOptions& options) {
  verb.add_option(
          "--only", options.only,
          "Bring in no more of the application than these, and what they depend on: roles, and versions "
          "as ROLE@VERSION")
      ->type_name("SERVICE,…")
      ->delimiter(',')
      ->allow_extra_args(false);
  CLI::Option* until_ready =
      verb.add_flag("--until-ready", options.until_ready,
                    "Stop once every version is live or has failed; exits with 1 unless all are live");
  verb.add_option("--junit", options.reports.junit,
                  "At the end, write what became of this rollout in the format of JUnit")
      ->type_name("FILE");
  verb.add_option("--json", options.reports.json,
                  "At the end, write what became of this rollout as one JSON object")
      ->type_name("FILE");
  verb.add_flag("--watch", options.watch, "Start the instances of a version again when its files are edited");
  verb.add_flag("--with-parent", options.with_parent, "Stop when the program that started it ends");
  verb.add_option(
          "--kill-script", options.kill_script,
          "For tests: kill this deployment script when N of its messages are handled, and try it no more")
      ->type_name("ROLE@VERSION[:PHASE]=N");
  verb.add_flag(
          "--dry-run", options.dry_run,
          "Run no script for real: dry-run those that are left to run, then stop; exits with 1 where one "
          "fails")
      ->excludes(until_ready)
      ->excludes(verb.get_option("--take-over"))
      ->excludes(verb.get_option("--kill-script"));
}

// What a host takes, however it is started.
void add_host_options(CLI::App* verb, const std::shared_ptr<RunOptions>& options) {
  add_application_options(*verb, options->application);
  add_host_choices(*verb, options->choices);
  verb->add_flag(
      "--take-over", options->take_over,
      "End the exo that runs here already, its scripts, and with an exo run its services, and go on in its "
      "place");
}

}  // namespace

void add_run(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<RunOptions>();
  CLI::App* verb = exo.add_subcommand(
      "run", "Starts the fleet, runs the deployment scripts that have not run yet, and serves until Ctrl-C");
  add_host_options(verb, options);
  add_part_options(*verb, *options);
  verb->footer(
      "Example:\n  exo run examples/todo-app\n  exo run examples/todo-app --port web=8080\n"
      "  exo run examples/todo-app --only todo,todo-search@0.0.1\n"
      "  exo run examples/todo-app --until-ready --junit rollout.xml\n"
      "  exo run examples/todo-app --dry-run\n"
      "  exo run examples/todo-app --watch\n"
      "  exo run examples/todo-app --metrics 0\n  exo run examples/todo-app --listen tcp://0.0.0.0:7600");
  verb->callback([options, &exit_code] { exit_code = run(*options); });
}

void add_host(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<RunOptions>();
  options->services = HostOptions::Services::kOutliveHost;
  CLI::App* verb = exo.add_subcommand(
      "host", "Does what exo run does, as a service: the fleet goes on when the host ends, however it does");
  add_host_options(verb, options);
  verb->footer(
      "The next host finds the services again. exo stop ends them; Ctrl-C and SIGTERM end the host alone.\n"
      "Example:\n  exo host examples/todo-app\n  exo host examples/todo-app --port web=8080");
  verb->callback([options, &exit_code] { exit_code = run(*options); });
}

}  // namespace exo
