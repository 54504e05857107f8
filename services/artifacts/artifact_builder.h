// Makes an artifact: chooses the files, copies them to a folder of their own, runs the build command there,
// and packs what is there then. The working tree stays as it is.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/artifacts/artifact_store.h"
#include "services/artifacts/artifact_tree.h"
#include "services/artifacts/early_stop.h"

namespace exo {

struct ArtifactRecipe {
  std::string role;
  std::string version;
  ArtifactSource service;
  ArtifactSource scripts;     // with an empty folder: it has none
  std::string build_command;  // empty: none
  std::string build_place;    // "todo/service.yml:7", where it is written
  std::chrono::milliseconds build_within{};
  bool must_be_committed = false;  // what differs from the commit is refused
};

// Error `refused` with a line for each file that cannot be packed, `failed` with the last words of a build
// command that failed, `stopped`, and those of the parts. When it fails nothing is left but the build
// command's log. Blocks; not to be called where another thread starts processes.
Result<StoredArtifact> build_artifact(const ArtifactRecipe& recipe, const ArtifactStore& store,
                                      EarlyStop stop);

// Which files are not as the artifact has them, as places in it, sorted: another content, or there and not in
// it. What it has besides is told where no build command can have left it there. Errors are those of the
// parts. Blocks, and runs git.
Result<std::vector<std::string>> changed_since(const ArtifactManifest& manifest, const ArtifactRecipe& recipe,
                                               EarlyStop stop = {});

}  // namespace exo
