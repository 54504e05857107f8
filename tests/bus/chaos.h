// A bus on which everything happens at random, and what must hold nevertheless.
#pragma once

#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "bus/router.h"

namespace exo::routing {

// Peers that keep the protocol (they mind their credit and answer each delivery once) but die, reconnect,
// drain, fail, dawdle and take back what they asked as the dice fall, while gates open and close. It checks
// what comes out of the router against a simple model of its own, and notes each violation in words.
//
// The fleet: web sends a.do, b.do and both.do; a and b receive them. b@2 is held, starting or open by turns,
// and a script brings it in. b takes b.do at least once.
class Chaos {
 public:
  explicit Chaos(std::uint32_t seed);

  void step();
  // Peace: all gates open, everybody is there and answers. After it nothing may be unfinished.
  void settle();
  // Empty when all is well.
  const std::vector<std::string>& violations() const { return violations_; }
  // So that a test can see that something happened.
  std::size_t sent() const { return commands_.size(); }
  std::size_t handled() const { return handled_; }
  std::size_t redelivered() const { return redelivered_; }
  std::size_t barriers() const { return barriers_; }
  std::size_t cancelled() const { return cancelled_; }
  std::size_t told_to_cancel() const { return told_to_cancel_; }

 private:
  struct Peer {
    std::string name, role, version;
    PeerKind kind = PeerKind::kInstance;
    std::uint64_t connection = 0;
    std::uint32_t window = 0;
    bool draining = false;
    std::map<std::uint64_t, std::string> under_way;  // sequence → command
    std::map<std::string, std::uint64_t> granted, sent;
    std::uint64_t last_sequence = 0;
    std::vector<std::string> commands;  // sent on this connection, in order
    std::set<std::uint64_t> settled;    // their numbers, from 1
  };
  struct Sent {
    std::string sender;
    std::set<std::string> roles;
    std::map<std::string, int> deliveries, handled;
    int errors = 0;
    int delivered_notices = 0;
    bool of_script = false;
    bool at_least_once = false;
    bool cancelled = false;
    std::set<std::string> holders;  // instances that have it
    bool sender_gone = false;       // has lost the connection that it was sent on: nobody need be told
    bool settled() const { return cancelled || errors > 0 || handled.size() == roles.size(); }
  };

  std::size_t dice(std::size_t sides) { return random_() % sides; }
  void violated(std::string what) { violations_.push_back(std::move(what)); }

  void publish();
  void join(const std::string& role, const std::string& version, PeerKind kind);
  void connect(Peer& peer);
  void send_something(Peer& peer);
  void send_checkpoint(Peer& script);
  void cancel_something(Peer& peer);
  void finish_something(Peer& peer);
  void finish(Peer& peer, std::uint64_t sequence, bool well);
  void lose(Peer& peer);
  void replace(std::size_t index);
  void change_gate();
  void receive(Peer& peer, const HeaderView& header, Payload payload = {});
  void take_outbox();
  void take(Peer& peer, const HeaderView& header, const Payload& payload);
  void take_command(Peer& peer, const HeaderView& header);
  void take_credit(Peer& peer, const Payload& payload);
  void take_cancel(const Peer& peer, const HeaderView& header);
  void check_settled();
  void take_error(const Peer& peer, const HeaderView& header);
  void take_checkpoint(const MessageToExo& message);
  Peer* peer_at(ConnectionId connection);
  Peer& any_peer() { return peers_[dice(peers_.size())]; }

  std::mt19937 random_;
  Router router_;
  Now now_;
  RoutingPlan plan_;
  std::vector<Peer> peers_;
  std::map<std::string, Sent> commands_;
  std::map<std::string, std::vector<std::string>> before_checkpoint_;
  std::vector<std::string> violations_;
  std::uint64_t last_connection_ = 0;
  std::uint64_t last_id_ = 0;
  std::uint64_t last_instance_ = 0;
  std::size_t handled_ = 0;
  std::size_t redelivered_ = 0;
  std::size_t barriers_ = 0;
  std::size_t cancelled_ = 0;
  std::size_t told_to_cancel_ = 0;
  bool peace_ = false;
};

}  // namespace exo::routing
