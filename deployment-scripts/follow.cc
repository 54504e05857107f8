#include "deployment-scripts/follow.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "deployment-scripts/limits.h"
#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/shortened.h"

namespace exo {
namespace {

using Json = nlohmann::json;
using Names = std::vector<std::string>;

bool holds_all(const Names& names, const Names& wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const std::string& name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  });
}

Names together(Names names, const Names& more) {
  for (const std::string& name : more) {
    if (!holds_all(names, {name})) names.push_back(name);
  }
  return names;
}

LedgerEvent make_event(std::string_view type, const rollout::AttemptKey& key, const Json& details) {
  LedgerEvent event;
  event.type = type;
  event.role = key.version.role;
  event.version = key.version.version;
  event.phase = to_string(Phase::kOffline);
  event.generation = key.generation;
  event.run = key.id.run;
  event.attempt = key.id.attempt;
  event.details = details.dump(-1, ' ', false, Json::error_handler_t::replace);
  return event;
}

rollout::AttemptKey whole_run(const VersionKey& version, const RecordedPhase& phase) {
  return {.version = version,
          .phase = Phase::kOffline,
          .generation = phase.generation,
          .id = {.run = run_id(version, Phase::kOffline, phase.generation), .attempt = 0}};
}

void void_checkpoint(RecordedPhase& phase) {
  phase.checkpoint.reset();
  phase.checkpoint_number = 0;
}

// Each one names commands that were not followed before. What a script copied until then may be older than
// the record of them, so it is to be copied again.
void start(RecordedVersion& version, const LedgerEvent& event) {
  void_checkpoint(version.offline);
  RecordedFollow& follow = version.follow;
  if (!follow.active()) follow.since = event.sequence;
  follow.state = RecordedFollow::State::kUnderWay;
  follow.run = event.run;
  follow.began_at = event.sequence;
  follow.commands.clear();
  const Json details = Json::parse(event.details, nullptr, /*allow_exceptions=*/false);
  const auto commands = details.is_object() ? details.find("commands") : details.end();
  if (commands == details.end() || !commands->is_array()) return;
  for (const Json& command : *commands) {
    if (command.is_string()) follow.commands.push_back(command.get<std::string>());
  }
}

void apply_attempt(RecordedFollow& follow, std::string_view type) {
  if (type == event_type::kAttemptStarted || type == event_type::kCheckpointSaved) {
    follow.is_relied_on = true;
  } else if (type == event_type::kAttemptDone && follow.state == RecordedFollow::State::kReplayed) {
    follow.is_relied_on = false;
  } else if (type == event_type::kAttemptFailed || type == event_type::kAttemptInterrupted) {
    follow.state = RecordedFollow::State::kUnderWay;
  }
}

void abandon(RecordedVersion& version) {
  const bool was_done = version.offline.outcome == PhaseOutcome::kDone;
  if (version.follow.state == RecordedFollow::State::kReplayed && was_done) {
    move_to_generation(version.offline, version.offline.generation + 1);
  }
  void_checkpoint(version.offline);
  version.follow = {};
}

}  // namespace

void Follow::asked(Names commands, std::string message_id) {
  const auto same = [&](const Asked& each) { return !message_id.empty() && each.message_id == message_id; };
  if (std::any_of(asked_.begin(), asked_.end(), same)) return;
  asked_.push_back({std::move(commands), std::move(message_id)});
}

void Follow::attempt_began() {
  attempt_paused_or_resumed();
  asked_.clear();
}

void Follow::attempt_paused_or_resumed() {
  ++replay_;
  short_ = false;
  counts_.reset();
}

void Follow::ended() {
  const std::uint64_t next = replay_ + 1;
  *this = Follow();
  replay_ = next;
}

bool Follow::in_effect(const RecordedFollow& record) const {
  return begun_at_ >= record.began_at;
}

const std::string* Follow::trouble(const RecordedFollow& record) const {
  return record.active() && !lost_.empty() ? &lost_ : nullptr;
}

std::optional<LedgerEvent> Follow::before_attempt(const Script& script, const RecordedVersion& record) const {
  const Names& declared = script.settings.offline.follow;
  const std::string run = run_id(script.brings_in, Phase::kOffline, record.offline.generation);
  if (record.follow.active() && record.follow.run != run) {
    return follow_abandoned_event(script.brings_in, record.offline, "its offline phase is run again");
  }
  if (holds_all(record.follow.commands, declared)) return std::nullopt;
  if (record.follow.active()) {
    return follow_abandoned_event(script.brings_in, record.offline,
                                  "its settings name other commands by now");
  }
  return follow_started_event(script.brings_in, record.offline, declared);
}

std::optional<LedgerEvent> Follow::during(const rollout::AttemptKey& attempt, bool attempt_waits,
                                          const RecordedFollow& record) const {
  Names wanted = record.commands;
  for (const Asked& each : asked_) wanted = together(std::move(wanted), each.commands);
  if (wanted.size() > record.commands.size()) {
    RecordedPhase phase;
    phase.generation = attempt.generation;
    return follow_started_event(attempt.version, phase, std::move(wanted));
  }
  const bool replaying = attempt_waits && record.state == RecordedFollow::State::kUnderWay;
  if (replaying && short_ && counts_) return follow_done_event(attempt, *counts_);
  return std::nullopt;
}

std::vector<std::string> Follow::take_acknowledgements(const RecordedFollow& record) {
  std::vector<std::string> ids;
  if (!in_effect(record)) return ids;
  const auto waits = std::stable_partition(asked_.begin(), asked_.end(), [&](const Asked& each) {
    return !holds_all(record.commands, each.commands);
  });
  for (auto each = waits; each != asked_.end(); ++each) {
    if (!each->message_id.empty()) ids.push_back(std::move(each->message_id));
  }
  asked_.erase(waits, asked_.end());
  return ids;
}

std::optional<rollout::WantedFollow> Follow::wanted(
    const VersionKey& version, const RecordedFollow& record,
    const std::optional<rollout::AttemptId>& replays_for) const {
  if (!record.active()) return std::nullopt;
  const bool replayed = record.state == RecordedFollow::State::kReplayed;
  const bool replays = replays_for && !replayed;
  return rollout::WantedFollow{.run = record.run,
                               .version = version,
                               .commands = record.commands,
                               .since = record.since,
                               .began_at = record.began_at,
                               .replays_for = replays ? replays_for : std::nullopt,
                               .replay = replays ? replay_ : 0,
                               .held_back = replayed || (replays_for && short_),
                               .is_relied_on = record.is_relied_on};
}

std::vector<std::string> Follow::take_asked() {
  std::vector<std::string> ids;
  for (Asked& each : std::exchange(asked_, {})) {
    if (!each.message_id.empty()) ids.push_back(std::move(each.message_id));
  }
  return ids;
}

// --- the ledger's half -----------------------------------------------------------------------------------

LedgerEvent follow_started_event(const VersionKey& version, const RecordedPhase& phase, Names commands) {
  return make_event(event_type::kFollowStarted, whole_run(version, phase),
                    Json{{"commands", std::move(commands)}});
}

LedgerEvent follow_done_event(const rollout::AttemptKey& attempt, const rollout::FollowCounts& counts) {
  return make_event(
      event_type::kFollowDone, attempt,
      Json{{"recorded", counts.recorded}, {"replayed", counts.replayed}, {"leftOut", counts.left_out}});
}

LedgerEvent follow_abandoned_event(const VersionKey& version, const RecordedPhase& phase,
                                   const std::string& reason) {
  return make_event(event_type::kFollowAbandoned, whole_run(version, phase),
                    Json{{"reason", shortened(reason, kMaxReasonBytes)}});
}

std::set<std::string> followed_runs(const RolloutRecord& record) {
  std::set<std::string> runs;
  for (const auto& [key, version] : record.versions()) {
    if (version.follow.active()) runs.insert(version.follow.run);
  }
  return runs;
}

void apply_to_follow(RecordedVersion& version, const LedgerEvent& event) {
  using State = RecordedFollow::State;
  if (event.type == event_type::kFollowStarted) {
    start(version, event);
  } else if (event.type == event_type::kFollowDone && version.follow.active()) {
    version.follow.state = State::kReplayed;
  } else if (event.type == event_type::kFollowAbandoned) {
    abandon(version);
  } else if (event.type == event_type::kGateOpened) {
    version.follow = {};
  } else if (event.phase == to_string(Phase::kOffline) && version.follow.active()) {
    apply_attempt(version.follow, event.type);
  }
}

}  // namespace exo
