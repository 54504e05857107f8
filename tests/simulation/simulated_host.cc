#include "tests/simulation/simulated_host.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "ledger/ledger_error.h"

namespace exo {
namespace {

constexpr std::size_t kMaxRounds = 300;

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
               .clock = [&environment] { return environment.wall_clock(); }}),
      traffic_(environment, broker_),
      follow_outside_(environment, broker_,
                      {.epoch = ledger_.epoch(),
                       .die = [this] { die(); },
                       .sleep = [this](std::function<void()> deed) { sleep_before(std::move(deed)); }}),
      follow_desk_(
          {.outside = follow_outside_, .inputs = desk_inputs_, .host_id = "host-" + std::to_string(life)}) {}

void SimulatedHost::begin() {
  environment_.note("=== host " + std::to_string(life_));
  environment_.know_ledger(ledger_.position());
  environment_.truth.pauses_are_known();
  failures_before_ = environment_.truth.failures();
  const bool replayed = record_.replay().ok();
  if (!replayed) environment_.violate("Durable first: a new host cannot read the ledger");
  if (!replayed || !append(host_started())) return die();
  rollout::Begin begin = environment_.plan.begin("host-" + std::to_string(life_));
  begin.exits = environment_.keeper.read(rollout_.record());
  environment_.report.exits_read += begin.exits.size();
  feed(std::move(begin));
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

void SimulatedHost::sleep_before(std::function<void()> deed) {
  freeze();
  late_.push_back(std::move(deed));
}

void SimulatedHost::go_on() {
  is_frozen_ = false;
  if (!late_.empty() && ledger_.is_stale()) ++environment_.report.late_deeds;
  for (const std::function<void()>& deed : std::exchange(late_, {})) deed();
  for (std::size_t rounds = 0; rounds < kMaxRounds; ++rounds) {
    if (!can_act() || !carry_out_waiting()) return;
    if (!next_) return come_to_rest();
    take_next();
  }
  environment_.violate("No silence: the core never comes to rest");
}

void SimulatedHost::take_next() {
  rollout::Input input = *std::exchange(next_, std::nullopt);
  hear_of_load(input);
  if (const auto* said = std::get_if<rollout::ScriptSaidCheckpoint>(&input)) {
    environment_.truth.checkpoint_arrived(said->id, std::stoull(said->value));
  }
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
    if (!can_act()) return false;
    environment_.violate(check_step(environment_, facts()));
    if (!environment_.sound()) return false;
  }
  return true;
}

void SimulatedHost::come_to_rest() {
  if (!ledger_.is_stale()) know_pauses_of_running();
  stall_what_stands_still();
  const std::size_t stored = environment_.truth.failures() - failures_before_;
  if (!ledger_.is_stale() && stored != failures_announced_) {
    environment_.violate("No silence: a failure was not announced");
  }
  if (!ledger_.is_stale()) environment_.violate(check_load());
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
  if (!ledger_.is_stale()) environment_.violate(check_stall(event));
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
  std::vector<RunningScript> scripts;
  for (rollout::AttemptKey& key : rollout_.running_scripts()) {
    const auto at_most = rollout_.at_most(key.version);
    const bool is_slowed = environment_.options.mutation != Mutation::kSlowOnlyInWords;
    scripts.push_back({.key = std::move(key), .at_most = is_slowed ? at_most : std::nullopt});
  }
  auto table = make_table(versions, scripts, rollout_.follows(), rollout_.position());
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
  if (environment_.options.mutation == Mutation::kOpenGateDuringUndo) {
    for (VersionStatus& version : versions) {
      if (version.state == VersionState::kUndoing) version.gate = GateState::kOpen;
    }
  }
  if (any_failed && environment_.options.mutation == Mutation::kCloseNeighbours) {
    for (VersionStatus& version : versions) version.gate = GateState::kHeld;
  }
  follow_desk_.adopt(rollout_.follows(), followed_runs(rollout_.record()), environment_.now);
  if (is_frozen_) {
    late_.emplace_back([this, versions] { publish(versions); });
  } else {
    publish(versions);
  }
}

void SimulatedHost::let_broker_take_word() {
  if (!is_alive_ || !broker_.has_words_to_take()) return;
  SimulatedBroker::Told told = broker_.take();
  if (std::holds_alternative<SimulatedBroker::Table>(told)) {
    inbox_.emplace_back(rollout::TableInEffect{broker_.position_in_effect()});
    if (!ledger_.is_stale()) environment_.violate(check_filled(environment_, broker_));
    traffic_.table_in_effect();
  } else if (const auto* recorded = std::get_if<RecordedUpTo>(&told)) {
    traffic_.recorded(recorded->number);
  } else {
    traffic_.replay(std::move(std::get<ReplayedCommand>(told)));
  }
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

}  // namespace exo
