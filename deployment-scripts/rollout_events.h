// The ledger events that a rollout writes, with what belongs to each in its details.
//
// Details are compact JSON with sorted keys, so that the same event always has the same bytes. `who`, `host`
// and `at` are filled in by those who know them.
#pragma once

#include <string>

#include "deployment-scripts/attempt.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/script.h"
#include "ledger/event.h"

namespace exo {

// Where a version failed: its offline phase, its instances, or another version that it requires.
inline constexpr char kStageOffline[] = "offline";
inline constexpr char kStageReadiness[] = "readiness";
inline constexpr char kStageRequires[] = "requires";
inline constexpr char kStageDependsOn[] = "depends-on";

// Why an attempt without an end was interrupted.
inline constexpr char kHostEnded[] = "the host ended while it ran: interrupted, effect unknown";

LedgerEvent version_introduced_event(const rollout::VersionToBringIn& version);
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
// An attempt whose host died.
LedgerEvent attempt_interrupted_event(const VersionKey& version, Phase phase, const RecordedPhase& record);
// The script has no such phase, as was seen when it registered for the other one.
LedgerEvent phase_absent_event(const Script& script, Phase phase, const RecordedPhase& record);

// "todo-search-0.0.1-online-1".
std::string run_id(const VersionKey& version, Phase phase, std::uint64_t generation);

}  // namespace exo
