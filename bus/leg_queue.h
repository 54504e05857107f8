// Legs that wait.
#pragma once

#include <cstddef>

#include "bus/command.h"

namespace exo::routing {

// Legs in the order in which their commands arrived, whenever they were put in. Owns none of them.
class LegQueue {
 public:
  bool empty() const { return legs_.empty(); }
  std::size_t size() const { return legs_.size(); }
  Leg* front() const { return legs_.front(); }
  static Leg* next(const Leg& leg) { return InstanceLegs::next(leg); }

  // Behind all that arrived before it: last, but for a leg that is placed again.
  void insert(Leg& leg);
  void remove(Leg& leg) { legs_.remove(leg); }

 private:
  InstanceLegs legs_;
};

}  // namespace exo::routing
