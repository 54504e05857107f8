// The routing core under frames from outside.
#pragma once

#include <cstddef>
#include <span>

namespace exo {

// Reads the bytes as a sequence of frames from several peers, registered and not, and lets a router work on
// them. Ends the program where the router breaks a promise of its own; whatever the bytes are, that is a bug.
void exercise_router(std::span<const std::byte> bytes);

}  // namespace exo
