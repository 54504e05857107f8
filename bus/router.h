// The routing core: a message in, deliveries out.
//
// The Router knows who is on the bus, what each may send, what is under way and what waits. It opens no
// socket, reads no clock and starts no thread: the broker's loop (or a test) tells it what has come and what
// time it is, and carries out what it leaves in its outbox.
//
//   register ─▶ Registrar          who may join
//   command  ─▶ Contract ─▶ FlowControl ─▶ Dispatcher (Placement, Affinity, LegPlaces)
//   handled, failed ─▶ Outcomes    errors, acknowledgements, a script's barrier (ScriptScope)
//   reply, window ─▶ Replies
//   exo's own messages, both ways ─▶ HostMessages
//   goodbye, a broken connection, silence ─▶ Departures
//   all of them tell the Watch, which counts, remembers and shows
//
// The core's parts are in a namespace of their own: their plain words (a Command, an Outbox) mean something
// else to a relay.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bus/affinity.h"
#include "bus/commands.h"
#include "bus/connection_id.h"
#include "bus/departures.h"
#include "bus/dispatcher.h"
#include "bus/events.h"
#include "bus/fleet.h"
#include "bus/flow_control.h"
#include "bus/following.h"
#include "bus/host_messages.h"
#include "bus/leg_places.h"
#include "bus/notices.h"
#include "bus/now.h"
#include "bus/outbox.h"
#include "bus/outcomes.h"
#include "bus/placement.h"
#include "bus/refusals.h"
#include "bus/registrar.h"
#include "bus/replies.h"
#include "bus/routing_table.h"
#include "bus/watch.h"
#include "bus/wire/pack.h"

namespace exo::routing {

// One thread. After each call, send what outbox() holds, in order, and tell connection_lost() of what cannot
// be sent for good; take its events; then clear both. Peers cannot make it fail: whatever they send is
// answered.
class Router {
 public:
  struct Options {
    std::string environment;
    std::chrono::milliseconds heartbeat{5000};
    FlowControl::Limits flow;
    std::size_t affinity_limit = 1'000'000;
    std::size_t traced_hops = TraceRing::kHops;
    std::size_t unanswered_limit = Outcomes::kUnansweredLimit;
    std::uint32_t malformed_limit = 1000;  // messages of one connection that were none; then it is cut off
  };

  explicit Router(Options options);
  Router(const Router&) = delete;
  Router& operator=(const Router&) = delete;

  // From the host.
  void set_table(std::shared_ptr<const RoutingTable> table, const Now& now);
  void admit(const Admission& admission, const Now& now);
  void dismiss(const std::string& instance, const Now& now);
  // What waits for an instance that is not ready goes to another, or waits on.
  void set_ready(const InstanceReadiness& readiness, const Now& now);
  void set_operator_keys(std::vector<OperatorKey> keys, const Now& now);
  void send(ExoMessage message, const Now& now);
  // All copies of followed commands up to this number are durable.
  void recorded(std::uint64_t number, const Now& now);
  void replay(ReplayedCommand command, const Now& now);
  using HostState = HostMessages::HostState;
  void set_host_state(HostState state) { host_messages_.set_host_state(state); }

  // What the sender of a message is to the bus by now. Who is refused again and again without having
  // registered is to be cut off.
  enum class Standing { kMember, kStranger, kCutOff };
  static constexpr std::uint32_t kRefusalsLimit = 16;

  // From a peer: a message whose header has been read. Its texts need to live only as long as the call. `key`
  // counts for `register`: the public key that the peer has proven over TCP.
  Standing receive(ConnectionId connection, const HeaderView& header, Payload&& payload, const Now& now,
                   std::string_view key = {});
  // From a peer: frames that are no message. `header` holds what could be read.
  Standing receive_malformed(ConnectionId connection, const HeaderView& header, const Error& error,
                             const Now& now);
  // For how long nothing has come from it; nullopt where nobody has registered over it.
  std::optional<MonotonicTime::duration> silence_of(ConnectionId connection, const Now& now);
  // The peer is heard no more, since it has done something wrong.
  void give_up(ConnectionId connection, std::string_view reason, const Now& now);
  // The peer cannot be reached any more.
  void connection_lost(ConnectionId connection, std::string_view reason, const Now& now);

  // The input is worked off: credit and acknowledgements go out.
  void input_drained(const Now& now);
  // To be called every tick_interval(): deadlines, silence, what is told late.
  void tick(const Now& now);
  std::chrono::milliseconds tick_interval() const;

  Outbox& outbox() { return outbox_; }
  // How many commands are not finished.
  std::size_t unfinished() const { return commands_.size(); }
  // What has gone over each route so far.
  Traffic traffic() const { return watch_.traffic(); }
  // See LoadGauges::measure.
  std::vector<LoadReport> measure_load(const std::vector<LoadQuestion>& questions, const Now& now);

 private:
  void at(const Now& now) { now_ = now; }
  void unpack(ConnectionId connection, const Payload& pack);
  void receive_packed(Instance& instance, const PackedMessage& message);
  Standing receive_unregistered(ConnectionId connection, const HeaderView& header, const Payload& payload,
                                std::string_view key);
  Standing refused(ConnectionId connection);
  void receive_registered(Instance& instance, const HeaderView& header, Payload&& payload);
  void reply(Instance& replier, const HeaderView& header, Payload&& payload);
  void take_command(Instance& sender, const HeaderView& header, Payload&& payload);
  bool take_up_again(Command& known, const Instance& sender);
  void ask_again(Command& command);
  void take_over(Command& command, Instance& sender, const HeaderView& header, const RoutingTable::Name& name,
                 ScriptScope* scope, Payload&& payload);
  void fill(Command& command, Instance& sender, const HeaderView& header, ScriptScope* scope);
  void handled(Instance& instance, const HeaderView& header, const Payload& payload);
  void failed(Instance& instance, const HeaderView& header);
  Leg* delivery(Instance& instance, std::uint64_t sequence);
  void cancel(Instance& sender, const HeaderView& header);
  void drain(Instance& instance);
  void answer_malformed(Instance& instance, const HeaderView& header, const Error& error);
  void send_control(const Instance& instance, Kind kind);
  void report_script_activity();

  Options options_;
  Now now_;
  Outbox outbox_;
  Notices notices_;
  Commands commands_;  // outlives the fleet, whose scripts' scopes let go of their commands
  Fleet fleet_;
  Affinity affinity_;
  Placement placement_;
  FlowControl flow_;
  Following following_;
  Watch watch_;
  LegPlaces places_;
  Outcomes outcomes_;
  Dispatcher dispatcher_;
  Replies replies_;
  Registrar registrar_;
  HostMessages host_messages_;
  Departures departures_;
  Refusals refusals_{kRefusalsLimit};
  MonotonicTime activity_reported_{};
  std::vector<std::uint64_t> sequences_;
};

}  // namespace exo::routing
