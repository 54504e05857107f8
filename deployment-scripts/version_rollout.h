// The journey of one service version during the life of one host: the volatile half of the rollout core.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "deployment-scripts/attempt.h"
#include "deployment-scripts/decision.h"
#include "deployment-scripts/follow.h"
#include "deployment-scripts/requirement.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/rollout_status.h"
#include "deployment-scripts/version_state.h"
#include "deployment-scripts/wanted_signal.h"

namespace exo {

// What a version's next move depends on outside of itself.
struct RolloutView {
  const RecordedVersion& record;
  MonotonicTime now;
  std::uint64_t table_in_effect = 0;
  bool scripts_may_start = false;  // every version without a pending script is live or has failed
  Requirement requirement;
  PhaseOrder order;
  std::string out_of_order;  // of one that is staged and was never introduced; see out_of_order.h
  bool stopping = false;
  const std::vector<rollout::SeenExit>& exits;  // of attempts of earlier hosts
};

// What a version wants next. The actions have no need of the event; they are carried out in any case.
struct NextMove {
  std::vector<rollout::Action> actions;
  std::optional<LedgerEvent> event;  // `who` and `host` are still empty
};

// What the ledger alone says of a phase: an attempt without an end is `interrupted`, since its host has gone.
PhaseStatus recorded_phase_status(const RecordedPhase& record);
// The same, and `pending` for a phase of which nothing is known but that the version has a script.
PhaseStatus recorded_phase_status(const RecordedVersion& version, Phase phase);

// Owned by one Rollout, with its thread rules. Holds nothing that the ledger must remember.
class VersionRollout {
 public:
  VersionRollout(rollout::VersionToBringIn version, std::string environment, rollout::Purpose purpose);

  const VersionKey& key() const { return version_.key; }
  const rollout::VersionToBringIn& version() const { return version_; }
  VersionState state() const { return state_; }
  bool settled() const { return state_ == VersionState::kLive || state_ == VersionState::kFailed; }
  // The script has a phase that the ledger does not hold as done or absent.
  bool script_pending(const RecordedVersion& record) const;

  // For dry runs: its instances are started, and nothing else is done about it, nor recorded of it.
  bool is_only_tried(const RecordedVersion& record) const {
    return purpose_ == rollout::Purpose::kDryRun && script_pending(record);
  }

  // What it is to do next, or does, a person has paused, or is not done in this rollout; and it has come as
  // far as it can, so that its script would find it.
  bool is_paused(const RecordedVersion& record) const;
  // How many commands the script of its attempt may send; nullopt: as many as there is room for.
  std::optional<Rate> at_most(const RecordedVersion& record) const;

  // That of its attempt; nullopt: none is to be sampled now.
  std::optional<rollout::WantedSignal> wanted_signal() const;

  // An attempt at the phase is under way, or will be made without anybody's word, but for a resume where it
  // is paused. `record` is this version's.
  bool runs_again(Phase phase, const RecordedVersion& record) const;

  // Whether what another version needs of this one's role is there.
  bool meets(rollout::Dependency::Until until) const;

  // Facts.
  void instance_started() { started_ = true; }
  void instance_ready() { ready_ = true; }
  void instance_lost() { ready_ = false; }
  void instances_gone(const std::string& reason);
  // The attempt that `id` names, when it is under way here; else null.
  Attempt* find_attempt(const rollout::AttemptId& id);
  Follow& follow() { return follow_; }
  // What it follows cannot be replayed: its attempt fails.
  void follow_failed(const rollout::FollowFailed& failure);
  void follow_lost(const std::string& reason);
  void tick(MonotonicTime now);
  void stop();
  // What runs from the next attempt on.
  void use(const Script& script) { version_.script = script; }

  // The ledger holds `event`, which is about this version; `record` already reflects it. Returns what people
  // are to be told.
  std::vector<rollout::Announce> applied(const LedgerEvent& event, const RecordedVersion& record);

  // What to do now. Actions are handed out once; the event again and again until it is applied.
  NextMove next(const RolloutView& view);

  // The parts of status() that the routing table is made of.
  GateState gate(const RecordedVersion& record) const;
  bool starting(const RecordedVersion& record) const;
  VersionStatus status(const RecordedVersion& record) const;
  // What a person's decision is judged by.
  DecisionView decision_view(const RecordedVersion& record) const;
  // The one whose process may be there: an attempt, or a verification.
  std::optional<rollout::AttemptKey> running() const;
  std::optional<rollout::WantedFollow> wanted_follow(const RecordedVersion& record) const;
  // The next moment after `now` at which time alone changes something.
  std::optional<MonotonicTime> wake_at(MonotonicTime now) const;

 private:
  // What the ledger cannot know of a phase: how this rollout is getting on with it.
  struct PhaseTrial {
    unsigned failures = 0;  // in this rollout
    std::optional<MonotonicTime> next_attempt_at;
  };
  // Why it must fail, whatever its script does: it has no instances, not what it requires or depends on, or
  // the record of what it follows is lost.
  struct Doom {
    const char* stage;  // kStageReadiness, kStageUndone, …
    std::string reason;
  };
  enum class PhaseLeft { kNothing, kToRun, kGivenUp };

  const PhaseSettings& settings(Phase phase) const { return version_.script->settings.of(phase); }
  PhaseTrial& trial(Phase phase) {
    return phase == Phase::kUndo ? undo_ : phase == Phase::kOffline ? offline_ : online_;
  }
  const PhaseTrial& trial(Phase phase) const { return const_cast<VersionRollout&>(*this).trial(phase); }
  PhaseLeft left(Phase phase, const RecordedVersion& record) const;
  bool retries_interrupted(Phase phase) const;
  bool must_hold(const RecordedVersion& record) const;
  void move(VersionCause cause);

  void drive(Attempt& attempt, const RolloutView& view, NextMove& into) const;
  static void tell_of_load(Attempt& attempt, NextMove& into);
  void drive_attempt(const RolloutView& view, NextMove& into);
  void drive_verification(const RolloutView& view, NextMove& into);
  void bury_attempt(MonotonicTime now);
  std::optional<LedgerEvent> attempt_event(const RecordedVersion& record) const;
  rollout::Announce attempt_began(const LedgerEvent& event, const RecordedVersion& record);
  std::vector<rollout::Announce> attempt_recorded(const LedgerEvent& event, const RecordedVersion& record);
  std::vector<rollout::Announce> dry_run_recorded(const RecordedVersion& record) const;
  void decision_recorded(const LedgerEvent& event, const RecordedVersion& record);
  void cancel_recorded(const LedgerEvent& event);
  void forget_trials();
  // One process of the version's script at a time: a verification has its turn while an attempt has none.
  bool verification_is_on() const { return verification_ && (!attempt_ || attempt_->has_no_process()); }
  rollout::Announce verification_began(const LedgerEvent& event);
  rollout::Announce verification_recorded(const LedgerEvent& event);
  void pace_recorded(Phase phase, const RecordedVersion& record);
  rollout::Announce dry_run_began(const LedgerEvent& event, const RecordedVersion& record);
  std::optional<Phase> trial_under_way() const;
  PhaseActivity activity(Phase phase, const RecordedVersion& record) const;
  bool waits_for_attempt(Phase phase, const RecordedVersion& record) const;
  std::vector<Phase> waiting_phases(const RecordedVersion& record) const;
  void from_staged(const RolloutView& view, NextMove& into);
  void towards_live(const RolloutView& view, NextMove& into);
  void take_back(const RolloutView& view, NextMove& into);
  void keep_live(const RolloutView& view, NextMove& into);
  void give_up(const RecordedVersion& record, NextMove& into);
  void fail_unrecorded(NextMove& into);
  void try_phase(Phase phase, const RolloutView& view, NextMove& into);
  bool waits_for_others(Phase phase, const RolloutView& view, NextMove& into);
  void open_gate(const RecordedVersion& record, NextMove& into) const;
  std::optional<LedgerEvent> follow_event(const RecordedVersion& record) const;
  void arrive(const RecordedVersion& record, NextMove& into);
  void begin_again(const RolloutView& view);
  std::string instance_reason() const;
  Doom why_given_up(const RecordedVersion& record) const;
  std::string offline_reason(const RecordedVersion& record) const;
  PhaseStatus phase_status(Phase phase, const RecordedVersion& record) const;

  rollout::VersionToBringIn version_;
  std::string environment_;
  rollout::Purpose purpose_;
  VersionState state_ = VersionState::kStaged;
  std::string waits_for_;  // while staged, or before a phase of its script, once people know
  bool instances_started_ = false;
  bool started_ = false;
  bool ready_ = false;
  // Until version-failed is in the ledger; where it is only tried, which is not recorded, while it is failed.
  std::optional<Doom> doom_;
  PhaseTrial offline_;
  PhaseTrial online_;
  PhaseTrial undo_;
  std::optional<Attempt> attempt_;       // at a phase, or a dry run
  std::optional<Attempt> verification_;  // a person's, or one that `attempt_` waits for
  Follow follow_;
};

}  // namespace exo
