// What the versions of a host run from: copies of their artifacts that nobody may write.
//
// For each version the artifact that was built last is taken; where there is none, one is built. In an
// environment of one content (host/identity_check.h) a version that was brought in keeps what it was brought
// in with: an artifact of another content is passed over for that one, and where that is gone, the working
// tree must give it again. There nothing is built of what is not committed, either, but by a person.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/content_digest.h"
#include "base/result.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/script_catalog.h"
#include "deployment-scripts/version_key.h"
#include "host/state_folder.h"
#include "services/application.h"
#include "services/artifacts/artifact_manifest.h"
#include "services/artifacts/early_stop.h"

namespace exo {

struct ArtifactCopies {
  FolderCopies folders;
  std::map<VersionKey, std::filesystem::path> roots;  // hold service/ and deployment-scripts/
  std::map<VersionKey, ContentDigests> sources;       // by kDigestOfArtifact alone
  std::set<VersionKey> as_the_tree;                   // whose folders hold the same as the copies
  std::vector<std::string> notices;                   // to be shown once the host says anything
};

struct CopyingOptions {
  const StateFolder& state;        // whose folders are there
  const Application& application;  // as the working tree has it, and its scripts
  const ScriptCatalog& scripts;
  const RolloutRecord& record;  // of what the ledger holds until now
  EarlyStop stop;
  std::function<void(const std::string& text)> say;  // what is done now, and may take long
};

// Builds, unpacks and checks. A version of `local` that cannot be packed runs from the working tree, and a
// notice says so; elsewhere error `refused` names each, with a fix. Other errors are those of
// build_artifact() and ArtifactStore. May be called while other hosts run. Blocks, and runs git.
Result<ArtifactCopies> make_copies(const CopyingOptions& options);

// The digest of what an artifact holds of its service, its scripts left out. Pure.
std::string service_digest(ArtifactManifest manifest);

// The scripts of these versions as their copies have them, in the place of those of the working tree, with
// what is wrong with them.
LoadedScripts with_copied_scripts(LoadedScripts scripts,
                                  const std::map<VersionKey, std::filesystem::path>& roots);

// Removes the copies of all artifacts but these. Only the owner of the ledger may call it; what cannot be
// removed stays.
void remove_unused_copies(const std::filesystem::path& copies, const std::set<std::string>& used);

}  // namespace exo
