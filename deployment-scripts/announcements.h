// The sentences in which a rollout speaks to people. A failure says what happened, shows the last words,
// names the log and says what to do next.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "deployment-scripts/attempt.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/version_presence.h"

namespace exo {

rollout::Announce script_started(const Attempt& attempt);
// Of an attempt at an undo; says where its script is not the one that `record` says ran.
rollout::Announce undo_started(const Attempt& attempt, const RecordedVersion& record);
rollout::Announce script_done(const Attempt& attempt);
rollout::Announce script_tries_again(const Attempt& attempt, unsigned failures,
                                     std::chrono::milliseconds pause);
rollout::Announce script_failed(const Attempt& attempt);
rollout::Announce script_interrupted(const Attempt& attempt);
rollout::Announce script_waits_for_lock(const Attempt& attempt);
// `reason` names the scripts that come before: "its offline script runs after that of accounts@2.0.0".
rollout::Announce script_waits_for_others(const VersionKey& version, Phase phase, const std::string& reason);
// Its slowdown has just begun, or ended; or why its signal cannot be told while it is slowed.
rollout::Announce script_slowed(const Attempt& attempt);
rollout::Announce script_at_full_rate(const Attempt& attempt);
rollout::Announce script_signal_unknown(const Attempt& attempt, const std::string& trouble);
rollout::Announce script_skipped(const VersionKey& version);
// The script differs from the one that `record` says ran.
rollout::Announce script_changed(const Script& script, Phase phase, const RecordedPhase& record);
// An attempt without an end was found, and `record` has it as interrupted or failed; `script` is null when
// there is none any more.
rollout::Announce interruption_found(const Script* script, const VersionKey& version, Phase phase,
                                     const RecordedPhase& record);
// A phase was run by a script that is not there any more.
rollout::Announce script_missing(const VersionKey& version, Phase phase);
// The files of a version are not those with which it was introduced; both digests are of one algorithm.
rollout::Announce version_changed(const VersionKey& version, const std::string& then, const std::string& now);
// A version that was introduced is not in the application any more.
rollout::Announce version_missing(const VersionKey& version, const RecordedVersion& record);
// It is decided and not done, and the version is not there, as `presence` says, which is not kInApplication.
rollout::Announce undo_waits(const VersionKey& version, const RecordedVersion& record,
                             VersionPresence presence, const std::string& environment);
// That it is introduced out of order, where `event` says so; else nothing.
std::optional<rollout::Announce> version_out_of_order(const LedgerEvent& event);
// `reason` is what it waits for, as in "it waits for todo to be live".
rollout::Announce version_waits(const VersionKey& version, const std::string& reason);
// `record` is that of a version that has just failed.
rollout::Announce version_held(const rollout::VersionToBringIn& version, const RecordedVersion& record,
                               const std::string& environment);
// Of one that is only tried, where the ledger holds nothing of why: kStageReadiness, or what it waited for.
rollout::Announce trial_held(const VersionKey& version, const std::string& stage, const std::string& reason);
// Flagged when its online phase has failed or was interrupted for good.
rollout::Announce version_live(const rollout::VersionToBringIn& version, const RecordedVersion& record,
                               const std::string& environment);
rollout::Announce follow_started(const VersionKey& version, const RecordedFollow& follow);
// `event` says so.
rollout::Announce follow_done(const LedgerEvent& event);
rollout::Announce follow_abandoned(const LedgerEvent& event);
rollout::Announce dry_run_started(const Attempt& attempt);
rollout::Announce dry_run_not_made(const VersionKey& version, Phase phase, const std::string& reason);
rollout::Announce dry_run_ended(const Attempt& attempt);
rollout::Announce verification_started(const Attempt& attempt);
// `fault` is empty where the effect is there.
rollout::Announce verification_ended(const Attempt& attempt, const std::string& fault);
// The script that was to take back what its phases did handles no undo.
rollout::Announce nothing_undone(const Attempt& attempt);
// `event` is a person's decision, which `record` holds.
rollout::Announce decided(const LedgerEvent& event, const RecordedPhase& record,
                          const std::string& environment);
// `record` has it paused since an earlier host.
rollout::Announce still_paused(const VersionKey& version, Phase phase, const RecordedPhase& record,
                               const std::string& environment);
rollout::Announce ledger_blocked(const std::string& reason);

}  // namespace exo
