// Where a file is that this process holds open, and whether it is still there.
//
// A file that was deleted, moved, or replaced by a copy goes on taking what is written into it, and nobody
// who opens the path sees any of that. Only device and inode tell the file at the path from the one that is
// held.
#pragma once

#include <sys/types.h>

#include <string>

namespace exo {

// A value. Looks at a path and never opens it, so that the locks which a process holds on the file stay.
class FilePlace {
 public:
  // What is at `path` now.
  explicit FilePlace(std::string path);
  // What `descriptor` has open, which was opened as `path`.
  FilePlace(std::string path, int descriptor);

  const std::string& path() const { return path_; }

  // False when nothing is at the path any more, or another file. True when the system does not say.
  bool is_kept() const;

 private:
  std::string path_;
  dev_t device_ = 0;
  ino_t number_ = 0;  // 0: nothing was there
};

}  // namespace exo
