// The files of a service whose edits are to be noticed: those that git tracks, or that `artifact.files`
// names.
#pragma once

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "services/watching/edits.h"

namespace exo {

// Of one folder. Remembers digests, so that only what was written since is read again. Not thread-safe.
class WatchedFiles {
 public:
  // `named`: files, and folders with all below them; nullopt: what git tracks, and where git tracks nothing
  // of the folder all but `node_modules` and what begins with a dot.
  WatchedFiles(std::filesystem::path folder, std::optional<std::vector<std::string>> named)
      : folder_(std::move(folder)), named_(std::move(named)) {}

  const std::filesystem::path& folder() const { return folder_; }
  // What they hold now; what cannot be read is left out. Blocks, and runs git. Error `git`: what git says,
  // and `too-large`.
  Result<FileDigests> read();

 private:
  struct Known {
    struct stat status {};
    std::string digest;
  };

  Result<std::vector<std::string>> names() const;

  std::filesystem::path folder_;
  std::optional<std::vector<std::string>> named_;
  std::map<std::string, Known> known_;
};

// Whether nobody edits what is in a folder of this name: `node_modules`, and what begins with a dot.
bool is_left_alone(const std::string& name);

}  // namespace exo
