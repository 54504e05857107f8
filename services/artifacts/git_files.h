// What git knows of a folder: which files of it are kept, and at which commit it stands.
//
// Each function runs git, blocks, and may not be called where another thread starts processes. Errors:
// `absent` where git is not installed or does not know the folder, else what git says.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace exo {

// The names of the files that git tracks below `folder`, relative to it and sorted; also of those that are
// gone, and of folders that are repositories of their own.
Result<std::vector<std::string>> tracked_files(const std::filesystem::path& folder);

struct GitCommit {
  std::string id;         // empty: nothing is committed yet
  std::int64_t time = 0;  // Unix seconds

  bool operator==(const GitCommit&) const = default;
};

Result<GitCommit> commit_of(const std::filesystem::path& folder);

// Those of the tracked files below `folder` that are not as in the commit, relative to it.
Result<std::vector<std::string>> changed_files(const std::filesystem::path& folder);

}  // namespace exo
