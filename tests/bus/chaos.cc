#include "tests/bus/chaos.h"

#include <algorithm>
#include <span>
#include <utility>

#include "bus/wire/control.h"

namespace exo::routing {
namespace {

const std::string kScriptRole = "deployment-b-2.0.0";

std::set<std::string> roles_of(const std::string& name) {
  if (name == "a.do") return {"a"};
  if (name == "b.do") return {"b"};
  return {"a", "b"};
}

}  // namespace

Chaos::Chaos(std::uint32_t seed)
    : random_(seed), router_({.environment = "test", .flow = {.window = 8, .role_queue_bytes = 4000}}) {
  now_.monotonic = MonotonicTime(std::chrono::hours(1));
  const auto add = [this](const char* role, const char* version, std::vector<std::string> receives) {
    plan_.versions.push_back(
        {.role = role, .version = version, .receives = std::move(receives), .gate = Gate::kOpen, .share = 1});
  };
  add("web", "1.0.0", {});
  plan_.versions.back().sends = {"a.do", "b.do", "both.do"};
  add("a", "1.0.0", {"a.do", "both.do"});
  add("b", "1.0.0", {"b.do", "both.do"});
  plan_.versions.back().at_least_once = {"b.do"};
  add("b", "2.0.0", {"b.do", "both.do"});
  plan_.versions.back().at_least_once = {"b.do"};
  plan_.versions.back().gate = Gate::kHeld;
  plan_.versions.back().sends = {"a.do"};
  plan_.scripts.push_back(
      {.sender = kScriptRole, .role = "b", .version = "2.0.0", .activity_id = "rollout", .sends = {}});
  publish();
  for (int i = 0; i < 2; ++i) {
    join("web", "1.0.0", PeerKind::kInstance);
    join("a", "1.0.0", PeerKind::kInstance);
    join("b", "2.0.0", PeerKind::kInstance);
  }
  join("b", "1.0.0", PeerKind::kInstance);
  join(kScriptRole, "2.0.0", PeerKind::kScript);
}

void Chaos::publish() {
  ++plan_.position;
  router_.set_table(RoutingTable::compile(plan_), now_);
  take_outbox();
}

void Chaos::join(const std::string& role, const std::string& version, PeerKind kind) {
  Peer peer{
      .name = role + "-" + std::to_string(++last_instance_), .role = role, .version = version, .kind = kind};
  peer.window = static_cast<std::uint32_t>(1 + dice(4));
  router_.admit({.instance = peer.name, .role = role, .version = version, .token = "t", .kind = kind}, now_);
  peers_.push_back(std::move(peer));
  connect(peers_.back());
}

void Chaos::connect(Peer& peer) {
  peer.connection = ++last_connection_;
  peer.draining = false;
  peer.under_way.clear();
  peer.granted.clear();
  peer.sent.clear();
  peer.last_sequence = 0;
  peer.commands.clear();
  peer.settled.clear();
  receive(peer, {.kind = Kind::kRegister},
          encode_registration({.protocols = {1},
                               .role = peer.role,
                               .version = peer.version,
                               .instance = peer.name,
                               .token = "t",
                               .window = peer.window}));
}

void Chaos::receive(Peer& peer, const HeaderView& header, Payload payload) {
  router_.receive(ConnectionId{peer.connection}, header, std::move(payload), now_);
  take_outbox();
}

void Chaos::step() {
  Peer& peer = any_peer();
  const std::size_t what = dice(100);
  if (what < 45) return send_something(peer);
  if (what < 82) return finish_something(peer);
  if (what < 84) return send_checkpoint(peer);
  if (what < 85) return cancel_something(peer);
  if (what < 87) return change_gate();
  if (what < 88) return lose(peer);
  if (what < 89) return replace(static_cast<std::size_t>(&peer - peers_.data()));
  if (what < 90 && peer.kind == PeerKind::kInstance) return receive(peer, {.kind = Kind::kDrain});
  if (what < 95) {
    now_.monotonic += std::chrono::milliseconds(dice(400));
    router_.tick(now_);
    return take_outbox();
  }
  router_.input_drained(now_);
  take_outbox();
}

void Chaos::send_something(Peer& peer) {
  const bool sends = peer.role == "web" || peer.kind == PeerKind::kScript;
  if (!sends) return;
  const std::vector<std::string> names{"a.do", "b.do", "both.do"};
  const std::string& name = names[dice(names.size())];
  const std::set<std::string> roles = roles_of(name);
  for (const std::string& role : roles) {
    if (peer.sent[role] >= peer.granted[role]) return;
  }
  for (const std::string& role : roles) ++peer.sent[role];
  const std::string id = "id" + std::to_string(++last_id_);
  Sent& sent = commands_[id];
  sent.sender = peer.name;
  sent.roles = roles;
  sent.of_script = peer.kind == PeerKind::kScript;
  sent.at_least_once = name == "b.do";
  peer.commands.push_back(id);
  const std::string activity = "activity" + std::to_string(dice(20));
  HeaderView header{.kind = Kind::kCommand, .name = name, .id = id, .activity_id = activity};
  header.timeout_ms = 100 + dice(2000);
  receive(peer, header, Payload(std::string_view("some payload")));
}

void Chaos::send_checkpoint(Peer& script) {
  if (script.kind != PeerKind::kScript) return;
  const std::string id = "id" + std::to_string(++last_id_);
  for (const auto& [command, sent] : commands_) {
    if (sent.sender == script.name && !sent.settled()) before_checkpoint_[id].push_back(command);
  }
  const std::string name = kScriptRole + "-offline-checkpoint";
  script.commands.push_back(id);
  receive(script, {.kind = Kind::kCommand, .name = name, .id = id, .activity_id = "rollout"});
}

void Chaos::cancel_something(Peer& peer) {
  if (peer.commands.empty()) return;
  const std::string id =
      peer.commands[peer.commands.size() - 1 - dice(std::min<std::size_t>(peer.commands.size(), 8))];
  Sent& sent = commands_[id];
  if (!sent.settled()) ++cancelled_;
  sent.cancelled = true;
  receive(peer, {.kind = Kind::kCancel, .response_to = id});
}

void Chaos::finish_something(Peer& peer) {
  if (peer.under_way.empty()) return;
  auto chosen = peer.under_way.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(dice(peer.under_way.size())));
  finish(peer, chosen->first, dice(10) > 0);
}

void Chaos::finish(Peer& peer, std::uint64_t sequence, bool well) {
  Sent& sent = commands_[peer.under_way.at(sequence)];
  sent.holders.erase(peer.name);
  peer.under_way.erase(sequence);
  if (well) {
    ++sent.handled[peer.role];
    ++handled_;
    return receive(peer, {.kind = Kind::kHandled}, encode_sequences({sequence}));
  }
  HeaderView header{.kind = Kind::kFailed, .sequence = sequence};
  header.code = "handler-failed";
  header.reason = "the dice say so";
  receive(peer, header);
}

void Chaos::lose(Peer& peer) {
  for (auto& [id, sent] : commands_) {
    if (sent.sender == peer.name) sent.sender_gone = true;
  }
  const std::uint64_t lost = peer.connection;
  peer.connection = 0;
  router_.connection_lost(ConnectionId{lost}, "it broke", now_);
  take_outbox();
  connect(peer);
}

void Chaos::replace(std::size_t index) {
  const Peer gone = peers_[index];
  for (auto& [id, sent] : commands_) {
    if (sent.sender == gone.name) sent.sender_gone = true;
  }
  peers_[index].connection = 0;
  router_.dismiss(gone.name, now_);
  take_outbox();
  peers_.erase(peers_.begin() + static_cast<std::ptrdiff_t>(index));
  join(gone.role, gone.version, gone.kind);
}

void Chaos::change_gate() {
  VersionRoutes& held = plan_.versions.back();
  switch (dice(4)) {
    case 0:
      held.gate = Gate::kOpen;
      break;
    case 1:
      held.gate = Gate::kDraining;
      break;
    default:
      held.gate = Gate::kHeld;
      break;
  }
  held.starting = dice(2) == 0;
  plan_.versions[2].gate = dice(3) == 0 ? Gate::kHeld : Gate::kOpen;
  publish();
}

Chaos::Peer* Chaos::peer_at(ConnectionId connection) {
  for (Peer& peer : peers_) {
    if (ConnectionId{peer.connection} == connection) return &peer;
  }
  return nullptr;
}

void Chaos::take_outbox() {
  Outbox& outbox = router_.outbox();
  for (std::size_t i = 0; i < outbox.size(); ++i) {
    HeaderView header;
    if (!decode_header(std::as_bytes(std::span(outbox.at(i).header)), header).ok()) {
      violated("an unreadable header");
      continue;
    }
    Peer* peer = peer_at(outbox.at(i).to);
    if (!peer) {
      violated(std::string(to_string(header.kind)) + " was sent to a connection that is gone");
      continue;
    }
    take(*peer, header, outbox.at(i).payload);
  }
  outbox.clear_deliveries();
  for (const BrokerEvent& event : outbox.events()) {
    if (const auto* message = std::get_if<MessageToExo>(&event)) take_checkpoint(*message);
  }
  outbox.events().clear();
}

void Chaos::take(Peer& peer, const HeaderView& header, const Payload& payload) {
  if (header.kind == Kind::kCommand) return take_command(peer, header);
  if (header.kind == Kind::kError) return take_error(peer, header);
  if (header.kind == Kind::kRefused) return violated("refused: " + std::string(header.reason));
  if (header.kind == Kind::kCredit) return take_credit(peer, payload);
  if (header.kind == Kind::kCancel) return take_cancel(peer, header);
  if (header.kind == Kind::kDraining) peer.draining = true;
  if (header.kind != Kind::kDelivered) return;
  const std::vector<std::string> ids = decode_ids(payload.text()).value();
  for (const std::string& id : ids) {
    Sent& sent = commands_[id];
    if (++sent.delivered_notices > 1) violated(id + " is delivered twice");
    if (sent.errors > 0) violated(id + " is delivered after its error");
    if (sent.handled.size() < sent.roles.size()) violated(id + " is delivered before it is handled");
  }
}

void Chaos::take_credit(Peer& peer, const Payload& payload) {
  const Credit credit = decode_credit(payload.text()).value();
  for (const auto& [role, granted] : credit.grants) {
    if (granted < peer.granted[role]) violated("credit was taken back");
    peer.granted[role] = granted;
  }
  for (const auto& [first, last] : credit.settled) {
    if (last > credit.accepted)
      violated("command " + std::to_string(last) + " is settled before it is accepted");
    for (std::uint64_t ordinal = first; ordinal <= last; ++ordinal) {
      if (!peer.settled.insert(ordinal).second) violated(std::to_string(ordinal) + " is settled twice");
      if (ordinal > peer.commands.size()) continue;
      const std::string& id = peer.commands[ordinal - 1];
      const auto sent = commands_.find(id);  // a checkpoint is none
      if (sent != commands_.end() && !sent->second.settled())
        violated(id + " is said to be settled and is not");
    }
  }
}

void Chaos::take_cancel(const Peer& peer, const HeaderView& header) {
  const std::string id(header.response_to);
  const Sent& sent = commands_[id];
  ++told_to_cancel_;
  if (!sent.cancelled) violated(id + " was not cancelled, and " + peer.name + " hears so");
  if (sent.holders.count(peer.name) == 0)
    violated(peer.name + " does not have " + id + " and is told to cancel it");
}

void Chaos::check_settled() {
  for (const Peer& peer : peers_) {
    for (std::uint64_t ordinal = 1; ordinal <= peer.commands.size(); ++ordinal) {
      if (peer.settled.count(ordinal) == 0) violated(peer.commands[ordinal - 1] + " is never settled");
    }
  }
}

void Chaos::take_command(Peer& peer, const HeaderView& header) {
  const std::string id(header.id);
  Sent& sent = commands_[id];
  if (sent.roles.count(peer.role) == 0) violated(id + " went to " + peer.role);
  if (header.sequence != ++peer.last_sequence) violated("sequence " + std::to_string(header.sequence));
  peer.under_way[header.sequence] = id;
  sent.holders.insert(peer.name);
  if (sent.cancelled) violated(id + " was cancelled and goes to " + peer.name);
  if (header.acknowledged != (sent.of_script || sent.at_least_once))
    violated(id + " has another acknowledged");
  if (peer.under_way.size() > peer.window) violated(peer.name + " has more than its window");
  if (peer.draining) violated(peer.name + " is draining and gets " + id);
  const int deliveries = ++sent.deliveries[peer.role];
  if (deliveries > 1 && !((sent.of_script || sent.at_least_once) && header.redelivered))
    violated(id + " was delivered again to " + peer.role);
  if (deliveries > 1) ++redelivered_;
  for (const VersionRoutes& version : plan_.versions) {
    const bool here = version.role == peer.role && version.version == peer.version;
    const bool brought_in = sent.of_script && peer.version == "2.0.0";
    if (here && version.gate == Gate::kHeld && !brought_in) violated(id + " passed a held gate");
  }
}

void Chaos::take_error(const Peer& peer, const HeaderView& header) {
  const std::string id(header.response_to);
  if (header.code == "overloaded") violated(id + " was within its credit");
  if (header.code == "malformed") violated("malformed: " + std::string(header.reason));
  Sent& sent = commands_[id];
  if (sent.sender != peer.name) violated("the error of " + id + " went to " + peer.name);
  if (sent.cancelled) violated(id + " was cancelled and has an error");
  if (++sent.errors > 1) violated(id + " has two errors");
  if (sent.delivered_notices > 0) violated(id + " has an error after it was delivered");
  if (sent.roles.size() == 1 && sent.handled.size() == 1)
    violated(id + " has an error although it is handled");
}

void Chaos::take_checkpoint(const MessageToExo& message) {
  ++barriers_;
  for (const std::string& id : before_checkpoint_[message.id]) {
    const Sent& sent = commands_[id];
    if (!sent.settled() && !sent.sender_gone) violated("a checkpoint passed before " + id + " was settled");
  }
}

void Chaos::settle() {
  peace_ = true;
  for (VersionRoutes& version : plan_.versions) {
    version.gate = Gate::kOpen;
    version.starting = false;
  }
  publish();
  for (Peer& peer : peers_) {
    if (peer.draining) lose(peer);
  }
  bool busy = true;
  while (busy) {
    busy = false;
    for (Peer& peer : peers_) {
      while (!peer.under_way.empty()) {
        busy = true;
        finish(peer, peer.under_way.begin()->first, true);
      }
    }
  }
  router_.tick(now_);
  take_outbox();
  check_settled();
  if (router_.unfinished() > 0) violated(std::to_string(router_.unfinished()) + " commands are not finished");
  for (const auto& [id, sent] : commands_) {
    if (sent.sender_gone) continue;
    if (!sent.settled()) violated(id + " was neither handled nor answered");
    if (sent.of_script && !sent.cancelled && sent.errors == 0 && sent.delivered_notices == 0)
      violated(id + " was not acknowledged");
  }
}

}  // namespace exo::routing
