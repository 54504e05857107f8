#include "tests/simulation/world.h"

#include <algorithm>
#include <type_traits>
#include <utility>

namespace exo {
namespace {

constexpr std::size_t kMaxCalmSteps = 3000;
constexpr std::size_t kMaxRounds = 300;

// Whose words over the bus these are; null for what comes from the keeper, the broker and the supervision.
const rollout::AttemptId* speaker_of(const rollout::Input& input) {
  return std::visit(
      [](const auto& each) -> const rollout::AttemptId* {
        using Kind = std::decay_t<decltype(each)>;
        constexpr bool kFromKeeper =
            std::is_same_v<Kind, rollout::ScriptExited> || std::is_same_v<Kind, rollout::ScriptCouldNotStart>;
        if constexpr (!kFromKeeper && requires { each.id; }) {
          return &each.id;
        } else {
          return nullptr;
        }
      },
      input);
}

}  // namespace

World::World(const SimulationOptions& options)
    : options_(options), random_(options.seed), now_(MonotonicTime{} + std::chrono::hours{1}) {}

SimulationReport World::run() {
  plan_ = make_plan(random_);
  const std::size_t wild_lives = 1 + random_.below(3);
  while (sound() && life_ < wild_lives) {
    live(Weather::kWild);
    report_.late_scripts += change_plan(random_, plan_);
  }
  if (sound()) live(Weather::kCalm);
  if (sound()) check_end();
  report_.events = ledger_.events.size();
  return std::move(report_);
}

void World::violate(const std::string& what) {
  if (!sound()) return;
  report_.violation = what;
  note("VIOLATION " + what);
}

void World::note(const std::string& text) {
  if (options_.trace == SimulationOptions::Trace::kYes) report_.trace += text + "\n";
}

// --- the life of one host --------------------------------------------------------------------------------

void World::live(Weather weather) {
  weather_ = weather;
  be_born();
  if (!crashed_ && sound()) weather == Weather::kWild ? live_wildly() : live_calmly();
  end_life();
}

void World::be_born() {
  note("=== host " + std::to_string(life_));
  rollout_ = std::make_unique<Rollout>();
  inbox_.clear();
  started_.clear();
  ready_.clear();
  let_down_.clear();
  confirmed_ = 0;
  failures_stored_ = failures_announced_ = 0;
  crashed_ = stopping_ = ready_said_ = ledger_refuses_ = false;
  for (LedgerEvent event : ledger_.events) {
    if (options_.mutation == Mutation::kForgetDone && event.type == "attempt-done") {
      event.type = "attempt-interrupted";
    }
    rollout_->apply(event);
  }
  feed(plan_.begin("host-" + std::to_string(life_)));
}

void World::live_wildly() {
  for (std::size_t steps = 10 + random_.below(70); steps > 0 && sound() && !crashed_; --steps) happen();
  if (sound() && !crashed_ && random_.chance(1, 3)) stop_in_order();
}

void World::live_calmly() {
  for (std::size_t steps = 0; steps < kMaxCalmSteps && sound() && !ready_said_; ++steps) {
    make_instances_ready();
    let_time_flow();
  }
  if (sound() && !ready_said_) violate("No silence: a calm host never says ready");
}

void World::stop_in_order() {
  weather_ = Weather::kCalm;
  ledger_refuses_ = false;
  stopping_ = true;
  feed(rollout::Stop{});
  for (std::size_t steps = 0; steps < kMaxCalmSteps && sound() && !rollout_->stopped(); ++steps) {
    let_time_flow();
  }
  if (sound() && !rollout_->stopped()) violate("No silence: a host that is told to stop never does");
}

// Calmly: time passes only when nobody has anything to do.
void World::let_time_flow() {
  const bool any_runs = running_script() != nullptr;
  if (!inbox_.empty()) {
    deliver_one();
  } else if (any_runs && !random_.chance(1, 20)) {
    let_script_act();
  } else {
    pass_time();
  }
}

// What the host knew is gone; what the ledger held is not, and processes may take a while to die.
void World::end_life() {
  if (refused_but_recorded_) store(*std::exchange(refused_but_recorded_, std::nullopt));
  for (SimulatedScript& script : scripts_) {
    if (!crashed_ || random_.chance(1, 2)) script.dies();
  }
  std::erase_if(scripts_, [](const SimulatedScript& script) { return !script.runs(); });
  if (crashed_) ++report_.crashes;
  ++life_;
}

// All versions of a role that it depends on have failed.
bool World::lacks_a_role(const PlannedVersion& version) {
  return std::any_of(version.dependencies.begin(), version.dependencies.end(), [&](const auto& dependency) {
    return plan_.has_role(dependency.role) &&
           std::all_of(plan_.versions.begin(), plan_.versions.end(), [&](const PlannedVersion& other) {
             return other.key.role != dependency.role || ledger_.versions[other.key].failed;
           });
  });
}

void World::check_end() {
  for (const VersionStatus& status : rollout_->status()) {
    const VersionTruth& truth = ledger_.versions[status.key];
    const PlannedVersion& planned = *plan_.find(status.key);
    ++(truth.live ? report_.live : report_.failed);
    if (truth.live == truth.failed)
      violate("No silence: " + to_text(status.key) + " is neither live nor failed");
    if (truth.offline.open || truth.online.open) violate("No silence: an attempt has no end");
    const bool asks = planned.settings.offline.on_interrupted || planned.settings.online.on_interrupted;
    const bool lost_its_script = !planned.has_script && truth.offline.begun && !truth.offline.settled();
    if (asks || lost_its_script || !planned.required.empty() || lacks_a_role(planned)) continue;
    if (truth.failed)
      violate("No silence: " + to_text(status.key) + " fails in calm weather: " + status.reason);
    if (!planned.has_script) continue;
    if (!truth.offline.settled()) violate("Gate: live without its offline phase");
    if (!truth.online.settled()) violate("No silence: an online phase was forgotten");
  }
}

// --- what may happen next --------------------------------------------------------------------------------

void World::happen() {
  switch (random_.below(16)) {
    case 0:
      return pass_time();
    case 1:
      return send_nonsense();
    case 2:
      ledger_refuses_ = !ledger_refuses_ && random_.chance(1, 2);
      return;
    case 3:
      return double_one();
    case 4:
    case 5:
    case 6:
      return change_instances();
    case 7:
    case 8:
    case 9:
    case 10:
      return let_script_act();
    default:
      return inbox_.empty() ? pass_time() : deliver_one();
  }
}

// In any order, but what one script says over the bus comes in the order in which it was said.
rollout::Input World::take_one() {
  auto chosen = inbox_.begin() + static_cast<std::ptrdiff_t>(random_.below(inbox_.size()));
  if (const rollout::AttemptId* speaker = speaker_of(*chosen)) {
    chosen = std::find_if(inbox_.begin(), inbox_.end(), [&](const rollout::Input& input) {
      const rollout::AttemptId* other = speaker_of(input);
      return other != nullptr && *other == *speaker;
    });
  }
  rollout::Input input = std::move(*chosen);
  inbox_.erase(chosen);
  return input;
}

// Anything may come twice but the answer to StartScript, which a lock may make ask again.
void World::double_one() {
  if (inbox_.empty()) return;
  const rollout::Input input = random_.one_of(inbox_);
  if (!std::holds_alternative<rollout::ScriptCouldNotStart>(input)) inbox_.push_back(input);
}

void World::deliver_one() {
  rollout::Input input = take_one();
  if (weather_ == Weather::kWild && is_lost(input)) {
    note("(lost) " + rollout::describe(input));
    return;
  }
  if (const auto* table = std::get_if<rollout::TableInEffect>(&input)) {
    confirmed_ = std::max(confirmed_, table->position);
  }
  if (auto* done = std::get_if<rollout::ScriptSaidDone>(&input);
      done != nullptr && options_.mutation == Mutation::kIgnoreFailedMessages) {
    done->failed_messages = 0;
  }
  feed(std::move(input));
}

// The bus may lose what a script says when its connection breaks; the keeper and the broker lose nothing.
bool World::is_lost(const rollout::Input& input) {
  const bool reliable = std::holds_alternative<rollout::ScriptExited>(input) ||
                        std::holds_alternative<rollout::ScriptCouldNotStart>(input) ||
                        std::holds_alternative<rollout::TableInEffect>(input);
  return !reliable && random_.chance(1, 30);
}

void World::let_script_act() {
  SimulatedScript* script = running_script();
  if (script == nullptr) return;
  std::vector<rollout::Input> said;
  if (script->life() != life_) {
    if (random_.chance(1, 2)) script->dies();  // its guard ends it; nobody listens any more
    return;
  }
  script->act(random_, said);
  for (rollout::Input& input : said) inbox_.push_back(std::move(input));
}

void World::change_instances() {
  if (started_.empty()) return;
  auto chosen = started_.begin();
  std::advance(chosen, static_cast<std::ptrdiff_t>(random_.below(started_.size())));
  const VersionKey key = *chosen;
  if (ready_.count(key) == 0 && random_.chance(4, 5)) {
    ready_.insert(key);
    feed(rollout::InstanceReady{key});
  } else if (random_.chance(1, 3)) {
    ready_.erase(key);
    let_down_.insert(key);
    feed(rollout::InstanceNotReady{key, "no registration within 60 s"});
  } else if (random_.chance(1, 3)) {
    ready_.erase(key);
    feed(rollout::InstanceLost{key});
  }
}

void World::make_instances_ready() {
  for (const VersionKey& key : std::set<VersionKey>(started_)) {
    if (ready_.insert(key).second) feed(rollout::InstanceReady{key});
  }
}

void World::pass_time() {
  const auto wake_at = rollout_->wake_at();
  if (wake_at && *wake_at <= now_) violate("No silence: the core asks for a tick in the past");
  const bool jumps =
      wake_at && (weather_ == Weather::kWild ? random_.chance(2, 3) : running_script() == nullptr);
  now_ = jumps ? *wake_at : now_ + std::chrono::milliseconds{random_.below(500)};
  feed(rollout::Tick{});
}

// What nobody should say: about versions, runs and attempts that are not there, or not any more.
void World::send_nonsense() {
  const VersionKey nobody{"nobody", "1.0.0"};
  rollout::AttemptId id{"nobody-1.0.0-online-1", 1};
  if (!scripts_.empty()) id = random_.one_of(scripts_).key().id;
  id.attempt += 1000;
  switch (random_.below(7)) {
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

Fate World::choose_fate() {
  if (weather_ == Weather::kCalm) return Fate::kSucceeds;
  static const std::vector<Fate> kFates{Fate::kSucceeds,
                                        Fate::kSucceeds,
                                        Fate::kSucceeds,
                                        Fate::kSucceedsAndExits,
                                        Fate::kSucceedsAndExits,
                                        Fate::kSaysFailed,
                                        Fate::kLosesMessages,
                                        Fate::kExitsEarly,
                                        Fate::kExits,
                                        Fate::kHangs,
                                        Fate::kNeverRegisters};
  return random_.one_of(kFates);
}

// --- the host --------------------------------------------------------------------------------------------

void World::feed(rollout::Input input) {
  if (crashed_ || !sound()) return;
  if (options_.trace == SimulationOptions::Trace::kYes) note("> " + rollout::describe(input));
  for (std::size_t rounds = 0; rounds < kMaxRounds; ++rounds) {
    const std::vector<rollout::Action> actions = rollout_->step(input, now_);
    if (actions.empty()) {
      if (failures_stored_ != failures_announced_) violate("No silence: a failure was not announced");
      return;
    }
    input = rollout::Tick{};
    for (const rollout::Action& action : actions) {
      if (weather_ == Weather::kWild && random_.chance(1, 60)) crashed_ = true;
      if (crashed_) return note("CRASH");
      if (options_.trace == SimulationOptions::Trace::kYes) note("  " + rollout::describe(action));
      if (carry_out(action) == Outcome::kRefused) {
        note("  refused");
        input = rollout::AppendFailed{"disk full"};
      }
      if (!sound() || crashed_) return;
    }
  }
  violate("No silence: the core never comes to rest");
}

// Any of those that run; null when none does.
SimulatedScript* World::running_script() {
  if (scripts_.empty()) return nullptr;
  const std::size_t first = random_.below(scripts_.size());
  for (std::size_t i = 0; i < scripts_.size(); ++i) {
    SimulatedScript& script = scripts_[(first + i) % scripts_.size()];
    if (script.runs()) return &script;
  }
  return nullptr;
}

SimulatedScript* World::find_script(const rollout::AttemptId& id) {
  for (SimulatedScript& script : scripts_) {
    if (script.key().id == id && script.life() == life_) return &script;
  }
  return nullptr;
}

}  // namespace exo
