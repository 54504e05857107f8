// What is measured, the same over every transport.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <string>

#include "benchmarks/messaging/link.h"

namespace exo::messaging {

struct Workload {
  Place place;
  std::size_t size = 100;       // bytes of each payload
  std::size_t window = 1;       // requests under way at a time
  std::size_t connections = 1;  // senders
  std::chrono::milliseconds warm_up{100};
  std::chrono::milliseconds time{500};
  pid_t broker = 0;  // whose processor time is measured, too; 0: nobody's
};

// Plays its part to the end: an asker's and a sender's time is up, a receiver has everybody's last message,
// an answerer is ended by others. Writes `ready` to standard output as soon as others may begin, and an asker
// and a receiver at their end what they have measured, as an object in JSON. Throws where a message is lost,
// comes twice, out of its sender's order, or not as it was sent.
void run(const Workload& workload);

}  // namespace exo::messaging
