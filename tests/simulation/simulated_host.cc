#include "tests/simulation/simulated_host.h"

#include <algorithm>
#include <chrono>
#include <type_traits>
#include <utility>

#include "ledger/ledger_error.h"

namespace exo {
namespace {

constexpr std::size_t kMaxRounds = 300;

// Whose words over the bus these are; null for what comes from the keeper, the broker, the supervision
// and people.
const rollout::AttemptId* speaker_of(const rollout::Input& input) {
  return std::visit(
      [](const auto& each) -> const rollout::AttemptId* {
        using Kind = std::decay_t<decltype(each)>;
        constexpr bool kFromElsewhere = std::is_same_v<Kind, rollout::ScriptExited> ||
                                        std::is_same_v<Kind, rollout::ScriptCouldNotStart> ||
                                        std::is_same_v<Kind, rollout::Decide>;
        if constexpr (!kFromElsewhere && requires { each.id; }) {
          return &each.id;
        } else {
          return nullptr;
        }
      },
      input);
}

LedgerEvent host_started() {
  LedgerEvent event;
  event.type = event_type::kHostStarted;
  return event;
}

}  // namespace

SimulatedHost::SimulatedHost(SimulatedEnvironment& environment, std::size_t life)
    : environment_(environment),
      life_(life),
      ledger_(environment.disk),
      record_({.ledger = ledger_,
               .rollout = rollout_,
               .who = "simulation",
               .host = "host-" + std::to_string(life),
               .clock = [&environment] { return environment.wall_clock(); }}) {}

void SimulatedHost::begin() {
  environment_.note("=== host " + std::to_string(life_));
  environment_.know_ledger(ledger_.position());
  failures_before_ = environment_.truth.failures();
  const bool replayed = record_.replay().ok();
  if (!replayed) environment_.violate("Durable first: a new host cannot read the ledger");
  if (!replayed || !append(host_started())) return die();
  feed(environment_.plan.begin("host-" + std::to_string(life_)));
}

void SimulatedHost::die() {
  is_alive_ = false;
  environment_.note("host " + std::to_string(life_) + " is dead");
}

HostFacts SimulatedHost::facts() const {
  return {.life = life_,
          .is_stale = ledger_.is_stale(),
          .broker = broker_,
          .started = started_,
          .let_down = let_down_};
}

// --- the core and its actions ----------------------------------------------------------------------------

void SimulatedHost::feed(rollout::Input input) {
  if (!can_act()) return;
  next_ = std::move(input);
  go_on();
}

void SimulatedHost::go_on() {
  is_frozen_ = false;
  for (std::size_t rounds = 0; rounds < kMaxRounds; ++rounds) {
    if (!can_act() || !carry_out_waiting()) return;
    if (!next_) return come_to_rest();
    take_next();
  }
  environment_.violate("No silence: the core never comes to rest");
}

void SimulatedHost::take_next() {
  rollout::Input input = *std::exchange(next_, std::nullopt);
  mutate_input(environment_.options.mutation, input);
  if (environment_.is_traced()) environment_.note(std::to_string(life_) + "> " + rollout::describe(input));
  std::vector<rollout::Action> actions = rollout_.step(input, environment_.now);
  mutate_actions(environment_.options.mutation, input, actions);
  if (!actions.empty()) next_ = rollout::Tick{};
  waiting_.assign(std::make_move_iterator(actions.begin()), std::make_move_iterator(actions.end()));
}

// False when it was ended or stopped in between.
bool SimulatedHost::carry_out_waiting() {
  while (!waiting_.empty()) {
    if (environment_.strikes(1, 60)) die();
    if (environment_.strikes(1, 200)) freeze();
    if (!can_act()) return false;
    const rollout::Action action = std::move(waiting_.front());
    waiting_.pop_front();
    if (environment_.is_traced()) environment_.note(std::to_string(life_) + "  " + rollout::describe(action));
    std::visit([&](const auto& one) { carry_out(one); }, action);
    environment_.violate(check_step(environment_, facts()));
    if (!environment_.sound()) return false;
  }
  return true;
}

void SimulatedHost::come_to_rest() {
  const std::size_t stored = environment_.truth.failures() - failures_before_;
  if (!ledger_.is_stale() && stored != failures_announced_) {
    environment_.violate("No silence: a failure was not announced");
  }
  if (rollout_.ledger_trouble().empty() && !open_decisions_.empty()) {
    environment_.violate("No silence: a decision has no answer");
  }
}

// --- the ledger ------------------------------------------------------------------------------------------

Result<void> SimulatedHost::append(const LedgerEvent& event) {
  if (rollout_.position() > ledger_.position()) {
    environment_.violate("Durable first: the core was told of an event that the ledger does not hold");
  }
  environment_.violate(check_append(environment_, facts(), event));
  if (!environment_.sound()) return Error{"violated", environment_.report.violation};
  auto appended = record_.append(event);
  environment_.know_ledger(ledger_.position());
  if (!appended) environment_.note("   refused: " + appended.error().code);
  if (!appended && appended.error().code == ledger_error::kEpochStale) give_up();
  return appended;
}

void SimulatedHost::give_up() {
  ++environment_.report.stale_refusals;
  if (std::exchange(gave_up_, true)) return;
  inbox_.emplace_back(rollout::Stop{});
}

void SimulatedHost::carry_out(const rollout::Append& wanted) {
  if (environment_.options.mutation == Mutation::kOpenGateBeforeAppend) open_too_early(wanted.event);
  if (const auto appended = append(wanted.event); !appended) {
    next_ = rollout::AppendFailed{appended.error().message};
  }
}

void SimulatedHost::open_too_early(const LedgerEvent& event) {
  if (event.type != "gate-opened") return;
  std::vector<VersionStatus> versions = rollout_.status();
  for (VersionStatus& version : versions) {
    if (version.key == VersionKey{event.role, event.version}) version.gate = GateState::kOpen;
  }
  publish(versions);
}

void SimulatedHost::record_message_past_gate() {
  if (!can_act() || is_stopping_ || environment_.plan.versions.empty()) return;
  const VersionKey key = environment_.random.one_of(environment_.plan.versions).key;
  LedgerEvent event;
  event.type = event_type::kMessagePastGate;
  event.role = key.role;
  event.version = key.version;
  event.details = R"({"name":"todo.ask"})";
  static_cast<void>(append(event));
  feed(rollout::Tick{});
}

// --- the table -------------------------------------------------------------------------------------------

void SimulatedHost::publish(const std::vector<VersionStatus>& versions) {
  auto table = make_table(versions, rollout_.running_scripts(), rollout_.position());
  environment_.violate(check_table(environment_, facts(), *table));
  if (environment_.options.mutation == Mutation::kConfirmTableTooEarly) {
    inbox_.emplace_back(rollout::TableInEffect{table->position()});
  }
  broker_.publish(std::move(table));
}

void SimulatedHost::carry_out(const rollout::PublishTable&) {
  std::vector<VersionStatus> versions = rollout_.status();
  const bool any_failed = std::any_of(versions.begin(), versions.end(), [](const VersionStatus& version) {
    return version.state == VersionState::kFailed;
  });
  if (any_failed && environment_.options.mutation == Mutation::kCloseNeighbours) {
    for (VersionStatus& version : versions) version.gate = GateState::kHeld;
  }
  publish(versions);
}

void SimulatedHost::let_broker_take_table() {
  if (!is_alive_ || !broker_.has_tables_to_take()) return;
  inbox_.emplace_back(rollout::TableInEffect{broker_.take_table()});
  environment_.violate(check_step(environment_, facts()));
}

void SimulatedHost::send_production_message() {
  if (environment_.plan.versions.empty()) return;
  const VersionKey& key = environment_.random.one_of(environment_.plan.versions).key;
  const RoutingTable::Version* receiver = broker_.receiver_of(key.role);
  if (receiver == nullptr) return;
  ++environment_.report.deliveries;
  environment_.violate(check_delivery(environment_, facts(), *receiver));
}

// --- processes -------------------------------------------------------------------------------------------

void SimulatedHost::carry_out(const rollout::StartInstances& start) {
  if (is_stopping_) environment_.violate("Once: a host that stops starts instances");
  if (!environment_.truth.of(start.version).introduced) {
    environment_.violate("Durable first: a version starts before it is introduced");
  }
  started_.insert(start.version);
  inbox_.emplace_back(rollout::InstanceStarted{start.version});
}

void SimulatedHost::carry_out(const rollout::StartScript& start) {
  if (is_stopping_) environment_.violate("Once: a host that stops starts a script");
  const bool ignores_epoch = environment_.options.mutation == Mutation::kStartWithStaleEpoch;
  if (!ignores_epoch && !ledger_.check_place()) return give_up();
  environment_.violate(check_start(environment_, facts(), start.key));
  if (run_lock_is_held(start.key) && environment_.options.mutation != Mutation::kIgnoreRunLock) {
    ++environment_.report.lock_waits;
    inbox_.emplace_back(rollout::ScriptCouldNotStart{start.key.id, "lock", "another process holds it"});
    return;
  }
  if (environment_.strikes(1, 20)) {
    inbox_.emplace_back(rollout::ScriptCouldNotStart{start.key.id, "exec", "not found"});
    return;
  }
  const PlannedVersion* planned = environment_.plan.find(start.key.version);
  environment_.scripts.emplace_back(start.key, life_, choose_fate(),
                                    planned ? planned->handles() : std::vector<std::string>());
}

bool SimulatedHost::run_lock_is_held(const rollout::AttemptKey& key) const {
  const auto& scripts = environment_.scripts;
  return std::any_of(scripts.begin(), scripts.end(),
                     [&](const SimulatedScript& script) { return script.runs_phase_of(key); });
}

void SimulatedHost::carry_out(const rollout::SendStart& start) {
  environment_.violate(check_start_message(environment_, facts(), start));
  SimulatedScript* script = find_script(start.key.id);
  const bool lost = environment_.strikes(1, 30);
  if (script != nullptr && !lost) script->start_message_arrives(start.checkpoint);
}

void SimulatedHost::carry_out(const rollout::EndScript& end) {
  SimulatedScript* script = find_script(end.key.id);
  if (script == nullptr || !script->runs()) return;
  if (environment_.options.mutation == Mutation::kReportExitTooEarly) {
    inbox_.emplace_back(rollout::ScriptExited{end.key.id, "killed by SIGTERM", {}, ""});
  } else {
    script->told_to_end();
  }
}

void SimulatedHost::carry_out(const rollout::AcknowledgeCheckpoint& acknowledge) {
  environment_.violate(check_acknowledgement(environment_, acknowledge));
}

// No script of a simulated fleet asks.
void SimulatedHost::carry_out(const rollout::AcknowledgeFollow& acknowledge) {
  environment_.violate("a script that follows nothing hears that it does, " + acknowledge.id.run);
}

SimulatedScript* SimulatedHost::find_script(const rollout::AttemptId& id) {
  for (SimulatedScript& script : environment_.scripts) {
    if (script.key().id == id && script.life() == life_) return &script;
  }
  return nullptr;
}

Fate SimulatedHost::choose_fate() {
  if (!environment_.is_wild()) return Fate::kSucceeds;
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
  return environment_.random.one_of(kFates);
}

// --- people ----------------------------------------------------------------------------------------------

void SimulatedHost::carry_out(const rollout::Announce& announce) {
  using Kind = rollout::AnnouncementKind;
  const bool tells_a_failure = announce.kind == Kind::kScriptTriesAgain ||
                               announce.kind == Kind::kScriptFailed ||
                               announce.kind == Kind::kScriptInterrupted;
  if (tells_a_failure && environment_.options.mutation == Mutation::kSwallowFailures) return;
  if (tells_a_failure) ++failures_announced_;
  environment_.violate(check_announcement(environment_, facts(), announce));
}

void SimulatedHost::carry_out(const rollout::Decided& answer) {
  if (open_decisions_.erase(answer.id) == 0) {
    environment_.violate("No silence: a decision is answered twice, or was never made");
  }
  if (!answer.refusal && answer.events.empty()) {
    environment_.violate("No silence: a decision is taken, and nothing is recorded of it");
  }
  if (ledger_.is_stale()) return;
  for (const LedgerEvent& event : answer.events) {
    if (event.sequence > environment_.truth.position()) {
      environment_.violate("Durable first: a decision is answered before the ledger holds it");
    }
  }
}

// In local, so that what is done could be run again; that is left out, since it has its own rules.
void SimulatedHost::decide_something() {
  if (environment_.plan.versions.empty()) return;
  static const std::vector<DecisionVerb> kVerbs{
      DecisionVerb::kRetry,  DecisionVerb::kRetry,    DecisionVerb::kSkip,  DecisionVerb::kMarkDone,
      DecisionVerb::kCancel, DecisionVerb::kBaseline, DecisionVerb::kPause, DecisionVerb::kPause,
      DecisionVerb::kResume, DecisionVerb::kThrottle};
  Random& random = environment_.random;
  Decision decision{.verb = random.one_of(kVerbs),
                    .version = random.one_of(environment_.plan.versions).key,
                    .reason = "it was looked at",
                    .who = kDecider};
  if (decision.verb == DecisionVerb::kThrottle && random.chance(2, 3)) decision.rate = Rate{20};
  if (random.chance(1, 2)) decision.phase = random.chance(1, 2) ? Phase::kOffline : Phase::kOnline;
  decide(std::move(decision));
}

void SimulatedHost::resume_everything() {
  for (const PlannedVersion& version : environment_.plan.versions) {
    for (const Phase phase : {Phase::kOffline, Phase::kOnline}) {
      if (!environment_.truth.of(version.key).of(std::string(to_string(phase))).paused) continue;
      decide({.verb = DecisionVerb::kResume,
              .version = version.key,
              .phase = phase,
              .reason = "it may go on",
              .who = kDecider});
    }
  }
}

void SimulatedHost::decide(Decision decision) {
  const std::string id = "decision-" + std::to_string(++decisions_);
  if (can_act()) open_decisions_.insert(id);
  feed(rollout::Decide{id, std::move(decision)});
}

void SimulatedHost::carry_out(const rollout::Ready&) {
  if (said_ready_) environment_.violate("No silence: ready is said twice");
  said_ready_ = true;
  if (!ledger_.is_stale()) environment_.violate(check_ready(environment_));
}

void SimulatedHost::tell_to_stop() {
  is_stopping_ = true;
  feed(rollout::Stop{});
}

// --- what reaches it -------------------------------------------------------------------------------------

void SimulatedHost::say(std::vector<rollout::Input> words) {
  for (rollout::Input& word : words) inbox_.push_back(std::move(word));
}

// In any order, but what one script says over the bus comes in the order in which it was said.
rollout::Input SimulatedHost::take_one() {
  auto chosen = inbox_.begin() + static_cast<std::ptrdiff_t>(environment_.random.below(inbox_.size()));
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

// The bus may lose what a script says when its connection breaks; the keeper and the broker lose nothing.
bool SimulatedHost::is_lost(const rollout::Input& input) {
  const bool reliable = std::holds_alternative<rollout::ScriptExited>(input) ||
                        std::holds_alternative<rollout::ScriptCouldNotStart>(input) ||
                        std::holds_alternative<rollout::TableInEffect>(input) ||
                        std::holds_alternative<rollout::Stop>(input);
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
    feed(rollout::InstanceNotReady{key, "no registration within 60 s"});
  } else if (random.chance(1, 3)) {
    ready_.erase(key);
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
  const auto wake_at = rollout_.wake_at();
  const bool jumps = wake_at && (environment_.is_wild() ? random.chance(2, 3) : !has_running_script());
  MonotonicTime& now = environment_.now;
  now = jumps ? std::max(now, *wake_at) : now + std::chrono::milliseconds{random.below(500)};
  if (environment_.strikes(1, 100)) now += std::chrono::hours{1 + random.below(48)};
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
