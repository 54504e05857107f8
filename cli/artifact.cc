#include <CLI/CLI.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "base/text.h"
#include "cli/verb.h"
#include "host/artifact_report.h"
#include "services/artifacts/artifact_store.h"

namespace exo {
namespace {

struct ArtifactOptions {
  ApplicationOptions application;
  std::string artifact;
  bool json = false;
};

Result<ArtifactStore> find_store(const ArtifactOptions& options) {
  const auto state = find_state(options.application);
  if (!state) return state.error();
  return ArtifactStore(state.value().artifacts());
}

// One in a file is found without an application around it.
Result<StoredArtifact> find_artifact(const ArtifactOptions& options) {
  std::error_code failure;
  if (std::filesystem::exists(options.artifact, failure))
    return ArtifactStore("").find(std::filesystem::absolute(options.artifact, failure).string());
  const auto store = find_store(options);
  if (!store) return store.error();
  return store.value().find(options.artifact);
}

int list(const ArtifactOptions& options) {
  const auto store = find_store(options);
  if (!store) return report(store.error());
  const auto artifacts = store.value().list();
  if (!artifacts) return report(artifacts.error());
  std::string text;
  for (const StoredArtifact& artifact : artifacts.value())
    text += options.json ? to_json(artifact, ArtifactDetail::kSummary) : to_table({artifact});
  if (text.empty() && !options.json) text = "no artifact is built here yet; build some: exo build\n";
  return exit_after(print(text));
}

int show(const ArtifactOptions& options) {
  const auto artifact = find_artifact(options);
  if (!artifact) return report(artifact.error());
  return exit_after(
      print(options.json ? to_json(artifact.value(), ArtifactDetail::kEntries) : to_text(artifact.value())));
}

// The archive, and the copy that was unpacked of it where there is one.
Result<std::string> verify_all(const ArtifactOptions& options, const StoredArtifact& artifact) {
  if (const auto whole = verify_artifact(artifact); !whole)
    return Error{whole.error().code, whole.error().message + "; build it again, or fetch it again"};
  const std::string good = summary_of(artifact) + ": as its manifest says\n";
  const auto store = find_store(options);
  std::error_code failure;
  if (!store || !std::filesystem::exists(store.value().unpacked(artifact.digest), failure)) return good;
  const std::filesystem::path copy = store.value().unpacked(artifact.digest);
  const auto faults = faults_of_unpacked(copy, artifact.manifest);
  if (!faults) return faults.error();
  if (faults.value().empty()) return good + "  and so is its unpacked copy\n";
  return Error{"damaged", "the unpacked copy in " + copy.string() + " is not as the artifact says:\n  " +
                              join(faults.value(), "\n  ") + "\nremove it; it is unpacked again when needed"};
}

int verify(const ArtifactOptions& options) {
  const auto artifact = find_artifact(options);
  if (!artifact) return report(artifact.error());
  const auto outcome = verify_all(options, artifact.value());
  if (!outcome) return report(outcome.error());
  return exit_after(print(outcome.value()));
}

using Deed = int (*)(const ArtifactOptions& options);

CLI::App* add_deed(CLI::App& verb, const char* name, const char* description, Deed deed,
                   const std::shared_ptr<ArtifactOptions>& options, int& exit_code) {
  CLI::App* sub = verb.add_subcommand(name, description);
  add_named_application_options(*sub, options->application);
  sub->callback([deed, options, &exit_code] { exit_code = deed(*options); });
  return sub;
}

void add_artifact_word(CLI::App& sub, ArtifactOptions& options) {
  sub.add_option("ARTIFACT", options.artifact,
                 "ROLE@VERSION for the one built last, the beginning of a digest, or a file")
      ->type_name("")
      ->required();
}

}  // namespace

void add_artifact(CLI::App& exo, int& exit_code) {
  const auto options = std::make_shared<ArtifactOptions>();
  CLI::App* verb =
      exo.add_subcommand("artifact", "What exo build has packed: which there are, and what is in them");
  verb->require_subcommand(1);
  CLI::App* listed = add_deed(*verb, "list", "Prints a line for each artifact", list, options, exit_code);
  listed->add_flag("--json", options->json, "Print a JSON object a line for each");
  listed->footer("Example:\n  exo artifact list --application examples/todo-app");
  CLI::App* shown =
      add_deed(*verb, "show", "Prints what is in one, and where that came from", show, options, exit_code);
  add_artifact_word(*shown, *options);
  shown->add_flag("--json", options->json, "Print one JSON object");
  shown->footer("Example:\n  exo artifact show todo-search@0.0.1 --application examples/todo-app");
  CLI::App* verified =
      add_deed(*verb, "verify", "Looks whether one, and its unpacked copy, is as it was built", verify,
               options, exit_code);
  add_artifact_word(*verified, *options);
  verified->footer("Example:\n  exo artifact verify todo-search@0.0.1 --application examples/todo-app");
  verb->footer(
      "Example:\n  exo artifact list --application examples/todo-app\n"
      "  exo artifact show todo-search@0.0.1 --application examples/todo-app");
}

}  // namespace exo
