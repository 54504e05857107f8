// A signal that an attempt wants to be sampled.
#pragma once

#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/script.h"
#include "deployment-scripts/throttle_settings.h"

namespace exo::rollout {

// Answered by LoadSampled, now and then, as long as it is wanted. Good until the next step of the Rollout.
struct WantedSignal {
  const AttemptKey* key = nullptr;
  const Script* script = nullptr;
  const LoadSignal* signal = nullptr;
};

}  // namespace exo::rollout
