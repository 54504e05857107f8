// The events of a benchmark: those of rollouts, as a busy environment has them.
#pragma once

#include <cstdint>

#include "ledger/event.h"

namespace exo {

// The nth, from 1: versions of some roles come in one after another, with a script each that saves
// checkpoints.
LedgerEvent sample_event(std::uint64_t n);

}  // namespace exo
