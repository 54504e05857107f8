// What time it is, as an argument of everything that decides.
#pragma once

#include "base/clock.h"

namespace exo::routing {

// One reading of both clocks. Deadlines go by `monotonic`; `unix_time` is only written into messages.
struct Now {
  MonotonicTime monotonic{};
  UnixTime unix_time{};
};

}  // namespace exo::routing
