// A bus without sockets, for tests that read as prose: peers join, send and answer; what the router wants
// done comes out as text, a line for each delivery and each event.
//
//   web-1: command todos.list m1 from web@1.0.0 #1        a delivery: to whom, what, whose
//   host: lost web-1: goodbye                             an event
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bus/router.h"
#include "bus/wire/control.h"

namespace exo::routing {

// What a test says about a message; the rest is as plain as can be.
struct Said {
  std::string id = {};
  std::string payload = {};
  std::string version = {};
  std::string activity = {};
  Expects expects = Expects::kNone;
  std::optional<std::uint64_t> timeout_ms = {};
  std::uint64_t handled_errors = 0;
  bool more = false;
  std::uint64_t page = 0;
  bool redelivered = false;
  std::string caused_by = {};
};

// The router, its clock and its peers. Instances are named by their role and a number: the first of todo is
// todo-1.
class World {
 public:
  explicit World(Router::Options options = {.environment = "test",
                                            .flow = {.window = 256, .first_window = 256}});

  // The plan of the next publish().
  RoutingPlan plan;
  VersionRoutes& version(std::string_view role_and_version);  // of the plan; added, and open, where it is new
  ScriptRoutes& script(std::string_view role_and_version);    // its script; its activity is "rollout"
  // What that script follows; its run is "role-version". Added where it is new.
  FollowRoutes& follow(std::string_view role_and_version, std::vector<std::string> commands = {});
  void publish();

  // Admits and registers an instance of this version, and forgets what was said of it. Its name.
  std::string join(std::string_view role_and_version, std::uint32_t window = 256);
  std::string join_script(std::string_view role_and_version, std::optional<std::uint64_t> allowance = {});
  std::string join_operator();
  // Admits only. Its name.
  std::string admit(std::string_view role_and_version);
  Registration registration(const std::string& instance) const;
  void register_on(std::uint64_t connection, const Registration& registration);

  // What peers say. `who` is an instance.
  void command(const std::string& who, std::string_view name, Said said = {});
  void reply(const std::string& who, std::string_view name, std::string_view to, Said said = {});
  void handled(const std::string& who, const std::vector<std::uint64_t>& sequences);
  void failed(const std::string& who, std::uint64_t sequence, std::string_view reason);
  void cancel(const std::string& who, std::string_view id);
  void say(const std::string& who, Kind kind);
  void receive(const std::string& who, const HeaderView& header, Payload payload = {});
  void connection_breaks(const std::string& who);
  // Registers on a fresh connection, and forgets what was said until then.
  void connect(const std::string& who);
  void dismiss(const std::string& who);
  void exo_sends(ExoMessage message);
  void recorded(std::uint64_t number);
  void replay(ReplayedCommand command);

  void pass(std::chrono::milliseconds time);            // time goes by, with a tick at its end
  void pass_unnoticed(std::chrono::milliseconds time);  // before the next tick
  void drained() { router.input_drained(now()); }

  // All lines since the last call, each with its end of line.
  std::string heard();
  // Only those that begin with this.
  std::string heard(std::string_view beginning);

  std::uint64_t connection_of(const std::string& who) const { return connections_.at(who); }
  Now now() const { return now_; }

  Router router;

 private:
  struct Peer {
    Registration registration;
  };
  std::string make_peer(std::string_view role, std::string_view version, PeerKind kind,
                        std::optional<std::uint64_t> allowance = {});
  void render_outbox();
  std::string render(const Delivery& delivery);

  Now now_;
  std::map<std::string, Peer> peers_;
  std::map<std::string, std::uint64_t> connections_;
  std::map<std::string, int> counts_;
  std::uint64_t last_connection_ = 0;
  int last_id_ = 0;
  std::vector<std::string> lines_;
};

std::string render(const BrokerEvent& event);

}  // namespace exo::routing
