// The deployment scripts that an application's folder holds.
//
//     deployment-scripts/<role>-<version>.js      (or .cjs, .mjs) exports handlers; run by exo-script
//     deployment-scripts/<role>-<version>[.ext]   with the executable bit: run as it is
//     deployment-scripts/<role>-<version>.py      without it: names handlers; run by Python's exo-script
//     deployment-scripts/<role>-<version>/        with its own service.yml: its development.scripts.run
//     deployment-scripts/<role>-<version>.yml     settings of the script beside it, see script_settings.h
//     deployment-scripts/<role>-<version>.feature its spec, which `exo test` runs; or any *.feature in its
//     folder deployment-scripts/nouns.yml                what specs call things, see spec_nouns.h
//     deployment-scripts/steps/                   steps of the application's own, for its specs
//
// A role may hold dashes; the version is a semantic one, pre-releases included: it begins behind the first
// dash that leaves one. What looks like a script and is none is a mistake, because a misspelled name would be
// a script that never runs. Names that begin with "_" or "." are nobody's business but the application's, and
// so are files that no loader runs and that are neither executable nor named after a version.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "deployment-scripts/script.h"
#include "deployment-scripts/script_settings.h"
#include "deployment-scripts/version_key.h"

namespace exo {

// What says what a version is to be like once its script has run.
struct Spec {
  VersionKey of;
  std::vector<std::string> files;  // relative to the application, sorted; at least one

  bool operator==(const Spec&) const = default;
};

// A value. Scripts are sorted by role and then by the precedence of their versions; no two bring in the same
// version.
struct ScriptCatalog {
  std::vector<Script> scripts;
  std::vector<Spec> specs;  // in the same order; also of versions without a script

  // Null when there is none; good as long as the catalog is.
  const Script* find(const VersionKey& version) const;
};

// Brings the scripts into their order.
void sort_scripts(ScriptCatalog& catalog);

struct LoadedScripts {
  ScriptCatalog catalog;          // a script of it is good exactly when no mistake is about its files
  std::vector<Mistake> mistakes;  // all of all files, sorted by file
};

// Reads `<application>/deployment-scripts`, which need not be there. `application` is absolute. Blocks on the
// disk, writes nothing.
LoadedScripts load_scripts(const std::filesystem::path& application);

// A script whose role and version the application does not hold.
struct OrphanedScript {
  Script script;
  std::string message;  // "it is not run: …", and what the application has instead

  bool operator==(const OrphanedScript&) const = default;
};

// In the catalog's order. These are the `other_scripts` of rollout::Begin.
std::vector<OrphanedScript> find_orphaned_scripts(const ScriptCatalog& catalog,
                                                  const std::vector<VersionKey>& application);

// "todo-search-0.0.1-beta.1" → todo-search and 0.0.1-beta.1; empty when no dash leaves a version.
std::optional<VersionKey> parse_script_name(std::string_view name);

inline constexpr char kScriptsFolder[] = "deployment-scripts";
inline constexpr char kNounsFile[] = "nouns.yml";  // in that folder
inline constexpr char kStepsFolder[] = "steps";    // in that folder
inline constexpr char kSpecExtension[] = ".feature";
inline constexpr std::size_t kMaxScriptSettingsBytes = 1024 * 1024;

}  // namespace exo
