#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/report_files.h"
#include "cli/verb.h"

namespace exo {
namespace {

struct ReportOptions {
  ApplicationOptions application;
  ReportFiles files;
  std::string rollout;
  bool list = false;
};

Result<Reported> read_rollouts(const ReportOptions& options) {
  const auto application = find_application(options.application);
  if (!application) return application.error();
  const auto state = find_environment(application.value(), options.application.environment);
  if (!state) return state.error();
  return read_history(state.value());
}

int write(const ReportFiles& files, const RolloutReport& report, const ReportSubject& subject) {
  if (const auto written = write_reports(files, report, subject); !written)
    return exo::report(written.error());
  return kExitDone;
}

int tell(const std::string& text, const std::string& environment) {
  return print(text.empty() ? "nothing has run in " + environment + " yet\n" : text) ? kExitDone
                                                                                     : report_unwritten();
}

int list_rollouts(const Reported& reported, const ReportFiles& files) {
  if (files.json.empty()) return tell(rollouts_for_people(reported.history), reported.subject.environment);
  const auto written = write_report(files.json, rollouts_as_json(reported.history, reported.subject));
  return written ? kExitDone : report(written.error());
}

int tell_rollouts(const ReportOptions& options) {
  if (const auto fit = check_report_files(options.files); !fit) return report(fit.error());
  const auto reported = read_rollouts(options);
  if (!reported) return report(reported.error());
  const auto& [history, subject] = reported.value();
  if (options.list) return list_rollouts(reported.value(), options.files);
  if (options.rollout.empty()) {
    if (options.files.any()) return write(options.files, history.all(), subject);
    return tell(report_for_people(history.all()), subject.environment);
  }
  const auto rollout = history.find(options.rollout);
  if (!rollout) return report(rollout.error());
  const ReportedRollout& chosen = *rollout.value();
  if (options.files.any()) return write(options.files, chosen.report, subject_of(chosen, subject));
  return print(rollout_for_people(chosen)) ? kExitDone : report_unwritten();
}

}  // namespace

void add_report(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<ReportOptions>();
  CLI::App* verb = exo.add_subcommand(
      "report", "Tells what became of every version and phase: how long, how many attempts, why it failed");
  add_application_options(*verb, options->application);
  CLI::Option* list = verb->add_flag("--list", options->list, "List the rollouts instead, one for each host");
  verb->add_option("--rollout", options->rollout,
                   "Of one rollout alone: its number, the id of its host, or last")
      ->type_name("WHICH")
      ->excludes(list);
  verb->add_option("--junit", options->files.junit, "Write it in the format of JUnit; - is standard output")
      ->type_name("FILE")
      ->excludes(list);
  verb->add_option("--json", options->files.json, "Write it as one JSON object; - is standard output")
      ->type_name("FILE");
  verb->footer(
      "Example:\n  exo report examples/todo-app\n"
      "  exo report examples/todo-app --junit rollout.xml --json -\n"
      "  exo report examples/todo-app --list\n"
      "  exo report examples/todo-app --rollout 3");
  verb->callback([options, &exit_code] { exit_code = tell_rollouts(*options); });
}

}  // namespace exo
