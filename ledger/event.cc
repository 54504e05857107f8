#include "ledger/event.h"

#include <algorithm>
#include <array>
#include <limits>
#include <nlohmann/json.hpp>

#include "base/text.h"
#include "ledger/ledger_error.h"

namespace exo {
namespace {

using enum EventSubject;

constexpr std::array kEventTypes{
    EventType{event_type::kHostStarted, kEnvironment, "a host took the environment over"},
    EventType{event_type::kHostStopped, kEnvironment, "a host ended in order"},
    EventType{event_type::kVersionIntroduced, kVersion, "a service version was brought into the environment"},
    EventType{event_type::kAttemptStarted, kAttempt,
              "an attempt is about to start: recorded before its process"},
    EventType{event_type::kAttemptDone, kAttempt, "a phase is done in this generation"},
    EventType{event_type::kAttemptFailed, kAttempt, "an attempt failed"},
    EventType{event_type::kAttemptInterrupted, kAttempt,
              "the host or keeper died under an attempt; effect unknown"},
    EventType{event_type::kAttemptExited, kAttempt,
              "how the process of an attempt ended whose end was recorded before"},
    EventType{event_type::kPhaseAbsent, kPhase, "there is no script, or it does not handle this phase"},
    EventType{event_type::kScriptSkipped, kVersion,
              "a script was not run, since its version was never introduced"},
    EventType{event_type::kCheckpointSaved, kAttempt, "what the next attempt goes on from"},
    EventType{event_type::kFollowStarted, kPhase,
              "commands to the version that serves are recorded from now on; checkpoints from before count "
              "no more"},
    EventType{event_type::kFollowDone, kAttempt, "what was recorded is with the version that comes in"},
    EventType{event_type::kFollowAbandoned, kPhase, "nothing is recorded any more; its script begins anew"},
    EventType{event_type::kGateOpened, kVersion, "traffic may reach the version"},
    EventType{event_type::kGateHeld, kVersion, "no traffic reaches the version"},
    EventType{event_type::kVersionLive, kVersion,
              "the gate is open and no phase is left to run; flagged where its online phase failed"},
    EventType{event_type::kVersionFailed, kVersion, "the version did not come in; its gate is held"},
    EventType{event_type::kMessagePastGate, kVersion,
              "a person's message is about to be sent to the version although its gate is held"},
    EventType{event_type::kRetryDecided, kPhase, "a person has decided that a phase is tried again"},
    EventType{event_type::kCancelDecided, kAttempt,
              "a person has decided that an attempt is ended, and none made after it"},
    EventType{event_type::kTrialCancelled, kAttempt,
              "a person has decided that a dry run or a verification is ended; generation 0"},
    EventType{
        event_type::kPauseDecided, kPhase,
        "a person has decided that a phase stands still: no attempt of it starts, and one that runs waits"},
    EventType{event_type::kResumeDecided, kPhase,
              "a person has decided that a phase that stands still goes on where it was"},
    EventType{event_type::kThrottleDecided, kPhase,
              "a person has decided how many commands a second the script may send in a phase"},
    EventType{event_type::kRerunDecided, kPhase,
              "a person has decided that a phase that is done is run again: a new generation"},
    EventType{event_type::kPhaseSkipped, kPhase, "a person has decided that an online phase is not run"},
    EventType{event_type::kPhaseMarkedDone, kPhase,
              "a person says that the effect of a phase is there, without a run of its script"},
    EventType{event_type::kDryRunStarted, kAttempt,
              "a person has a script run that only tells what it would do; generation 0"},
    EventType{event_type::kDryRunEnded, kAttempt, "how that ended; it changes nothing"},
    EventType{event_type::kUndoDecided, kPhase,
              "a person has decided that what a version's phases did is taken back: a new generation"},
    EventType{event_type::kVerifyStarted, kAttempt,
              "a script is about to look whether its effect is there; generation 0"},
    EventType{event_type::kVerifyEnded, kAttempt, "whether it is; it changes no gate"},
    EventType{event_type::kRemovalDecided, kEnvironment,
              "a person has decided that a folder of data is removed: recorded before it is"},
    EventType{event_type::kLedgerRepaired, kEnvironment,
              "a person began the ledger anew with what was whole of it"},
};

struct TextField {
  std::string_view name;
  const std::string& value;
};

struct NumberField {
  std::string_view name;
  std::uint64_t value;
};

Error malformed(const LedgerEvent& event, std::string_view field, const std::string& fault) {
  return ledger_failure(ledger_error::kMalformed,
                        "event " + in_quotes(event.type) + ": " + std::string(field) + " " + fault);
}

Result<void> check_size(const LedgerEvent& event, const TextField& field, std::size_t limit) {
  if (field.value.size() <= limit) return {};
  return ledger_failure(ledger_error::kTooLarge, "event " + in_quotes(event.type) + ": " +
                                                     std::string(field.name) + " has " +
                                                     std::to_string(field.value.size()) +
                                                     " bytes, the limit is " + std::to_string(limit));
}

Result<void> check_text(const LedgerEvent& event, const TextField& field) {
  if (auto checked = check_size(event, field, kEventTextLimitBytes); !checked) return checked;
  // A NUL would end the text for every tool that shows the database.
  if (is_utf8(field.value) && field.value.find('\0') == std::string::npos) return {};
  return malformed(event, field.name, "must be UTF-8 without NUL, but is " + in_quotes(field.value));
}

// SQLite's integers are signed.
Result<void> check_number(const LedgerEvent& event, const NumberField& field) {
  constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (field.value <= kMost) return {};
  return malformed(event, field.name,
                   "must be at most " + std::to_string(kMost) + ", but is " + std::to_string(field.value));
}

Result<void> check_subject(const LedgerEvent& event, EventSubject subject) {
  const bool of_version = subject != kEnvironment;
  const bool of_phase = subject == kPhase || subject == kAttempt;
  const bool of_attempt = subject == kAttempt;
  if (of_version && event.role.empty()) return malformed(event, "role", "must not be empty");
  if (of_version && event.version.empty()) return malformed(event, "version", "must not be empty");
  const bool named_or_empty = event.phase.empty() || parse_phase(event.phase).has_value();
  if (!named_or_empty || (of_phase && event.phase.empty())) {
    return malformed(event, "phase",
                     "must be offline, online, undo or verify, but is " + in_quotes(event.phase));
  }
  if (of_attempt && event.run.empty()) return malformed(event, "run", "must not be empty");
  if (of_attempt && event.attempt == 0) return malformed(event, "attempt", "must be at least 1");
  return {};
}

// JSON is UTF-8 without NUL.
Result<void> check_details(const LedgerEvent& event) {
  const TextField field{"details", event.details};
  if (auto checked = check_size(event, field, kEventDetailsLimitBytes); !checked) return checked;
  if (event.details.starts_with('{') && nlohmann::json::accept(event.details)) return {};
  return malformed(event, "details", "must be a JSON object, but is " + in_quotes(event.details));
}

}  // namespace

std::string_view to_string(Phase phase) {
  switch (phase) {
    case Phase::kOffline:
      return "offline";
    case Phase::kOnline:
      return "online";
    case Phase::kUndo:
      return "undo";
    case Phase::kVerify:
      return "verify";
  }
  return "";
}

std::optional<Phase> parse_phase(std::string_view text) {
  for (const Phase phase : {Phase::kOffline, Phase::kOnline, Phase::kUndo, Phase::kVerify}) {
    if (text == to_string(phase)) return phase;
  }
  return std::nullopt;
}

std::span<const EventType> event_types() {
  return kEventTypes;
}

const EventType* find_event_type(std::string_view word) {
  const auto* const found = std::find_if(kEventTypes.begin(), kEventTypes.end(),
                                         [word](const EventType& type) { return type.word == word; });
  return found == kEventTypes.end() ? nullptr : found;
}

bool ends_attempt(std::string_view type) {
  constexpr std::array kEnds{event_type::kAttemptDone,        event_type::kAttemptFailed,
                             event_type::kAttemptInterrupted, event_type::kPhaseAbsent,
                             event_type::kDryRunEnded,        event_type::kVerifyEnded};
  return std::find(kEnds.begin(), kEnds.end(), type) != kEnds.end();
}

bool may_be_passed_over(const LedgerEvent& event) {
  const auto details = nlohmann::json::parse(event.details, nullptr, /*allow_exceptions=*/false);
  if (!details.is_object()) return true;
  const auto mark = details.find("mustKnow");
  return mark == details.end() || *mark != true;
}

Result<void> check_event(const LedgerEvent& event) {
  const EventType* const type = find_event_type(event.type);
  if (type == nullptr) return malformed(event, "type", "is not one of the ledger's words");
  const std::array texts{TextField{"who", event.who},     TextField{"host", event.host},
                         TextField{"role", event.role},   TextField{"version", event.version},
                         TextField{"phase", event.phase}, TextField{"run", event.run}};
  for (const TextField& field : texts) {
    if (auto checked = check_text(event, field); !checked) return checked;
  }
  const std::array numbers{NumberField{"at", event.at.nanoseconds},
                           NumberField{"generation", event.generation},
                           NumberField{"attempt", event.attempt}};
  for (const NumberField& field : numbers) {
    if (auto checked = check_number(event, field); !checked) return checked;
  }
  if (auto checked = check_subject(event, type->subject); !checked) return checked;
  return check_details(event);
}

}  // namespace exo
