// Public ports of the application that another program has, so that exo could not listen there.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/mistake.h"
#include "host/state_folder.h"
#include "services/application.h"

namespace exo {

// A mistake for each, in the order of the roles. `ports` are those that the command line gives instead. A
// port that the host of `state` has, or seems to have, is not taken: the one that runs is told of by itself.
// Blocks: listens at each port for a moment.
std::vector<Mistake> taken_ports(const Application& application,
                                 const std::map<std::string, std::uint16_t>& ports, const StateFolder* state);

}  // namespace exo
