// A routing core whose peers may do anything, and what must hold nevertheless.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bus/router.h"
#include "bus/wire/control.h"
#include "bus/wire/pack.h"

namespace exo {

// The fleet that works on the bus: web sends to a and b; b@2.0.0 is brought in by a script. Whatever the
// peers say, each message that comes out of the router is checked against a model of who is registered, who
// has which command and what has been told to whom; a violation ends the program. One thread.
//
//   a peer's connection:  stranger ──registered──▶ member ──goodbye, refused, lost──▶ stranger
//
// A command whose id was used before is followed by its number on the connection only, and so is one of which
// a pack leaves open what became of it before what.
class WatchedRouter {
 public:
  struct Process {
    std::string name, role, version;
    PeerKind kind = PeerKind::kInstance;
  };
  // What the fuzzers' bytes choose of a plan.
  struct Gates {
    Gate newer = Gate::kHeld, older = Gate::kOpen;
    bool starting = false;
    bool script_runs = true;
    bool follows = false;  // the script, b.do
    bool holds_back = false;
    bool operator==(const Gates&) const = default;
  };
  static constexpr std::string_view kScriptRole = "deployment-b-2.0.0";
  static const std::vector<Process>& processes();
  static std::size_t slots();  // as many peers, of which the last are no process of the fleet

  // Most of what a short conversation would cost is the making of the first table.
  enum class FirstTable { kOwn, kShared };
  explicit WatchedRouter(FirstTable first);

  // From peers. A slot is a peer, which has one connection at a time.
  void receive(std::size_t slot, std::string_view header_bytes, std::string_view payload);
  void join(std::size_t slot, std::uint32_t window);
  void reconnect(std::size_t slot);  // the connection breaks, and the peer has another
  // What a peer has in hand, and what was asked lately; empty where there is nothing.
  std::vector<std::uint64_t> in_hand(std::size_t slot) const;
  std::string_view command_in_hand(std::size_t slot, std::size_t index) const;
  std::string_view recent_id(std::size_t index) const;

  // From the host.
  void set_gates(const Gates& gates);
  void admit(std::size_t slot);
  void dismiss(std::size_t slot);
  void set_ready(std::size_t slot, bool ready);
  void set_host_congested(bool congested);
  void exo_sends(ExoMessage message);
  void replay(ReplayedCommand command);
  void record(std::size_t left);  // the copies so far, but for so many
  void pass(std::chrono::milliseconds time);
  void drain_input();

  // Peace: everybody is there and answers, until time is up for all that waits. After it each command has
  // ended in one way, its sender has been told, and nothing is left.
  void settle();

 private:
  struct Asked {
    routing::ConnectionId connection{};
    std::string sender;
    bool once = true;  // no other command had this id
    bool held_sender = false;
    bool of_script = false;  // or may be
    bool cancelled = false;
    bool answered = false;
    Expects expects = Expects::kNone;
    std::size_t holders = 0;
    int errors = 0;
    int acknowledgements = 0;
  };
  struct Link {
    bool member = false;
    bool draining = false;
    bool cut_off = false;  // in the step that is being looked at
    std::string instance;
    std::uint32_t window = 0;
    std::uint64_t last_sequence = 0;
    std::map<std::uint64_t, std::string> in_hand;  // sequence → id
    std::vector<std::string> asked;                // ids, in the order in which they were sent
    std::set<std::uint64_t> settled;
    std::uint64_t accepted = 0;
    std::map<std::string, std::uint64_t> granted;
  };

  static const Process* process_of(std::string_view instance);
  static bool reads_packs(std::size_t slot) { return slot % 2 == 0; }
  Link& link(std::size_t slot) { return links_.at(slot); }
  routing::ConnectionId connection(std::size_t slot) const { return connections_[slot]; }
  bool is_held(const Process& process) const;
  void note_asked(std::size_t slot, const HeaderView& header);
  void note_told(std::size_t slot, const HeaderView& header, std::string_view payload);
  void note_cancelled(std::size_t slot, std::string_view id);
  void note_pack(std::size_t slot, std::string_view pack);
  void note_end_of_pack(std::size_t slot);
  void note_done(Link& link, std::uint64_t sequence);
  void let_go(Link& link, std::uint64_t sequence);
  void leave(std::size_t slot);
  Asked* followed(std::string_view id);

  void note_silence();

  void check_outbox();
  void check_event(const BrokerEvent& event);
  void check_delivery(const routing::Delivery& delivery);
  void check_pack(std::size_t slot, const Payload& pack);
  void check(std::size_t slot, const HeaderView& header, const Payload& payload);
  void check_registered(Link& link, const Payload& payload);
  void check_command(Link& link, const HeaderView& header);
  void check_reply(std::size_t slot, const HeaderView& header);
  void check_error(std::size_t slot, const HeaderView& header);
  void check_cancel(const Link& link, const HeaderView& header);
  void check_credit(Link& link, const Payload& payload);
  void check_delivered(const Link& link, const Payload& payload);
  bool is_at_work(std::size_t slot) const;
  void bring_everybody_back();
  bool finish_all();

  routing::Router router_;
  routing::Now now_;
  Gates gates_;
  std::uint64_t position_ = 0;
  std::uint64_t last_connection_ = 0;
  std::vector<routing::ConnectionId> connections_;
  std::vector<Link> links_;
  std::map<std::string, Asked, std::less<>> asked_;
  std::vector<std::string> recent_;
  std::uint64_t last_copy_ = 0;
  std::set<std::uint64_t> copies_;  // whose fate is not told
  std::set<std::string> replays_;   // likewise
  // Of the pack that is being looked at.
  std::vector<std::string> cancelled_;
  std::vector<std::uint64_t> done_too_early_;  // sequences that the peer did not have when the pack came
};

}  // namespace exo
