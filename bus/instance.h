// A process on the bus, as the router knows it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bus/command.h"
#include "bus/connection_id.h"
#include "bus/credit_ledger.h"
#include "bus/events.h"
#include "bus/leg_queue.h"
#include "bus/script_scope.h"
#include "bus/settled_ranges.h"

namespace exo::routing {

// An admitted instance, or an operator who has registered. Owned by the Fleet; lives from admit() to
// dismiss(), an operator's as long as its connection. `connection` is kNoConnection exactly while it is not
// registered.
struct Instance {
  // Payloads that are delivered and not handled, before it gets no more: its socket keeps them until it
  // reads. One more may go beyond it, so that any payload is taken.
  static constexpr std::uint64_t kWindowBytes = 8 * 1024 * 1024;

  std::uint64_t number = 0;  // never used again
  std::string name;
  std::string token;
  std::string public_key;  // that it proves over TCP; empty: it comes another way
  PeerKind kind = PeerKind::kInstance;
  const std::string* role = nullptr;          // interned by the Fleet
  const std::string* version_text = nullptr;  // interned by the Fleet; empty for an operator
  VersionState* version = nullptr;            // of kInstance; null for others
  std::unique_ptr<ScriptScope> scope;         // of kScript; null for others

  ConnectionId connection = kNoConnection;
  std::uint64_t connections = 0;  // so far
  MonotonicTime last_heard{};
  bool silent = false;  // for longer than pings leave it; the host knows
  std::uint32_t window = 0;
  bool draining = false;
  bool ready = true;            // false: the host knows better than to give it messages of the fleet
  std::uint32_t malformed = 0;  // messages on this connection that were no messages

  // As a receiver.
  std::uint64_t last_sequence = 0;
  std::uint32_t under_way = 0;        // delivered commands that are not handled yet
  std::uint64_t bytes_under_way = 0;  // their payloads
  InstanceLegs legs;                  // delivered and answering
  LegQueue queue;                     // legs that only this instance may take

  // As a sender.
  SenderCommands commands;  // not finished
  CreditLedger credit;
  std::uint64_t accepted = 0;
  std::uint64_t accepted_told = 0;
  std::uint64_t accepted_bytes_untold = 0;
  SettledRanges settled;                   // not told yet
  std::vector<std::string> delivered_ids;  // not told yet; the first `delivered_count` count
  std::size_t delivered_count = 0;
  bool sends = false;  // counted among the senders that share what may be under way
  bool dirty = false;  // in the router's list of senders that are to be told something
  std::string routes;  // the payload of the last `routes`

  bool connected() const { return connection != kNoConnection; }
  bool has_room() const {
    return connected() && !draining && ready && under_way < window && bytes_under_way < kWindowBytes;
  }
};

}  // namespace exo::routing
