#include "bus/flow_control.h"

#include <algorithm>
#include <utility>

namespace exo::routing {
namespace {

// How many commands are accepted or settled before a message says so although no credit is to be granted.
constexpr std::uint64_t kTellStep = 64;
// … and how many bytes: a relay has only so many on their way that are not accepted.
constexpr std::uint64_t kTellBytes = 1024 * 1024;

bool is_told(const Instance& sender) {
  return sender.accepted == sender.accepted_told && sender.settled.count() == 0;
}

Routes routes_of(const Fleet& fleet, const Instance& sender) {
  Routes routes;
  const RoutingTable& table = fleet.table();
  const auto add = [&](std::string_view name, const RoutingTable::Name& target) {
    if (target.roles.empty()) return;
    auto& [text, roles] = routes.names.emplace_back(std::string(name), std::vector<std::string>());
    for (const auto& role : target.roles) roles.push_back(table.roles()[role.role]);
    if (is_acknowledged(target)) routes.acknowledged.emplace_back(name);
  };
  const auto add_all = [&] {
    for (const auto& name : table.names()) add(name->text, *name);
  };
  switch (sender.kind) {
    case PeerKind::kInstance:
      if (!sender.version->routes) break;
      for (const auto& [name, target] : sender.version->routes->sends) add(name, *target);
      break;
    case PeerKind::kScript: {
      const RoutingTable::Script* script = fleet.script(sender);
      if (script && !script->sends) add_all();
      if (!script || !script->sends) break;
      for (const auto& [name, target] : *script->sends) add(name, *target);
      break;
    }
    case PeerKind::kOperator:
      if (table.operator_may_send()) add_all();
      break;
  }
  std::sort(routes.names.begin(), routes.names.end());
  std::sort(routes.acknowledged.begin(), routes.acknowledged.end());
  return routes;
}

}  // namespace

void FlowControl::mark(Instance& sender) {
  if (sender.dirty || !sender.connected()) return;
  sender.dirty = true;
  dirty_.push_back(&sender);
}

void FlowControl::accept(Instance& sender, std::size_t payload_bytes) {
  ++sender.accepted;
  sender.accepted_bytes_untold += payload_bytes;
  mark(sender);
}

void FlowControl::settled_at_once(Instance& sender) {
  sender.settled.add(sender.accepted);
  mark(sender);
}

void FlowControl::settled(const Command& command) {
  Instance* sender = command.sender;
  if (!sender || !sender->connected() || command.connection != sender->connections) return;
  sender->settled.add(command.ordinal);
  mark(*sender);
  if (!sender->settled.full()) return;
  tell_delivered(*sender);
  tell_credit(*sender, 0);
}

bool FlowControl::take(Instance& sender, const RoutingTable::Name& name, std::size_t payload_bytes) {
  bool all = true;
  for (const RoutingTable::ReceivingRole& role : name.roles) {
    all = sender.credit.take(fleet_.role(role.role).index, payload_bytes) && all;
  }
  if (all && sender.scope) sender.scope->pacer().spend();
  return all;
}

std::string FlowControl::describe_overrun(Instance& sender, const RoutingTable::Name& name) {
  std::string text;
  for (const RoutingTable::ReceivingRole& role : name.roles) {
    const RoleState& state = fleet_.role(role.role);
    const CreditLedger::Account& account = sender.credit.account(state.index);
    text += *state.text + " has been sent " + std::to_string(account.sent) + " commands of " +
            std::to_string(account.granted) + " granted, and " + std::to_string(account.queued_bytes) +
            " bytes of them wait; ";
  }
  return text + "await credit before sending more, as a relay's awaited send does";
}

void FlowControl::queued(const Leg& leg) {
  RoleState& role = *leg.role;
  role.queued_bytes += leg.command->payload_bytes;
  if (role.queued_bytes > limits_.role_queue_bytes) role.overfull = true;
  if (leg.command->sender) leg.command->sender->credit.queued(role.index, leg.command->payload_bytes);
}

void FlowControl::left_queue(const Leg& leg) {
  RoleState& role = *leg.role;
  EXO_CHECK(role.queued_bytes >= leg.command->payload_bytes);
  role.queued_bytes -= leg.command->payload_bytes;
  if (Instance* sender = leg.command->sender) {
    sender->credit.left_queue(role.index, leg.command->payload_bytes);
    mark(*sender);
  }
  if (!role.overfull || role.queued_bytes > limits_.role_queue_bytes / 2) return;
  role.overfull = false;
  for (const auto& [name, instance] : fleet_.instances()) mark(*instance);
}

void FlowControl::delivered(const Command& command) {
  Instance* sender = command.sender;
  if (!sender || !sender->connected()) return;
  if (sender->delivered_count == sender->delivered_ids.size()) sender->delivered_ids.emplace_back();
  sender->delivered_ids[sender->delivered_count++].assign(command.id.view());
  mark(*sender);
}

// What the table in effect says of a script. True when that is something else than before.
bool FlowControl::adopt_pace(Instance& sender) {
  if (!sender.scope) return false;
  const RoutingTable::Script* script = fleet_.script(sender);
  const bool is_new = sender.scope->pacer().limit(script ? script->at_most : std::nullopt, now_.monotonic);
  std::erase(paced_, &sender);
  if (sender.scope->pacer().is_running()) paced_.push_back(&sender);
  return is_new;
}

// What is left is shared by the roles that the script may send to: it may want all of it for any of them. At
// least one for each, since it may want only one; what that is too much it owes.
void FlowControl::keep_pace(Instance& sender) const {
  if (!sender.scope) return;
  Pacer& pacer = sender.scope->pacer();
  if (!pacer.is_limited()) return sender.credit.keep_pace(std::nullopt);
  pacer.refill(now_.monotonic);
  const std::uint64_t left = pacer.left();
  const std::uint64_t share = left / std::max<std::size_t>(sender.credit.routed(), 1);
  sender.credit.keep_pace(left == 0 ? 0 : std::max<std::uint64_t>(share, 1));
}

void FlowControl::tick() {
  for (Instance* sender : paced_) mark(*sender);
}

void FlowControl::publish_routes(Instance& sender) {
  const bool has_new_pace = adopt_pace(sender);
  keep_pace(sender);
  const Routes routes = routes_of(fleet_, sender);
  Payload payload = encode_routes(routes);
  if (payload.text() == sender.routes) {
    if (has_new_pace) tell_credit(sender, 1);
    return;
  }
  sender.routes = payload.text();
  count_sender(sender, !routes.names.empty());
  share_windows(sender);
  sender.credit.close_all();
  for (const RoleState* role : roles_reached(routes)) sender.credit.open(role->index);
  HeaderView header;
  header.kind = Kind::kRoutes;
  outbox_.send(sender.connection, header, std::move(payload));
  tell_credit(sender, 0);
}

void FlowControl::count_sender(Instance& sender, bool sends) {
  if (sender.sends == sends) return;
  sender.sends = sends;
  if (sends) {
    ++senders_;
  } else {
    --senders_;
  }
}

// Hundreds of senders with a whole window each would fill the memory with what nobody can take yet.
std::uint64_t FlowControl::share_of(std::uint64_t all, std::uint64_t smallest, std::uint64_t largest) const {
  return std::clamp(all / std::max<std::size_t>(senders_, 1), std::min(smallest, largest), largest);
}

void FlowControl::share_windows(Instance& sender) const {
  constexpr std::uint64_t kSmallest = 16;
  constexpr std::uint64_t kSmallestBytes = 128 * 1024;
  sender.credit.share_window(share_of(limits_.all_windows, kSmallest, limits_.window),
                             share_of(limits_.all_window_bytes, kSmallestBytes, limits_.window_bytes));
}

std::vector<const RoleState*> FlowControl::roles_reached(const Routes& routes) const {
  std::vector<const RoleState*> reached;
  for (const auto& role : fleet_.roles()) {
    const bool named = std::any_of(routes.names.begin(), routes.names.end(), [&](const auto& entry) {
      return std::find(entry.second.begin(), entry.second.end(), *role->text) != entry.second.end();
    });
    if (named) reached.push_back(role.get());
  }
  return reached;
}

void FlowControl::flush() {
  flush(kTellStep);
}

void FlowControl::flush_all() {
  flush(1);
}

void FlowControl::flush(std::uint64_t step) {
  still_dirty_.clear();
  for (Instance* sender : dirty_) {
    tell_delivered(*sender);
    tell_credit(*sender, step);
    sender->dirty = !is_told(*sender);
    if (sender->dirty) still_dirty_.push_back(sender);
  }
  dirty_.swap(still_dirty_);
}

bool FlowControl::has_news(const Instance& sender, std::uint64_t step) {
  return std::max(sender.accepted - sender.accepted_told, sender.settled.count()) >= step ||
         sender.accepted_bytes_untold >= kTellBytes;
}

void FlowControl::tell_credit(Instance& sender, std::uint64_t step) {
  bool granted = false;
  share_windows(sender);
  keep_pace(sender);
  for (const auto& role : fleet_.roles()) {
    granted = (role->overfull ? sender.credit.take_back(role->index) : sender.credit.top_up(role->index)) ||
              granted;
  }
  if (!granted && step > 0 && !has_news(sender, step)) return;
  Credit credit;
  credit.accepted = sender.accepted;
  for (const auto& role : fleet_.roles()) {
    CreditLedger::Account& account = sender.credit.account(role->index);
    if (account.changed) credit.grants.emplace_back(*role->text, account.granted);
    account.changed = false;
  }
  sender.accepted_told = sender.accepted;
  sender.accepted_bytes_untold = 0;
  credit.settled = sender.settled.ranges();
  sender.settled.clear();
  HeaderView header;
  header.kind = Kind::kCredit;
  outbox_.send(sender.connection, header, encode_credit(credit));
}

void FlowControl::tell_delivered(Instance& sender) {
  if (sender.delivered_count == 0) return;
  std::vector<std::string>& ids = sender.delivered_ids;
  const std::size_t told = sender.delivered_count;
  sender.delivered_count = 0;
  ids.resize(told);
  HeaderView header;
  header.kind = Kind::kDelivered;
  outbox_.send(sender.connection, header, encode_ids(ids));
}

void FlowControl::forget(Instance& sender) {
  if (sender.dirty) std::erase(dirty_, &sender);
  std::erase(paced_, &sender);
  sender.dirty = false;
  sender.delivered_count = 0;
  sender.accepted = 0;
  sender.accepted_told = 0;
  sender.accepted_bytes_untold = 0;
  sender.settled.clear();
  sender.routes.clear();
  count_sender(sender, false);
  sender.credit.restart();
}

}  // namespace exo::routing
