#include "bus/following.h"

#include <algorithm>
#include <utility>

namespace exo::routing {

// A name that stays keeps its serial, so that nothing is copied twice for it.
void Following::adopt_table() {
  std::vector<Follow> adopted;
  for (const FollowRoutes& routes : fleet_.table().follows()) {
    Follow wanted = make(routes);
    Follow* before = find(routes.run);
    adopted.push_back(before ? std::move(*before) : Follow{.run = routes.run, .names = {}});
    renew(adopted.back(), wanted);
  }
  follows_ = std::move(adopted);
  for (const auto& role : fleet_.roles()) role->followed = false;
  for (const auto& version : fleet_.versions()) version->may_be_replayed_to = false;
  for (const Follow& follow : follows_) {
    if (follow.role) follow.role->followed = true;
    if (follow.brings_in) follow.brings_in->may_be_replayed_to = true;
  }
}

Following::Follow Following::make(const FollowRoutes& routes) {
  Follow follow{.run = routes.run,
                .names = {},
                .began_at = routes.began_at,
                .replay = routes.replay,
                .held_back = routes.held_back};
  for (const auto& version : fleet_.versions()) {
    if (*version->role->text != routes.role) continue;
    follow.role = version->role;
    if (*version->text == routes.version) follow.brings_in = version.get();
  }
  for (const std::string& command : routes.commands) {
    if (const RoutingTable::Name* name = fleet_.table().find_name(command)) {
      follow.names.emplace(fleet_.public_name(*name), 0);
    }
  }
  return follow;
}

void Following::renew(Follow& follow, const Follow& wanted) {
  follow.role = wanted.role;
  follow.brings_in = wanted.brings_in;
  if (!follow.is_known || !has_same_names(follow, wanted)) {
    follow.is_known = true;
    follow.barrier = commands_.last_arrival();
    follow.begun = false;
    ++last_serial_;
  }
  for (const auto& [name, none] : wanted.names) follow.names.emplace(name, last_serial_);
  std::erase_if(follow.names, [&](const auto& each) { return wanted.names.count(each.first) == 0; });
  // A name that nobody sends or receives has nothing that could come, and still is waited for.
  if (std::exchange(follow.began_at, wanted.began_at) != wanted.began_at) follow.begun = false;
  const bool again = std::exchange(follow.replay, wanted.replay) != wanted.replay;
  if ((!std::exchange(follow.held_back, wanted.held_back) || again) && follow.held_back) {
    outbox_.report(FollowHeldBack{.run = follow.run, .replay = follow.replay});
  }
}

bool Following::has_same_names(const Follow& left, const Follow& right) {
  return left.names.size() == right.names.size() &&
         std::all_of(left.names.begin(), left.names.end(),
                     [&](const auto& each) { return right.names.count(each.first) > 0; });
}

Following::Follow* Following::find(const std::string& run) {
  const auto found =
      std::find_if(follows_.begin(), follows_.end(), [&](const Follow& follow) { return follow.run == run; });
  return found == follows_.end() ? nullptr : &*found;
}

bool Following::wants(const Follow& follow, const Leg& leg) const {
  if (follow.role != leg.role) return false;
  const auto name = follow.names.find(leg.command->name);
  return name != follow.names.end() && name->second > leg.followed_through;
}

bool Following::follows(const Follow& follow, const Leg& leg) {
  return follow.role == leg.role && follow.names.count(leg.command->name) > 0;
}

bool Following::is_behind(const Leg& leg) const {
  if (leg.passed || !leg.command->sender) return false;
  return leg.role->parked_senders.count(leg.command->sender->number) > 0;
}

bool Following::keeps(Leg& leg, const RoutingTable::ReceivingRole& role) {
  if (!leg.role->followed || !placement_.is_for_production(*leg.command, role)) return false;
  std::vector<std::string> runs;
  bool is_wanted = false;
  for (const Follow& follow : follows_) {
    if (!follows(follow, leg)) continue;
    runs.push_back(follow.run);
    if (!wants(follow, leg)) continue;
    if (follow.held_back) return true;
    is_wanted = true;
  }
  if (!is_wanted) return leg.copy > recorded_ || is_behind(leg);
  hand_out(leg, std::move(runs));
  return true;
}

// Its receiver settles one copy: a new one, for all, stands for the one before.
void Following::hand_out(Leg& leg, std::vector<std::string> runs) {
  const Command& command = *leg.command;
  if (leg.copy != 0) outbox_.report(FollowedSettled{.number = leg.copy, .applied = false});
  leg.copy = ++last_copy_;
  leg.followed_through = last_serial_;
  FollowedCommand copy{.number = leg.copy,
                       .runs = std::move(runs),
                       .name = *command.name,
                       .content_type = command.content_type,
                       .payload = command.payload.share(),
                       .settled_by = command.has_deadline ? command.deadline : MonotonicTime::max()};
  outbox_.report(std::move(copy));
}

Leg* Following::next_free() {
  for (const auto& role : fleet_.roles()) {
    Leg* first = role->parked.front();
    if (!first || first->copy > recorded_) continue;
    const bool waits = std::any_of(follows_.begin(), follows_.end(),
                                   [&](const Follow& follow) { return wants(follow, *first); });
    if (!waits) return first;
  }
  return nullptr;
}

void Following::look_for_beginnings() {
  for (Follow& follow : follows_) {
    if (follow.begun) continue;
    if (const Leg* leg = under_way(follow)) {
      tell_wait(follow, *leg);
      continue;
    }
    follow.begun = true;
    follow.waits = {};
    outbox_.report(FollowBegun{.run = follow.run, .began_at = follow.began_at});
  }
}

// What an instance has had since before is in no record. Once it is handled, whoever reads what the version
// has stored sees its effect.
const Leg* Following::under_way(const Follow& follow) const {
  for (const auto& [name, instance] : fleet_.instances()) {
    if (!instance->version || instance->version->role != follow.role) continue;
    for (const Leg* leg = instance->legs.front(); leg; leg = InstanceLegs::next(*leg)) {
      if (is_under_way(follow, *leg)) return leg;
    }
  }
  return nullptr;
}

void Following::tell_wait(Follow& follow, const Leg& leg) {
  FollowWaits waits{.run = follow.run,
                    .instance = leg.instance->name,
                    .name = *leg.command->name,
                    .has_deadline = leg.command->has_deadline};
  if (waits == follow.waits) return;
  follow.waits = waits;
  outbox_.report(std::move(waits));
}

// Whoever sent it has given it up when its deadline has passed: a handler that never ends holds up nobody.
bool Following::is_under_way(const Follow& follow, const Leg& leg) const {
  const Command& command = *leg.command;
  return leg.state == LegState::kDelivered && leg.version != follow.brings_in && wants(follow, leg) &&
         command.arrival <= follow.barrier && !(command.has_deadline && command.deadline <= now_.monotonic);
}

}  // namespace exo::routing
