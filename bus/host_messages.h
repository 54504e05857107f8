// Messages to and from exo itself: what operators and scripts say to the host, and what it answers and asks.
#pragma once

#include <cstdint>
#include <string>

#include "bus/commands.h"
#include "bus/dispatcher.h"
#include "bus/events.h"
#include "bus/fleet.h"
#include "bus/flow_control.h"
#include "bus/notices.h"
#include "bus/now.h"
#include "bus/outbox.h"
#include "bus/outcomes.h"
#include "bus/watch.h"

namespace exo::routing {

// The host has no connection: what it says comes as an ExoMessage, and what is for it leaves as an event. One
// thread.
class HostMessages {
 public:
  HostMessages(Fleet& fleet, Commands& commands, FlowControl& flow, Outcomes& outcomes,
               Dispatcher& dispatcher, Outbox& outbox, Notices& notices, Watch& watch, const Now& now)
      : fleet_(fleet),
        commands_(commands),
        flow_(flow),
        outcomes_(outcomes),
        dispatcher_(dispatcher),
        outbox_(outbox),
        notices_(notices),
        watch_(watch),
        now_(now) {}

  // While the host does not keep up, what operators ask of it, and scripts' progress, is refused:
  // `overloaded`.
  enum class HostState { kKeepsUp, kCongested };
  void set_host_state(HostState state) { host_state_ = state; }

  // From the host to one instance. Where that has gone, the host hears so of a command, and an answer is
  // dropped with a notice.
  void send(ExoMessage message);
  // A recorded command, to the version that a script brings in.
  void replay(ReplayedCommand replayed);
  // A command that is_for_exo(), accepted by flow control already. What the watch can answer goes no further.
  void pass_to_host(Instance& sender, const HeaderView& header, Payload&& payload);

 private:
  void send_command(ExoMessage message);

  Fleet& fleet_;
  Commands& commands_;
  FlowControl& flow_;
  Outcomes& outcomes_;
  Dispatcher& dispatcher_;
  Outbox& outbox_;
  Notices& notices_;
  Watch& watch_;
  const Now& now_;
  HostState host_state_ = HostState::kKeepsUp;
  std::string exo_role_ = "exo";
  std::string no_version_;
  std::uint64_t last_exo_id_ = 0;
};

}  // namespace exo::routing
