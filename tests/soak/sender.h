// A process of the soak that sends messages of all kinds and notes what it hears of each.
#pragma once

#include <atomic>
#include <cstdint>
#include <string>

#include "bus/relays/cpp/relay.h"

namespace exo::soak {

// In memory that all processes of the soak share.
struct Control {
  std::atomic<std::uint64_t> sent{0};  // by all senders together
  std::atomic<bool> ending{false};     // no more is to be sent
};

struct SenderPart {
  RelayOptions relay;
  std::uint32_t number = 0;  // of this start of a sender
  std::uint64_t seed = 0;
  std::string journal;
};

// Sends until the control says so, waits for the outcome of all that it has sent, and leaves the bus. Throws
// where the bus does not let it in or is lost.
void send_messages(const SenderPart& part, Control& control);

}  // namespace exo::soak
