// The rollout core: brings the service versions of one environment from staged to live.
//
// It is pure. It reads no clock, opens no file or socket, starts no process: the host tells it what happened
// and what time it is, and carries out what it asks for. Three rules make its promises hold in every
// schedule:
//
// - The durable half of its state (RolloutRecord) changes only by apply(), with events that the ledger holds.
// - Whatever has an effect outside (a process, a table, a line for people) is derived from that half, so the
//   ledger always knows first: attempt-started before the process, gate-opened before the table, attempt-done
//   before "done". Only the closing of a gate goes the other way: it is in status() and in the table at once,
//   then in the ledger.
// - Each list of actions holds at most one Append, at its end. What follows from it comes with the next step.
//
// The host's part:
//
//     for each event of the ledger: rollout.apply(event);
//     input = Begin{…};
//     loop:
//       actions = rollout.step(input, now);
//       carry them out in order; for Append: append, then apply(event as stored), or input = AppendFailed{…}
//       if the list was not empty: input = Tick{} (or that AppendFailed), step again
//       else: wait for the next input, at the latest until wake_at(), which is then a Tick{}
//
// An event that the ledger refused may be found in it later: then it is applied like any other, and Append
// may ask for something else by then.
//
// Events that the host appends itself (host-started) are applied too, so that position() is the ledger's.
//
// Attempts: StartScript → ScriptRegistered → SendStart → ScriptSaidDone (or …Failed) → EndScript →
// ScriptExited. One attempt is one process with one phase; the next starts when the one before has exited. An
// attempt whose process could not take its run lock, or whose files the disk did not take, waits and is
// started again under the same number. A phase for which the script registered no handler is recorded as
// absent and costs one process, nothing else.
// Done is never taken back: a process that exits, or is ended, after its done has succeeded, and a done that
// arrives within kLastWords after the exit was said before it.
//
// Decisions of people: Decide is judged by what is true when its turn has come, goes to the ledger before
// anything else does, takes effect where it is applied, like every event, and is answered by Decided.
//
// Durations are those of the script's settings; the core's own limits are in limits.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "deployment-scripts/dry_runs.h"
#include "deployment-scripts/pending_decisions.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/rollout_status.h"
#include "deployment-scripts/script_order.h"
#include "deployment-scripts/version_presence.h"
#include "deployment-scripts/version_rollout.h"
#include "deployment-scripts/wanted_signal.h"

namespace exo {

// One environment's rollouts during the life of one host. Used by one thread at a time; owns all its state.
class Rollout {
 public:
  // Takes what the ledger holds: before Begin the replay, afterwards each event appended. Sequences ascend.
  void apply(const LedgerEvent& event);

  // What to do about `input`. Begin comes once and first; before it, every other input gives nothing. `now`
  // never goes backwards. The same sequence of calls gives the same actions.
  std::vector<rollout::Action> step(const rollout::Input& input, MonotonicTime now);

  // When to send the next Tick; empty when only an input can move anything.
  std::optional<MonotonicTime> wake_at() const;

  // After Begin: the application's versions in its order. Before (a ledger without a host): every version
  // that was introduced, with the state that the ledger gives; an attempt without an end is `interrupted`.
  std::vector<VersionStatus> status() const;
  // After Begin: the versions that were introduced and that the application holds no more, as the ledger has
  // them; none of them runs. Those that are left out are none of them. Before: none.
  std::vector<VersionStatus> status_of_missing() const;
  // The attempts whose scripts a routing table must hold: from before StartScript until after ScriptExited.
  std::vector<rollout::AttemptKey> running_scripts() const;
  // How many commands the running script of this version may send; none: it is paused. nullopt: as many as
  // there is room for.
  std::optional<Rate> at_most(const VersionKey& key) const;
  // The signals of running scripts that are to be sampled.
  std::vector<rollout::WantedSignal> wanted_signals() const;
  // What is followed: a routing table must hold it, and who records must know it before that.
  std::vector<rollout::WantedFollow> follows() const;
  // Of a host for dry runs; none before all that needs no script has come in.
  const std::vector<DryRun>& dry_runs() const { return dry_runs_.all(); }
  // The ledger position that status() reflects.
  std::uint64_t position() const { return record_.position(); }
  const RolloutRecord& record() const { return record_; }
  // Why the ledger took nothing when it was last asked to; empty when it did.
  const std::string& ledger_trouble() const { return ledger_trouble_; }

  // True after Stop, when every attempt has exited and its end is in the ledger.
  bool stopped() const;

 private:
  // What a routing table says that this core decides.
  struct TableContent {
    std::vector<std::pair<GateState, bool>> versions;  // gate and starting, in the order of versions_
    std::vector<std::pair<rollout::AttemptKey, std::optional<Rate>>> scripts;  // and what each may send
    std::vector<rollout::WantedFollow> follows;
    std::vector<std::uint64_t> undos;  // positions: one that was decided wants a table that reflects it

    bool operator==(const TableContent&) const = default;
  };

  void take(const rollout::Input& input);
  template <typename Fact>
  void take_fact(Attempt& attempt, const Fact& fact);
  void take_begin(const rollout::Begin& begin);
  void take_stop();
  void take_append_failed(const std::string& reason);
  void apply_decision(const LedgerEvent& event);
  Result<std::vector<LedgerEvent>> judge(const Decision& decision) const;
  VersionRollout* find_following(const std::string& run);
  void report_drift(const VersionRollout& version);
  void report_missing_versions();
  void report_pauses(const VersionKey& key);

  std::vector<rollout::Action> settle();
  void make_dry_runs(std::vector<rollout::Action>& actions, std::optional<LedgerEvent>& event);
  bool is_ready() const;
  RolloutView view_of(const VersionRollout& version) const;
  std::vector<rollout::VersionToBringIn> versions_to_bring_in() const;
  AllVersions all_versions() const { return {versions_, places_, circles_, record_}; }
  std::optional<LedgerEvent> leftover_event() const;
  bool all_settled(const std::vector<VersionKey>& keys) const;
  bool table_changed();

  VersionPresence presence_of(const VersionKey& key) const;
  // The ledger may know it, the application does not.
  bool is_missing(const VersionKey& key) const { return find(key) == nullptr && left_out_.count(key) == 0; }
  const VersionRollout* find(const VersionKey& key) const;
  VersionRollout* find(const VersionKey& key);
  Attempt* find_attempt(const rollout::AttemptId& id);

  RolloutRecord record_;
  bool begun_ = false;
  bool stopping_ = false;
  bool ready_said_ = false;
  std::string host_;
  std::string environment_;
  std::string who_;
  rollout::Purpose purpose_ = rollout::Purpose::kBringIn;
  std::vector<VersionRollout> versions_;
  std::map<VersionKey, std::size_t> places_;             // of each in versions_
  std::set<std::pair<VersionKey, VersionKey>> circles_;  // see circles_of
  bool first_wave_arrived_ = false;
  std::vector<Script> scripts_without_version_;
  std::set<VersionKey> left_out_;
  PendingDecisions decisions_;
  DryRuns dry_runs_;
  std::vector<rollout::SeenExit> exits_;  // of attempts of earlier hosts
  std::vector<rollout::Action> waiting_;  // announcements of what the ledger holds, for the next list
  std::optional<TableContent> published_;
  std::uint64_t table_in_effect_ = 0;
  std::optional<MonotonicTime> blocked_until_;  // an append failed; the next is not before this
  std::string ledger_trouble_;                  // why it cannot be written, as people know; else empty
  MonotonicTime now_;
};

}  // namespace exo
