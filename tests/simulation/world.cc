#include "tests/simulation/world.h"

#include <algorithm>
#include <utility>

namespace exo {
namespace {

constexpr std::size_t kMaxCalmSteps = 3000;

}  // namespace

SimulationReport World::run() {
  outlives_ = environment_.random.chance(1, 2);
  const std::size_t wild_lives = 1 + environment_.random.below(3);
  for (std::size_t life = 0; environment_.sound() && life < wild_lives; ++life) {
    live(Weather::kWild);
    environment_.report.late_scripts += change_plan(environment_.random, environment_.plan);
  }
  end_former();
  if (environment_.sound()) live(Weather::kCalm);
  if (environment_.sound()) check_end();
  SimulationReport& report = environment_.report;
  report.events = environment_.disk.events().size();
  report.refused_appends = environment_.disk.refused();
  report.failed_attempts = environment_.truth.failed();
  report.interrupted_attempts = environment_.truth.interrupted();
  report.decisions = environment_.truth.decided();
  return std::move(report);
}

// --- the life of a host ----------------------------------------------------------------------------------

void World::live(Weather weather) {
  environment_.set_weather(weather);
  start_host();
  if (environment_.sound()) weather == Weather::kWild ? live_wildly() : live_calmly();
  if (weather == Weather::kWild) end_host();
}

void World::start_host() {
  host_ = std::make_unique<SimulatedHost>(environment_, lives_++);
  host_->begin();
}

void World::live_wildly() {
  for (std::size_t steps = 12 + environment_.random.below(110); steps > 0; --steps) {
    if (!environment_.sound() || !host_->is_alive()) return;
    happen();
  }
  const bool goes_on = environment_.sound() && host_->is_alive() && !host_->is_frozen();
  if (goes_on && environment_.random.chance(1, 3)) stop_in_order();
}

void World::live_calmly() {
  calm_writes_ = environment_.random.below(20);
  host_->resume_everything();
  for (std::size_t steps = 0; steps < kMaxCalmSteps && environment_.sound() && !has_ended(); ++steps) {
    host_->make_instances_ready();
    let_time_flow();
  }
  if (!has_come_to_rest()) environment_.violate("No silence: a calm host never says ready");
  if (host_->has_more_of_traffic()) environment_.violate("No silence: writes are held back for ever");
}

bool World::has_ended() const {
  return has_come_to_rest() && !host_->has_more_of_traffic();
}

// Ready may have been said before what was paused went on.
bool World::has_come_to_rest() const {
  const std::vector<VersionStatus> versions = host_->rollout().status();
  return host_->said_ready() && host_->rollout().running_scripts().empty() &&
         std::all_of(versions.begin(), versions.end(), [](const VersionStatus& version) {
           return version.state == VersionState::kLive || version.state == VersionState::kFailed;
         });
}

// In calm weather, and after the last word of one that was taken over from, whose scripts would hold it up.
void World::stop_in_order() {
  end_former();
  environment_.set_weather(Weather::kCalm);
  host_->tell_to_stop();
  for (std::size_t steps = 0; steps < kMaxCalmSteps && environment_.sound() && !host_->rollout().stopped();
       ++steps) {
    let_time_flow();
  }
  if (!host_->rollout().stopped()) environment_.violate("No silence: a host that is told to stop never does");
}

// Calmly: time passes only when nobody has anything to do.
void World::let_time_flow() {
  const bool any_runs = running_script() != nullptr;
  if (host_->has_words()) {
    host_->deliver_one();
  } else if (host_->broker_has_words()) {
    host_->let_broker_take_word();
  } else if (calm_writes_ > 0 && environment_.random.chance(1, 4)) {
    --calm_writes_;
    host_->send_write();
  } else if (host_->traffic().has_work() && !environment_.random.chance(1, 20)) {
    host_->let_receivers_work();
  } else if (any_runs && !environment_.random.chance(1, 20)) {
    let_script_act();
  } else {
    host_->look_at_load();
    host_->pass_time();
  }
}

// What the host knew is gone; what the ledger held is not, and processes may take a while to die.
void World::end_host() {
  const bool crashed = !host_->is_alive() || host_->is_frozen();
  if (crashed) ++environment_.report.crashes;
  host_->sever_bus();
  // Under `exo run` the next host waits for the keeper's lock, which is held until nothing lives.
  for (SimulatedScript& script : environment_.scripts) {
    if (script.life() != host_->life()) continue;
    if (!crashed || !outlives_ || environment_.random.chance(1, 2)) end_script(script);
  }
  std::erase_if(environment_.scripts, [](const SimulatedScript& script) { return !script.runs(); });
  environment_.keeper.kept.clear();
  if (crashed && outlives_) environment_.keeper.kept = host_->ready_versions();
  host_.reset();
}

void World::check_end() {
  for (const VersionStatus& status : host_->rollout().status()) {
    const bool is_live = environment_.truth.of(status.key).live;
    ++(is_live ? environment_.report.live : environment_.report.failed);
    environment_.violate(check_outcome(environment_, status));
  }
}

// --- a second host ---------------------------------------------------------------------------------------

// The new host ends the one before, and its scripts through the keeper. Where it is spared it is as if it had
// been stopped all the while: it goes on later where it was.
void World::take_over() {
  ++environment_.report.take_overs;
  end_former();
  former_ = std::move(host_);
  former_->freeze();
  former_->sever_bus();
  if (environment_.random.chance(1, 2)) end_scripts_of(former_->life());
  if (environment_.random.chance(1, 3)) end_former();
  start_host();
}

void World::end_former() {
  if (!former_) return;
  end_scripts_of(former_->life());
  former_.reset();
}

void World::end_scripts_of(std::size_t life) {
  for (SimulatedScript& script : environment_.scripts) {
    if (script.life() == life) end_script(script);
  }
}

// Its guard ends it, and the keeper records that.
void World::end_script(SimulatedScript& script) {
  if (!script.runs()) return;
  script.dies();
  record_end(script);
}

// The keeper of `exo run` may be killed before it has recorded what it saw; its guards end all the same.
void World::record_end(const SimulatedScript& script) {
  using Recorded = SimulatedKeeper::Recorded;
  const bool is_lost = environment_.strikes(1, 10);
  environment_.keeper.ended(script.key().id, *script.ended(), script.ended_by(),
                            is_lost ? Recorded::kNo : Recorded::kYes);
}

SimulatedHost* World::host_of(const SimulatedScript& script) {
  for (SimulatedHost* host : {host_.get(), former_.get()}) {
    if (host != nullptr && host->is_alive() && host->life() == script.life()) return host;
  }
  return nullptr;
}

// --- what may happen next --------------------------------------------------------------------------------

void World::happen() {
  if (former_ && environment_.random.chance(1, 3)) return happen_to_former();
  if (host_->is_frozen()) return happen_to_frozen();
  if (environment_.random.chance(1, 120)) return take_over();
  happen_to(*host_);
}

void World::happen_to_frozen() {
  if (environment_.random.chance(1, 3)) return take_over();
  if (environment_.random.chance(1, 2)) return host_->go_on();
  let_script_act();
}

// It goes on, learns that it is no longer the owner, and ends; or it is ended before it learns that.
void World::happen_to_former() {
  if (former_->is_frozen()) {
    if (environment_.random.chance(1, 3)) former_->go_on();
    return;
  }
  if (!former_->is_alive() || (former_->gave_up() && environment_.random.chance(1, 4))) return end_former();
  happen_to(*former_);
}

void World::happen_to(SimulatedHost& host) {
  switch (environment_.random.below(29)) {
    case 0:
      return host.pass_time();
    case 1:
      return environment_.random.chance(1, 2) ? host.send_nonsense() : host.decide_something();
    case 2:
      return environment_.disk.set_full(!environment_.disk.is_full() && environment_.random.chance(1, 2));
    case 3:
      return host.double_one();
    case 4:
    case 5:
    case 6:
      return host.change_instances();
    case 7:
    case 8:
    case 9:
    case 10:
      return let_script_act();
    case 11:
    case 12:
      return host.let_broker_take_word();
    case 13:
      return host.send_production_message();
    case 14:
      return environment_.random.chance(1, 4) ? host.record_message_past_gate()
                                              : environment_.jump_wall_clock();
    case 15:
      return lose_followed();
    case 16:
    case 17:
      return host.send_write();
    case 18:
    case 19:
      return host.let_receivers_work();
    case 20:
    case 21:
    case 22:
      return host.look_at_load();
    case 23:
      return let_script_act();
    default:
      return host.has_words() ? host.deliver_one() : host.pass_time();
  }
}

void World::lose_followed() {
  if (!environment_.random.chance(1, 60)) return;
  const std::vector<std::string> runs = environment_.follow_disk.runs();
  if (!runs.empty()) environment_.follow_disk.lose(environment_.random.one_of(runs));
}

void World::let_script_act() {
  SimulatedScript* script = running_script();
  if (script == nullptr) return;
  SimulatedHost* host = host_of(*script);
  if (host == nullptr) {
    if (environment_.random.chance(1, 4)) end_script(*script);  // its guard ends it; nobody listens any more
    return;
  }
  std::vector<rollout::Input> said;
  const auto serves = host->serving(script->key().version.role);
  script->act(environment_.random, {.data = environment_.data, .serves = serves ? &*serves : nullptr}, said);
  if (!script->runs()) record_end(*script);
  host->say(std::move(said));
}

// Any of those that run; null when none does.
SimulatedScript* World::running_script() {
  auto& scripts = environment_.scripts;
  if (scripts.empty()) return nullptr;
  const std::size_t first = environment_.random.below(scripts.size());
  for (std::size_t i = 0; i < scripts.size(); ++i) {
    SimulatedScript& script = scripts[(first + i) % scripts.size()];
    if (script.runs()) return &script;
  }
  return nullptr;
}

}  // namespace exo
