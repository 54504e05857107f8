// What went over the bus since it began, as the broker tells the host on request.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "bus/histogram.h"

namespace exo {

// The commands of one route that went to one version. `version` is empty for what has not gone to any:
// because it still waits, or has failed before. `receiver` and `name` are empty for commands that were
// refused before they had a route. The route "(others)" stands for all that there was no room to tell apart.
struct RouteTraffic {
  std::string sender;             // role
  std::string name;               // public
  std::string receiver;           // role
  std::string version;            // of the receiver
  std::uint64_t commands = 0;     // delivered, or failed before they were; each once
  std::uint64_t replies = 0;      // messages; each page of a streamed one counts
  std::uint64_t redelivered = 0;  // given to another instance, because the one that had them was lost
  std::uint64_t queued = 0;       // that wait at this moment
  std::vector<std::pair<std::string, std::uint64_t>> errors;  // code → how many; none is zero
  HistogramSummary in_queue;     // from when the bus had it until it was delivered
  HistogramSummary handling;     // from its delivery until its handler had completed
  HistogramSummary first_reply;  // from when the bus had it until its first reply came
};

// By sender, name, receiver and version.
struct Traffic {
  std::vector<RouteTraffic> routes;
};

}  // namespace exo
