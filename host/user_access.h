// What another user may do with files, found out by trying: a child process becomes that user and asks the
// kernel, which knows of groups, access lists and network file systems what no reading of mode bits can.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "base/unix_user.h"

namespace exo {

struct AccessQuestion {
  enum class Deed { kEnter, kRead, kExecute };  // a folder, a file, a program
  std::string path;                             // absolute
  Deed deed = Deed::kEnter;
};

// For each question 0, or the errno that the deed meets. Takes the rights of root and blocks; to be called
// while this process has one thread. Error `not-allowed` when root itself may not become that user, as in a
// container that withholds the right.
Result<std::vector<int>> ask_as(const UnixUser& user, const std::vector<AccessQuestion>& questions);

// The first folder on the way to `folder`, itself included, that the user may not enter, without symbolic
// links; empty when there is none. What is not there yet is not closed. Errors as ask_as().
Result<std::string> first_closed_folder(const UnixUser& user, const std::string& folder);

}  // namespace exo
