// A folder of the state that changes hands, because a service is to run as another user than before.
//
// Only what belongs to the folder's former owner changes hands: what others have put there, or what a hard
// link makes look as if it were there, stays theirs. No link is followed and no mount entered, also when the
// former owner moves files about meanwhile, because each is looked at and given away by one descriptor. The
// folder itself comes last, so that what a crash cuts short is done again.
#pragma once

#include <string>

#include "base/result.h"
#include "base/unix_user.h"

namespace exo {

// Gives the folder and all that is in it to the user; at once when it is the user's already. Takes the rights
// of root, and blocks for as long as looking at every file takes. Errors name the path, and what to do where
// the folder is a link.
Result<void> hand_over(const std::string& folder, const Credentials& to);

}  // namespace exo
