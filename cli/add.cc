#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "cli/verb.h"
#include "cli/written_files.h"
#include "host/launcher.h"
#include "services/skeleton.h"

namespace exo {
namespace {

struct AddOptions {
  ApplicationOptions application;
  std::string role;
  std::string language;
};

int add(const AddOptions& options) {
  const auto application = find_application(options.application);
  if (!application) return report(application.error());
  const auto installation = find_installation();
  if (!installation) return report(installation.error());
  const auto made = make_service({.application = application.value(),
                                  .skeletons = installation.value().root / "services/skeletons",
                                  .role = options.role,
                                  .language = options.language});
  if (!made) return report(made.error());
  return print_written(made.value(), "next: " + go_to(application.value()) +
                                         "exo run, and then from another terminal: exo send " + options.role +
                                         R"(.greet '{"name": "Ada"}')");
}

}  // namespace

void add_add(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<AddOptions>();
  CLI::App* verb = exo.add_subcommand("add", "Adds a service that runs as it is to an application");
  verb->add_option("SERVICE", options->role, "Its role: lower-case letters and digits in words joined by -")
      ->required();
  verb->add_option("-l,--lang", options->language, "js, py or cpp")->type_name("LANGUAGE")->required();
  add_folder_option(*verb, options->application);
  verb->footer(
      "Example:\n  exo add users --lang js\n  exo add billing --lang py --application examples/todo-app");
  verb->callback([options, &exit_code] { exit_code = add(*options); });
}

}  // namespace exo
