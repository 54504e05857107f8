// How often connections were refused on which nobody has registered.
#pragma once

#include <cstddef>
#include <cstdint>
#include <unordered_map>

#include "bus/connection_id.h"

namespace exo::routing {

// Of so many connections at a time; of the next one on all counts begin anew, so that connections that come
// and go fill no memory. One thread.
class Refusals {
 public:
  explicit Refusals(std::uint32_t limit) : limit_(limit) {}

  // Counts one refusal more, and says whether that is the limit or beyond it.
  bool is_one_too_many(ConnectionId connection);
  // It has registered, or will.
  void forget(ConnectionId connection) { counts_.erase(connection); }

  std::size_t size() const { return counts_.size(); }
  static constexpr std::size_t kConnections = 8192;

 private:
  std::uint32_t limit_;
  std::unordered_map<ConnectionId, std::uint32_t> counts_;
};

}  // namespace exo::routing
