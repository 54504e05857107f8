// Builds artifacts of an application's service versions: finds their files and scripts, and has them packed.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "deployment-scripts/script_catalog.h"
#include "deployment-scripts/version_key.h"
#include "host/state_folder.h"
#include "services/application.h"
#include "services/artifacts/artifact_builder.h"
#include "services/artifacts/artifact_store.h"

namespace exo {

// What is in the artifact of a version: its own files, its script with the settings and specs beside it, and
// those files beside the scripts that belong to no version. Pure.
ArtifactRecipe recipe_of(const Application& application, const ServiceVersion& version,
                         const ScriptCatalog& scripts);

struct ArtifactBuild {
  VersionKey version;
  Result<StoredArtifact> artifact;
};

// Each of the wanted versions ("todo", "todo@0.0.1"; none: all), in the order of the application, also when
// one cannot be built. `begun` is told of each that runs a build command. Errors, when none is built:
// `mistakes` of the application's files, `usage` for a name that is none, `changed` for a version that was
// brought into a hosted environment with other files, and those of the state folder. Runs git; not to be
// called where another thread starts processes.
Result<std::vector<ArtifactBuild>> build_artifacts(
    const StateFolder& state, const std::vector<std::string>& wanted, EarlyStop stop,
    const std::function<void(const VersionKey& version, const std::string& command)>& begun);

}  // namespace exo
