// Where a keeper can be found by those who have not started it: a later host, and people's commands that only
// look.
//
// The socket `keeper.sock` lies in the state folder, for the user of the keeper and root alone: its mode is
// 0600, and the kernel's word on who has connected counts besides. It is bound and reached through the open
// folder (/proc/self/fd), because the path of a Unix socket holds at most 107 bytes and that of a state
// folder may be longer.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unique_fd.h"

namespace exo {

// Owned by the keeper, which holds keeper.lock, so that there is at most one. Not thread-safe.
class KeeperDoor {
 public:
  // Takes the place of a socket that a killed keeper has left. Error "door" names the path and what the
  // system said.
  static Result<KeeperDoor> open(const std::string& state_folder);
  KeeperDoor(KeeperDoor&& other) noexcept = default;
  KeeperDoor& operator=(KeeperDoor&& other) noexcept = delete;
  // Removes the socket's file.
  ~KeeperDoor();

  // Readable while somebody waits.
  int fd() const { return socket_.get(); }
  // One who has connected; invalid when nobody has. Strangers are turned away.
  UniqueFd accept() const;

 private:
  KeeperDoor(UniqueFd folder, UniqueFd socket) : folder_(std::move(folder)), socket_(std::move(socket)) {}

  UniqueFd folder_;
  UniqueFd socket_;
};

// Errors: "absent" (no keeper listens there) and "door" (it cannot be reached).
Result<UniqueFd> connect_to_keeper(const std::string& state_folder);

}  // namespace exo
