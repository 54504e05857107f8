// The users of this machine, as its user database knows them, and what a process needs to become one.
//
// The look-ups ask the C library, which may read files or ask a directory service: they block, may be called
// from one thread at a time, and never between fork and exec. become() and what it takes are for that place.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/mistake.h"
#include "base/result.h"

namespace exo {

// What the kernel knows a user by.
struct Credentials {
  uid_t uid = 0;
  gid_t gid = 0;              // the primary group
  std::vector<gid_t> groups;  // all of its groups, the primary one too; sorted

  bool operator==(const Credentials&) const = default;
};

struct UnixUser {
  std::string name;
  std::string home;
  std::string shell;
  Credentials credentials;
};

// Whom something is to run as, as a person wrote it: a name or a number.
struct WantedUser {
  std::string name;  // empty: nobody said
  Place place;

  bool is_stated() const { return !name.empty(); }
  bool operator==(const WantedUser&) const = default;
};

// By name, else by number. Error `absent`: there is no such user, which has to be one of the user database,
// since its groups and its home are written nowhere else.
Result<UnixUser> find_user(const std::string& name_or_number);

// All that the user database lists, for a word that is near one; a directory service may list none.
std::vector<std::string> user_names();

// "ada", or "uid 1234" where the number has no name.
std::string user_name(uid_t uid);

// Makes the calling process, which must have one thread, this user's for good: groups first, because the
// right to set them goes with the user id. False, with errno, when the system refuses a step, and for the
// number that the system takes to mean "leave it as it is". Safe between fork and exec.
bool become(const Credentials& credentials);

}  // namespace exo
