#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/text.h"
#include "cli/verb.h"
#include "host/artifact_build.h"
#include "host/artifact_report.h"
#include "host/signals.h"

namespace exo {
namespace {

struct BuildOptions {
  ApplicationOptions application;
  std::vector<std::string> wanted;
  std::string output;
  bool json = false;
};

// What was built is told, and where it is; the outcome says whether all of it could be written.
Result<bool> tell(const StoredArtifact& artifact, const BuildOptions& options, EarlyStop stop) {
  StoredArtifact told = artifact;
  if (!options.output.empty()) {
    auto copy = copy_artifact(artifact, std::filesystem::absolute(options.output), stop);
    if (!copy) return copy.error();
    told.file = std::move(copy).value();
  }
  return print(options.json ? to_json(told, ArtifactDetail::kSummary)
                            : summary_of(told) + "\n  " + told.file.string() + "\n");
}

int build(const BuildOptions& options) {
  const auto application = find_application(options.application);
  if (!application) return report(application.error());
  const auto state = StateFolder::of(application.value(), options.application.environment);
  if (!state) return report(state.error());
  block_signals();
  const StopSignals signals;
  const EarlyStop stop{.fd = signals.fd()};
  const auto builds = build_artifacts(state.value(), options.wanted, stop,
                                      [](const VersionKey& version, const auto& command) {
                                        note("building " + to_text(version) + ": " + printable(command));
                                      });
  if (!builds) return report(builds.error());
  int exit_code = kExitDone;
  for (const ArtifactBuild& each : builds.value()) {
    if (!each.artifact) {
      exit_code = report(each.artifact.error());
      continue;
    }
    const auto told = tell(each.artifact.value(), options, stop);
    if (!told) return report(told.error());
    if (!told.value()) return report_unwritten();
  }
  return exit_code;
}

}  // namespace

void add_build(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<BuildOptions>();
  CLI::App* verb = exo.add_subcommand(
      "build", "Packs service versions, each with its scripts, into artifacts that are the same everywhere");
  verb->add_option("VERSION", options->wanted, "A role, or ROLE@VERSION (default: all)")->type_name("");
  add_named_application_options(*verb, options->application);
  verb->add_option("--output", options->output, "Put a copy of each there, for another machine")
      ->type_name("FOLDER");
  verb->add_flag("--json", options->json, "Print a JSON object a line for each");
  verb->footer(
      "Exits with 1 when one could not be built; the others are.\n"
      "Example:\n  exo build --application examples/todo-app\n"
      "  exo build todo-search@0.0.1 --application examples/todo-app --json");
  verb->callback([options, &exit_code] { exit_code = build(*options); });
}

}  // namespace exo
