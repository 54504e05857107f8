// The files of an artifact before they are packed: chosen from folders, copied, and listed.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/artifacts/artifact_manifest.h"
#include "services/artifacts/early_stop.h"

namespace exo {

// A folder whose files go into an artifact.
struct ArtifactSource {
  std::filesystem::path folder;  // absolute
  std::string top;               // kServiceTop or kScriptsTop: where they are in the artifact
  // What goes in, relative to the folder: files, and folders with all that is below them. nullopt: what git
  // tracks.
  std::optional<std::vector<std::string>> named;
  std::vector<std::string> required;  // must be among what is chosen: files, or folders of some of them
  // Of what git tracks; empty: all of it.
  std::function<bool(const std::string& name)> is_wanted;
};

// What was chosen of a folder.
struct ChosenFiles {
  std::vector<std::string> names;   // relative to the folder, sorted, each once
  std::vector<std::string> faults;  // a sentence for each that cannot be in an artifact
};

// Blocks, and runs git unless the files are named. Errors are those of services/artifacts/git_files.h.
Result<ChosenFiles> choose_files(const ArtifactSource& source);

// Copies what was chosen to `root`/`top`. A sentence for each file that could not be: it is unreadable, a
// device, or a link outside. Error `stopped`, and of base/files.h where `root` cannot be written.
Result<std::vector<std::string>> copy_files(const ArtifactSource& source, const ChosenFiles& chosen,
                                            const std::filesystem::path& root, EarlyStop stop);

struct ListedTree {
  std::vector<ArtifactEntry> entries;  // sorted by path
  std::vector<std::string> faults;
};

// All that is below `root`/service and `root`/deployment-scripts, with digests. Errors as above, and
// "too-large".
Result<ListedTree> list_tree(const std::filesystem::path& root, EarlyStop stop);

// What a manifest says of the file or link at `path`, under the name `place`. Errors as above.
Result<ArtifactEntry> entry_of(const std::string& place, const std::filesystem::path& path,
                               EarlyStop stop = {});

}  // namespace exo
