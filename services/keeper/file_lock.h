// A lock on a file that dies with its last holder, whatever ends it.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace exo {

// Takes the kernel's write lock on the open file description (F_OFD_SETLK) of `path`, which is made when it
// is absent, without waiting. The lock is held until every copy of the descriptor that is given is closed: a
// forked process that keeps the descriptor keeps the lock. Errors: "busy" (somebody holds it) and "lock" (the
// file cannot be opened or locked); both name the file.
Result<UniqueFd> take_file_lock(const std::string& path);

// The lock's text names its holder, for people and messages; nothing relies on it.
void write_lock_text(int lock, const std::string& text);
// The first line of the lock file's text, "" when there is none or the file cannot be read.
std::string read_lock_text(const std::string& path);
// The text of a lock that some process holds at this moment; nullopt when nobody does. Takes nothing.
std::optional<std::string> find_lock_holder(const std::string& path);

}  // namespace exo
