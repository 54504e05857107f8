// The kernel's write lock on a whole open file (F_OFD_SETLK): it belongs to the open file description, so it
// is held until every copy of the descriptor is closed, in whatever process, whatever ended it.
#pragma once

namespace exo {

enum class LockOutcome {
  kTaken,
  kHeldByAnother,
  kFailed,  // errno says why
};

// Takes the lock without waiting. `file` is open for writing. Taking a lock that is held already is kTaken.
LockOutcome lock_file(int file);

enum class LockState { kFree, kHeldByAnother, kUnknown /* errno says why */ };

// Whether another open file description holds the lock at this moment. Takes nothing.
LockState look_at_lock(int file);

}  // namespace exo
