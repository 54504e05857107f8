// A folder for what is being made: gone with its maker, however that ends.
#pragma once

#include <filesystem>

#include "base/result.h"
#include "base/unique_fd.h"

namespace exo {

// Owns a folder "….new" below `parent`, for its owner alone (0700). Destroyed, it is removed with all that is
// in it; what a maker that was killed left behind is removed by the next begin() in that parent, which knows
// by the kernel's lock on each folder that its maker lives no more. Movable; one thread at a time.
class WorkFolder {
 public:
  // Makes `parent` where it is missing. Errors are those of base/files.h.
  static Result<WorkFolder> begin(const std::filesystem::path& parent);
  WorkFolder(WorkFolder&& other) noexcept;
  WorkFolder& operator=(WorkFolder&&) = delete;
  WorkFolder(const WorkFolder&) = delete;
  WorkFolder& operator=(const WorkFolder&) = delete;
  ~WorkFolder();

  const std::filesystem::path& path() const { return path_; }

 private:
  WorkFolder(std::filesystem::path path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}

  std::filesystem::path path_;  // empty: moved from
  UniqueFd lock_;
};

// Removes a folder and what is in it, also folders that nobody may write. What cannot be removed stays.
void remove_read_only_folder(const std::filesystem::path& folder);

}  // namespace exo
