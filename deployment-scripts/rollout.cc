#include "deployment-scripts/rollout.h"

#include <algorithm>
#include <type_traits>
#include <utility>

#include "base/check.h"
#include "base/overloaded.h"
#include "deployment-scripts/announcements.h"
#include "deployment-scripts/first_wave.h"
#include "deployment-scripts/limits.h"
#include "deployment-scripts/out_of_order.h"
#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/script_message.h"
#include "deployment-scripts/standstill.h"
#include "deployment-scripts/undo_decision.h"

namespace exo {
namespace {

using rollout::Action;
using rollout::Input;

// The order within a list: a script is ended before its routes go, and started after they are there; people
// hear of it when it is under way; the ledger comes last, since nothing in the list depends on it.
int rank(const Action& action) {
  return std::visit(
      Overloaded{[](const rollout::EndScript&) { return 0; }, [](const rollout::PublishTable&) { return 1; },
                 [](const rollout::StartInstances&) { return 2; },
                 [](const rollout::StartScript&) { return 3; }, [](const rollout::SendStart&) { return 4; },
                 [](const rollout::AcknowledgeCheckpoint&) { return 5; },
                 [](const rollout::AcknowledgeFollow&) { return 5; },
                 [](const rollout::Announce&) { return 6; }, [](const rollout::Decided&) { return 7; },
                 [](const rollout::Ready&) { return 8; }, [](const rollout::Append&) { return 9; }},
      action);
}

VersionState recorded_state(const RecordedVersion& record) {
  if (record.undo_open && !record.failed) return VersionState::kUndoing;
  if (record.live) return VersionState::kLive;
  if (record.failed || record.stays_undone()) return VersionState::kFailed;
  if (record.gate == GateState::kOpen) {
    return record.online.outcome == PhaseOutcome::kNothing ? VersionState::kShifting
                                                           : VersionState::kFinishing;
  }
  return record.offline.outcome == PhaseOutcome::kNothing ? VersionState::kStarting
                                                          : VersionState::kPreparing;
}

VersionStatus recorded_status(const VersionKey& key, const RecordedVersion& record) {
  VersionStatus status;
  status.key = key;
  status.state = recorded_state(record);
  status.gate = record.undo_open ? GateState::kHeld : record.gate;  // as a table made now would say
  status.flagged = record.live && (record.online.outcome == PhaseOutcome::kFailed ||
                                   record.online.outcome == PhaseOutcome::kInterrupted);
  if (record.failed) status.reason = record.reason;
  if (!record.failed && record.stays_undone()) status.reason = "it is " + record.undo_decision;
  status.offline = recorded_phase_status(record, Phase::kOffline);
  status.online = recorded_phase_status(record, Phase::kOnline);
  if (record.undo_position > 0) status.undo = recorded_phase_status(record, Phase::kUndo);
  status.verify = recorded_phase_status(record.verify);
  return status;
}

void append_all(std::vector<rollout::Announce> from, std::vector<Action>& into) {
  for (rollout::Announce& each : from) into.emplace_back(std::move(each));
}

}  // namespace

void Rollout::apply(const LedgerEvent& event) {
  record_.apply(event);
  if (!begun_) return;
  blocked_until_.reset();
  ledger_trouble_.clear();
  const VersionKey key{event.role, event.version};
  if (event.type == "script-skipped") waiting_.emplace_back(script_skipped(key));
  apply_decision(event);
  dry_runs_.applied(event, record_);
  if (VersionRollout* version = find(key)) {
    append_all(version->applied(event, record_.of(key)), waiting_);
    if (stopping_) version->stop();  // an attempt-started that was refused may be found in the ledger later
  } else if (event.type == "attempt-interrupted" || event.type == "attempt-failed") {
    const Phase phase = *parse_phase(event.phase);
    waiting_.emplace_back(interruption_found(nullptr, key, phase, record_.of(key).of(phase)));
  }
}

// Before the version takes it: what is decided upon is the script as it was then.
void Rollout::apply_decision(const LedgerEvent& event) {
  const Decision* decision = decisions_.applied(event);
  if (is_decision(event.type)) {
    const RecordedVersion& record = record_.of({event.role, event.version});
    waiting_.emplace_back(decided(event, record.of(*parse_phase(event.phase)), environment_));
  }
  VersionRollout* version = find(VersionKey{event.role, event.version});
  if (version != nullptr && decision != nullptr && decision->script) version->use(*decision->script);
}

std::vector<Action> Rollout::step(const Input& input, MonotonicTime now) {
  EXO_CHECK(now >= now_);
  now_ = now;
  const bool begins = std::holds_alternative<rollout::Begin>(input);
  EXO_CHECK(!(begins && begun_));
  if (!begins && !begun_) return {};
  take(input);
  for (VersionRollout& version : versions_) version.tick(now);
  return settle();
}

// --- inputs ----------------------------------------------------------------------------------------------

void Rollout::take(const Input& input) {
  std::visit(Overloaded{[&](const rollout::Begin& begin) { take_begin(begin); },
                        [&](const rollout::Stop&) { take_stop(); },
                        [&](const rollout::AppendFailed& failure) { take_append_failed(failure.reason); },
                        [&](const rollout::Tick&) {},
                        [&](const rollout::Decide& decide) { decisions_.take(decide); },
                        [&](const rollout::TableInEffect& table) {
                          table_in_effect_ = std::max(table_in_effect_, table.position);
                        },
                        [&](const rollout::InstanceStarted& started) {
                          if (VersionRollout* version = find(started.version)) version->instance_started();
                        },
                        [&](const rollout::InstanceReady& ready) {
                          if (VersionRollout* version = find(ready.version)) version->instance_ready();
                        },
                        [&](const rollout::InstanceNotReady& gone) {
                          if (VersionRollout* version = find(gone.version)) {
                            version->instances_gone(gone.reason);
                          }
                        },
                        [&](const rollout::InstanceLost& lost) {
                          if (VersionRollout* version = find(lost.version)) version->instance_lost();
                        },
                        [&](const rollout::FollowBegun& begun) {
                          if (auto* version = find_following(begun.run)) version->follow().begun(begun);
                        },
                        [&](const rollout::FollowShort& left) {
                          if (auto* version = find_following(left.run)) version->follow().is_short(left);
                        },
                        [&](const rollout::FollowDone& done) {
                          if (auto* version = find_following(done.run)) version->follow().done(done);
                        },
                        [&](const rollout::FollowFailed& failure) {
                          if (auto* version = find_following(failure.run)) version->follow_failed(failure);
                        },
                        [&](const rollout::FollowLost& lost) {
                          if (auto* version = find_following(lost.run)) version->follow_lost(lost.reason);
                        },
                        [&](const rollout::ScriptSaidFollow& said) {
                          const Attempt* attempt = find_attempt(said.id);
                          if (attempt == nullptr || attempt->waits_for_replay()) return;
                          if (attempt->key().phase != Phase::kOffline) return;
                          find(attempt->key().version)->follow().asked(said.commands, said.message_id);
                        },
                        [&](const auto& about_script) {
                          if (Attempt* attempt = find_attempt(about_script.id)) {
                            take_fact(*attempt, about_script);
                          }
                        }},
             input);
}

template <typename Fact>
void Rollout::take_fact(Attempt& attempt, const Fact& fact) {
  if constexpr (std::is_same_v<Fact, rollout::ScriptRegistered>) {
    attempt.registered(fact.handles);
  } else if constexpr (std::is_same_v<Fact, rollout::ScriptSaidDone>) {
    attempt.said_done(fact, now_);
  } else if constexpr (std::is_same_v<Fact, rollout::ScriptSaidFailed>) {
    attempt.said_failed(fact);
  } else if constexpr (std::is_same_v<Fact, rollout::ScriptSaidProgress>) {
    attempt.said_progress(fact, now_);
  } else if constexpr (std::is_same_v<Fact, rollout::ScriptSaidCheckpoint>) {
    attempt.said_checkpoint(fact, now_);
  } else if constexpr (std::is_same_v<Fact, rollout::ScriptActive>) {
    attempt.active(now_);
  } else if constexpr (std::is_same_v<Fact, rollout::LoadSampled>) {
    attempt.sampled(fact.sample, now_);
  } else if constexpr (std::is_same_v<Fact, rollout::ScriptExited>) {
    attempt.exited(fact, now_);
  } else {
    static_assert(std::is_same_v<Fact, rollout::ScriptCouldNotStart>);
    attempt.could_not_start(fact, now_);
  }
}

VersionRollout* Rollout::find_following(const std::string& run) {
  for (VersionRollout& version : versions_) {
    const RecordedFollow& follow = record_.of(version.key()).follow;
    if (follow.active() && follow.run == run) return &version;
  }
  return nullptr;
}

void Rollout::take_begin(const rollout::Begin& begin) {
  begun_ = true;
  host_ = begin.host;
  environment_ = begin.environment;
  who_ = begin.who;
  purpose_ = begin.purpose;
  scripts_without_version_ = begin.other_scripts;
  left_out_.insert(begin.left_out.begin(), begin.left_out.end());
  exits_ = begin.exits;
  versions_.reserve(begin.versions.size());
  for (const rollout::VersionToBringIn& version : begin.versions) {
    EXO_CHECK(find(version.key) == nullptr);
    places_.emplace(version.key, versions_.size());
    versions_.emplace_back(version, environment_, purpose_);
  }
  circles_ =
      circles_of(begin.versions);  // once: what the application says does not change while a host runs it
  for (const VersionRollout& version : versions_) report_drift(version);
  report_missing_versions();
  for (const VersionRollout& version : versions_) report_pauses(version.key());
}

// Nothing else would say why they do not come in.
void Rollout::report_pauses(const VersionKey& key) {
  for (const Phase phase : kTriedPhases) {
    const RecordedPhase& recorded = record_.of(key).of(phase);
    if (recorded.is_paused()) waiting_.emplace_back(still_paused(key, phase, recorded, environment_));
  }
}

void Rollout::report_drift(const VersionRollout& version) {
  const ContentDigests& then = record_.of(version.key()).sources;
  const ContentDigests& now = version.version().sources;
  const std::string algorithm = algorithm_to_compare(then, now);
  if (!algorithm.empty() && then.at(algorithm) != now.at(algorithm)) {
    waiting_.emplace_back(version_changed(version.key(), then.at(algorithm), now.at(algorithm)));
  }
  const auto& script = version.version().script;
  for (const Phase phase : {Phase::kOffline, Phase::kOnline}) {
    const RecordedPhase& recorded = record_.of(version.key()).of(phase);
    if (recorded.outcome != PhaseOutcome::kDone || recorded.digest.empty()) continue;
    if (!script) {
      waiting_.emplace_back(script_missing(version.key(), phase));
    } else if (recorded.digest != script->digest) {
      waiting_.emplace_back(script_changed(*script, phase, recorded));
    }
  }
}

void Rollout::report_missing_versions() {
  for (const auto& [key, record] : record_.versions()) {
    if (record.introduced && is_missing(key)) waiting_.emplace_back(version_missing(key, record));
    if (record.undo_open && find(key) == nullptr) {
      waiting_.emplace_back(undo_waits(key, record, presence_of(key), environment_));
    }
  }
}

void Rollout::take_stop() {
  stopping_ = true;
  for (VersionRollout& version : versions_) version.stop();
}

void Rollout::take_append_failed(const std::string& reason) {
  if (ledger_trouble_.empty()) waiting_.emplace_back(ledger_blocked(reason));
  ledger_trouble_ = reason.empty() ? "it says no more" : reason;
  decisions_.append_failed(ledger_trouble_);
  blocked_until_ = now_ + kAppendRetryPause;
}

// --- what to do ------------------------------------------------------------------------------------------

std::vector<Action> Rollout::settle() {
  std::vector<Action> actions = std::move(waiting_);
  waiting_.clear();
  if (stopping_) decisions_.refuse_all({"stopping", "the host is stopping; decide again when it has ended"});
  std::optional<LedgerEvent> event =
      decisions_.next([this](const Decision& decision) { return judge(decision); });
  for (rollout::Decided& answer : decisions_.take_answers()) actions.emplace_back(std::move(answer));
  for (VersionRollout& version : versions_) {
    NextMove move = version.next(view_of(version));
    for (Action& action : move.actions) actions.push_back(std::move(action));
    if (!event) event = std::move(move.event);
  }
  if (!event) event = leftover_event();
  if (!first_wave_arrived_) first_wave_arrived_ = all_settled(first_wave(versions_, record_));
  if (table_changed()) actions.emplace_back(rollout::PublishTable{});
  if (purpose_ == rollout::Purpose::kDryRun && !event && !stopping_) make_dry_runs(actions, event);
  if (!event && !ready_said_ && !stopping_ && is_ready()) {
    ready_said_ = true;
    actions.emplace_back(rollout::Ready{});
  }
  if (event && !(blocked_until_ && now_ < *blocked_until_)) {
    if (event->who.empty()) event->who = who_;
    event->host = host_;
    actions.emplace_back(rollout::Append{std::move(*event)});
  }
  std::stable_sort(actions.begin(), actions.end(),
                   [](const Action& left, const Action& right) { return rank(left) < rank(right); });
  return actions;
}

bool Rollout::is_ready() const {
  return purpose_ == rollout::Purpose::kDryRun ? dry_runs_.over() : all_at_rest(versions_, record_);
}

void Rollout::make_dry_runs(std::vector<Action>& actions, std::optional<LedgerEvent>& event) {
  if (!dry_runs_.begun() && all_at_rest(versions_, record_)) dry_runs_.begin(versions_, record_, who_);
  event = dry_runs_.next([this](const Decision& decision) { return judge(decision); },
                         [this](const VersionKey& key) { return !find(key)->running(); });
  append_all(dry_runs_.take_announcements(), actions);
}

Result<std::vector<LedgerEvent>> Rollout::judge(const Decision& decision) const {
  const bool is_of_trials = decision.verb == DecisionVerb::kDryRun || decision.verb == DecisionVerb::kCancel;
  if (purpose_ == rollout::Purpose::kDryRun && !is_of_trials) {
    return Error{"does-not-fit",
                 std::string(to_text(decision.verb)) +
                     " does not fit a host that makes dry runs alone; decide when it has ended"};
  }
  const RecordedVersion& record = record_.of(decision.version);
  if (const VersionRollout* version = find(decision.version)) {
    DecisionView view = version->decision_view(record);
    view.exits = exits_;
    view.is_withheld = table_in_effect_ >= record.undo_position;
    view.serves_alone = serves_alone(decision.version, record_);
    view.needed_by = needed_by(decision.version, versions_to_bring_in(), record_);
    return decide(decision, view);
  }
  if (record_.versions().count(decision.version) == 0) {
    return Error{"unknown-version", "nothing is known of " + to_text(decision.version) +
                                        " here; exo script list shows what there is"};
  }
  return decide(decision, {.record = record,
                           .environment = environment_,
                           .is_withheld = table_in_effect_ >= record.undo_position,
                           .exits = exits_,
                           .presence = presence_of(decision.version)});
}

VersionPresence Rollout::presence_of(const VersionKey& key) const {
  if (const VersionRollout* version = find(key)) {
    return version->version().script ? VersionPresence::kInApplication : VersionPresence::kWithoutScript;
  }
  return left_out_.count(key) > 0 ? VersionPresence::kLeftOut : VersionPresence::kMissing;
}

std::vector<rollout::VersionToBringIn> Rollout::versions_to_bring_in() const {
  std::vector<rollout::VersionToBringIn> all;
  all.reserve(versions_.size());
  for (const VersionRollout& version : versions_) all.push_back(version.version());
  return all;
}

RolloutView Rollout::view_of(const VersionRollout& version) const {
  return RolloutView{
      .record = record_.of(version.key()),
      .now = now_,
      .table_in_effect = table_in_effect_,
      .scripts_may_start = first_wave_arrived_,
      .requirement = requirement_of(version, all_versions()),
      .order = order_of(version, all_versions()),
      .out_of_order = version.state() == VersionState::kStaged && !record_.of(version.key()).introduced
                          ? out_of_order(version.key(), record_)
                          : std::string(),
      .stopping = stopping_,
      .exits = exits_};
}

// What is to be written about versions that the application does not hold. What follows for one of them is in
// no table, and recorded by nobody.
std::optional<LedgerEvent> Rollout::leftover_event() const {
  for (const auto& [key, record] : record_.versions()) {
    if (!is_missing(key)) continue;
    if (record.follow.active() && record.offline.outcome != PhaseOutcome::kUnderWay) {
      return follow_abandoned_event(key, record.offline, "the version is not in the application any more");
    }
    if (record.undo_open && record.gate == GateState::kOpen) {
      return gate_held_event(key, "it is " + record.undo_decision);
    }
    for (const Phase phase : kTriedPhases) {
      if (record.of(phase).outcome != PhaseOutcome::kUnderWay) continue;
      return attempt_left_event(key, phase, record.of(phase), exits_);
    }
  }
  if (purpose_ == rollout::Purpose::kDryRun) return std::nullopt;
  for (const Script& script : scripts_without_version_) {
    const RecordedVersion& record = record_.of(script.brings_in);
    if (!record.introduced && !record.script_skipped) return script_skipped_event(script);
  }
  return std::nullopt;
}

bool Rollout::all_settled(const std::vector<VersionKey>& keys) const {
  return std::all_of(keys.begin(), keys.end(), [&](const VersionKey& key) { return find(key)->settled(); });
}

bool Rollout::table_changed() {
  TableContent content;
  content.follows = follows();
  for (const VersionRollout& version : versions_) {
    const RecordedVersion& record = record_.of(version.key());
    content.versions.emplace_back(version.gate(record), version.starting(record));
    content.undos.push_back(record.undo_position);
    if (const auto key = version.running()) content.scripts.emplace_back(*key, version.at_most(record));
  }
  if (published_ == content) return false;
  published_ = std::move(content);
  return true;
}

// --- queries ---------------------------------------------------------------------------------------------

std::optional<MonotonicTime> Rollout::wake_at() const {
  std::optional<MonotonicTime> earliest;
  const auto consider = [&](const std::optional<MonotonicTime>& time) {
    if (time && *time > now_ && (!earliest || *time < *earliest)) earliest = time;
  };
  consider(blocked_until_);
  for (const VersionRollout& version : versions_) consider(version.wake_at(now_));
  return earliest;
}

std::vector<VersionStatus> Rollout::status() const {
  std::vector<VersionStatus> all;
  for (const VersionRollout& version : versions_) all.push_back(version.status(record_.of(version.key())));
  if (begun_) return all;
  for (const auto& [key, record] : record_.versions()) {
    if (record.introduced || record.failed) all.push_back(recorded_status(key, record));
  }
  return all;
}

std::vector<VersionStatus> Rollout::status_of_missing() const {
  std::vector<VersionStatus> all;
  if (!begun_) return all;
  for (const auto& [key, record] : record_.versions()) {
    if (!record.introduced || !is_missing(key)) continue;
    all.push_back(recorded_status(key, record));
    if (record.undo_open) all.back().reason = why_undo_waits(key, record, VersionPresence::kMissing);
  }
  return all;
}

std::vector<rollout::WantedFollow> Rollout::follows() const {
  std::vector<rollout::WantedFollow> all;
  for (const VersionRollout& version : versions_) {
    auto follow = version.wanted_follow(record_.of(version.key()));
    if (follow) all.push_back(std::move(*follow));
  }
  return all;
}

std::vector<rollout::AttemptKey> Rollout::running_scripts() const {
  std::vector<rollout::AttemptKey> all;
  for (const VersionRollout& version : versions_) {
    if (auto key = version.running()) all.push_back(*std::move(key));
  }
  return all;
}

std::optional<Rate> Rollout::at_most(const VersionKey& key) const {
  const VersionRollout* version = find(key);
  return version == nullptr ? std::nullopt : version->at_most(record_.of(key));
}

std::vector<rollout::WantedSignal> Rollout::wanted_signals() const {
  std::vector<rollout::WantedSignal> all;
  for (const VersionRollout& version : versions_) {
    if (const auto wanted = version.wanted_signal()) all.push_back(*wanted);
  }
  return all;
}

bool Rollout::stopped() const {
  return stopping_ && running_scripts().empty();
}

const VersionRollout* Rollout::find(const VersionKey& key) const {
  return all_versions().find(key);
}

VersionRollout* Rollout::find(const VersionKey& key) {
  return const_cast<VersionRollout*>(std::as_const(*this).find(key));
}

Attempt* Rollout::find_attempt(const rollout::AttemptId& id) {
  for (VersionRollout& version : versions_) {
    if (Attempt* attempt = version.find_attempt(id)) return attempt;
  }
  return nullptr;
}

}  // namespace exo
