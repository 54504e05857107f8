// Whether a service listens.
#pragma once

#include <cstdint>

#include "base/result.h"

namespace exo {

// Opens a connection to this port of 127.0.0.1 and closes it again; hardly waits. An error (its code is
// "refused") says why there is none, as people read it; a full backlog is one of the reasons.
Result<void> connect_to_loopback(std::uint16_t port);

}  // namespace exo
