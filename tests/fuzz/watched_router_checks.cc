// What must hold of what the router says.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "tests/fuzz/watched_router.h"

namespace exo {

using routing::ConnectionId;

void WatchedRouter::check_outbox() {
  note_silence();
  routing::Outbox& outbox = router_.outbox();
  std::size_t packed = 0;
  for (std::size_t i = 0; i < outbox.size(); ++i) {
    if (i == packed) {
      outbox.pack(i);
      packed = outbox.size();
    }
    if (outbox.at(i).to != routing::kNoConnection) check_delivery(outbox.at(i));
  }
  outbox.clear_deliveries();
  for (const BrokerEvent& event : outbox.events()) check_event(event);
  outbox.events().clear();
  for (std::size_t slot = 0; slot < slots(); ++slot) {
    if (link(slot).cut_off) leave(slot);
  }
}

// What becomes of each copy, and of each command that is replayed, is told once.
void WatchedRouter::check_event(const BrokerEvent& event) {
  if (const auto* copy = std::get_if<FollowedCommand>(&event)) {
    EXO_CHECK(gates_.follows && !gates_.holds_back && copy->number == last_copy_ + 1);
    copies_.insert(++last_copy_);
  } else if (const auto* settled = std::get_if<FollowedSettled>(&event)) {
    EXO_CHECK(copies_.erase(settled->number) == 1);
  } else if (const auto* replayed = std::get_if<ReplaySettled>(&event)) {
    EXO_CHECK(replays_.erase(replayed->id) == 1);
  }
}

void WatchedRouter::check_delivery(const routing::Delivery& delivery) {
  HeaderView header;
  EXO_CHECK(decode_header(std::as_bytes(std::span(delivery.header)), header).ok());
  EXO_CHECK(check_required(header).ok());
  const ConnectionId to = delivery.to;
  EXO_CHECK(to <= ConnectionId{last_connection_});
  const auto place = std::find(connections_.begin(), connections_.end(), to);
  // Who waited for the place of another may be let in after its end; the broker then finds it gone.
  if (place == connections_.end()) return router_.connection_lost(to, "it is gone", now_);
  const auto slot = static_cast<std::size_t>(place - connections_.begin());
  if (header.kind == Kind::kPack) return check_pack(slot, delivery.payload);
  check(slot, header, delivery.payload);
}

void WatchedRouter::check_pack(std::size_t slot, const Payload& pack) {
  EXO_CHECK(reads_packs(slot));
  PackReader reader(pack.bytes());
  std::size_t count = 0;
  for (auto next = reader.next(); next.ok() && next.value(); next = reader.next(), ++count) {
    HeaderView header;
    EXO_CHECK(decode_header(next.value()->header, header).ok());
    EXO_CHECK(check_required(header).ok() && header.kind != Kind::kPack);
    check(slot, header, Payload(next.value()->payload));
  }
  EXO_CHECK(count > 1 && count <= kPackMessages);
}

// Who is silent for too long is cut off without a word.
void WatchedRouter::note_silence() {
  for (const BrokerEvent& event : router_.outbox().events()) {
    const auto* lost = std::get_if<InstanceLost>(&event);
    if (!lost || lost->reason != "silence") continue;
    for (std::size_t slot = 0; slot < slots(); ++slot) {
      if (link(slot).member && link(slot).instance == lost->instance) link(slot).cut_off = true;
    }
  }
}

void WatchedRouter::check(std::size_t slot, const HeaderView& header, const Payload& payload) {
  Link& to = link(slot);
  if (header.kind == Kind::kRegistered) return check_registered(to, payload);
  if (header.kind == Kind::kRefused) return leave(slot);
  EXO_CHECK(to.member);
  if (header.kind == Kind::kGoodbye) return leave(slot);
  if (header.kind == Kind::kDraining) to.draining = true;
  if (header.kind == Kind::kCommand) check_command(to, header);
  if (header.kind == Kind::kReply) check_reply(slot, header);
  if (header.kind == Kind::kError) check_error(slot, header);
  if (header.kind == Kind::kCancel) check_cancel(to, header);
  if (header.kind == Kind::kCredit) check_credit(to, payload);
  if (header.kind == Kind::kDelivered) check_delivered(to, payload);
  if (header.kind == Kind::kRoutes) EXO_CHECK(decode_routes(payload.text()).ok());
}

void WatchedRouter::check_registered(Link& link, const Payload& payload) {
  const auto registered = decode_registered(payload.text());
  EXO_CHECK(registered.ok() && !link.member);
  for (const Link& other : links_)
    EXO_CHECK(!other.member || other.cut_off || other.instance != registered.value().instance);
  link.member = true;
  link.instance = registered.value().instance;
}

void WatchedRouter::check_command(Link& link, const HeaderView& header) {
  const Process* receiver = process_of(link.instance);
  EXO_CHECK(receiver || link.instance.substr(0, 9) == "operator-");
  EXO_CHECK(header.sequence == ++link.last_sequence);
  EXO_CHECK(link.in_hand.emplace(header.sequence, header.id).second);
  EXO_CHECK(header.sender == "exo" || !link.draining);
  EXO_CHECK(!header.activity_id.empty() && !header.sender.empty());
  const bool brought_in = header.sender == kScriptRole || header.sender == receiver->role;
  if (receiver && is_held(*receiver)) EXO_CHECK(header.sender == "exo" || brought_in);
  Asked* asked = followed(header.id);
  if (!asked) return;
  EXO_CHECK(!asked->cancelled && !asked->held_sender);
  ++asked->holders;
}

void WatchedRouter::check_reply(std::size_t slot, const HeaderView& header) {
  Asked* asked = followed(header.response_to);
  if (!asked || header.sender == "exo") return;
  EXO_CHECK(asked->sender == link(slot).instance && asked->expects != Expects::kNone);
  EXO_CHECK(!asked->cancelled && !asked->answered && asked->errors == 0);
  asked->answered = !header.more;
}

// Who writes a page that nobody takes gets an error, too, and exo answers what it likes.
void WatchedRouter::check_error(std::size_t slot, const HeaderView& header) {
  EXO_CHECK(!header.code.empty());
  Asked* asked = followed(header.response_to);
  if (!asked || asked->connection != connection(slot) || header.sender == "exo") return;
  if (header.reason == "nobody waits for this reply any more") return;
  EXO_CHECK(!asked->cancelled && ++asked->errors == 1);
  EXO_CHECK(!asked->answered || asked->of_script);
  EXO_CHECK(asked->acknowledgements == 0 || asked->expects != Expects::kNone);
}

void WatchedRouter::check_cancel(const Link& link, const HeaderView& header) {
  EXO_CHECK(std::any_of(link.in_hand.begin(), link.in_hand.end(),
                        [&](const auto& each) { return each.second == header.response_to; }) ||
            link.last_sequence > 0);
}

void WatchedRouter::check_credit(Link& link, const Payload& payload) {
  const auto read = decode_credit(payload.text());
  EXO_CHECK(read.ok());
  const Credit& credit = read.value();
  EXO_CHECK(credit.accepted >= link.accepted && credit.accepted <= link.asked.size());
  link.accepted = credit.accepted;
  for (const auto& [role, granted] : credit.grants)
    EXO_CHECK(granted >= std::exchange(link.granted[role], granted));
  for (const auto& [first, last] : credit.settled) {
    EXO_CHECK(first >= 1 && last <= credit.accepted);
    for (std::uint64_t ordinal = first; ordinal <= last; ++ordinal) {
      EXO_CHECK(link.settled.insert(ordinal).second);
      const Asked* asked = followed(link.asked[ordinal - 1]);
      if (asked) EXO_CHECK(asked->errors > 0 || asked->cancelled || asked->holders == 0);
    }
  }
}

void WatchedRouter::check_delivered(const Link& link, const Payload& payload) {
  const auto ids = decode_ids(payload.text());
  EXO_CHECK(ids.ok());
  for (const std::string& id : ids.value()) {
    Asked* asked = followed(id);
    if (!asked) continue;
    EXO_CHECK(asked->sender == link.instance && ++asked->acknowledgements == 1);
    // The handler of one that expects an answer may have completed, and its answer be lost all the same.
    EXO_CHECK(asked->errors == 0 || asked->expects != Expects::kNone);
  }
}

}  // namespace exo
