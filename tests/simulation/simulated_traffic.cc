#include "tests/simulation/simulated_traffic.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "tests/simulation/environment.h"

namespace exo {
namespace {

std::string command_of(const std::string& role) {
  return role + ".ask";
}

// "follow-host-1-3-17" is record 17 of the replay "follow-host-1-3-".
std::pair<std::string, std::uint64_t> split_id(const std::string& id) {
  const std::size_t end = id.rfind('-') + 1;
  return {id.substr(0, end), std::stoull(id.substr(end))};
}

}  // namespace

// --- what is followed ------------------------------------------------------------------------------------

void SimulatedTraffic::table_in_effect() {
  if (is_severed_) return;
  std::vector<Follow> adopted;
  for (const FollowRoutes& routes : broker_.in_effect()->follows()) {
    const auto before = std::find_if(follows_.begin(), follows_.end(),
                                     [&](const Follow& follow) { return follow.run == routes.run; });
    adopted.push_back(before == follows_.end() ? Follow{.run = routes.run} : *before);
    renew(adopted.back(), routes);
  }
  follows_ = std::move(adopted);
  for (auto& [role, parked] : std::exchange(parked_, {})) {
    for (Write& write : parked) place(std::move(write));
  }
  look_for_beginnings();
}

void SimulatedTraffic::renew(Follow& follow, const FollowRoutes& routes) {
  follow.version = {routes.role, routes.version};
  const std::set<std::string> commands(routes.commands.begin(), routes.commands.end());
  if (follow.serial == 0 || follow.commands != commands) {
    follow.commands = commands;
    follow.serial = ++last_serial_;
    follow.barrier = last_arrival_;
    follow.begun = false;
  }
  if (std::exchange(follow.began_at, routes.began_at) != routes.began_at) follow.begun = false;
  const bool again = std::exchange(follow.replay, routes.replay) != routes.replay;
  if ((!std::exchange(follow.held_back, routes.held_back) || again) && follow.held_back) {
    events_.emplace_back(FollowHeldBack{.run = follow.run, .replay = follow.replay});
  }
}

bool SimulatedTraffic::wants(const Follow& follow, const Write& write) const {
  return follow.version.role == write.role && follow.serial > write.followed_through &&
         follow.commands.count(command_of(write.role)) > 0;
}

void SimulatedTraffic::look_for_beginnings() {
  const bool waits_for_nothing = environment_.options.mutation == Mutation::kBeginFollowTooEarly;
  for (Follow& follow : follows_) {
    if (follow.begun) continue;
    const bool waits = std::any_of(at_work_.begin(), at_work_.end(), [&](const auto& entry) {
      return std::any_of(entry.second.begin(), entry.second.end(),
                         [&](const Write& write) { return is_under_way(follow, entry.first, write); });
    });
    if (waits && !waits_for_nothing) continue;
    follow.begun = true;
    events_.emplace_back(FollowBegun{.run = follow.run, .began_at = follow.began_at});
  }
}

bool SimulatedTraffic::is_under_way(const Follow& follow, const VersionKey& version,
                                    const Write& write) const {
  return !(version == follow.version) && wants(follow, write) && write.arrival <= follow.barrier &&
         write.deadline > environment_.now;
}

// --- the way of a write ----------------------------------------------------------------------------------

void SimulatedTraffic::send(const std::string& role) {
  if (is_severed_) return;
  Random& random = environment_.random;
  Write write{
      .role = role, .upsert = environment_.data.next(random.below(kKeys)), .arrival = ++last_arrival_};
  const bool has_deadline = random.chance(4, 5);
  write.deadline =
      has_deadline ? environment_.now + std::chrono::seconds{1 + random.below(60)} : MonotonicTime::max();
  write.is_slow = environment_.strikes(1, 3);
  write.never_ends = environment_.strikes(1, 30);
  ++environment_.report.writes;
  place(std::move(write));
}

void SimulatedTraffic::place(Write write) {
  if (keeps(write)) {
    parked_[write.role].push_back(std::move(write));
  } else {
    deliver(std::move(write));
  }
}

bool SimulatedTraffic::keeps(Write& write) {
  std::vector<std::string> runs;
  bool is_wanted = false;
  for (const Follow& follow : follows_) {
    if (follow.version.role != write.role || follow.commands.count(command_of(write.role)) == 0) continue;
    runs.push_back(follow.run);
    if (!wants(follow, write)) continue;
    if (follow.held_back && environment_.options.mutation == Mutation::kLetHeldBackGo) continue;
    if (follow.held_back) return true;
    is_wanted = true;
  }
  if (!is_wanted) return write.copy > recorded_ || !parked_[write.role].empty();
  hand_out(write, std::move(runs));
  return environment_.options.mutation != Mutation::kPassOnBeforeDurable;
}

void SimulatedTraffic::hand_out(Write& write, std::vector<std::string> runs) {
  settle(write, false);
  write.copy = ++last_copy_;
  write.followed_through = last_serial_;
  for (const Follow& follow : follows_) {
    if (follow.version.role == write.role) write.copied_for[follow.run] = follow.began_at;
  }
  ++environment_.report.copies;
  if (environment_.is_traced()) {
    environment_.note("   copy " + std::to_string(write.copy) + " of " + to_payload(write.upsert));
  }
  events_.emplace_back(FollowedCommand{.number = write.copy,
                                       .runs = std::move(runs),
                                       .name = command_of(write.role),
                                       .payload = Payload(to_payload(write.upsert)),
                                       .settled_by = write.deadline});
}

void SimulatedTraffic::recorded(std::uint64_t number) {
  if (is_severed_) return;
  recorded_ = number;
  if (environment_.is_traced()) environment_.note("   recorded up to " + std::to_string(number));
  pass_on();
}

void SimulatedTraffic::pass_on() {
  for (auto& [role, parked] : parked_) {
    while (!parked.empty() && parked.front().copy <= recorded_) {
      const Write& first = parked.front();
      const bool waits = std::any_of(follows_.begin(), follows_.end(),
                                     [&](const Follow& follow) { return wants(follow, first); });
      if (waits) break;
      Write write = std::move(parked.front());
      parked.pop_front();
      deliver(std::move(write));
    }
  }
}

void SimulatedTraffic::deliver(Write write) {
  const RoutingTable::Version* receiver = broker_.receiver_of(write.role);
  if (receiver == nullptr) return settle(write, false);
  // What the host has abandoned by now is in no log any more.
  for (const FollowRoutes& follow : broker_.newest()->follows()) {
    const auto copied = write.copied_for.find(follow.run);
    if (copied == write.copied_for.end() || copied->second != follow.began_at) continue;
    if (environment_.follow_disk.holds(follow.run, to_payload(write.upsert))) continue;
    environment_.violate("Follow: a command is passed on before its copy is durable");
  }
  at_work_[{write.role, receiver->text}].push_back(std::move(write));
}

void SimulatedTraffic::settle(const Write& write, bool applied) {
  if (write.copy != 0) events_.emplace_back(FollowedSettled{.number = write.copy, .applied = applied});
}

void SimulatedTraffic::expire() {
  for (auto& [role, parked] : parked_) {
    std::erase_if(parked, [&](const Write& write) {
      const bool expired = write.deadline <= environment_.now;
      if (expired) settle(write, false);
      return expired;
    });
  }
  pass_on();
}

// --- receivers -------------------------------------------------------------------------------------------

bool SimulatedTraffic::has_work() const {
  return !replayed_.empty() || std::any_of(at_work_.begin(), at_work_.end(),
                                           [](const auto& entry) { return !entry.second.empty(); });
}

bool SimulatedTraffic::holds_anything() const {
  return std::any_of(parked_.begin(), parked_.end(), [](const auto& entry) { return !entry.second.empty(); });
}

void SimulatedTraffic::work(const std::set<VersionKey>& ready) {
  if (is_severed_) return;
  expire();
  std::vector<VersionKey> busy;
  for (const auto& [version, writes] : at_work_) {
    if (!writes.empty()) busy.push_back(version);
  }
  const bool can_replay =
      !replayed_.empty() && ready.count({replayed_.front().role, replayed_.front().version}) > 0;
  if (can_replay && (busy.empty() || environment_.random.chance(1, 2))) {
    handle_replayed();
  } else if (!busy.empty()) {
    handle(environment_.random.one_of(busy));
  }
  look_for_beginnings();
}

// What nobody has a copy of is not done any more when its sender has given it up; of what there is one, the
// next version gets it, so it may be.
void SimulatedTraffic::handle(const VersionKey& version) {
  std::deque<Write>& writes = at_work_[version];
  const bool ends = !environment_.is_wild();
  const bool finishes = environment_.random.chance(1, 30);
  const auto next = std::find_if(writes.begin(), writes.end(), [&](const Write& write) {
    return ends || !(write.never_ends || (write.is_slow && !finishes));
  });
  if (next == writes.end()) return;
  const Write write = std::move(*next);
  writes.erase(next);
  const bool refused = environment_.strikes(1, 8);
  const bool given_up = write.copy == 0 && write.deadline <= environment_.now;
  if (!refused && !given_up && !write.never_ends) apply(version, write.upsert);
  settle(write, !refused);
}

void SimulatedTraffic::replay(ReplayedCommand command) {
  if (is_severed_) return;
  const auto [prefix, sequence] = split_id(command.id);
  std::uint64_t& last = replayed_to_[prefix];
  if (sequence <= last) environment_.violate("Follow: a record is replayed twice, or out of order");
  last = sequence;
  ++environment_.report.replayed;
  const bool turned = environment_.options.mutation == Mutation::kReplayOutOfOrder;
  replayed_.insert(turned ? replayed_.begin() : replayed_.end(), std::move(command));
}

void SimulatedTraffic::handle_replayed() {
  const ReplayedCommand command = std::move(replayed_.front());
  replayed_.pop_front();
  const VersionKey version{command.role, command.version};
  const bool takes = std::any_of(follows_.begin(), follows_.end(),
                                 [&](const Follow& follow) { return follow.version == version; });
  if (!takes) {
    events_.emplace_back(ReplaySettled{command.id, "held", "nothing is replayed to it any more"});
  } else if (environment_.strikes(1, 60)) {
    events_.emplace_back(ReplaySettled{command.id, "handler-failed", "no such table"});
  } else {
    environment_.data.apply(version, parse_upsert(command.payload.text()));
    events_.emplace_back(ReplaySettled{command.id, "", ""});
  }
}

void SimulatedTraffic::apply(const VersionKey& version, const Upsert& upsert) {
  environment_.data.apply(version, upsert);
  environment_.truth.stored(version, upsert);
  if (environment_.is_traced()) environment_.note("   " + to_text(version) + " stores " + to_payload(upsert));
}

void SimulatedTraffic::lose(const VersionKey& version) {
  for (const Write& write : std::exchange(at_work_[version], {})) {
    const bool given_up = write.copy == 0 && write.deadline <= environment_.now;
    const bool done = !write.never_ends && !given_up && environment_.random.chance(1, 2);
    if (done) apply(version, write.upsert);
    settle(write, true);
  }
  look_for_beginnings();
}

void SimulatedTraffic::sever() {
  if (std::exchange(is_severed_, true)) return;
  for (const auto& [version, writes] : std::exchange(at_work_, {})) {
    for (const Write& write : writes) {
      const bool given_up = write.copy == 0 && write.deadline <= environment_.now;
      const bool done = !write.never_ends && !given_up && environment_.random.chance(1, 2);
      if (done) apply(version, write.upsert);
    }
  }
  parked_.clear();
  replayed_.clear();
}

FollowEvent SimulatedTraffic::take_event() {
  FollowEvent event = std::move(events_.front());
  events_.pop_front();
  return event;
}

}  // namespace exo
