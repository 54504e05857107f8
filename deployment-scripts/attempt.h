// One try at one phase, from its attempt-started in the ledger until its process has exited and its end is in
// the ledger: the volatile half, which dies with the host.
//
//     intended ──StartScript──▶ spawned ──registered──▶ registered ──SendStart──▶ at work
//        ▲                         │
//        └── run lock not free ────┘
//
// Beside where it stands, an attempt has a verdict. The first one counts, but for a done that comes after an
// interruption and before its record: what is done need not be done again. Done and absent are recorded at
// once and the process is ended after; failed and interrupted wait for the exit, whose last words belong to
// the record. A done of a script that follows commands is a verdict only when they are replayed, and until
// then no more than a word: its time limits go on. The same holds for an offline phase whose script can
// verify it, but that it has no limits meanwhile.
//
// An attempt that its settings slow down goes on as any other. Where they let it send nothing its stall
// waits: no message is what they want.
//
// A paused attempt stands still: what has not been started is not, and its clocks (timeout, stall,
// joins-within) stand, too. When it goes on they have left what they had left. What it still says counts.
#pragma once

#include <deque>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_status.h"
#include "deployment-scripts/slowdown.h"

namespace exo {

// Part of one VersionRollout, with its thread rules. Each fact may come late or twice, and changes nothing
// then.
class Attempt {
 public:
  enum class Verdict { kNone, kDone, kAbsent, kFailed, kInterrupted };

  // `script` is the one to run; `checkpoint` the one to go on from.
  Attempt(rollout::AttemptKey key, Script script, std::optional<std::string> checkpoint);

  // Facts.
  void registered(const std::vector<std::string>& handles);
  void said_done(const rollout::ScriptSaidDone& done, MonotonicTime now);
  // Its phase follows commands: what it has said to be done waits for their replay.
  void follows() { follows_ = true; }
  // They are replayed, as the ledger holds.
  void caught_up();
  // What the verification has found that it waits for, as the ledger holds.
  void verified();
  void not_verified(const std::string& reason);
  void said_failed(const rollout::ScriptSaidFailed& failed);
  void said_progress(const rollout::ScriptSaidProgress& progress, MonotonicTime now);
  void said_checkpoint(const rollout::ScriptSaidCheckpoint& checkpoint, MonotonicTime now);
  void active(MonotonicTime now);
  void sampled(const LoadSample& sample, MonotonicTime now);
  void exited(const rollout::ScriptExited& exit, MonotonicTime now);
  void could_not_start(const rollout::ScriptCouldNotStart& failure, MonotonicTime now);
  // It stands still, or goes on, from the next tick. Each changes nothing when it is so already.
  void pause() { pauses_ = true; }
  void resume() { pauses_ = false; }
  bool is_paused() const { return pauses_; }
  // The deadlines that have passed.
  void tick(MonotonicTime now);
  // Judgements from outside: the version lost its instances, the host stops.
  void fail(const std::string& stage, const std::string& reason);
  void interrupt(const std::string& reason);
  // The ledger holds the end of it, how its process ended, or a checkpoint of it.
  void end_recorded() { recorded_ = true; }
  void exit_recorded() { exit_recorded_ = true; }
  // All up to the one with this number are, since a newer one stands for those before it.
  void checkpoint_recorded(std::uint64_t number);

  // What is to be done now, in this order; each says so once, and is then taken as done.
  bool take_end();
  bool take_start(MonotonicTime now);
  bool take_start_message(MonotonicTime now);
  std::vector<std::string> take_acknowledgements();
  // True once, when it could not be started yet: another process held the run lock, or the disk took nothing.
  bool take_lock_notice();

  // What people have not been told of its slowdown.
  Slowdown::Change take_load_change() { return std::exchange(load_change_, Slowdown::Change::kNone); }
  std::string take_load_trouble() { return slowdown_.take_trouble(); }
  const Slowdown& slowdown() const { return slowdown_; }
  // It can be slowed down by its signal, or could be.
  bool wants_signal() const;

  // What is to be recorded next: a checkpoint, then the end, then how its process ended where the end could
  // not say so.
  bool checkpoint_waits() const { return !unsaved_.empty() && !recorded_; }
  bool end_waits() const;
  bool exit_waits() const { return recorded_ && ends_before_exit() && exited_at_ && !exit_recorded_; }
  // Recorded and exited: there is nothing left of it.
  bool over() const { return recorded_ && gone() && !exit_waits(); }

  const rollout::AttemptKey& key() const { return key_; }
  const Script& script() const { return script_; }
  const std::optional<std::string>& checkpoint() const { return checkpoint_; }
  // The newest that waits, and its number from 1: only while checkpoint_waits().
  const std::string& unsaved_checkpoint() const { return unsaved_value_; }
  std::uint64_t unsaved_number() const { return unsaved_.back().number; }
  // Its script is done, and what it follows is to be replayed.
  bool waits_for_replay() const { return said_done_ && undecided() && !has_caught_up_ && !pauses_; }
  // Its script is done, and says itself that it can look whether that is so; its process is ended before.
  bool waits_for_verification() const { return said_done_ && undecided() && has_caught_up_; }
  bool can_be_verified() const { return waits_for_verification() && gone() && !pauses_; }
  // It was not started yet, or has exited.
  bool has_no_process() const { return gone(); }
  Verdict verdict() const { return verdict_; }
  const std::string& stage() const { return stage_; }               // of a failure
  const std::string& reason() const { return reason_; }             // of a failure or interruption
  std::uint64_t handled_errors() const { return handled_errors_; }  // of a done
  // What the script said of its failure, besides why; null where it did not say that it failed.
  const rollout::ScriptSaidFailed* own_words() const { return own_words_ ? &*own_words_ : nullptr; }
  const rollout::ScriptExited& last_words() const { return exit_; }
  const std::optional<ScriptProgress>& progress() const { return progress_; }
  // Why it could not be started when it was last tried; a clause.
  const std::string& cannot_start_because() const { return cannot_start_because_; }
  // Its last sign of life, while it is at work.
  std::optional<MonotonicTime> heard_at() const {
    const bool works = place_ == Place::kAtWork && undecided() && !exited_at_ && !pauses_;
    return works ? moved_at_ : std::nullopt;
  }
  // What the script registered: whether it has a handler for the phase's start.
  bool handles_phase(Phase phase) const;
  // The next moment at which tick() or take_start() may change something.
  std::optional<MonotonicTime> deadline() const;

 private:
  struct WaitingCheckpoint {
    std::uint64_t number;
    std::string message_id;
  };
  enum class Place { kIntended, kSpawned, kRegistered, kAtWork };

  const PhaseSettings& settings() const { return script_.settings.of(key_.phase); }
  // Its end is recorded at once, so the record of it knows nothing of the exit. Nothing waits for the end of
  // a dry run.
  bool ends_before_exit() const {
    return !key_.is_trial() && (verdict_ == Verdict::kDone || verdict_ == Verdict::kAbsent);
  }
  bool gone() const { return exited_at_.has_value() || place_ == Place::kIntended; }
  bool undecided() const { return verdict_ == Verdict::kNone; }
  void keep_clocks(MonotonicTime now);
  // It may still say what changes its fate: nothing is decided, or only that it is interrupted.
  bool listening() const;
  bool is_known(const std::string& message_id) const;
  void remember(const std::string& message_id);
  bool is_to_be_verified() const;
  void judge(Verdict verdict, const std::string& stage, const std::string& reason);
  void check_delivered(std::uint64_t failed, std::uint64_t handled);

  rollout::AttemptKey key_;
  Script script_;
  std::optional<std::string> checkpoint_;

  Place place_ = Place::kIntended;
  Verdict verdict_ = Verdict::kNone;
  std::string stage_;
  std::string reason_;
  std::vector<std::string> handles_;
  std::uint64_t handled_errors_ = 0;
  std::optional<ScriptProgress> progress_;
  std::uint64_t checkpoints_ = 0;  // said so far
  std::string unsaved_value_;      // of the newest checkpoint that waits for the ledger
  std::vector<WaitingCheckpoint> unsaved_;
  std::vector<std::string> saved_ids_;  // of messages to be acknowledged
  // Of the latest checkpoints: a relay that lost the broker sends again what was not accepted, and an older
  // place must not follow a newer one.
  std::deque<std::string> known_ids_;
  std::optional<MonotonicTime> started_at_;  // the first StartScript; the timeout counts from it
  std::optional<MonotonicTime> spawned_at_;  // the last StartScript
  std::optional<MonotonicTime> moved_at_;    // the last sign of life at work
  std::optional<MonotonicTime> lock_retry_at_;
  std::string cannot_start_because_;
  std::optional<MonotonicTime> exited_at_;
  rollout::ScriptExited exit_;
  std::optional<rollout::ScriptSaidFailed> own_words_;
  Slowdown slowdown_;
  Slowdown::Change load_change_ = Slowdown::Change::kNone;
  bool pauses_ = false;
  std::optional<MonotonicTime> paused_at_;  // its clocks stand since then
  bool lock_notice_waits_ = false;
  bool lock_notice_given_ = false;
  bool follows_ = false;
  bool said_done_ = false;  // and follows or is to be verified; else the verdict says it
  bool has_caught_up_ = false;
  bool end_asked_ = false;
  bool host_stops_ = false;
  bool recorded_ = false;
  bool exit_recorded_ = false;
};

}  // namespace exo
