// Whether the state of an environment is exo's alone.
//
// Root's processes write logs and locks in the state folder by their names, believe the ledger and the key in
// it, and load what Python has compiled there. Where services run as users that are to have no rights of
// root, all of that must belong to exo's own user, and nobody else may write it: whoever made the folder in
// an earlier run may have left a link there, and knows the key. What is the services' own, their data, their
// tokens and what Python compiles for them, is not looked at.
#pragma once

#include <sys/types.h>

#include <string>
#include <vector>

#include "base/mistake.h"
#include "host/state_folder.h"

namespace exo {

// A way past the users that services are kept apart by.
struct CustodyGap {
  Place place;          // where somebody looks for it
  std::string meaning;  // what is open to whom
  std::string mend;     // what to type
};

// What of the state belongs to others than `own`, of which the first alone is told, since one command mends
// all; and what others may write. Nothing for what is not there yet. Blocks on the disk.
std::vector<CustodyGap> find_custody_gaps(const StateFolder& state, uid_t own);

}  // namespace exo
