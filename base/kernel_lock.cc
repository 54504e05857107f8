#include "base/kernel_lock.h"

#include <fcntl.h>

#include <cerrno>
#include <cstdio>

namespace exo {
namespace {

struct flock write_lock_of_whole_file() {
  struct flock lock {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  return lock;
}

}  // namespace

LockOutcome lock_file(int file) {
  struct flock lock = write_lock_of_whole_file();
  if (::fcntl(file, F_OFD_SETLK, &lock) == 0) return LockOutcome::kTaken;
  return errno == EAGAIN || errno == EACCES ? LockOutcome::kHeldByAnother : LockOutcome::kFailed;
}

LockState look_at_lock(int file) {
  struct flock lock = write_lock_of_whole_file();
  if (::fcntl(file, F_OFD_GETLK, &lock) != 0) return LockState::kUnknown;
  return lock.l_type == F_UNLCK ? LockState::kFree : LockState::kHeldByAnother;
}

}  // namespace exo
