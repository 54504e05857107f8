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

// Owns an inotify descriptor. Used by one thread. That a folder itself goes or comes is heard by the one
// above it: to hear of one that is made again, add that too.
class FolderWatch {
 public:
  // Error `io`: how many there may be, and what to do.
  static Result<FolderWatch> start();

  int fd() const { return fd_.get(); }
  // Hears of this folder, and no longer of another that was there before, nor of those below that.
  // Idempotent. Error `too-many` says how to have more; a folder that is gone is none.
  Result<void> add(const std::filesystem::path& folder);
  // Of this folder and of those below it, but those that is_left_alone(). To be called again after each
  // touch, before the files are looked at: folders may have come. Errors as add().
  Result<void> add_all(const std::filesystem::path& top);
  // What has happened; empty when nothing has.
  std::vector<FileTouch> take();

 private:
  explicit FolderWatch(UniqueFd fd) : fd_(std::move(fd)) {}

  void keep(int watch, const std::filesystem::path& folder);
  void forget(int watch);
  void leave_all(const std::filesystem::path& top);

  UniqueFd fd_;
  // By watch descriptor, and the other way: watches_[folders_[watch]] == watch.
  std::map<int, std::filesystem::path> folders_;
  std::map<std::filesystem::path, int> watches_;
};

// Whether a path is that of this folder, or of something below it. Does not look at the disk.
bool is_below(const std::filesystem::path& path, const std::filesystem::path& folder);

}  // namespace exo
