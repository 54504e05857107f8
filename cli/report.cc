#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>

#include "cli/verb.h"
#include "host/junit_report.h"
#include "host/operator_view.h"
#include "host/rollout_report.h"
#include "services/application.h"

namespace exo {
namespace {

struct ReportOptions {
  ApplicationOptions application;
  std::string junit;
  std::string json;
};

struct Reported {
  RolloutReport report;
  ReportSubject subject;
};

Result<Reported> read_rollouts(const ReportOptions& options) {
  const auto application = find_application(options.application);
  if (!application) return application.error();
  const auto state = find_environment(application.value(), options.application.environment);
  if (!state) return state.error();
  const LoadedApplication loaded = load_application(application.value().string());
  Reported reported{.report = {},
                    .subject = {.application = loaded.application ? loaded.application->name
                                                                  : application.value().filename().string(),
                                .environment = options.application.environment}};
  const auto seen = view_history(state.value(), [&](const std::string& line) { reported.report.take(line); });
  if (!seen) return seen.error();
  return reported;
}

// "-" is standard output.
Result<void> write_report(const std::string& file, const std::string& text) {
  if (file == "-") {
    if (print(text)) return {};
    return Error{"io", "cannot write to standard output"};
  }
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  out << text;
  out.close();
  if (out) return {};
  return Error{"io",
               "cannot write '" + file + "': " + std::strerror(errno) + "; name a file that you may write"};
}

int tell_rollouts(const ReportOptions& options) {
  const auto reported = read_rollouts(options);
  if (!reported) return report(reported.error());
  const auto& [rollouts, subject] = reported.value();
  if (!options.junit.empty()) {
    const auto written = write_report(options.junit, report_as_junit(rollouts, subject));
    if (!written) return report(written.error());
  }
  if (!options.json.empty()) {
    const auto written = write_report(options.json, report_as_json(rollouts, subject));
    if (!written) return report(written.error());
  }
  if (!options.junit.empty() || !options.json.empty()) return kExitDone;
  std::string text = report_for_people(rollouts);
  if (text.empty()) text = "nothing has run in " + subject.environment + " yet\n";
  return print(text) ? kExitDone : report_unwritten();
}

}  // namespace

void add_report(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* verb = exo.add_subcommand(
      "report", "Tells what became of every version and phase: how long, how many attempts, why it failed");
  add_application_options(*verb, options->application);
  verb->add_option("--junit", options->junit, "Write it in the format of JUnit; - is standard output")
      ->type_name("FILE");
  verb->add_option("--json", options->json, "Write it as one JSON object; - is standard output")
      ->type_name("FILE");
  verb->footer(
      "Example:\n  exo report examples/todo-app\n"
      "  exo report examples/todo-app --junit rollout.xml --json -");
  verb->callback([options, &exit_code] { exit_code = tell_rollouts(*options); });
}

}  // namespace exo
