// What the kernel says of files in folders: inotify, which knows nothing of what is below a folder by itself.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/unique_fd.h"

namespace exo {

struct FileTouch {
  enum class Kind {
    kWritten,  // by somebody who has it open
    kClosed,   // after that; or its rights were changed
    kPlaced,   // made, moved or removed
    kMissed,   // more happened than the kernel could keep; then the path is empty
  };
  Kind kind = Kind::kPlaced;
  std::filesystem::path path;
};

// Owns an inotify descriptor. Used by one thread.
class FolderWatch {
 public:
  // Error `io`: how many there may be, and what to do.
  static Result<FolderWatch> start();

  int fd() const { return fd_.get(); }
  // Hears of this folder. Idempotent. Error `too-many` says how to have more; a folder that is gone is none.
  Result<void> add(const std::filesystem::path& folder);
  // Of this folder and of those below it, but those that is_left_alone(). To be called again after each
  // touch, before the files are looked at: folders may have come. Errors as add().
  Result<void> add_all(const std::filesystem::path& top);
  // What has happened; empty when nothing has.
  std::vector<FileTouch> take();

 private:
  explicit FolderWatch(UniqueFd fd) : fd_(std::move(fd)) {}

  UniqueFd fd_;
  std::map<int, std::filesystem::path> folders_;  // by watch descriptor
};

}  // namespace exo
