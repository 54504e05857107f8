#include "host/follow_desk.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "host/routing_plan.h"

namespace exo {
namespace {

constexpr std::chrono::seconds kRetryPause{1};
// Most handlers end within it, and then nobody need know that one was waited for.
constexpr std::chrono::seconds kPatience{5};

// What waiting mends, of a log that cannot be opened.
bool may_pass(const Error& error) {
  return error.code == "disk-full" || error.code == "io";
}

bool is_wanted(const std::string& run, const std::vector<rollout::WantedFollow>& wanted) {
  return std::any_of(wanted.begin(), wanted.end(), [&](const auto& each) { return each.run == run; });
}

}  // namespace

// --- what is followed ------------------------------------------------------------------------------------

void FollowDesk::adopt(const std::vector<rollout::WantedFollow>& wanted, const std::set<std::string>& runs,
                       MonotonicTime now) {
  if (!strangers_are_gone_) strangers_are_gone_ = remove_strangers(runs);
  forget_unwanted(wanted);
  for (const rollout::WantedFollow& each : wanted) {
    auto found = followed_.find(each.run);
    if (found == followed_.end()) {
      const auto where_none =
          each.is_relied_on ? FollowLog::WhereNone::kRefuse : FollowLog::WhereNone::kBegin;
      found = followed_.try_emplace(each.run, parts_.outside.log_of(each.run, each.since), where_none).first;
    }
    adopt(found->second, each, now);
  }
}

void FollowDesk::adopt(Followed& followed, const rollout::WantedFollow& wanted, MonotonicTime now) {
  const bool replays_otherwise =
      followed.wanted.replays_for != wanted.replays_for || followed.wanted.replay != wanted.replay;
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
    parts_.outside.remove_logs(each->first);
    forget_places(each->first);
    each = followed_.erase(each);
  }
}

// What becomes of its copies is nothing to the next log of the run, whose records have the same numbers.
void FollowDesk::forget_places(const std::string& run) {
  for (auto each = places_.begin(); each != places_.end();) {
    std::erase_if(each->second, [&](const Place& place) { return place.run == run; });
    if (!each->second.empty()) {
      ++each;
      continue;
    }
    settled_by_.erase(each->first);
    each = places_.erase(each);
  }
}

// Logs of hosts that died between the end of following and the removal of its log.
bool FollowDesk::remove_strangers(const std::set<std::string>& runs) {
  bool all_gone = true;
  for (const std::string& run : parts_.outside.runs_with_log()) {
    if (runs.count(run) == 0) {
      parts_.outside.remove_logs(run);
    } else if (followed_.count(run) == 0) {
      all_gone = false;
    }
  }
  return all_gone;
}

void FollowDesk::open(Followed& followed, MonotonicTime now) {
  if (const auto opened = followed.log.open(followed.where_none); !opened) {
    return may_pass(opened.error()) ? wait_for_disk(followed, opened.error(), now)
                                    : lose(followed, opened.error().message);
  }
  disk_works(followed);
  if (followed.log.commands() > 0) {
    parts_.outside.note("follow: " + followed.wanted.run + " goes on after " +
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

void FollowDesk::take(const FollowedSettled& settled, MonotonicTime now) {
  const auto found = places_.find(settled.number);
  if (found == places_.end()) return;
  for (const Place& place : found->second) {
    const auto followed = followed_.find(place.run);
    if (followed == followed_.end()) continue;
    FollowLog& log = followed->second.log;
    followed->second.unsettled.settle(place.sequence, now);
    if (settled.applied || log.drop(settled.number)) continue;
    if (place.sequence != 0) log.leave_out(place.sequence);
  }
  settled_by_.erase(settled.number);
  places_.erase(found);
}

void FollowDesk::take(const FollowBegun& begun) {
  const auto followed = followed_.find(begun.run);
  if (followed == followed_.end() || followed->second.wanted.began_at != begun.began_at) return;
  followed->second.begun = true;
  followed->second.beginning.reset();
  if (std::exchange(followed->second.wait_is_told, false)) {
    parts_.outside.say("what waited for the script of " + to_text(followed->second.wanted.version) +
                       " is handled, and what it follows is recorded");
  }
}

void FollowDesk::take(const FollowWaits& waits, MonotonicTime now) {
  const auto followed = followed_.find(waits.run);
  if (followed == followed_.end()) return;
  auto& beginning = followed->second.beginning;
  beginning = Beginning{.waits = waits, .tell_at = beginning ? beginning->tell_at : now + kPatience};
}

void FollowDesk::take(const FollowHeldBack& held_back) {
  const auto followed = followed_.find(held_back.run);
  if (followed == followed_.end() || followed->second.wanted.replay != held_back.replay) return;
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
      parts_.inputs.push_back(rollout::FollowFailed{run, followed.wanted.replay, handled.error().message});
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
  tell_waits(now);
  for (auto& [run, followed] : followed_) {
    if (!followed.log.is_open() || followed.is_lost) continue;
    if (std::exchange(followed.begun, false)) {
      parts_.inputs.push_back(rollout::FollowBegun{run, followed.wanted.began_at});
    }
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
    followed.unsettled.add(each.sequence, now, settled_by_[each.number]);
  }
}

void FollowDesk::wait_for_disk(Followed& followed, const Error& error, MonotonicTime now) {
  if (!std::exchange(followed.is_in_trouble, true)) {
    parts_.outside.warn("the commands that " + to_text(followed.wanted.version) +
                        " follows wait: " + error.message + "; make room there");
  }
  followed.retry_at = now + kRetryPause;
}

void FollowDesk::disk_works(Followed& followed) {
  followed.retry_at.reset();
  if (!std::exchange(followed.is_in_trouble, false)) return;
  parts_.outside.say("the commands that " + to_text(followed.wanted.version) + " follows are recorded again");
}

void FollowDesk::tell_recorded() {
  std::uint64_t recorded = last_copy_;
  for (const auto& [run, followed] : followed_) {
    const std::uint64_t first = followed.is_lost ? 0 : followed.log.first_pending();
    if (first != 0) recorded = std::min(recorded, first - 1);
  }
  if (recorded <= told_) return;
  told_ = recorded;
  parts_.outside.recorded(recorded);
}

// Nothing else would say why its script is not started, for as long as a handler without a deadline takes.
void FollowDesk::tell_waits(MonotonicTime now) {
  for (auto& [run, followed] : followed_) {
    if (!followed.beginning || followed.wait_is_told || now < followed.beginning->tell_at) continue;
    followed.wait_is_told = true;
    const FollowWaits& waits = followed.beginning->waits;
    const std::string until = waits.has_deadline ? "until it is done or its deadline has passed"
                                                 : "until it is done, since it has no deadline";
    parts_.outside.warn("the script of " + to_text(followed.wanted.version) + " waits: " + waits.instance +
                        " is at work on a \"" + waits.name + "\" from before it was followed; it waits " +
                        until + ", or that instance has ended");
  }
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
  // A handler that does not end by its command's deadline holds up nobody.
  followed.unsettled.expire(now);
  const auto pumped =
      replay.pump(followed.log, followed.unsettled.settled_through(followed.log.last_sequence()),
                  [this](ReplayedCommand command) { parts_.outside.replay(std::move(command)); });
  if (!pumped) return lose(followed, pumped.error().message);
  if (std::exchange(followed.moved, false)) parts_.inputs.push_back(rollout::ScriptActive{attempt});
  const std::string& run = followed.wanted.run;
  // While production is held back it waits for all of the record, so not for a handler that may never end.
  const bool is_short = replay.is_short(followed.log, now) && !followed.unsettled.is_stuck(now);
  if (!followed.short_told && is_short) {
    followed.short_told = true;
    parts_.inputs.push_back(rollout::FollowShort{run, followed.wanted.replay});
  }
  const bool all_is_here = followed.broker_holds_back && !followed.log.has_pending();
  if (!all_is_here || !replay.caught_up(followed.log)) return;
  followed.done_told = true;
  parts_.inputs.push_back(rollout::FollowDone{run,
                                              followed.wanted.replay,
                                              {.recorded = followed.log.commands(),
                                               .replayed = replay.replayed(),
                                               .left_out = followed.log.left_out()}});
}

std::optional<MonotonicTime> FollowDesk::wake_at() const {
  std::optional<MonotonicTime> earliest;
  const auto consider = [&](MonotonicTime time) {
    if (!earliest || time < *earliest) earliest = time;
  };
  for (const auto& [run, followed] : followed_) {
    if (followed.retry_at && !followed.is_lost) consider(*followed.retry_at);
    if (followed.beginning && !followed.wait_is_told) consider(followed.beginning->tell_at);
    const auto expires_at = followed.unsettled.expires_at();
    if (expires_at && followed.replay && !followed.done_told) consider(*expires_at);
  }
  return earliest;
}

}  // namespace exo
