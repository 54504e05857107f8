// Who may write a ledger: the one process that holds the lock on `ledger.lock`.
//
// The lock is the kernel's (an OFD lock), held from construction to destruction and freed when its holder
// dies, by whatever means: no clock, nothing to clean up, nothing that a restored backup could bring back. It
// belongs to the open file, so a child forked without exec would keep it; the descriptor is closed on exec.
// The file's text is for people and names the owner; it proves nothing, and it stays behind when the owner
// has gone.
#pragma once

#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/unique_fd.h"
#include "ledger/file_place.h"

namespace exo {

// A host that owns a ledger. All empty or 0 when it holds the lock and has not yet written who it is.
struct Owner {
  pid_t pid = 0;
  std::string machine;  // the machine's name
  std::string host_id;  // made by the host at each start
  std::string since;    // RFC 3339, UTC

  bool operator==(const Owner&) const = default;
};

// This process, on this machine, from now on.
Owner this_process(std::string host_id);

// "pid 4711 on build-7 since 2026-11-20T21:02:59.407Z (host 3f2a)".
std::string describe(const Owner& owner);

// The text of a lock file, and back. Lines that are not understood are passed over.
std::string encode_owner(const Owner& owner);
Owner decode_owner(std::string_view text);

// Holds the lock as long as it lives. Movable; one thread at a time.
class Ownership {
 public:
  // Does not wait. Code "owned" when another has it; the message names it. The folder must exist ("absent").
  static Result<Ownership> acquire(const std::string& folder, const Owner& self);

  const Owner& self() const { return self_; }
  // The lock file. Who finds another one at its path could take the ledger too.
  const FilePlace& place() const { return place_; }

 private:
  Ownership(UniqueFd file, FilePlace place, Owner self);

  UniqueFd file_;
  FilePlace place_;
  Owner self_;
};

// Who owns the ledger in `folder` at this moment; nullopt when nobody does, or there is none. Only tests the
// lock, and never hinders who wants to take it. Codes "io" and "read-only" when the file cannot be read.
Result<std::optional<Owner>> find_owner(const std::string& folder);

std::string lock_path(const std::string& folder);

}  // namespace exo
