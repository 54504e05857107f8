#include "host/follow_desk.h"

#include <algorithm>
#include <chrono>
#include <system_error>

#include "host/routing_plan.h"

namespace exo {
namespace {

constexpr std::chrono::seconds kRetryPause{1};
constexpr std::string_view kSuffix = ".follow";

// What waiting mends, of a log that cannot be opened.
bool may_pass(const Error& error) {
  return error.code == "disk-full" || error.code == "io";
}

bool is_wanted(const std::string& run, const std::vector<rollout::WantedFollow>& wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const auto& each) { return each.run == run; });
}

}  // namespace

// --- what is followed ------------------------------------------------------------------------------------

void FollowDesk::adopt(const std::vector<rollout::WantedFollow>& wanted, MonotonicTime now) {
  if (!std::exchange(looked_for_strangers_, true)) remove_strangers(wanted);
  forget_unwanted(wanted);
  for (const rollout::WantedFollow& each : wanted) {
    adopt(followed_.try_emplace(each.run, log_of(each.run)).first->second, each, now);
  }
}

void FollowDesk::adopt(Followed& followed, const rollout::WantedFollow& wanted, MonotonicTime now) {
  const bool replays_otherwise = followed.wanted.replays_for != wanted.replays_for;
  if (!wanted.held_back) followed.broker_holds_back = false;
  followed.wanted = wanted;
  if (replays_otherwise) {
    followed.replay.reset();
    followed.short_told = false;
    followed.done_told = false;
    followed.failed = false;
  }
  if (!followed.log.is_open() && !followed.is_lost && !followed.retry_at) open(followed, now);
}

void FollowDesk::forget_unwanted(const std::vector<rollout::WantedFollow>& wanted) {
  for (auto each = followed_.begin(); each != followed_.end();) {
    if (is_wanted(each->first, wanted)) {
      ++each;
      continue;
    }
    std::error_code ignored;  // the next host removes what stays
    std::filesystem::remove(each->second.log.path(), ignored);
    each = followed_.erase(each);
  }
}

// Logs of hosts that died between the end of following and the removal of its log.
void FollowDesk::remove_strangers(const std::vector<rollout::WantedFollow>& wanted) {
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(parts_.folder, error)) {
    const std::filesystem::path& path = entry.path();
    const bool unfinished = path.extension() == ".new" && path.stem().extension() == kSuffix;
    const bool stranger = path.extension() == kSuffix && !is_wanted(path.stem().string(), wanted);
    std::error_code ignored;
    if (unfinished || stranger) std::filesystem::remove(path, ignored);
  }
}

void FollowDesk::open(Followed& followed, MonotonicTime now) {
  if (const auto opened = followed.log.open(); !opened) {
    return may_pass(opened.error()) ? wait_for_disk(followed, opened.error(), now)
                                    : lose(followed, opened.error().message);
  }
  disk_works(followed);
  if (followed.log.commands() > 0) {
    parts_.journal.note("follow: " + followed.wanted.run + " goes on after " +
                        std::to_string(followed.log.commands()) + " commands");
  }
}

void FollowDesk::lose(Followed& followed, const std::string& reason) {
  followed.is_lost = true;
  parts_.inputs.push_back(rollout::FollowLost{followed.wanted.run, reason});
}

// --- what the broker says ----------------------------------------------------------------------------------

void FollowDesk::take(const FollowedCommand& command) {
  last_copy_ = command.number;
  for (const std::string& run : command.runs) {
    const auto followed = followed_.find(run);
    if (followed == followed_.end() || followed->second.is_lost) continue;
    followed->second.log.add(command.number, command.name, command.content_type, command.payload.share());
    places_[command.number].push_back({.run = run, .sequence = 0});
  }
  if (places_.count(command.number) > 0) settled_by_[command.number] = command.settled_by;
}

void FollowDesk::take(const FollowedSettled& settled) {
  const auto found = places_.find(settled.number);
  if (found == places_.end()) return;
  for (const Place& place : found->second) {
    const auto followed = followed_.find(place.run);
    if (followed == followed_.end()) continue;
    FollowLog& log = followed->second.log;
    followed->second.unsettled.erase(place.sequence);
    if (settled.applied || log.drop(settled.number)) continue;
    if (place.sequence != 0) log.leave_out(place.sequence);
  }
  settled_by_.erase(settled.number);
  places_.erase(found);
}

void FollowDesk::take(const FollowBegun& begun) {
  const auto followed = followed_.find(begun.run);
  if (followed != followed_.end()) followed->second.begun = begun.commands;
}

void FollowDesk::take(const FollowHeldBack& held_back) {
  const auto followed = followed_.find(held_back.run);
  if (followed == followed_.end()) return;
  followed->second.broker_holds_back = followed->second.wanted.held_back;
}

void FollowDesk::take(const ReplaySettled& settled) {
  for (auto& [run, followed] : followed_) {
    if (!followed.replay) continue;
    const std::uint64_t before = followed.replay->replayed();
    const auto handled = followed.replay->settled(settled);
    if (!handled) {
      followed.replay.reset();
      followed.failed = true;
      parts_.inputs.push_back(rollout::FollowFailed{run, handled.error().message});
    } else if (followed.replay->replayed() > before) {
      followed.moved = true;
    }
  }
}

// --- the disk ----------------------------------------------------------------------------------------------

void FollowDesk::drive(MonotonicTime now) {
  for (auto& [run, followed] : followed_) {
    if (!followed.is_lost && (!followed.retry_at || now >= *followed.retry_at)) sync(followed, now);
  }
  tell_recorded();
  for (auto& [run, followed] : followed_) {
    if (!followed.log.is_open() || followed.is_lost) continue;
    if (followed.begun) parts_.inputs.push_back(rollout::FollowBegun{run, *followed.begun});
    followed.begun.reset();
    if (followed.wanted.replays_for) replay(followed, now);
  }
}

void FollowDesk::sync(Followed& followed, MonotonicTime now) {
  if (!followed.log.is_open()) open(followed, now);
  if (!followed.log.is_open()) return;
  if (!followed.log.has_pending()) return followed.retry_at.reset();  // their senders have given them up
  const auto written = followed.log.sync();
  if (!written) return wait_for_disk(followed, written.error(), now);
  disk_works(followed);
  for (const FollowLog::Written& each : written.value()) {
    for (Place& place : places_[each.number]) {
      if (place.run == followed.wanted.run) place.sequence = each.sequence;
    }
    followed.unsettled[each.sequence] = settled_by_[each.number];
  }
}

void FollowDesk::wait_for_disk(Followed& followed, const Error& error, MonotonicTime now) {
  if (!std::exchange(followed.is_in_trouble, true)) {
    parts_.journal.warn("the commands that " + to_text(followed.wanted.version) +
                        " follows wait: " + error.message + "; make room there");
  }
  followed.retry_at = now + kRetryPause;
}

void FollowDesk::disk_works(Followed& followed) {
  followed.retry_at.reset();
  if (!std::exchange(followed.is_in_trouble, false)) return;
  parts_.journal.say("the commands that " + to_text(followed.wanted.version) + " follows are recorded again");
}

void FollowDesk::tell_recorded() {
  std::uint64_t recorded = last_copy_;
  for (const auto& [run, followed] : followed_) {
    const std::uint64_t first = followed.is_lost ? 0 : followed.log.first_pending();
    if (first != 0) recorded = std::min(recorded, first - 1);
  }
  if (recorded <= told_) return;
  told_ = recorded;
  parts_.broker.recorded(recorded);
}

// --- the replay --------------------------------------------------------------------------------------------

void FollowDesk::replay(Followed& followed, MonotonicTime now) {
  const rollout::AttemptId& attempt = *followed.wanted.replays_for;
  if (followed.done_told || followed.failed) return;
  if (!followed.replay) {
    const std::string prefix = "follow-" + parts_.host_id + "-" + std::to_string(++last_replay_) + "-";
    followed.replay.emplace(
        FollowReplay::To{
            .version = followed.wanted.version, .activity = activity_of(attempt), .id_prefix = prefix},
        now);
  }
  FollowReplay& replay = *followed.replay;
  const auto pumped =
      replay.pump(followed.log, settled_through(followed, now),
                  [this](ReplayedCommand command) { parts_.broker.replay(std::move(command)); });
  if (!pumped) return lose(followed, pumped.error().message);
  if (std::exchange(followed.moved, false)) parts_.inputs.push_back(rollout::ScriptActive{attempt});
  const std::string& run = followed.wanted.run;
  if (!followed.short_told && replay.is_short(followed.log, now)) {
    followed.short_told = true;
    parts_.inputs.push_back(rollout::FollowShort{run});
  }
  const bool all_is_here = followed.broker_holds_back && !followed.log.has_pending();
  if (!all_is_here || !replay.caught_up(followed.log)) return;
  followed.done_told = true;
  parts_.inputs.push_back(rollout::FollowDone{run,
                                              {.recorded = followed.log.commands(),
                                               .replayed = replay.replayed(),
                                               .left_out = followed.log.left_out()}});
}

// The last record before the first whose fate is not known. A handler that does not end by its command's
// deadline holds up nobody.
std::uint64_t FollowDesk::settled_through(Followed& followed, MonotonicTime now) {
  for (auto each = followed.unsettled.begin(); each != followed.unsettled.end();) {
    if (each->second > now) return each->first - 1;
    each = followed.unsettled.erase(each);
  }
  return followed.log.last_sequence();
}

std::optional<MonotonicTime> FollowDesk::wake_at() const {
  std::optional<MonotonicTime> earliest;
  const auto consider = [&](MonotonicTime time) {
    if (!earliest || time < *earliest) earliest = time;
  };
  for (const auto& [run, followed] : followed_) {
    if (followed.retry_at && !followed.is_lost) consider(*followed.retry_at);
    const bool waits = followed.replay && !followed.done_told;
    if (waits && !followed.unsettled.empty()) consider(followed.unsettled.begin()->second);
  }
  return earliest;
}

}  // namespace exo
