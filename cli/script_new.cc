#include <CLI/CLI.hpp>
#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/nearest_word.h"
#include "base/semantic_version.h"
#include "base/text.h"
#include "cli/script.h"
#include "cli/verb.h"
#include "cli/written_files.h"
#include "deployment-scripts/script_skeleton.h"
#include "host/application_check.h"
#include "host/launcher.h"
#include "services/application.h"

namespace exo {
namespace {

struct ScriptNewOptions {
  ApplicationOptions application;
  std::string version;
  std::string language = "js";
};

Result<VersionKey> parse_version_key(const std::string& text) {
  const std::size_t at = text.find('@');
  if (at == std::string::npos || at == 0)
    return Error{"usage", in_quotes(text) +
                              " names no version; write its role and version, such as: exo script new "
                              "todo-search@0.0.1"};
  VersionKey key{.role = text.substr(0, at), .version = text.substr(at + 1)};
  if (const auto version = parse_semantic_version(key.version); !version)
    return Error{"usage", in_quotes(text) + ": " + version.error().message};
  return key;
}

// A role that is not there is misspelled; a version that is not there may be the next to be written.
Result<void> check_role(const Application& application, const VersionKey& key) {
  if (application.find_role(key.role) != nullptr) return {};
  std::vector<std::string> roles;
  for (const Role& role : application.roles) roles.push_back(role.name);
  const std::string nearest = did_you_mean(key.role, roles);
  return Error{"usage", "the application has no service " + in_quotes(key.role) +
                            (nearest.empty() ? "; the services are " + join_for_people(roles) : nearest)};
}

Result<WrittenFiles> make(const ScriptNewOptions& options, const VersionKey& key) {
  const auto application = find_application(options.application);
  if (!application) return application.error();
  const LoadedApplication loaded = load_application(application.value().string());
  if (!loaded.application) return to_error(loaded.mistakes);
  if (const auto there = check_role(*loaded.application, key); !there) return there.error();
  const auto installation = find_installation();
  if (!installation) return installation.error();
  auto made = make_script({.application = application.value(),
                           .skeletons = installation.value().root / "deployment-scripts/skeletons",
                           .brings_in = key,
                           .language = options.language});
  if (made && loaded.application->find_version(key.role, key.version) == nullptr)
    note("it runs once the application has " + to_text(key) +
         ": a folder whose service.yml says \"version: " + key.version + "\", listed in application.yml");
  return made;
}

int make_script_and_tell(const ScriptNewOptions& options) {
  const auto key = parse_version_key(options.version);
  if (!key) return report(key.error());
  const auto made = make(options, key.value());
  if (!made) return report(made.error());
  return print_written(made.value(), "next: " + go_to(made.value().folder) + "exo test " + options.version);
}

}  // namespace

void add_script_new(CLI::App& script, int& exit_code) {
  const auto options = std::make_shared<ScriptNewOptions>();
  CLI::App* verb = script.add_subcommand(
      "new", "Makes a deployment script that runs as it is, with a spec that it passes, and names each file");
  verb->add_option("VERSION", options->version, "What it brings in: ROLE@VERSION")->type_name("")->required();
  verb->add_option("-l,--language", options->language, "js or py")->type_name("js|py")->capture_default_str();
  add_folder_option(*verb, options->application);
  verb->footer(
      "Example:\n  exo script new todo@0.0.1 --application examples/todo-app\n"
      "  exo script new web@0.0.1 --language py --application examples/todo-app");
  verb->callback([options, &exit_code] { exit_code = make_script_and_tell(*options); });
}

}  // namespace exo
