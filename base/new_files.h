// Files that were not there before: made without overwriting, and taken away again unless all of them could
// be made.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace exo {

// Files and folders made for a person. Destroyed before keep() it removes what it has made, newest first.
// Blocks on the disk; one thread.
class NewFiles {
 public:
  NewFiles() = default;
  NewFiles(const NewFiles&) = delete;
  NewFiles& operator=(const NewFiles&) = delete;
  ~NewFiles();

  // With those above it that are missing; one that is there stays as it is. Errors are those of base/files.h.
  Result<void> make_folder(const std::filesystem::path& folder);
  // With the folders above it. `mode` is less what the user's mask takes off. Error `taken` when something of
  // that name is there, else those of base/files.h.
  Result<void> make_file(const std::filesystem::path& path, std::string_view content, mode_t mode);

  void keep() { made_.clear(); }

 private:
  std::vector<std::filesystem::path> made_;
};

// What was written, relative to `folder`; for people who are told each of them.
struct WrittenFiles {
  std::filesystem::path folder;
  std::vector<std::string> made;
  std::vector<std::string> changed;
  std::vector<std::string> kept = {};  // would have been made, and were there already
};

}  // namespace exo
