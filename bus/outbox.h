// What the routing core wants done: messages to send and events for the host.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "bus/connection_id.h"
#include "bus/events.h"

namespace exo::routing {

// One message to one connection, its header already in bytes.
struct Delivery {
  ConnectionId to{};
  std::string header;
  Payload payload;
};

// Filled by the core, emptied by the broker's loop after each step; keeps its capacity. One thread.
//
// Sending a delivery may tell the loop that a connection is lost, and the core then adds to the outbox: go
// through the deliveries by index, and ask for size() each time.
class Outbox {
 public:
  // Writes the header at once, so its texts need to live only as long as the call.
  void send(ConnectionId to, const HeaderView& header, Payload&& payload = {});
  void report(BrokerEvent event) { events_.push_back(std::move(event)); }

  std::size_t size() const { return used_; }
  Delivery& at(std::size_t index) { return deliveries_[index]; }
  // Forgets the deliveries; their payloads are given back.
  void clear_deliveries();
  // The caller takes what it wants and clears.
  std::vector<BrokerEvent>& events() { return events_; }

 private:
  std::vector<Delivery> deliveries_;
  std::size_t used_ = 0;
  std::vector<BrokerEvent> events_;
};

}  // namespace exo::routing
