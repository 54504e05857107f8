// How instances leave the bus.
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "bus/dispatcher.h"
#include "bus/fleet.h"
#include "bus/flow_control.h"
#include "bus/now.h"
#include "bus/outbox.h"
#include "bus/outcomes.h"
#include "bus/registrar.h"
#include "bus/watch.h"

namespace exo::routing {

// Sees to what an instance leaves behind: commands that it had in hand, answers that it was to get, the
// connection that waits to take its place. One thread.
class Departures {
 public:
  Departures(Fleet& fleet, FlowControl& flow, Outcomes& outcomes, Dispatcher& dispatcher,
             Registrar& registrar, Outbox& outbox, Watch& watch, std::chrono::milliseconds heartbeat,
             const Now& now)
      : fleet_(fleet),
        flow_(flow),
        outcomes_(outcomes),
        dispatcher_(dispatcher),
        registrar_(registrar),
        outbox_(outbox),
        watch_(watch),
        heartbeat_(heartbeat),
        now_(now) {}

  // Its connection is over, if it had one. `reason` is for those who sent to it, `told` for the host; empty:
  // the host is told nothing. An operator whose place nobody takes is removed with its Instance.
  void lose(Instance& instance, const std::string& reason, std::string_view told);
  // It is not known any more.
  void remove(Instance& instance);
  // To be called now and then: loses operators that are silent, and reports instances that are.
  void look_for_silence();

 private:
  void close_replies_to(Instance& asker);

  Fleet& fleet_;
  FlowControl& flow_;
  Outcomes& outcomes_;
  Dispatcher& dispatcher_;
  Registrar& registrar_;
  Outbox& outbox_;
  Watch& watch_;
  std::chrono::milliseconds heartbeat_;
  const Now& now_;
  std::vector<Instance*> silent_;
};

}  // namespace exo::routing
