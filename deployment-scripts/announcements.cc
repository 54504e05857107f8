#include "deployment-scripts/announcements.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/check.h"
#include "base/duration.h"
#include "deployment-scripts/decision.h"
#include "deployment-scripts/follow.h"
#include "deployment-scripts/limits.h"
#include "deployment-scripts/rollout_events.h"
#include "deployment-scripts/script_message.h"
#include "deployment-scripts/shortened.h"

namespace exo {
namespace {

using rollout::Announce;
using rollout::AnnouncementKind;

std::string phase_of(const VersionKey& version, Phase phase) {
  return bus_role(version) + ": " + name_of(phase);
}

Announce about_phase(AnnouncementKind kind, const VersionKey& version, Phase phase, const std::string& what) {
  return Announce{.kind = kind,
                  .version = version,
                  .phase = phase,
                  .text = phase_of(version, phase) + " " + what,
                  .lines = {}};
}

Announce about_attempt(AnnouncementKind kind, const Attempt& attempt, const std::string& what) {
  return about_phase(kind, attempt.key().version, attempt.key().phase, what);
}

std::string number_of(const Attempt& attempt) {
  return std::to_string(attempt.key().id.attempt);
}

void add_last_words(const Attempt& attempt, Announce& into) {
  into.lines.push_back("reason: " + shortened(attempt.reason(), kMaxReasonBytes));
  const rollout::ScriptExited& exit = attempt.last_words();
  const std::size_t count = std::min(exit.last_lines.size(), kMaxLastLines);
  if (count > 0) into.lines.emplace_back("its last output:");
  for (std::size_t i = exit.last_lines.size() - count; i < exit.last_lines.size(); ++i) {
    into.lines.push_back("  " + shortened(exit.last_lines[i], kMaxLineBytes));
  }
  if (!exit.log.empty()) into.lines.push_back("log: " + exit.log);
}

// "mend deployment-scripts/web-2.0.0.js". What runs from an artifact is not changed by that alone.
std::string mend(const rollout::VersionToBringIn& version, const std::string& script,
                 const std::string& environment) {
  if (version.artifact.empty()) return "mend " + script;
  const std::string which = environment == "local" ? "" : " --environment " + environment;
  return "mend " + script + ", and have that run: exo build " + version.key.role + which +
         ", exo stop --host-only" + which + ", exo host" + which;
}

// What a person can do about a phase that is not tried again by itself.
class Advice {
 public:
  Advice(const rollout::VersionToBringIn& version, Phase phase, const std::string& environment)
      : version_(version), phase_(phase), environment_(environment) {}

  std::vector<std::string> about(const RecordedPhase& record) const {
    if (!version_.script)
      return {"next: its script is gone; put it back and start exo again", or_mark_done()};
    const std::string retry = command_for(DecisionVerb::kRetry, version_.key, std::nullopt, environment_);
    if (record.outcome == PhaseOutcome::kInterrupted) {
      return {"next: see what it has done, then have it tried again: " + retry, or_mark_done()};
    }
    const std::string mended = "next: " + mend(version_, version_.script->name, environment_);
    if (!record.held_back && !version_.artifact.empty()) return {mended, "or, to try it as it is: " + retry};
    if (!record.held_back) return {mended + "; then start exo again, or: " + retry};
    return {mended + ", if it needs that; then, since it is not tried again by itself: " + retry,
            or_mark_done()};
  }

 private:
  std::string or_mark_done() const {
    return "or, when its effect is there: " +
           command_for(DecisionVerb::kMarkDone, version_.key, phase_, environment_);
  }

  const rollout::VersionToBringIn& version_;
  Phase phase_;
  const std::string& environment_;
};

// What others did with a dry run or a verification that has come to no end of its own; empty for one that
// has.
std::string cut_short(const Attempt& trial) {
  if (trial.verdict() == Attempt::Verdict::kInterrupted) return "was interrupted";
  return trial.stage() == kStageCancelled ? "was cancelled" : "";
}

void append(const std::vector<std::string>& lines, Announce& into) {
  into.lines.insert(into.lines.end(), lines.begin(), lines.end());
}

// "offline phase is tried again".
std::string deed_of(const LedgerEvent& event) {
  if (event.type == event_type::kRetryDecided) return "is tried again";
  if (cancels_trial(event)) return event.phase == "verify" ? "is cancelled" : "makes its dry run no more";
  if (event.type == event_type::kCancelDecided) return "is cancelled, and not tried again before a retry";
  if (event.type == event_type::kRerunDecided) {
    return "is run again, in generation " + std::to_string(event.generation);
  }
  if (event.type == event_type::kPhaseSkipped) return "is skipped";
  if (event.type == event_type::kUndoDecided) {
    const auto details = nlohmann::json::parse(event.details, nullptr, false);
    const bool differs = details.is_object() && details.value("differs", false);
    return std::string("takes back what its phases did") +
           (differs ? ", with another content of its script than the one that did it" : "");
  }
  if (event.type == event_type::kPauseDecided) return "is paused";
  if (event.type == event_type::kResumeDecided) return "goes on";
  return "counts as done";
}

std::string reason_of(const LedgerEvent& event) {
  const auto details = nlohmann::json::parse(event.details, nullptr, false);
  const auto found = details.find("reason");
  return found != details.end() && found->is_string() ? found->get<std::string>() : "none is recorded";
}

std::string throttling_of(const RecordedPhase& record) {
  return record.rate ? "is throttled to " + to_string(*record.rate) : "is not throttled any more";
}

std::string how_to_resume(const VersionKey& version, Phase phase, const std::string& environment) {
  return "next: when it may go on: " + command_for(DecisionVerb::kResume, version, phase, environment);
}

std::string undo_trouble(const RecordedPhase& undo) {
  if (undo.outcome == PhaseOutcome::kNothing) return "its undo is not begun";
  return undo.outcome == PhaseOutcome::kInterrupted ? "its undo was interrupted" : "its undo failed";
}

void add_cause(const RecordedPhase& phase, Announce& into) {
  if (!phase.reason.empty()) into.lines.push_back("reason: " + phase.reason);
  if (!phase.log.empty()) into.lines.push_back("log: " + phase.log);
}

}  // namespace

Announce script_started(const Attempt& attempt) {
  std::string what = "started";
  if (attempt.key().id.attempt > 1) what += " (attempt " + number_of(attempt) + ")";
  if (attempt.checkpoint()) what += ", from its last checkpoint";
  return about_attempt(AnnouncementKind::kScriptStarted, attempt, what);
}

Announce undo_started(const Attempt& attempt, const RecordedVersion& record) {
  Announce announcement = script_started(attempt);
  const RecordedPhase* done = done_by_another(attempt.script(), record);
  if (done == nullptr) return announcement;
  announcement.lines = {"it is another content of " + attempt.script().name + " than the one that did it",
                        "then: " + done->digest, "now:  " + attempt.script().digest};
  return announcement;
}

Announce script_done(const Attempt& attempt) {
  return about_attempt(AnnouncementKind::kScriptDone, attempt, "done");
}

Announce script_tries_again(const Attempt& attempt, unsigned failures, std::chrono::milliseconds pause) {
  const unsigned attempts = attempt.script().settings.of(attempt.key().phase).attempts;
  Announce announcement =
      about_attempt(AnnouncementKind::kScriptTriesAgain, attempt,
                    "failed (" + std::to_string(failures) + " of " + std::to_string(attempts) +
                        " attempts), next attempt in " + format_duration(pause));
  add_last_words(attempt, announcement);
  return announcement;
}

Announce script_failed(const Attempt& attempt) {
  const bool is_cancelled = attempt.stage() == kStageCancelled;
  const bool is_never_retried = attempt.own_words() != nullptr &&
                                attempt.own_words()->retry == rollout::ScriptSaidFailed::Retry::kNever;
  const std::string why_last = is_never_retried ? ", the last, as it says itself)" : ", the last)";
  const std::string what = is_cancelled ? "ended, cancelled (attempt " + number_of(attempt) + ")"
                                        : "failed (attempt " + number_of(attempt) + why_last;
  Announce announcement = about_attempt(AnnouncementKind::kScriptFailed, attempt, what);
  add_last_words(attempt, announcement);
  return announcement;
}

Announce script_interrupted(const Attempt& attempt) {
  Announce announcement = about_attempt(AnnouncementKind::kScriptInterrupted, attempt,
                                        "interrupted (attempt " + number_of(attempt) + ")");
  add_last_words(attempt, announcement);
  return announcement;
}

Announce script_waits_for_lock(const Attempt& attempt) {
  return about_attempt(AnnouncementKind::kScriptWaits, attempt, "waits: " + attempt.cannot_start_because());
}

Announce script_waits_for_others(const VersionKey& version, Phase phase, const std::string& reason) {
  return about_phase(AnnouncementKind::kScriptWaits, version, phase, "waits: " + reason);
}

Announce script_skipped(const VersionKey& version) {
  return Announce{.kind = AnnouncementKind::kScriptSkipped,
                  .version = version,
                  .phase = std::nullopt,
                  .text = bus_role(version) + " skipped: the application has no " + to_text(version),
                  .lines = {}};
}

Announce script_changed(const Script& script, Phase phase, const RecordedPhase& record) {
  Announce announcement = about_phase(AnnouncementKind::kScriptChanged, script.brings_in, phase,
                                      "was done by another content of " + script.name);
  announcement.lines = {"nothing is run again; a new version needs a script of its own",
                        "then: " + record.digest, "now:  " + script.digest};
  return announcement;
}

Announce script_missing(const VersionKey& version, Phase phase) {
  Announce announcement = about_phase(AnnouncementKind::kScriptMissing, version, phase,
                                      "was run by a script that is not in the application any more");
  announcement.lines = {
      "nothing is run again; keep the scripts that have run, for whoever starts from nothing"};
  return announcement;
}

Announce version_changed(const VersionKey& version, const std::string& then, const std::string& now) {
  return {.kind = AnnouncementKind::kVersionChanged,
          .version = version,
          .phase = std::nullopt,
          .text = to_text(version) + " was introduced here with other files than those in its folder now",
          .lines = {"no script is run again; give what is new a version of its own", "then: " + then,
                    "now:  " + now}};
}

Announce version_missing(const VersionKey& version, const RecordedVersion& record) {
  return {.kind = AnnouncementKind::kVersionMissing,
          .version = version,
          .phase = std::nullopt,
          .text = to_text(version) +
                  (record.live ? ", which was live here," : ", which was introduced here,") +
                  " is not in the application any more",
          .lines = {"it is not started; what it stored and what its scripts did stay as they are"}};
}

Announce undo_waits(const VersionKey& version, const RecordedVersion& record, VersionPresence presence,
                    const std::string& environment) {
  Announce announcement = about_phase(AnnouncementKind::kUndoWaits, version, Phase::kUndo,
                                      "waits: " + why_it_cannot_run(version, presence));
  announcement.lines = {"decided: " + record.undo_decision};
  // A missing version's gate is held by the ledger, too, from this host's beginning on.
  if (presence != VersionPresence::kMissing) return announcement;
  announcement.lines.push_back("or, when it is taken back by hand: " +
                               command_for(DecisionVerb::kMarkDone, version, Phase::kUndo, environment));
  return announcement;
}

Announce interruption_found(const Script* script, const VersionKey& version, Phase phase,
                            const RecordedPhase& record) {
  const std::string attempt = " (attempt " + std::to_string(record.attempt) + ")";
  Announce announcement = record.outcome == PhaseOutcome::kFailed
                              ? about_phase(AnnouncementKind::kScriptFailed, version, phase,
                                            "failed" + attempt + " while no host could record it")
                              : about_phase(AnnouncementKind::kScriptInterrupted, version, phase,
                                            "was interrupted" + attempt + ", effect unknown");
  add_cause(record, announcement);
  if (script == nullptr) announcement.lines.emplace_back("its script is not in the application any more");
  return announcement;
}

std::optional<Announce> version_out_of_order(const LedgerEvent& event) {
  const auto details = nlohmann::json::parse(event.details, nullptr, false);
  const std::string reason = details.is_object() ? details.value("reason", std::string()) : "";
  if (reason.empty()) return std::nullopt;
  const VersionKey version{event.role, event.version};
  return Announce{.kind = AnnouncementKind::kVersionOutOfOrder,
                  .version = version,
                  .phase = std::nullopt,
                  .text = to_text(version) + " is introduced " + reason,
                  .lines = {"versions that need an order say so: requires in service.yml, after or requires "
                            "beside the script"}};
}

Announce version_waits(const VersionKey& version, const std::string& reason) {
  return {.kind = AnnouncementKind::kVersionWaits,
          .version = version,
          .phase = std::nullopt,
          .text = to_text(version) + " is not started yet: " + reason,
          .lines = {}};
}

Announce version_held(const rollout::VersionToBringIn& version, const RecordedVersion& record,
                      const std::string& environment) {
  Announce announcement{.kind = AnnouncementKind::kHeld,
                        .version = version.key,
                        .phase = std::nullopt,
                        .text = to_text(version.key) + " is held: ",
                        .lines = {}};
  if (record.stage == kStageUndone) {
    announcement.text += record.reason;
    announcement.lines = {"next: " + mend(version, "its script", environment) + "; then, to run it again: " +
                          command_for(DecisionVerb::kRetry, version.key, std::nullopt, environment)};
  } else if (record.stage == kStageUndo) {
    announcement.phase = Phase::kUndo;
    announcement.text += undo_trouble(record.undo);
    add_cause(record.undo, announcement);
    append(Advice(version, Phase::kUndo, environment).about(record.undo), announcement);
  } else if (record.stage == kStageOffline) {
    announcement.phase = Phase::kOffline;
    announcement.text += record.offline.outcome == PhaseOutcome::kInterrupted
                             ? "its offline phase was interrupted"
                             : "its offline phase failed";
    add_cause(record.offline, announcement);
    append(Advice(version, Phase::kOffline, environment).about(record.offline), announcement);
  } else if (record.stage == kStageFollow) {
    announcement.phase = Phase::kOffline;
    announcement.text += "what its script follows is lost";
    announcement.lines = {"reason: " + record.reason,
                          "next: start exo again; its script then begins anew, without a checkpoint"};
  } else if (record.stage == kStageReadiness) {
    announcement.text += "it has no ready instance";
    announcement.lines = {"reason: " + record.reason, "next: it comes in by itself when it has one"};
  } else if (record.stage == kStageDependsOn) {
    announcement.text += record.reason;
    announcement.lines = {"next: mend that one; this one is started as soon as it is there"};
  } else {
    announcement.text += record.reason;
    announcement.lines = {"next: bring in what it requires; this one is started as soon as it is there"};
  }
  announcement.lines.emplace_back("the versions beside it go on");
  return announcement;
}

Announce trial_held(const VersionKey& version, const std::string& stage, const std::string& reason) {
  const bool is_not_ready = stage == kStageReadiness;
  Announce announcement{
      .kind = AnnouncementKind::kHeld,
      .version = version,
      .phase = std::nullopt,
      .text = to_text(version) + " is held: " + (is_not_ready ? "it has no ready instance" : reason),
      .lines = {}};
  if (is_not_ready) announcement.lines.push_back("reason: " + reason);
  announcement.lines.emplace_back("it is only tried, so nothing of this is recorded");
  announcement.lines.emplace_back("the versions beside it go on");
  return announcement;
}

Announce version_live(const rollout::VersionToBringIn& version, const RecordedVersion& record,
                      const std::string& environment) {
  Announce announcement{.kind = AnnouncementKind::kLive,
                        .version = version.key,
                        .phase = std::nullopt,
                        .text = to_text(version.key) + " is live",
                        .lines = {}};
  const PhaseOutcome online = record.online.outcome;
  if (online != PhaseOutcome::kFailed && online != PhaseOutcome::kInterrupted) return announcement;
  announcement.kind = AnnouncementKind::kLiveFlagged;
  announcement.phase = Phase::kOnline;
  announcement.text += online == PhaseOutcome::kFailed ? ", but its online phase failed"
                                                       : ", but its online phase was interrupted";
  add_cause(record.online, announcement);
  append(Advice(version, Phase::kOnline, environment).about(record.online), announcement);
  return announcement;
}

Announce dry_run_started(const Attempt& attempt) {
  return about_attempt(AnnouncementKind::kDryRun, attempt, "makes a dry run");
}

Announce dry_run_not_made(const VersionKey& version, Phase phase, const std::string& reason) {
  Announce announcement = about_phase(AnnouncementKind::kDryRun, version, phase, "is not dry-run");
  announcement.lines.push_back("reason: " + shortened(reason, kMaxReasonBytes));
  return announcement;
}

Announce dry_run_ended(const Attempt& attempt) {
  if (attempt.verdict() == Attempt::Verdict::kDone) {
    return about_attempt(AnnouncementKind::kDryRun, attempt, "has made its dry run, which changes nothing");
  }
  if (attempt.verdict() == Attempt::Verdict::kAbsent) {
    return about_attempt(AnnouncementKind::kDryRun, attempt, "is none that its script handles");
  }
  const std::string others_did = cut_short(attempt);
  Announce announcement =
      about_attempt(AnnouncementKind::kDryRun, attempt,
                    (others_did.empty() ? "failed" : others_did) + " in its dry run, which changes nothing");
  add_last_words(attempt, announcement);
  return announcement;
}

Announce verification_started(const Attempt& attempt) {
  return about_attempt(AnnouncementKind::kVerification, attempt, "started");
}

Announce verification_ended(const Attempt& attempt, const std::string& fault) {
  if (fault.empty()) {
    return about_attempt(AnnouncementKind::kVerification, attempt, "has found what its phases did");
  }
  const std::string others_did = cut_short(attempt);
  Announce announcement = about_attempt(
      AnnouncementKind::kVerification, attempt,
      others_did.empty() ? "has not found what its phases did"
                         : others_did + ", so that nobody knows whether what its phases did is there");
  announcement.lines.push_back("reason: " + shortened(fault, kMaxReasonBytes));
  return announcement;
}

Announce script_slowed(const Attempt& attempt) {
  const Slowdown& slowdown = attempt.slowdown();
  return about_attempt(AnnouncementKind::kSlowed, attempt,
                       "is slowed to " + slowed_to(*slowdown.at_most()) + ": " + slowdown.because());
}

Announce script_at_full_rate(const Attempt& attempt) {
  const Slowdown& slowdown = attempt.slowdown();
  const std::optional<Rate> rate = slowdown.at_most();
  return about_attempt(AnnouncementKind::kSlowedNoMore, attempt,
                       "goes on at " + (rate ? to_string(*rate) : std::string("its full rate")) +
                           ", after it was slowed for " + format_duration(slowdown.last()));
}

Announce script_signal_unknown(const Attempt& attempt, const std::string& trouble) {
  return about_attempt(AnnouncementKind::kSlowed, attempt, "stays slowed, since " + trouble);
}

Announce nothing_undone(const Attempt& attempt) {
  return about_attempt(AnnouncementKind::kNothingUndone, attempt,
                       "is nothing that its script handles, so that all stays as it was");
}

Announce decided(const LedgerEvent& event, const RecordedPhase& record, const std::string& environment) {
  const VersionKey version{event.role, event.version};
  const Phase phase = *parse_phase(event.phase);
  const std::string deed =
      event.type == event_type::kThrottleDecided ? throttling_of(record) : deed_of(event);
  Announce announcement =
      about_phase(AnnouncementKind::kDecided, version, phase, deed + ", as " + event.who + " has decided");
  announcement.lines.push_back("reason: " + reason_of(event));
  if (!record.is_paused()) return announcement;
  if (event.type != event_type::kPauseDecided) {
    announcement.lines.push_back("it is still paused " + record.paused);
  }
  announcement.lines.push_back(how_to_resume(version, phase, environment));
  return announcement;
}

Announce still_paused(const VersionKey& version, Phase phase, const RecordedPhase& record,
                      const std::string& environment) {
  Announce announcement =
      about_phase(AnnouncementKind::kPaused, version, phase, "is paused " + record.paused);
  announcement.lines = {how_to_resume(version, phase, environment)};
  return announcement;
}

Announce follow_started(const VersionKey& version, const RecordedFollow& follow) {
  std::string names;
  for (const std::string& name : follow.commands) names += (names.empty() ? "" : ", ") + name;
  return about_phase(AnnouncementKind::kFollowStarted, version, Phase::kOffline,
                     "follows " + shortened(names, kMaxLineBytes));
}

Announce follow_done(const LedgerEvent& event) {
  const auto details = nlohmann::json::parse(event.details);
  const auto number = [&](const char* key) { return std::to_string(details.value(key, std::uint64_t{0})); };
  return about_phase(AnnouncementKind::kFollowDone, {event.role, event.version}, Phase::kOffline,
                     "has caught up: of " + number("recorded") + " commands that were followed " +
                         number("replayed") + " are replayed");
}

Announce follow_abandoned(const LedgerEvent& event) {
  Announce announcement =
      about_phase(AnnouncementKind::kFollowAbandoned, {event.role, event.version}, Phase::kOffline,
                  "follows nothing any more; it begins anew when it is tried again");
  const auto details = nlohmann::json::parse(event.details);
  announcement.lines.push_back("reason: " + details.value("reason", std::string()));
  return announcement;
}

Announce ledger_blocked(const std::string& reason) {
  return Announce{.kind = AnnouncementKind::kLedgerBlocked,
                  .version = {},
                  .phase = std::nullopt,
                  .text = "the ledger cannot be written; nothing goes on until it can",
                  .lines = {"reason: " + shortened(reason, kMaxReasonBytes)}};
}

}  // namespace exo
