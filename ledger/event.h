// One row of an environment's ledger, and the words for what a row may say.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/digest.h"
#include "base/result.h"

namespace exo {

// What a deployment script may be run for: before its version meets traffic, after that, to take back what
// these two did, and to look whether it is there.
enum class Phase { kOffline, kOnline, kUndo, kVerify };

// Those whose attempts are recorded and tried again; a verification is run once, as a dry run is.
inline constexpr std::array kTriedPhases{Phase::kOffline, Phase::kOnline, Phase::kUndo};

std::string_view to_string(Phase phase);  // "offline", "online", "undo", "verify"
// nullopt for any other text, the empty one included.
std::optional<Phase> parse_phase(std::string_view text);

// The number of the encoding that an event's hash is made over (docs/ledger.md). It rises only when that
// encoding changes: new words and new details need no new number.
inline constexpr std::uint64_t kEventFormat = 1;

// What happened, when, by whom. A value; empty text or 0 where a field does not apply.
struct LedgerEvent {
  std::uint64_t sequence = 0;  // from 1 upwards without gaps; given by the ledger
  UnixTime at;                 // given by the caller; may jump, so nothing is ordered by it
  std::string who;
  std::string host;  // id of the host that wrote it, made at each start
  std::string type;  // one of event_types(), or a newer exo's word
  std::string role;
  std::string version;
  std::string phase;  // one of to_string(Phase), or ""
  std::uint64_t generation = 0;
  std::string run;
  std::uint64_t attempt = 0;
  std::string details = "{}";  // canonical compact JSON object: what belongs to the event

  // Given by the ledger, whatever the caller left in them.
  std::uint64_t format = kEventFormat;
  std::uint64_t epoch = 0;  // of the ownership under which it was written; never falls along the sequence
  Sha256Digest previous_hash{};  // of the event before; all zero for the first
  Sha256Digest hash{};           // over all of the above (ledger/chain.h)

  bool operator==(const LedgerEvent&) const = default;
};

namespace event_type {
inline constexpr std::string_view kHostStarted = "host-started";
inline constexpr std::string_view kHostStopped = "host-stopped";
inline constexpr std::string_view kVersionIntroduced = "version-introduced";
inline constexpr std::string_view kAttemptStarted = "attempt-started";
inline constexpr std::string_view kAttemptDone = "attempt-done";
inline constexpr std::string_view kAttemptFailed = "attempt-failed";
inline constexpr std::string_view kAttemptInterrupted = "attempt-interrupted";
inline constexpr std::string_view kAttemptExited = "attempt-exited";
inline constexpr std::string_view kPhaseAbsent = "phase-absent";
inline constexpr std::string_view kScriptSkipped = "script-skipped";
inline constexpr std::string_view kCheckpointSaved = "checkpoint-saved";
inline constexpr std::string_view kFollowStarted = "follow-started";
inline constexpr std::string_view kFollowDone = "follow-done";
inline constexpr std::string_view kFollowAbandoned = "follow-abandoned";
inline constexpr std::string_view kGateOpened = "gate-opened";
inline constexpr std::string_view kGateHeld = "gate-held";
inline constexpr std::string_view kVersionLive = "version-live";
inline constexpr std::string_view kVersionFailed = "version-failed";
inline constexpr std::string_view kMessagePastGate = "message-past-gate";
inline constexpr std::string_view kRetryDecided = "retry-decided";
inline constexpr std::string_view kCancelDecided = "cancel-decided";
inline constexpr std::string_view kTrialCancelled = "trial-cancelled";
inline constexpr std::string_view kPauseDecided = "pause-decided";
inline constexpr std::string_view kResumeDecided = "resume-decided";
inline constexpr std::string_view kThrottleDecided = "throttle-decided";
inline constexpr std::string_view kRerunDecided = "rerun-decided";
inline constexpr std::string_view kPhaseSkipped = "phase-skipped";
inline constexpr std::string_view kPhaseMarkedDone = "phase-marked-done";
inline constexpr std::string_view kDryRunStarted = "dry-run-started";
inline constexpr std::string_view kDryRunEnded = "dry-run-ended";
inline constexpr std::string_view kUndoDecided = "undo-decided";
inline constexpr std::string_view kVerifyStarted = "verify-started";
inline constexpr std::string_view kVerifyEnded = "verify-ended";
inline constexpr std::string_view kRemovalDecided = "removal-decided";
inline constexpr std::string_view kLedgerRepaired = "ledger-repaired";
}  // namespace event_type

// What an event is about, and so which of its fields must be filled.
enum class EventSubject {
  kEnvironment,  // none
  kVersion,      // role and version
  kPhase,        // these and phase
  kAttempt,      // these, run and attempt
};

struct EventType {
  std::string_view word;
  EventSubject subject;
  std::string_view meaning;  // a clause for people
};

// Every word that this exo writes.
std::span<const EventType> event_types();
// nullptr for a word that this exo does not know: a newer one has written it: see may_be_passed_over().
const EventType* find_event_type(std::string_view word);

// Whether a reader that does not know the event's type may go on without it. Not where its details say
// `"mustKnow": true`: without it, what is derived from the ledger would be wrong in what a host then does.
//
// Every type that is added to event_types() and changes what a host decides needs that mark on its events, as
// long as hosts may be about that do not know it; one that only tells needs none. A word that older hosts
// know is given no further meaning, since they would take it for what it meant before: that is a type of its
// own.
bool may_be_passed_over(const LedgerEvent& event);

inline constexpr std::size_t kEventTextLimitBytes = 1024;  // each text but details: names and ids
inline constexpr std::size_t kEventDetailsLimitBytes =
    16 * 1024 * 1024;  // a checkpoint is at most one payload

// Whether it says how an attempt, a dry run or a look at what is there has ended.
bool ends_attempt(std::string_view type);

// Whether a ledger may take the event: code "malformed" (unknown type, a field that its type needs is empty,
// text that is not UTF-8, numbers of 64 bits, details that are not a JSON object) or "too-large". The message
// names the field and its value.
Result<void> check_event(const LedgerEvent& event);

}  // namespace exo
