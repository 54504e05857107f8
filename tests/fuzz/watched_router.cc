#include "tests/fuzz/watched_router.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

using routing::ConnectionId;

constexpr std::size_t kStrangers = 3;
constexpr std::uint32_t kWindow = 3;
constexpr std::string_view kOperator = "operator-0123456789abcdef";

RoutingPlan plan_of(const WatchedRouter::Gates& gates, std::uint64_t position) {
  RoutingPlan plan{.position = position, .operator_may_send = position % 2 == 0};
  const std::vector<std::string> all{"a.do", "b.do", "both.do"};
  plan.versions.push_back({.role = "web", .version = "1.0.0", .sends = all, .gate = Gate::kOpen, .share = 1});
  plan.versions.push_back({.role = "a",
                           .version = "1.0.0",
                           .sends = {"b.do", "a.do"},
                           .receives = {"a.do", "both.do"},
                           .gate = Gate::kOpen,
                           .share = 1});
  plan.versions.push_back({.role = "b",
                           .version = "1.0.0",
                           .receives = {"b.do", "both.do"},
                           .at_least_once = {"b.do"},
                           .gate = gates.older,
                           .share = 1});
  plan.versions.push_back({.role = "b",
                           .version = "2.0.0",
                           .sends = {"a.do"},
                           .receives = {"do it", "both.do"},
                           .at_least_once = {"do it"},
                           .translations = {{.public_name = "b.do", .internal_name = "do it"}},
                           .gate = gates.newer,
                           .starting = gates.starting,
                           .share = 2});
  if (gates.script_runs) {
    plan.scripts.push_back({.sender = std::string(WatchedRouter::kScriptRole),
                            .role = "b",
                            .version = "2.0.0",
                            .activity_id = "rollout",
                            .sends = {}});
  }
  if (gates.follows) {
    plan.follows.push_back({.run = "b-2.0.0",
                            .role = "b",
                            .version = "2.0.0",
                            .commands = {"b.do"},
                            .held_back = gates.holds_back});
  }
  return plan;
}

}  // namespace

const std::vector<WatchedRouter::Process>& WatchedRouter::processes() {
  static const std::vector<Process> kProcesses{
      {.name = "web-1", .role = "web", .version = "1.0.0"},
      {.name = "web-2", .role = "web", .version = "1.0.0"},
      {.name = "a-1", .role = "a", .version = "1.0.0"},
      {.name = "a-2", .role = "a", .version = "1.0.0"},
      {.name = "b-1", .role = "b", .version = "1.0.0"},
      {.name = "b-2", .role = "b", .version = "2.0.0"},
      {.name = "script", .role = std::string(kScriptRole), .version = "2.0.0", .kind = PeerKind::kScript},
      {.name = std::string(kOperator), .role = "exo-operator", .version = "", .kind = PeerKind::kOperator}};
  return kProcesses;
}

std::size_t WatchedRouter::slots() {
  return processes().size() + kStrangers;
}

WatchedRouter::WatchedRouter(FirstTable first)
    : router_({.environment = "test",
               .flow = {.window = 4, .role_queue_bytes = 400},
               .affinity_limit = 8,
               .traced_hops = 32,
               .malformed_limit = 20}),
      links_(slots()) {
  now_.monotonic = MonotonicTime(std::chrono::hours(1));
  for (std::size_t slot = 0; slot < slots(); ++slot) connections_.push_back(ConnectionId{++last_connection_});
  static const auto kShared = RoutingTable::compile(plan_of({}, 1));
  position_ = 1;
  router_.set_table(first == FirstTable::kShared ? kShared : RoutingTable::compile(plan_of({}, 1)), now_);
  for (std::size_t slot = 0; slot < processes().size(); ++slot) {
    admit(slot);
    join(slot, kWindow);
  }
}

// ---- what peers do

void WatchedRouter::receive(std::size_t slot, std::string_view header_bytes, std::string_view payload) {
  HeaderView header;
  const auto read = decode_header(std::as_bytes(std::span(header_bytes)), header);
  if (read && header.kind == Kind::kPack && link(slot).member) {
    note_pack(slot, payload);
  } else {
    note_asked(slot, header);
  }
  if (!read) {
    router_.receive_malformed(connection(slot), header, read.error(), now_);
    return check_outbox();
  }
  note_told(slot, header, payload);
  if (header.kind == Kind::kCancel) note_cancelled(slot, header.response_to);
  router_.receive(connection(slot), header, payload.empty() ? Payload() : Payload(payload), now_);
  check_outbox();
  if (header.kind == Kind::kPack) note_end_of_pack(slot);
}

// A slot that is no process of the fleet comes as somebody else's instance.
void WatchedRouter::join(std::size_t slot, std::uint32_t window) {
  const Process& process = processes()[slot % processes().size()];
  HeaderView header;
  header.kind = Kind::kRegister;
  std::string bytes;
  encode_header(header, bytes);
  const Payload payload = encode_registration({.protocols = {1},
                                               .role = process.role,
                                               .version = process.version,
                                               .instance = process.name,
                                               .token = "t",
                                               .window = window,
                                               .packs = reads_packs(slot)});
  receive(slot, bytes, payload.text());
}

void WatchedRouter::reconnect(std::size_t slot) {
  const ConnectionId lost = connection(slot);
  leave(slot);
  connections_[slot] = ConnectionId{++last_connection_};
  router_.connection_lost(lost, "fuzzed", now_);
  check_outbox();
}

std::vector<std::uint64_t> WatchedRouter::in_hand(std::size_t slot) const {
  std::vector<std::uint64_t> sequences;
  for (const auto& [sequence, id] : links_[slot].in_hand) sequences.push_back(sequence);
  return sequences;
}

std::string_view WatchedRouter::command_in_hand(std::size_t slot, std::size_t index) const {
  const auto& in_hand = links_[slot].in_hand;
  if (in_hand.empty()) return {};
  return std::next(in_hand.begin(), static_cast<std::ptrdiff_t>(index % in_hand.size()))->second;
}

std::string_view WatchedRouter::recent_id(std::size_t index) const {
  constexpr std::size_t kRecent = 16;
  if (recent_.empty()) return {};
  return recent_[recent_.size() - 1 - index % std::min(recent_.size(), kRecent)];
}

// ---- what the host does

void WatchedRouter::set_gates(const Gates& gates) {
  gates_ = gates;
  router_.set_table(RoutingTable::compile(plan_of(gates, ++position_)), now_);
  check_outbox();
}

void WatchedRouter::admit(std::size_t slot) {
  if (slot >= processes().size()) return;
  const Process& process = processes()[slot];
  router_.admit({.instance = process.name,
                 .role = process.role,
                 .version = process.version,
                 .token = "t",
                 .kind = process.kind},
                now_);
  check_outbox();
}

// Whoever has registered as this process is cut off by it, whichever its slot.
void WatchedRouter::dismiss(std::size_t slot) {
  if (slot >= processes().size()) return;
  const std::string& name = processes()[slot].name;
  for (std::size_t other = 0; other < slots(); ++other) {
    if (!link(other).member || link(other).instance != name) continue;
    leave(other);
    connections_[other] = ConnectionId{++last_connection_};
  }
  router_.dismiss(name, now_);
  check_outbox();
}

void WatchedRouter::set_ready(std::size_t slot, bool ready) {
  if (slot >= processes().size()) return;
  router_.set_ready({.instance = processes()[slot].name, .ready = ready}, now_);
  check_outbox();
}

void WatchedRouter::set_host_congested(bool congested) {
  using State = routing::Router::HostState;
  router_.set_host_state(congested ? State::kCongested : State::kKeepsUp);
}

void WatchedRouter::exo_sends(ExoMessage message) {
  if (message.kind == Kind::kCommand) {
    const auto [place, fresh] = asked_.try_emplace(message.id);
    if (!fresh) place->second.once = false;
    recent_.push_back(message.id);
  }
  router_.send(std::move(message), now_);
  check_outbox();
}

void WatchedRouter::replay(ReplayedCommand command) {
  Asked& asked = asked_[command.id];
  asked.of_script = true;
  replays_.insert(command.id);
  recent_.push_back(command.id);
  router_.replay(std::move(command), now_);
  check_outbox();
}

void WatchedRouter::record(std::size_t left) {
  if (last_copy_ <= left) return;
  router_.recorded(last_copy_ - left, now_);
  check_outbox();
}

void WatchedRouter::pass(std::chrono::milliseconds time) {
  now_.monotonic += time;
  now_.unix_time.nanoseconds += static_cast<std::uint64_t>(time.count()) * 1'000'000;
  router_.tick(now_);
  check_outbox();
}

void WatchedRouter::drain_input() {
  router_.input_drained(now_);
  check_outbox();
}

// ---- what the model makes of what peers say

const WatchedRouter::Process* WatchedRouter::process_of(std::string_view instance) {
  for (const Process& process : processes()) {
    if (process.name == instance) return &process;
  }
  return nullptr;
}

bool WatchedRouter::is_held(const Process& process) const {
  if (process.role != "b" || process.kind != PeerKind::kInstance) return false;
  return (process.version == "2.0.0" ? gates_.newer : gates_.older) == Gate::kHeld;
}

// Each command of a member that can be answered at all counts on its connection, however wrong it is.
void WatchedRouter::note_asked(std::size_t slot, const HeaderView& header) {
  Link& from = link(slot);
  if (header.kind != Kind::kCommand || header.id.empty() || !from.member) {
    // What is wrong with a message that has the id of a command is told by that id, too.
    if (Asked* asked = followed(header.id)) asked->once = false;
    return;
  }
  from.asked.emplace_back(header.id);
  recent_.emplace_back(header.id);
  const auto [place, fresh] = asked_.try_emplace(std::string(header.id));
  Asked& asked = place->second;
  if (!fresh) {
    asked.once = false;
    return;
  }
  const Process* process = process_of(from.instance);
  asked.connection = connection(slot);
  asked.sender = from.instance;
  asked.expects = header.expects;
  asked.held_sender = process && is_held(*process) && header.activity_id != "rollout";
  asked.of_script = from.instance == "script" || header.activity_id == "rollout";
}

void WatchedRouter::note_told(std::size_t slot, const HeaderView& header, std::string_view payload) {
  Link& from = link(slot);
  if (!from.member) return;
  std::vector<std::uint64_t> sequences;
  if (header.kind == Kind::kFailed && check_required(header).ok()) note_done(from, header.sequence);
  if (header.kind == Kind::kHandled && decode_sequences(payload, sequences).ok()) {
    for (const std::uint64_t sequence : sequences) note_done(from, sequence);
  }
}

void WatchedRouter::note_cancelled(std::size_t slot, std::string_view id) {
  Asked* asked = followed(id);
  if (asked && link(slot).member && asked->sender == link(slot).instance) asked->cancelled = true;
}

// All of it is heard here before the router answers any of it.
void WatchedRouter::note_pack(std::size_t slot, std::string_view pack) {
  PackReader reader(std::as_bytes(std::span(pack)));
  while (true) {
    const auto next = reader.next();
    if (!next || !next.value()) return;
    HeaderView header;
    const auto read = decode_header(next.value()->header, header);
    note_asked(slot, header);
    if (!read) continue;
    note_told(slot, header, next.value()->payload);
    if (header.kind == Kind::kCancel) cancelled_.emplace_back(header.response_to);
    if (header.kind == Kind::kGoodbye) return;
  }
}

// Who was cut off by the pack may not have been heard to its end.
void WatchedRouter::note_end_of_pack(std::size_t slot) {
  for (const std::string& id : cancelled_) {
    Asked* asked = followed(id);
    if (asked && !link(slot).member) asked->once = false;
    note_cancelled(slot, id);
  }
  cancelled_.clear();
  for (const std::uint64_t sequence : done_too_early_) {
    const auto delivered = link(slot).in_hand.find(sequence);
    if (delivered == link(slot).in_hand.end()) continue;
    if (Asked* asked = followed(delivered->second)) asked->once = false;
  }
  done_too_early_.clear();
}

void WatchedRouter::note_done(Link& link, std::uint64_t sequence) {
  if (sequence > link.last_sequence) done_too_early_.push_back(sequence);
  let_go(link, sequence);
}

void WatchedRouter::let_go(Link& link, std::uint64_t sequence) {
  const auto found = link.in_hand.find(sequence);
  if (found == link.in_hand.end()) return;
  if (Asked* asked = followed(found->second)) --asked->holders;
  link.in_hand.erase(found);
}

void WatchedRouter::leave(std::size_t slot) {
  Link& gone = link(slot);
  while (!gone.in_hand.empty()) let_go(gone, gone.in_hand.begin()->first);
  gone = Link();
}

WatchedRouter::Asked* WatchedRouter::followed(std::string_view id) {
  const auto found = asked_.find(id);
  return found == asked_.end() || !found->second.once ? nullptr : &found->second;
}

// ---- the end

bool WatchedRouter::is_at_work(std::size_t slot) const {
  const Link& peer = links_[slot];
  return peer.member && !peer.draining && slot < processes().size() &&
         peer.instance == processes()[slot].name;
}

void WatchedRouter::bring_everybody_back() {
  constexpr Gates kPeace{.newer = Gate::kOpen, .older = Gate::kOpen, .starting = false, .script_runs = true};
  if (gates_ != kPeace) set_gates(kPeace);
  for (std::size_t slot = 0; slot < slots(); ++slot) {
    if (!is_at_work(slot)) reconnect(slot);
  }
  for (std::size_t slot = 0; slot < processes().size(); ++slot) {
    set_ready(slot, true);
    if (is_at_work(slot)) continue;
    admit(slot);
    join(slot, kWindow);
    EXO_CHECK(link(slot).member);
  }
}

// Whether somebody had something in hand.
bool WatchedRouter::finish_all() {
  bool had = false;
  for (std::size_t slot = 0; slot < slots(); ++slot) {
    const auto sequences = in_hand(slot);
    if (sequences.empty()) continue;
    had = true;
    HeaderView header;
    header.kind = Kind::kHandled;
    std::string bytes;
    encode_header(header, bytes);
    receive(slot, bytes, encode_sequences(sequences).text());
  }
  return had;
}

void WatchedRouter::settle() {
  bring_everybody_back();
  while (finish_all()) {
  }
  pass(kLongestTimeout + std::chrono::seconds(1));
  bring_everybody_back();
  while (finish_all()) {
  }
  pass(std::chrono::seconds(1));
  for (const Link& each : links_) {
    EXO_CHECK(each.accepted == each.asked.size() && each.settled.size() == each.asked.size());
  }
  for (std::size_t slot = 0; slot < processes().size(); ++slot) {
    if (processes()[slot].kind == PeerKind::kOperator)
      reconnect(slot);
    else
      dismiss(slot);
  }
  EXO_CHECK(router_.unfinished() == 0);
  EXO_CHECK(copies_.empty() && replays_.empty());
}

}  // namespace exo
