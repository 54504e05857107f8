// What of a wish to see messages no message will ever meet, as far as the application's files say.
#pragma once

#include <string>
#include <vector>

#include "host/bus_watch.h"
#include "services/application.h"

namespace exo {

// A sentence for each part of the wish that looks misspelled: a role, a name or a version that the
// application does not have. Names of scripts' own messages and roles of scripts are not known from its
// files, so nothing is said of them.
std::vector<std::string> doubts_about(const TapWish& wish, const Application& application);

}  // namespace exo
