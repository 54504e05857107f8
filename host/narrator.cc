#include "host/narrator.h"

#include <algorithm>
#include <chrono>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace exo {
namespace {

constexpr std::chrono::milliseconds kLookEvery{200};
// Where progress is a line among others, as in a file.
constexpr std::chrono::seconds kLineEvery{10};

bool is_bad_news(rollout::AnnouncementKind kind) {
  using Kind = rollout::AnnouncementKind;
  switch (kind) {
    case Kind::kScriptTriesAgain:
    case Kind::kScriptFailed:
    case Kind::kScriptInterrupted:
    case Kind::kHeld:
    case Kind::kLiveFlagged:
    case Kind::kFollowAbandoned:
    case Kind::kNothingUndone:
    case Kind::kUndoWaits:
    case Kind::kLedgerBlocked:
      return true;
    case Kind::kScriptStarted:
    case Kind::kScriptDone:
    case Kind::kFollowStarted:
    case Kind::kFollowDone:
    case Kind::kVersionWaits:
    case Kind::kVersionOutOfOrder:
    case Kind::kScriptWaits:
    case Kind::kScriptSkipped:
    case Kind::kScriptChanged:
    case Kind::kScriptMissing:
    case Kind::kVersionChanged:
    case Kind::kVersionMissing:
    case Kind::kDryRun:
    case Kind::kVerification:
    case Kind::kDecided:
    case Kind::kPaused:
    case Kind::kSlowed:
    case Kind::kSlowedNoMore:
    case Kind::kLive:
      return false;
  }
  EXO_CHECK(false);
}

}  // namespace

void Narrator::announce(const rollout::Announce& announcement) {
  const auto tell = [&](const std::string& text) {
    is_bad_news(announcement.kind) ? journal_.warn(text) : journal_.say(text);
  };
  tell(announcement.text);
  for (const std::string& line : announcement.lines) tell("  " + line);
}

void Narrator::waiting_for(const std::string& keeper) {
  journal_.say("waiting for the processes of an earlier host to end" +
               (keeper.empty() ? "" : " (keeper pid " + keeper + ")"));
}

void Narrator::ready(const std::vector<VersionStatus>& versions) {
  std::string text;
  for (const VersionStatus& version : versions) {
    const bool is_paused =
        !version.offline.paused.empty() || !version.online.paused.empty() || !version.undo.paused.empty();
    text += (text.empty() ? "" : ", ") + to_text(version.key) + " " + std::string(to_text(version.state)) +
            (is_paused ? " (paused)" : "");
  }
  journal_.say("ready: " + text);
}

void Narrator::invite(const std::map<std::string, std::uint16_t>& public_ports,
                      const std::string& how_it_stops) {
  for (const auto& [role, port] : public_ports) {
    journal_.say(role + " is at http://localhost:" + std::to_string(port));
  }
  journal_.say(how_it_stops);
}

void Narrator::flow(const FlowSeen& flow) {
  std::string text = render_flow(flow.sender, flow.name, flow.receiver_name, flow.receiver);
  if (flow.count > 1) text += "  (" + std::to_string(flow.count) + " in all)";
  journal_.say(text);
}

bool Narrator::progress_is_due(MonotonicTime now) {
  look_at_ = seen_at_ + kLookEvery;
  return now >= *look_at_;
}

void Narrator::show_progress(const std::vector<VersionStatus>& versions, MonotonicTime now) {
  seen_at_ = now;
  phases_ = watch_.look(versions, now);
  look_at_.reset();
  if (!phases_.empty()) look_at_ = now + kLookEvery;
  std::vector<PhaseProgress> shown;
  std::copy_if(phases_.begin(), phases_.end(), std::back_inserter(shown), is_worth_showing);
  if (is_drawn_ || !shown.empty()) draw(shown, now);
  is_drawn_ = !shown.empty();
}

void Narrator::recorded(const LedgerEvent& event) {
  const bool is_shown = is_drawn_ && ends_attempt(event.type) &&
                        std::any_of(phases_.begin(), phases_.end(), [&](const PhaseProgress& phase) {
                          return phase.run == event.run && phase.attempt == event.attempt;
                        });
  if (!is_shown) return;
  terminal_.show_progress("");
  is_drawn_ = false;
  seen_at_ = {};  // others go on
}

void Narrator::draw(const std::vector<PhaseProgress>& phases, MonotonicTime now) {
  if (const std::size_t columns = terminal_.columns(); columns > 0) {
    const std::string more = phases.size() > 1 ? "  and " + std::to_string(phases.size() - 1) + " more" : "";
    const std::size_t room = columns > more.size() + 1 ? columns - more.size() - 1 : 0;
    terminal_.show_progress(phases.empty() ? "" : progress_line(phases.front(), room) + more);
    return;
  }
  say_who_is_quiet(phases);
  if (now < line_due_) return;
  for (const PhaseProgress& phase : phases) {
    if (!phase.progress) continue;
    line_due_ = now + kLineEvery;
    journal_.say(progress_text(phase));
  }
}

// Ever more seldom: what is said once a minute is not read.
void Narrator::say_who_is_quiet(const std::vector<PhaseProgress>& phases) {
  std::map<std::string, std::chrono::nanoseconds> said;
  for (const PhaseProgress& phase : phases) {
    if (phase.progress || phase.quiet < kQuietFrom) continue;
    const auto before = quiet_said_.find(phase.run);
    const bool known = before != quiet_said_.end() && before->second <= phase.quiet;
    if (known && phase.quiet < 2 * before->second) {
      said[phase.run] = before->second;
      continue;
    }
    said[phase.run] = phase.quiet;
    journal_.say(progress_text(phase));
  }
  quiet_said_ = std::move(said);
}

}  // namespace exo
