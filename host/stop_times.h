// How long what exo stops may take until it is killed, where no file says.
#pragma once

#include <chrono>

namespace exo {

// From SIGTERM to SIGKILL of a deployment script. One that has said done has nothing left to lose; one that
// failed gets the same time to write its last words.
inline constexpr std::chrono::milliseconds kScriptStopWithin{5'000};

}  // namespace exo
