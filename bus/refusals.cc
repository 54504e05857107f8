#include "bus/refusals.h"

namespace exo::routing {

bool Refusals::is_one_too_many(ConnectionId connection) {
  if (counts_.size() >= kConnections && counts_.count(connection) == 0) counts_.clear();
  return ++counts_[connection] >= limit_;
}

}  // namespace exo::routing
