// What another user may do with files, found out by trying: a child process becomes that user and asks the
// kernel, which knows of groups, access lists and network file systems what no reading of mode bits can.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unix_user.h"

namespace exo {

struct AccessQuestion {
  enum class Deed { kEnter, kRead, kExecute, kWrite };  // a folder, a file, a program, either
  std::string path;                                     // absolute
  Deed deed = Deed::kEnter;
};

// For each question 0, or the errno that the deed meets. Takes the rights of root and blocks; to be called
// while this process has one thread. Error `not-allowed` when root itself may not become that user, as in a
// container that withholds the right.
Result<std::vector<int>> ask_as(const UnixUser& user, const std::vector<AccessQuestion>& questions);

// The first folder on the way to `folder`, itself included, that the user may not enter, without symbolic
// links; empty when there is none. What is not there yet is not closed. Errors as ask_as().
Result<std::string> first_closed_folder(const UnixUser& user, const std::string& folder);

// The folders that the kernel looks a path up in, from "/" to the last one that is there, itself included:
// those that links lead through too. Who may change one of them decides what the path leads to.
std::vector<std::string> folders_on_the_way(const std::string& path);

struct ChangeablePath {
  std::string path;  // empty: none is
  bool is_owned = false;
};

// The first of the paths that the user owns or may write. In a folder with the sticky bit (/tmp) nobody may
// put anything in the place of what is another's, so that it counts for its owner only. Errors as ask_as().
Result<ChangeablePath> first_changeable(const UnixUser& user, const std::vector<std::string>& paths);

}  // namespace exo
