#include <sys/prctl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/verb.h"
#include "host/bus_listening.h"
#include "host/host.h"
#include "host/signals.h"
#include "host/state_folder.h"
#include "host/terminal.h"

namespace exo {
namespace {

struct RunOptions {
  ApplicationOptions application;
  std::vector<std::string> ports;
  std::string metrics;
  std::string listen;
  std::string bus = "ipc";
  bool take_over = false;
  std::vector<std::string> only;
  std::string kill_script;
  bool until_ready = false;
  bool with_parent = false;
  HostOptions::Services services = HostOptions::Services::kEndWithHost;
};

// A program that starts a fleet and is killed leaves none behind.
Result<void> end_with_parent(pid_t parent) {
  if (::prctl(PR_SET_PDEATHSIG, SIGTERM) != 0 || ::getppid() != parent)
    return Error{"absent", "the program that started exo run has ended already"};
  return {};
}

// Where the bus listens when its own fleet is to reach it over TCP and nothing else is said.
constexpr const char* kLoopback = "tcp://127.0.0.1:0";

// "web=8080" → {web, 8080}.
Result<std::map<std::string, std::uint16_t>> parse_ports(const std::vector<std::string>& texts) {
  std::map<std::string, std::uint16_t> ports;
  for (const std::string& text : texts) {
    const std::size_t equals = text.find('=');
    const std::string number = equals == std::string::npos ? "" : text.substr(equals + 1);
    const bool digits =
        !number.empty() && number.size() <= 5 && number.find_first_not_of("0123456789") == std::string::npos;
    const unsigned long port = digits ? std::stoul(number) : 65536;
    if (equals == 0 || port > 65535) {
      return Error{"usage", "--port " + text +
                                ": expected ROLE=PORT with a port from 0 (any free one) to 65535, "
                                "such as: --port web=8080"};
    }
    ports[text.substr(0, equals)] = static_cast<std::uint16_t>(port);
  }
  return ports;
}

int run(const RunOptions& options) {
  const pid_t parent = ::getppid();  // who it is when nobody can have ended yet that we should know of
  const auto ports = parse_ports(options.ports);
  if (!ports) return report(ports.error());
  std::optional<MetricsAddress> metrics;
  if (!options.metrics.empty()) {
    const auto address = MetricsAddress::parse(options.metrics);
    if (!address) return report(address.error());
    metrics = address.value();
  }
  const auto application = find_application(options.application);
  if (!application) return report(application.error());
  const auto state = StateFolder::of(application.value(), options.application.environment);
  if (!state) return report(state.error());
  std::optional<ScriptKill> kill_script;
  if (!options.kill_script.empty()) {
    auto kill = ScriptKill::parse(options.kill_script);
    if (!kill) return report(kill.error());
    kill_script = std::move(kill).value();
  }
  if (options.with_parent) {
    if (const auto bound = end_with_parent(parent); !bound) return report(bound.error());
  }
  const bool is_over_tcp = options.bus == "tcp";
  const std::string listen = options.listen.empty() && is_over_tcp ? kLoopback : options.listen;
  if (!listen.empty()) {
    if (const auto checked = check_listening(listen); !checked) return report(checked.error());
  }
  block_signals();
  Terminal terminal(STDOUT_FILENO, color_mode_of(STDOUT_FILENO));
  return run_host(
      {.application = application.value(),
       .environment = options.application.environment,
       .ports = ports.value(),
       .metrics = metrics,
       .listen = listen,
       .bus = is_over_tcp ? HostOptions::Bus::kTcp : HostOptions::Bus::kIpc,
       .other = options.take_over ? HostOptions::Other::kIsTakenOver : HostOptions::Other::kIsLeftAlone,
       .only = options.only,
       .until = options.until_ready ? HostOptions::Until::kReady : HostOptions::Until::kStopped,
       .kill_script = kill_script,
       .services = options.services},
      terminal);
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
  verb.add_flag("--until-ready", options.until_ready,
                "Stop once every version is live or has failed; exits with 1 unless all are live");
  verb.add_flag("--with-parent", options.with_parent, "Stop when the program that started it ends");
  verb.add_option(
          "--kill-script", options.kill_script,
          "For tests: kill this deployment script when N of its messages are handled, and try it no more")
      ->type_name("ROLE@VERSION[:PHASE]=N");
}

// What a host takes, however it is started.
void add_host_options(CLI::App* verb, const std::shared_ptr<RunOptions>& options) {
  add_application_options(*verb, options->application);
  verb->add_option("--port", options->ports,
                   "The public port of a role, instead of its development.port; 0 is any free one")
      ->type_name("ROLE=PORT")
      ->allow_extra_args(false);  // the word after it may be the folder
  verb->add_option(
          "--metrics", options->metrics,
          "Serve metrics for Prometheus at http://HOST:PORT/metrics; without a host for this machine "
          "alone, and 0 is any free port")
      ->type_name("[HOST:]PORT");
  verb->add_option(
          "--listen", options->listen,
          "Where the bus listens over TCP besides, for programs with keys (exo key); port 0 is any free one")
      ->type_name("tcp://ADDRESS:PORT");
  verb->add_option("--bus", options->bus, "How the application's own processes reach the bus: ipc or tcp")
      ->type_name("TRANSPORT")
      ->check(CLI::IsMember({"ipc", "tcp"}))
      ->capture_default_str();
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
