#include "bus/following.h"

#include <algorithm>
#include <utility>

namespace exo::routing {

// A follow that stays keeps its serial, so that nothing is copied to it twice.
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
  Follow follow{
      .run = routes.run, .names = {}, .commands = routes.commands.size(), .held_back = routes.held_back};
  for (const auto& version : fleet_.versions()) {
    if (*version->role->text != routes.role) continue;
    follow.role = version->role;
    if (*version->text == routes.version) follow.brings_in = version.get();
  }
  for (const std::string& command : routes.commands) {
    if (const RoutingTable::Name* name = fleet_.table().find_name(command)) {
      follow.names.insert(fleet_.public_name(*name));
    }
  }
  return follow;
}

void Following::renew(Follow& follow, const Follow& wanted) {
  follow.role = wanted.role;
  follow.brings_in = wanted.brings_in;
  if (follow.serial == 0 || follow.names != wanted.names) {
    follow.names = wanted.names;
    follow.serial = ++last_serial_;
    follow.barrier = commands_.last_arrival();
    follow.begun = false;
  }
  // A name that nobody sends or receives has nothing that could come, and still is waited for.
  if (std::exchange(follow.commands, wanted.commands) != wanted.commands) follow.begun = false;
  if (!std::exchange(follow.held_back, wanted.held_back) && follow.held_back) {
    outbox_.report(FollowHeldBack{follow.run});
  }
}

Following::Follow* Following::find(const std::string& run) {
  const auto found =
      std::find_if(follows_.begin(), follows_.end(), [&](const Follow& follow) { return follow.run == run; });
  return found == follows_.end() ? nullptr : &*found;
}

bool Following::wants(const Follow& follow, const Leg& leg) const {
  return follow.role == leg.role && follow.serial > leg.followed_through &&
         follow.names.count(leg.command->name) > 0;
}

bool Following::is_behind(const Leg& leg) const {
  if (leg.passed || !leg.command->sender) return false;
  return leg.role->parked_senders.count(leg.command->sender->number) > 0;
}

bool Following::keeps(Leg& leg, const RoutingTable::ReceivingRole& role) {
  if (!leg.role->followed || !placement_.is_for_production(*leg.command, role)) return false;
  if (leg.copy > recorded_) return true;
  std::vector<std::string> runs;
  for (const Follow& follow : follows_) {
    if (!wants(follow, leg)) continue;
    if (follow.held_back) return true;
    runs.push_back(follow.run);
  }
  if (runs.empty()) return is_behind(leg);
  hand_out(leg, std::move(runs));
  return true;
}

void Following::hand_out(Leg& leg, std::vector<std::string> runs) {
  const Command& command = *leg.command;
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
    if (follow.begun || !has_begun(follow)) continue;
    follow.begun = true;
    outbox_.report(FollowBegun{.run = follow.run, .commands = follow.commands});
  }
}

// What an instance has had since before is in no record. Once it is handled, whoever reads what the version
// has stored sees its effect.
bool Following::has_begun(const Follow& follow) const {
  for (const auto& [name, instance] : fleet_.instances()) {
    if (!instance->version || instance->version->role != follow.role) continue;
    for (const Leg* leg = instance->legs.front(); leg; leg = InstanceLegs::next(*leg)) {
      if (is_under_way(follow, *leg)) return false;
    }
  }
  return true;
}

// Whoever sent it has given it up when its deadline has passed: a handler that never ends holds up nobody.
bool Following::is_under_way(const Follow& follow, const Leg& leg) const {
  const Command& command = *leg.command;
  return leg.state == LegState::kDelivered && leg.version != follow.brings_in && wants(follow, leg) &&
         command.arrival <= follow.barrier && !(command.has_deadline && command.deadline <= now_.monotonic);
}

}  // namespace exo::routing
