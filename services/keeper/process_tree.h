// Finding and ending the processes below one, however they tried to get away.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <set>

namespace exo {

// Walks /proc once and sends SIGKILL to everything below `root`, but not to `root`, not to `spared` and not
// to what is below `spared`. Gives the number of processes that it found alive.
//
// `root` must be a child subreaper: then a process that called setsid(), forked twice or lost its parent is
// still below it. A process that is born during the walk can be missed, so the caller repeats it: when `root`
// spares nothing, until wait() says that it has no child (each living descendant has a living chain of
// parents up to `root`, so no child means no descendant). Processes are held by pidfd while they are looked
// at, so that a number that is used again is not hit.
std::size_t kill_below(pid_t root, const std::set<pid_t>& spared);

}  // namespace exo
