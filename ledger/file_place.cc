#include "ledger/file_place.h"

#include <sys/stat.h>

#include <cerrno>
#include <utility>

namespace exo {

FilePlace::FilePlace(std::string path) : path_(std::move(path)) {
  struct stat found {};
  if (::stat(path_.c_str(), &found) != 0) return;
  device_ = found.st_dev;
  number_ = found.st_ino;
}

FilePlace::FilePlace(std::string path, int descriptor) : path_(std::move(path)) {
  struct stat held {};
  if (::fstat(descriptor, &held) != 0) return;
  device_ = held.st_dev;
  number_ = held.st_ino;
}

bool FilePlace::is_kept() const {
  struct stat found {};
  if (::stat(path_.c_str(), &found) != 0) return errno != ENOENT && errno != ENOTDIR;
  return found.st_dev == device_ && found.st_ino == number_;
}

}  // namespace exo
