#include "tests/simulation/mutation.h"

#include <algorithm>
#include <array>
#include <set>
#include <tuple>
#include <utility>

#include "deployment-scripts/rollout_events.h"
#include "ledger/event.h"

namespace exo {
namespace {

using rollout::Action;
using rollout::Append;

constexpr std::array<std::pair<Mutation, std::string_view>, 40> kTexts{{
    {Mutation::kNone, "none"},
    {Mutation::kPretendAppended, "pretend-appended"},
    {Mutation::kAppendTwice, "append-twice"},
    {Mutation::kAcceptStaleEpoch, "accept-stale-epoch"},
    {Mutation::kForgetDone, "forget-done"},
    {Mutation::kForgetInterrupted, "forget-interrupted"},
    {Mutation::kForgetCheckpoints, "forget-checkpoints"},
    {Mutation::kIgnoreFailedMessages, "ignore-failed-messages"},
    {Mutation::kReportExitTooEarly, "report-exit-too-early"},
    {Mutation::kConfirmTableTooEarly, "confirm-table-too-early"},
    {Mutation::kIgnorePolicy, "ignore-policy"},
    {Mutation::kOpenGateBeforeAppend, "open-gate-before-append"},
    {Mutation::kCloseGateAfterAppend, "close-gate-after-append"},
    {Mutation::kOpenGateAfterFailure, "open-gate-after-failure"},
    {Mutation::kOpenGateDuringUndo, "open-gate-during-undo"},
    {Mutation::kUndoBeforeDecided, "undo-before-decided"},
    {Mutation::kStartBeforeAppend, "start-before-append"},
    {Mutation::kAnnounceBeforeAppend, "announce-before-append"},
    {Mutation::kAcknowledgeBeforeAppend, "acknowledge-before-append"},
    {Mutation::kSwallowFailures, "swallow-failures"},
    {Mutation::kCloseNeighbours, "close-neighbours"},
    {Mutation::kIgnoreRunLock, "ignore-run-lock"},
    {Mutation::kStartWithStaleEpoch, "start-with-stale-epoch"},
    {Mutation::kEndReplayTooEarly, "end-replay-too-early"},
    {Mutation::kPassOnBeforeDurable, "pass-on-before-durable"},
    {Mutation::kForgetFollowed, "forget-followed"},
    {Mutation::kShareFollowLog, "share-follow-log"},
    {Mutation::kWriteIntoFoundLog, "write-into-found-log"},
    {Mutation::kLetHeldBackGo, "let-held-back-go"},
    {Mutation::kBeginFollowTooEarly, "begin-follow-too-early"},
    {Mutation::kReplayOutOfOrder, "replay-out-of-order"},
    {Mutation::kIgnoreLoad, "ignore-load"},
    {Mutation::kTakeNoAnswerForGood, "take-no-answer-for-good"},
    {Mutation::kSlowOnlyInWords, "slow-only-in-words"},
    {Mutation::kSlowInSilence, "slow-in-silence"},
    {Mutation::kClockGoesOnInPause, "clock-goes-on-in-pause"},
    {Mutation::kStallAtStandstill, "stall-at-standstill"},
    {Mutation::kIgnoreExits, "ignore-exits"},
    {Mutation::kBlameEveryExit, "blame-every-exit"},
    {Mutation::kLetGoOfRunLock, "let-go-of-run-lock"},
}};

using PhaseName = std::tuple<std::string, std::string, std::string>;
PhaseName phase_of(const LedgerEvent& event) {
  return {event.role, event.version, event.phase};
}

bool ends_attempt(const LedgerEvent& event) {
  const auto& others = {"attempt-started", "checkpoint-saved", "attempt-exited",
                        "follow-started",  "follow-done",      "follow-abandoned"};
  return !event.phase.empty() && std::find(others.begin(), others.end(), event.type) == others.end();
}

// An event of a word that nobody knows only moves the position.
void forget(LedgerEvent& event) {
  event.type += "-forgotten";
}

void forget_attempts_without_end(std::vector<LedgerEvent>& events) {
  std::set<PhaseName> ended;
  for (auto event = events.rbegin(); event != events.rend(); ++event) {
    if (ends_attempt(*event)) ended.insert(phase_of(*event));
    if (event->type == "attempt-started" && ended.erase(phase_of(*event)) == 0) forget(*event);
  }
}

// The Append at the end of the list, if it is of that type.
const LedgerEvent* appended(const std::vector<Action>& actions, std::string_view type) {
  const Append* append = actions.empty() ? nullptr : std::get_if<Append>(&actions.back());
  return append != nullptr && append->event.type == type ? &append->event : nullptr;
}

void insert_before_append(std::vector<Action>& actions, Action action) {
  actions.insert(actions.end() - 1, std::move(action));
}

rollout::AttemptKey attempt_of(const LedgerEvent& event) {
  return {.version = {event.role, event.version},
          .phase = *parse_phase(event.phase),
          .generation = event.generation,
          .id = {event.run, event.attempt}};
}

void close_after_append(std::vector<Action>& actions) {
  const auto table = std::find_if(actions.begin(), actions.end(), [](const Action& action) {
    return std::holds_alternative<rollout::PublishTable>(action);
  });
  if (table != actions.end()) std::rotate(table, table + 1, actions.end());
}

}  // namespace

std::string_view to_text(Mutation mutation) {
  return std::find_if(kTexts.begin(), kTexts.end(), [&](const auto& each) { return each.first == mutation; })
      ->second;
}

std::optional<Mutation> parse_mutation(std::string_view text) {
  const auto found =
      std::find_if(kTexts.begin(), kTexts.end(), [&](const auto& each) { return each.second == text; });
  return found == kTexts.end() ? std::nullopt : std::optional(found->first);
}

void mutate_history(Mutation mutation, std::vector<LedgerEvent>& events) {
  if (mutation == Mutation::kForgetDone) {
    for (LedgerEvent& event : events) {
      if (event.type == "attempt-done") event.type = "attempt-interrupted";
    }
  } else if (mutation == Mutation::kForgetInterrupted) {
    forget_attempts_without_end(events);
  } else if (mutation == Mutation::kForgetCheckpoints) {
    for (LedgerEvent& event : events) {
      if (event.type == "checkpoint-saved") forget(event);
    }
  }
}

void mutate_input(Mutation mutation, rollout::Input& input) {
  if (mutation == Mutation::kIgnoreFailedMessages) {
    if (auto* done = std::get_if<rollout::ScriptSaidDone>(&input)) done->failed_messages = 0;
  } else if (mutation == Mutation::kIgnoreLoad || mutation == Mutation::kTakeNoAnswerForGood) {
    auto* sampled = std::get_if<rollout::LoadSampled>(&input);
    if (sampled == nullptr) return;
    const bool can_be_told = sampled->sample.trouble.empty();
    if (can_be_told == (mutation == Mutation::kIgnoreLoad)) sampled->sample = LoadSample{};
  } else if (mutation == Mutation::kIgnoreExits) {
    if (auto* begin = std::get_if<rollout::Begin>(&input)) begin->exits.clear();
  } else if (mutation == Mutation::kBlameEveryExit) {
    auto* begin = std::get_if<rollout::Begin>(&input);
    if (begin == nullptr) return;
    for (rollout::SeenExit& seen : begin->exits) seen.effect = rollout::SeenExit::Effect::kFailed;
  } else if (mutation == Mutation::kIgnorePolicy) {
    auto* begin = std::get_if<rollout::Begin>(&input);
    if (begin == nullptr) return;
    for (rollout::VersionToBringIn& version : begin->versions) {
      if (!version.script) continue;
      version.script->settings.offline.on_interrupted = OnInterrupted::kRetry;
      version.script->settings.online.on_interrupted = OnInterrupted::kRetry;
    }
  }
}

void mutate_actions(Mutation mutation, const rollout::Input& input, std::vector<Action>& actions) {
  if (mutation == Mutation::kStartBeforeAppend) {
    if (const LedgerEvent* event = appended(actions, "attempt-started")) {
      insert_before_append(actions, rollout::StartScript{attempt_of(*event), Script{}});
    }
  } else if (mutation == Mutation::kUndoBeforeDecided) {
    if (const LedgerEvent* event = appended(actions, "undo-decided")) {
      rollout::AttemptKey key = attempt_of(*event);
      key.id = {run_id(key.version, key.phase, key.generation), 1};
      insert_before_append(actions, rollout::StartScript{key, Script{}});
    }
  } else if (mutation == Mutation::kAnnounceBeforeAppend) {
    if (const LedgerEvent* event = appended(actions, "attempt-done")) {
      const rollout::AttemptKey key = attempt_of(*event);
      insert_before_append(
          actions,
          rollout::Announce{rollout::AnnouncementKind::kScriptDone, key.version, key.phase, "is done", {}});
    }
  } else if (mutation == Mutation::kAcknowledgeBeforeAppend) {
    if (const auto* said = std::get_if<rollout::ScriptSaidCheckpoint>(&input)) {
      actions.insert(actions.begin(), rollout::AcknowledgeCheckpoint{said->id, said->message_id});
    }
  } else if (mutation == Mutation::kOpenGateAfterFailure) {
    const LedgerEvent* event = appended(actions, "version-failed");
    if (event != nullptr && event->details.find(R"("stage":"offline")") != std::string::npos) {
      std::get<Append>(actions.back()).event.type = "gate-opened";
    }
  } else if (mutation == Mutation::kCloseGateAfterAppend) {
    if (appended(actions, "gate-held") != nullptr) close_after_append(actions);
  }
}

}  // namespace exo
