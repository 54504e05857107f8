#include "host/artifact_build.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <utility>

#include "base/nearest_word.h"
#include "base/text.h"
#include "host/application_check.h"
#include "host/identity_check.h"
#include "host/preparation.h"
#include "ledger/ledger_error.h"
#include "services/artifacts/artifact_path.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

VersionKey key_of(const ServiceVersion& version) {
  return {version.role, to_string(version.version)};
}

// Whose each name in the folder of scripts is, as far as the catalog knows.
std::map<std::string, VersionKey> owners_of(const ScriptCatalog& scripts) {
  std::map<std::string, VersionKey> owners;
  const auto add = [&owners](const std::string& file, const VersionKey& version) {
    fs::path below = fs::path(file).lexically_relative(kScriptsFolder);
    if (!below.empty()) owners[below.begin()->string()] = version;
  };
  for (const Script& script : scripts.scripts) {
    add(script.name, script.brings_in);
    add(script.settings_file, script.brings_in);
  }
  for (const Spec& spec : scripts.specs) {
    for (const std::string& file : spec.files) add(file, spec.of);
  }
  return owners;
}

// Settings of a script that is gone are named after its version, too.
bool is_of_another(const std::string& name, const VersionKey& version,
                   const std::map<std::string, VersionKey>& owners) {
  const std::string top = name.substr(0, name.find('/'));
  if (const auto owner = owners.find(top); owner != owners.end()) return !(owner->second == version);
  for (const std::string& stem : {fs::path(top).stem().string(), top}) {
    if (const auto named = parse_script_name(stem)) return !(*named == version);
  }
  return false;
}

ArtifactSource scripts_of(const Application& application, const VersionKey& version,
                          const ScriptCatalog& scripts) {
  ArtifactSource source{.folder = fs::path(application.folder) / kScriptsFolder, .top = kScriptsTop};
  std::error_code failure;
  if (!fs::is_directory(source.folder, failure)) return {};
  const auto owners = owners_of(scripts);
  const Script* script = scripts.find(version);
  if (script == nullptr) {
    // Without a script nothing beside it is of any use.
    const bool has_spec =
        std::any_of(owners.begin(), owners.end(), [&](const auto& owner) { return owner.second == version; });
    if (!has_spec) return {};
  }
  for (const auto& [name, owner] : owners) {
    if (owner == version && fs::exists(source.folder / name, failure)) source.required.push_back(name);
  }
  source.is_wanted = [version, owners](const std::string& name) {
    return !is_of_another(name, version, owners);
  };
  return source;
}

// The files of scripts are git's where git knows them; where a service names its own it may be without git.
void name_without_git(ArtifactSource& scripts) {
  std::vector<std::string> names;
  std::error_code failure;
  for (fs::directory_iterator each(scripts.folder, failure), end; !failure && each != end;
       each.increment(failure)) {
    const std::string name = each->path().filename().string();
    if (!name.starts_with(".") && scripts.is_wanted(name)) names.push_back(name);
  }
  scripts.named = std::move(names);
}

Error no_such(const std::string& name, const Application& application) {
  std::vector<std::string> known;
  const std::string role = name.substr(0, name.find('@'));
  if (const Role* found = application.find_role(role)) {
    for (const ServiceVersion& version : found->versions) known.push_back(to_string(version));
    return {"usage", in_quotes(name) + " is no version of " + role + "; there is " + join_for_people(known)};
  }
  for (const Role& each : application.roles) known.push_back(each.name);
  const std::string near = did_you_mean(role, known);
  return {"usage", "there is no service " + in_quotes(role) +
                       (near.empty() ? "; the services are " + join_for_people(known) : near)};
}

Result<std::vector<const ServiceVersion*>> choose(const Application& application,
                                                  const std::vector<std::string>& wanted) {
  std::set<std::string> left(wanted.begin(), wanted.end());
  std::vector<const ServiceVersion*> chosen;
  for (const Role& role : application.roles) {
    const bool all = wanted.empty() || left.count(role.name) != 0;
    for (const ServiceVersion& version : role.versions) {
      if (left.erase(to_string(version)) != 0 || all) chosen.push_back(&version);
    }
    left.erase(role.name);
  }
  if (!left.empty()) return no_such(*left.begin(), application);
  return chosen;
}

// A version that was brought in has its content for good.
Result<void> check_contents(const StateFolder& state, const Application& application,
                            const ScriptCatalog& scripts, const std::vector<const ServiceVersion*>& chosen) {
  if (!has_one_content(state.environment())) return {};
  std::vector<std::string> notices;
  auto versions = begin_with(application, scripts, digests_of_versions(application, notices)).versions;
  std::erase_if(versions, [&](const rollout::VersionToBringIn& version) {
    return std::none_of(chosen.begin(), chosen.end(),
                        [&](const ServiceVersion* each) { return key_of(*each) == version.key; });
  });
  return check_identities(state, versions);
}

// The store is in the state folder, where nobody knows better than exo what helps.
Error with_way_out(Error error) {
  if (error.code == "disk-full")
    error.message += "; make room there, or set EXO_HOME to a folder on another disk";
  if (error.code == "disk-read-only" || error.code == "not-allowed")
    error.message += "; type this as the folder's owner, or set EXO_HOME to a folder of your own";
  return error;
}

}  // namespace

ArtifactRecipe recipe_of(const Application& application, const ServiceVersion& version,
                         const ScriptCatalog& scripts) {
  ArtifactRecipe recipe{
      .role = version.role,
      .version = to_string(version.version),
      .service = {.folder = version.folder,
                  .top = kServiceTop,
                  .named = version.artifact.files,
                  .required = {"service.yml"}},
      .scripts = scripts_of(application, key_of(version), scripts),
      .build_command = version.artifact.build,
      .build_place = version.service_file + ":" + std::to_string(version.artifact.build_line),
      .build_within = version.artifact.build_within};
  if (version.artifact.files && !recipe.scripts.folder.empty()) name_without_git(recipe.scripts);
  return recipe;
}

Result<std::vector<ArtifactBuild>> build_artifacts(
    const StateFolder& state, const std::vector<std::string>& wanted, EarlyStop stop,
    const std::function<void(const VersionKey& version, const std::string& command)>& begun) {
  const LoadedApplication loaded = load_application(state.application().string());
  LoadedScripts scripts = load_scripts(state.application());
  std::vector<Mistake> mistakes = loaded.mistakes;
  mistakes.insert(mistakes.end(), scripts.mistakes.begin(), scripts.mistakes.end());
  if (!mistakes.empty()) return to_error(mistakes);
  const auto chosen = choose(*loaded.application, wanted);
  if (!chosen) return chosen.error();
  const auto same = check_contents(state, *loaded.application, scripts.catalog, chosen.value());
  if (!same) return same.error();
  if (const auto created = state.create(); !created) return created.error();
  const ArtifactStore store(state.artifacts());
  std::vector<ArtifactBuild> builds;
  for (const ServiceVersion* version : chosen.value()) {
    const ArtifactRecipe recipe = recipe_of(*loaded.application, *version, scripts.catalog);
    if (!recipe.build_command.empty()) begun(key_of(*version), recipe.build_command);
    auto artifact = build_artifact(recipe, store, stop);
    if (!artifact) artifact = with_way_out(artifact.error());
    builds.push_back({key_of(*version), std::move(artifact)});
    if (!builds.back().artifact && builds.back().artifact.error().code == "stopped") break;
  }
  return builds;
}

}  // namespace exo
