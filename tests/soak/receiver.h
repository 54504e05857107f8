// A process of the soak that takes messages of all kinds, notes each, and answers what wants an answer.
#pragma once

#include <string>

#include "bus/relays/cpp/relay.h"

namespace exo::soak {

// Of the role in the options, until SIGTERM. Throws where the bus does not let it in.
void receive_messages(const RelayOptions& options, const std::string& journal);

}  // namespace exo::soak
