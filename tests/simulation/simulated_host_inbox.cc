// What reaches a simulated host, late, doubled, out of order or not at all; and the time.
#include <algorithm>
#include <chrono>
#include <type_traits>
#include <utility>

#include "tests/simulation/simulated_host.h"

namespace exo {
namespace {

// In what order inputs come: those of one lane in the order in which they were said. Of words over the bus,
// the attempt whose they are; of follows, the run, since the desk says them one after the other. What comes
// from the keeper, the broker, the supervision and people is in none.
struct Lane {
  const std::string* run = nullptr;
  std::uint64_t attempt = 0;  // 0: of a follow

  bool operator==(const Lane& other) const {
    return run != nullptr && other.run != nullptr && *run == *other.run && attempt == other.attempt;
  }
};

Lane lane_of(const rollout::Input& input) {
  return std::visit(
      [](const auto& each) -> Lane {
        using Kind = std::decay_t<decltype(each)>;
        constexpr bool kFromElsewhere = std::is_same_v<Kind, rollout::ScriptExited> ||
                                        std::is_same_v<Kind, rollout::ScriptCouldNotStart> ||
                                        std::is_same_v<Kind, rollout::Decide>;
        if constexpr (!kFromElsewhere && requires { each.id; }) {
          return {&each.id.run, each.id.attempt};
        } else if constexpr (requires { each.run; }) {
          return {&each.run, 0};
        } else {
          return {};
        }
      },
      input);
}

}  // namespace

void SimulatedHost::say(std::vector<rollout::Input> words) {
  for (rollout::Input& word : words) inbox_.push_back(std::move(word));
}

// In any order, but for the lanes.
rollout::Input SimulatedHost::take_one() {
  auto chosen = inbox_.begin() + static_cast<std::ptrdiff_t>(environment_.random.below(inbox_.size()));
  if (const Lane lane = lane_of(*chosen); lane.run != nullptr) {
    chosen = std::find_if(inbox_.begin(), inbox_.end(),
                          [&](const rollout::Input& input) { return lane_of(input) == lane; });
  }
  rollout::Input input = std::move(*chosen);
  inbox_.erase(chosen);
  return input;
}

// Anything may come twice but the answer to StartScript, which a lock may make ask again.
void SimulatedHost::double_one() {
  if (inbox_.empty()) return;
  const rollout::Input input = environment_.random.one_of(inbox_);
  if (!std::holds_alternative<rollout::ScriptCouldNotStart>(input)) inbox_.push_back(input);
}

void SimulatedHost::deliver_one() {
  if (!can_act() || inbox_.empty()) return;
  rollout::Input input = take_one();
  if (is_lost(input)) {
    if (environment_.is_traced()) environment_.note("(lost) " + rollout::describe(input));
    return;
  }
  if (std::holds_alternative<rollout::Stop>(input)) is_stopping_ = true;
  feed(std::move(input));
}

// The bus may lose what a script says when its connection breaks; the keeper, the broker and the desk of
// follows lose nothing.
bool SimulatedHost::is_lost(const rollout::Input& input) {
  const bool reliable = std::holds_alternative<rollout::ScriptExited>(input) ||
                        std::holds_alternative<rollout::ScriptCouldNotStart>(input) ||
                        std::holds_alternative<rollout::TableInEffect>(input) ||
                        std::holds_alternative<rollout::Stop>(input) || lane_of(input).attempt == 0;
  return !reliable && environment_.strikes(1, 30);
}

void SimulatedHost::change_instances() {
  if (started_.empty()) return;
  Random& random = environment_.random;
  auto chosen = started_.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(random.below(started_.size())));
  const VersionKey key = *chosen;
  if (ready_.count(key) == 0 && random.chance(4, 5)) {
    ready_.insert(key);
    feed(rollout::InstanceReady{key});
  } else if (random.chance(1, 3)) {
    ready_.erase(key);
    let_down_.insert(key);
    traffic_.lose(key);
    feed(rollout::InstanceNotReady{key, "no registration within 60 s"});
  } else if (random.chance(1, 3)) {
    ready_.erase(key);
    traffic_.lose(key);
    feed(rollout::InstanceLost{key});
  }
}

void SimulatedHost::make_instances_ready() {
  for (const VersionKey& key : std::set<VersionKey>(started_)) {
    if (ready_.insert(key).second) feed(rollout::InstanceReady{key});
  }
}

void SimulatedHost::pass_time() {
  Random& random = environment_.random;
  auto wake_at = rollout_.wake_at();
  if (const auto desk = follow_desk_.wake_at(); desk && (!wake_at || *desk < *wake_at)) wake_at = desk;
  const bool jumps = wake_at && (environment_.is_wild() ? random.chance(2, 3) : !has_running_script());
  MonotonicTime& now = environment_.now;
  now = jumps ? std::max(now, *wake_at) : now + std::chrono::milliseconds{random.below(500)};
  if (environment_.strikes(1, 100)) now += std::chrono::hours{1 + random.below(48)};
  drive_desk();
  feed(rollout::Tick{});
  const auto next = rollout_.wake_at();
  if (can_act() && next && *next <= now) {
    environment_.violate("No silence: the core asks for a tick in the past");
  }
}

bool SimulatedHost::has_running_script() const {
  const auto& scripts = environment_.scripts;
  return std::any_of(scripts.begin(), scripts.end(),
                     [](const SimulatedScript& script) { return script.runs(); });
}

// What nobody should say: about versions, runs and attempts that are not there, or not any more.
void SimulatedHost::send_nonsense() {
  const VersionKey nobody{"nobody", "1.0.0"};
  rollout::AttemptId id{"nobody-1.0.0-online-1", 1};
  if (!environment_.scripts.empty()) id = environment_.random.one_of(environment_.scripts).key().id;
  id.attempt += 1000;
  switch (environment_.random.below(7)) {
    case 0:
      return feed(rollout::InstanceReady{nobody});
    case 1:
      return feed(rollout::InstanceNotReady{nobody, "who?"});
    case 2:
      return feed(rollout::ScriptSaidDone{id});
    case 3:
      return feed(rollout::ScriptExited{id, "exit code 0", {}, ""});
    case 4:
      return feed(rollout::ScriptRegistered{id, {"x"}});
    case 5:
      return feed(rollout::ScriptCouldNotStart{id, "lock", "held"});
    default:
      return feed(rollout::ScriptSaidCheckpoint{id, "9", "m9"});
  }
}

}  // namespace exo
