// What the routing core wants done: messages to send and events for the host.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "bus/connection_id.h"
#include "bus/events.h"
#include "bus/wire/pack.h"

namespace exo::routing {

// One message to one connection, its header already in bytes. `to` is kNoConnection where it has gone into
// the pack of an earlier one.
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
  // The connection's relay reads packs, until forget().
  void may_pack(ConnectionId connection) { runs_[connection]; }
  void forget(ConnectionId connection) { runs_.erase(connection); }
  // Puts small deliveries to one connection, from `first` on, together where its relay reads packs. Each
  // keeps its place among those to its connection.
  void pack(std::size_t first);
  void report(BrokerEvent event) { events_.push_back(std::move(event)); }

  std::size_t size() const { return used_; }
  Delivery& at(std::size_t index) { return deliveries_[index]; }
  // Forgets the deliveries; their payloads are given back.
  void clear_deliveries();
  // The caller takes what it wants and clears.
  std::vector<BrokerEvent>& events() { return events_; }

 private:
  // Deliveries that will be one pack.
  struct Run {
    std::vector<std::size_t> deliveries;
    std::size_t bytes = 0;
  };
  Run* run_of(ConnectionId connection);
  void join(Run& run, std::size_t index);
  void close(Run& run);

  std::unordered_map<ConnectionId, Run> runs_;  // of all that may get packs
  std::vector<Run*> open_;
  PackWriter writer_;
  std::vector<Delivery> deliveries_;
  std::size_t used_ = 0;
  std::vector<BrokerEvent> events_;
};

}  // namespace exo::routing
