// A conversation over the routing core, chosen by bytes from outside.
#pragma once

#include <cstddef>
#include <span>

namespace exo {

// Reads the bytes as what happens on a bus: what each peer says, sensible or not, and what the host does.
// Ends the program where the router breaks a promise of its own (see WatchedRouter); whatever the bytes are,
// that is a bug.
void exercise_conversation(std::span<const std::byte> bytes);

}  // namespace exo
