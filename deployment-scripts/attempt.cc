#include "deployment-scripts/attempt.h"

#include <algorithm>
#include <utility>

#include "base/duration.h"
#include "deployment-scripts/limits.h"
#include "deployment-scripts/script_message.h"
#include "deployment-scripts/shortened.h"

namespace exo {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string joined(const std::vector<std::string>& names) {
  if (names.empty()) return "none";
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return shortened(text, kMaxLineBytes);
}

}  // namespace

Attempt::Attempt(rollout::AttemptKey key, Script script, std::optional<std::string> checkpoint)
    : key_(std::move(key)),
      script_(std::move(script)),
      checkpoint_(std::move(checkpoint)),
      slowdown_(settings().throttle) {}

void Attempt::registered(const std::vector<std::string>& handles) {
  if (place_ != Place::kSpawned || !undecided() || exited_at_) return;
  handles_ = handles;
  place_ = Place::kRegistered;
  if (handles_phase(key_.phase)) return;
  const bool knows_another = std::any_of(kTriedPhases.begin(), kTriedPhases.end(),
                                         [this](Phase phase) { return handles_phase(phase); });
  if (knows_another) {
    judge(Verdict::kAbsent, "", "");
    return;
  }
  // A misspelled name must not look like a script that has nothing to do.
  fail("handlers", "it handles neither " +
                       script_message_name(key_.version, Phase::kOffline, ScriptWord::kStart) + " nor " +
                       script_message_name(key_.version, Phase::kOnline, ScriptWord::kStart) +
                       "; its handlers are: " + joined(handles));
}

bool Attempt::handles_phase(Phase phase) const {
  return contains(handles_, script_message_name(key_.version, phase, ScriptWord::kStart));
}

void Attempt::said_done(const rollout::ScriptSaidDone& done, MonotonicTime now) {
  if (!listening()) return;
  check_delivered(done.failed_messages, done.handled_errors);
  if (done.failed_messages > done.handled_errors) return;
  handled_errors_ = done.handled_errors;
  if (!follows_ && !is_to_be_verified()) return judge(Verdict::kDone, "", "");
  said_done_ = true;
  if (!follows_) has_caught_up_ = true;
  moved_at_ = now;
}

void Attempt::caught_up() {
  if (!said_done_) return;
  has_caught_up_ = true;
  if (!is_to_be_verified()) judge(Verdict::kDone, "", "");
}

bool Attempt::is_to_be_verified() const {
  return key_.phase == Phase::kOffline && !key_.is_trial() && handles_phase(Phase::kVerify);
}

void Attempt::verified() {
  if (waits_for_verification()) judge(Verdict::kDone, "", "");
}

// What a script saved on its way to something that is not there is nothing to go on from.
void Attempt::not_verified(const std::string& reason) {
  if (!waits_for_verification()) return;
  own_words_ = {.id = key_.id, .reason = reason, .checkpoint = rollout::ScriptSaidFailed::Checkpoint::kVoid};
  fail(kStageVerify, reason);
}

void Attempt::said_failed(const rollout::ScriptSaidFailed& failed) {
  if (!listening() || !undecided()) return;
  own_words_ = failed;
  fail("script", failed.reason.empty() ? "the script said that it failed, without a reason" : failed.reason);
}

void Attempt::said_progress(const rollout::ScriptSaidProgress& progress, MonotonicTime now) {
  if (!listening()) return;
  progress_ = ScriptProgress{.done = progress.done, .total = progress.total, .note = progress.note};
  moved_at_ = now;
}

void Attempt::said_checkpoint(const rollout::ScriptSaidCheckpoint& checkpoint, MonotonicTime now) {
  if (!listening() || is_known(checkpoint.message_id)) return;
  check_delivered(checkpoint.failed_messages, checkpoint.handled_errors);
  if (checkpoint.failed_messages > checkpoint.handled_errors) return;
  if (checkpoint.value.size() > kMaxCheckpointBytes) {
    fail("checkpoint", "its checkpoint has " + std::to_string(checkpoint.value.size()) + " bytes, at most " +
                           std::to_string(kMaxCheckpointBytes) +
                           " are kept: save a place to go on from, not data");
    return;
  }
  if (unsaved_.size() >= kMaxWaitingCheckpoints) {
    fail("checkpoint", "more than " + std::to_string(kMaxWaitingCheckpoints) +
                           " checkpoints wait for the ledger: wait for the answer to each");
    return;
  }
  remember(checkpoint.message_id);
  unsaved_value_ = checkpoint.value;
  unsaved_.push_back({++checkpoints_, checkpoint.message_id});
  moved_at_ = now;
}

bool Attempt::is_known(const std::string& message_id) const {
  return !message_id.empty() &&
         std::find(known_ids_.begin(), known_ids_.end(), message_id) != known_ids_.end();
}

void Attempt::remember(const std::string& message_id) {
  if (message_id.empty()) return;
  known_ids_.push_back(message_id);
  if (known_ids_.size() > kMaxKnownCheckpoints) known_ids_.pop_front();
}

void Attempt::active(MonotonicTime now) {
  if (place_ == Place::kAtWork) moved_at_ = now;
}

void Attempt::exited(const rollout::ScriptExited& exit, MonotonicTime now) {
  if (place_ == Place::kIntended || exited_at_) return;
  exited_at_ = now;
  exit_ = exit;
  if (place_ == Place::kAtWork) return;  // its last words may still be on their way
  fail("exit", "it ended (" + exit.status + ") before it was started on its phase");
}

void Attempt::could_not_start(const rollout::ScriptCouldNotStart& failure, MonotonicTime now) {
  if (place_ != Place::kSpawned || exited_at_) return;
  place_ = Place::kIntended;
  const bool is_locked = failure.stage == "lock";
  if (!is_locked && failure.stage != "disk") {
    fail(failure.stage, failure.reason);
    return;
  }
  cannot_start_because_ =
      is_locked ? "a process of an earlier attempt still holds its run lock" : failure.reason;
  if (!is_locked) started_at_.reset();  // a disk takes its time, which is not the script's
  lock_retry_at_ = now + kLockRetryPause;
  lock_notice_waits_ = !lock_notice_given_ && undecided();
}

// A clock that was set while it stood still begins when it goes on.
void Attempt::keep_clocks(MonotonicTime now) {
  if (pauses_) {
    if (!paused_at_) paused_at_ = now;
    return;
  }
  if (!paused_at_) return;
  for (std::optional<MonotonicTime>* clock : {&started_at_, &spawned_at_, &moved_at_}) {
    if (*clock) *clock = now - std::max(*paused_at_ - **clock, MonotonicTime::duration::zero());
  }
  paused_at_.reset();
}

void Attempt::sampled(const LoadSample& sample, MonotonicTime now) {
  if (!wants_signal()) return;
  const bool stood_still = slowdown_.stands_still();
  const Slowdown::Change change = slowdown_.take(sample, now);
  if (change == Slowdown::Change::kNone) return;
  load_change_ = change;
  if (stood_still && moved_at_) moved_at_ = now;
}

bool Attempt::wants_signal() const {
  return slowdown_.settings() && slowdown_.settings()->when && undecided() && place_ != Place::kIntended &&
         !exited_at_ && !pauses_;
}

void Attempt::tick(MonotonicTime now) {
  keep_clocks(now);
  if (undecided()) slowdown_.pass(now);
  if (!undecided() || !started_at_ || waits_for_verification()) return;  // that has limits of its own
  if (exited_at_ && !said_done_) {
    if (now - *exited_at_ >= kLastWords) fail("exit", "it ended (" + exit_.status + ") before it said done");
    return;
  }
  if (pauses_) return;
  // It waits for the ledger, or for production, and not the other way round.
  if (checkpoint_waits() || (slowdown_.stands_still() && !said_done_)) moved_at_ = now;
  if (now - *started_at_ >= settings().timeout) {
    const std::string limit = format_duration(settings().timeout);
    if (place_ == Place::kIntended) {
      fail("lock", "another process still held its run lock after " + limit);
    } else {
      fail("timeout", "it was not done within " + limit);
    }
  } else if (place_ == Place::kSpawned && now - *spawned_at_ >= settings().joins_within) {
    fail("registration", "it did not register on the bus within " + format_duration(settings().joins_within));
  } else if (place_ == Place::kAtWork && now - *moved_at_ >= settings().stall) {
    fail("stall", std::string(said_done_ ? "what it follows could not be replayed, with " : "") +
                      "no message and no progress for " + format_duration(settings().stall));
  }
}

void Attempt::fail(const std::string& stage, const std::string& reason) {
  judge(Verdict::kFailed, stage, reason);
}

void Attempt::interrupt(const std::string& reason) {
  host_stops_ = true;
  judge(Verdict::kInterrupted, "host", reason);
}

void Attempt::checkpoint_recorded(std::uint64_t number) {
  const auto first_unsaved = std::find_if(unsaved_.begin(), unsaved_.end(),
                                          [&](const auto& waiting) { return waiting.number > number; });
  for (auto saved = unsaved_.begin(); saved != first_unsaved; ++saved) {
    saved_ids_.push_back(std::move(saved->message_id));
  }
  unsaved_.erase(unsaved_.begin(), first_unsaved);
}

bool Attempt::take_end() {
  if (gone() || end_asked_) return false;
  if (waits_for_verification()) {
    end_asked_ = true;
    return true;
  }
  if (undecided()) return false;
  // What is done or absent is in the ledger before anything else happens to the process.
  if (ends_before_exit() && !recorded_ && !host_stops_) return false;
  end_asked_ = true;
  return true;
}

bool Attempt::take_start(MonotonicTime now) {
  if (place_ != Place::kIntended || !undecided() || recorded_ || pauses_) return false;
  if (lock_retry_at_ && now < *lock_retry_at_) return false;
  place_ = Place::kSpawned;
  spawned_at_ = now;
  lock_retry_at_.reset();
  if (!started_at_) started_at_ = now;
  return true;
}

bool Attempt::take_start_message(MonotonicTime now) {
  if (place_ != Place::kRegistered || !undecided() || exited_at_ || pauses_) return false;
  place_ = Place::kAtWork;
  moved_at_ = now;
  return true;
}

std::vector<std::string> Attempt::take_acknowledgements() {
  std::vector<std::string> ids;
  for (std::string& id : std::exchange(saved_ids_, {})) {
    if (!id.empty()) ids.push_back(std::move(id));
  }
  return ids;
}

bool Attempt::take_lock_notice() {
  if (!lock_notice_waits_) return false;
  lock_notice_waits_ = false;
  lock_notice_given_ = true;
  return true;
}

bool Attempt::end_waits() const {
  if (recorded_ || checkpoint_waits()) return false;
  switch (verdict_) {
    case Verdict::kNone:
      return false;
    case Verdict::kDone:
    case Verdict::kAbsent:
    case Verdict::kFailed:
    case Verdict::kInterrupted:
      return ends_before_exit() || gone();
  }
  return false;
}

std::optional<MonotonicTime> Attempt::deadline() const {
  if (!undecided() || waits_for_verification()) return std::nullopt;
  if (started_at_ && exited_at_ && !said_done_) return *exited_at_ + kLastWords;
  if (pauses_) return std::nullopt;
  if (!started_at_) return lock_retry_at_;
  MonotonicTime earliest = *started_at_ + settings().timeout;
  if (place_ == Place::kIntended && lock_retry_at_) earliest = std::min(earliest, *lock_retry_at_);
  if (place_ == Place::kSpawned) earliest = std::min(earliest, *spawned_at_ + settings().joins_within);
  if (place_ == Place::kAtWork) earliest = std::min(earliest, *moved_at_ + settings().stall);
  return earliest;
}

bool Attempt::listening() const {
  return place_ == Place::kAtWork && !recorded_ && (undecided() || verdict_ == Verdict::kInterrupted);
}

// The first verdict counts, but for a done after an interruption.
void Attempt::judge(Verdict verdict, const std::string& stage, const std::string& reason) {
  const bool revised = verdict_ == Verdict::kInterrupted && verdict == Verdict::kDone;
  if (recorded_ || (!undecided() && !revised)) return;
  verdict_ = verdict;
  stage_ = stage;
  reason_ = reason;
}

void Attempt::check_delivered(std::uint64_t failed, std::uint64_t handled) {
  if (failed <= handled) return;
  fail("delivery", std::to_string(failed - handled) + (failed - handled == 1 ? " message" : " messages") +
                       " of it failed, and nothing in the script handled that");
}

}  // namespace exo
