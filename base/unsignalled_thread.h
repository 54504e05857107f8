// Threads beside that of the host, to which all signals belong.
#pragma once

#include <functional>
#include <thread>

namespace exo {

// Runs it in a thread in which every signal is blocked; the caller's mask is as before. What it throws ends
// the program, as in any thread.
std::thread start_unsignalled_thread(std::function<void()> run);

}  // namespace exo
