// The ledger events that a rollout writes, with what belongs to each in its details.
//
// Details are compact JSON with sorted keys, so that the same event always has the same bytes. `who`, `host`
// and `at` are filled in by those who know them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "deployment-scripts/attempt.h"
#include "deployment-scripts/decision.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/script.h"
#include "ledger/event.h"

namespace exo {

// Why an attempt without an end was interrupted.
inline constexpr char kHostEnded[] = "the host ended while it ran: interrupted, effect unknown";

// `out_of_order`: see out_of_order.h; may be empty.
LedgerEvent version_introduced_event(const rollout::VersionToBringIn& version,
                                     const std::string& out_of_order = "");
LedgerEvent version_live_event(const VersionKey& version, const RecordedVersion& record);
// `stage` is one of the words above.
LedgerEvent version_failed_event(const VersionKey& version, const std::string& stage,
                                 const std::string& reason);
LedgerEvent gate_opened_event(const VersionKey& version, const RecordedVersion& record);
LedgerEvent gate_held_event(const VersionKey& version, const std::string& reason);
LedgerEvent script_skipped_event(const Script& script);

// The next attempt at a phase: one more than the record's last. Details name the script, its digest, and why
// it is not the first.
LedgerEvent attempt_started_event(const Script& script, Phase phase, const RecordedPhase& record);
LedgerEvent checkpoint_saved_event(const Attempt& attempt);
// The end of an attempt that has a verdict.
LedgerEvent attempt_ended_event(const Attempt& attempt);
// How the process of an attempt ended whose end was recorded before: done, or without such a phase.
LedgerEvent attempt_exited_event(const Attempt& attempt);
// The end of the attempt that the record holds as under way, whose host died: attempt-failed where a keeper
// has seen that it failed by itself, else attempt-interrupted, with what the keeper has seen of it.
LedgerEvent attempt_left_event(const VersionKey& version, Phase phase, const RecordedPhase& record,
                               const std::vector<rollout::SeenExit>& exits);
// The script has no such phase, as was seen when it registered for the other one.
LedgerEvent phase_absent_event(const Script& script, Phase phase, const RecordedPhase& record);

// A person's decision about a phase: who is filled in. `script`, the one whose effect is vouched for, may be
// null.
LedgerEvent decision_event(std::string_view type, const Decision& decision, Phase phase,
                           const RecordedPhase& record, const Script* script);

// A dry run is an attempt of generation 0, which changes nothing that is recorded of its phase.
LedgerEvent dry_run_started_event(const Decision& decision, Phase phase, const RecordedPhase& record,
                                  const Script& script);
// `record` is that of the trial's phase: its last dry run or verification is ended.
LedgerEvent trial_cancelled_event(const Decision& decision, Phase phase, const RecordedPhase& record);
LedgerEvent dry_run_ended_event(const Attempt& attempt);
// One whose host died.
LedgerEvent dry_run_interrupted_event(const VersionKey& version, Phase phase, const RecordedPhase& record);

// The phase that another content of the script did; null where it was this one, or nobody knows.
const RecordedPhase* done_by_another(const Script& script, const RecordedVersion& record);

// A person has decided that the version's phases are taken back; `script` is the one that does it.
LedgerEvent undo_decided_event(const Decision& decision, const RecordedVersion& record, const Script& script);

// A verification is an attempt of generation 0, too. `for_attempt` is the offline attempt that waits for it;
// empty for one that a person wants, whose words `decision` then are.
LedgerEvent verify_started_event(const Script& script, const RecordedPhase& record,
                                 const rollout::AttemptId& for_attempt);
LedgerEvent verify_started_event(const Script& script, const RecordedPhase& record, const Decision& decision);
LedgerEvent verify_ended_event(const Attempt& verification);
// One whose host died.
LedgerEvent verify_interrupted_event(const VersionKey& version, const RecordedPhase& record);

// How a dry run or a verification ended: "done", "failed", "absent" or "interrupted", in what stage it
// failed, and why. Empty where the event does not say.
struct TrialEnd {
  std::string outcome;
  std::string stage;
  std::string reason;
};
TrialEnd end_of_trial(const LedgerEvent& ended);

// What it has found, as its end says: empty when the effect is there, else why it is not, or why that is not
// known.
std::string fault_found(const LedgerEvent& verify_ended);

// "todo-search-0.0.1-online-1".
std::string run_id(const VersionKey& version, Phase phase, std::uint64_t generation);

}  // namespace exo
