// What went over the bus, for `exo status`.
#pragma once

#include <string>

#include "bus/traffic.h"

namespace exo {

// A list of routes, each {"sender","name","receiver","version","commands","replies","redelivered","queued",
// "errors":{code: count},"queued_ms","handling_ms","first_reply_ms"}, the last three
// {"count","p50","p99","max"} in milliseconds: a contract with machines, as all of the status.
std::string traffic_to_json(const Traffic& traffic);

}  // namespace exo
