// The verbs of decision.h as words: what people type, what the ledger records, and what is theirs to decide.
// Pure.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "deployment-scripts/version_key.h"
#include "ledger/event.h"

namespace exo {

enum class DecisionVerb {
  kRetry,
  kSkip,
  kMarkDone,
  kCancel,
  kRerun,
  kBaseline,
  kDryRun,
  kUndo,
  kVerify,
  kPause,
  kResume,
  kThrottle,
};

inline constexpr std::array kAllDecisionVerbs = {
    DecisionVerb::kRetry,  DecisionVerb::kSkip,     DecisionVerb::kMarkDone, DecisionVerb::kCancel,
    DecisionVerb::kRerun,  DecisionVerb::kBaseline, DecisionVerb::kDryRun,   DecisionVerb::kUndo,
    DecisionVerb::kVerify, DecisionVerb::kPause,    DecisionVerb::kResume,   DecisionVerb::kThrottle};

std::string_view to_text(DecisionVerb verb);  // "mark-done"
std::optional<DecisionVerb> parse_decision_verb(std::string_view text);

// The ledger's word for what the verb decides: "retry-decided". Both mark-done and baseline have one.
std::string_view event_of(DecisionVerb verb);

// A trial is only tried, and changes nothing.
bool decides_nothing(DecisionVerb verb);

// Whether what is decided upon is the script that runs from then on, or whose effect is vouched for.
bool concerns_the_script(DecisionVerb verb);

// Whether an event's word is a person's decision about a phase.
bool is_decision(std::string_view event_type);

// Of these, whether it is about how the phase goes on, and changes nothing of where it stands.
bool is_about_pace(std::string_view type);

// "offline phase", "undo": for people.
std::string name_of(Phase phase);

// Where a phase that is done may be run again: in environments that are nobody's production.
bool may_rerun_in(std::string_view environment);

// What to type: "exo script retry todo-search@0.0.1 --reason TEXT". `phase` is named where it is given.
std::string command_for(DecisionVerb verb, const VersionKey& version, std::optional<Phase> phase,
                        const std::string& environment);

}  // namespace exo
