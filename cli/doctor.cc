#include <CLI/CLI.hpp>
#include <memory>
#include <optional>

#include "cli/verb.h"
#include "host/application_diagnosis.h"

namespace exo {
namespace {

struct DoctorOptions {
  ApplicationOptions application;
  bool json = false;
};

int examine(const DoctorOptions& options) {
  std::optional<StateFolder> state;
  std::optional<Error> closed;  // another user's, who lets nobody in
  const auto application = find_application(options.application);
  // Only where nobody named one is there something to say about the machine alone.
  if (!application && !options.application.folder.empty()) return report(application.error());
  if (application) {
    auto found = StateFolder::of(application.value(), options.application.environment);
    if (!found && found.error().code != "not-allowed") return report(found.error());
    if (found) {
      state = std::move(found).value();
    } else {
      closed = found.error();
    }
  }
  Diagnosis diagnosis = closed ? diagnose_without_state(application.value(), *closed) : diagnose(state);
  diagnosis.environment = options.application.environment;
  if (!print(options.json ? to_json(diagnosis) + "\n" : to_text(diagnosis, columns_of_output())))
    return report_unwritten();
  return diagnosis.is_sound() ? kExitDone : kExitFailed;
}

}  // namespace

void add_doctor(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<DoctorOptions>();
  CLI::App* verb = exo.add_subcommand(
      "doctor", "Tells what this machine lacks for exo and for the application, and how to mend it");
  add_application_options(*verb, options->application);
  verb->add_flag("--json", options->json, "Print one JSON object");
  verb->footer(
      "Exits with 1 when something is lacking. Outside of an application it looks at the machine alone.\n"
      "Example:\n  exo doctor examples/todo-app\n  exo doctor examples/todo-app --json");
  verb->callback([options, &exit_code] { exit_code = examine(*options); });
}

}  // namespace exo
