// Following: what production writes to a role while the script of its next version copies is recorded, and
// replayed to that version before its gate opens.
//
//     none ──follow-started──▶ under way ──follow-done──▶ replayed ──gate-opened──▶ none
//                                  ▲                          │
//                                  └─ attempt-failed, ────────┘
//                                     attempt-interrupted
//
// under way   the broker hands the host a copy of each followed command, and passes it on when that is
//             durable. It begins before the first attempt and goes on from attempt to attempt, under
//             whichever host, so what a script has copied is never older than the record of what has come
//             since
// replayed    what was recorded is with the version that comes in; what comes now is held back until the gate
//             opens. Between the two lies the replay, which is volatile: the attempt whose script is done
//             waits for it, and the next attempt begins it anew
//
// follow-abandoned leads from both to none: the version has failed, or a person has settled its phase
// otherwise or has it run again. What is written after that is in no record. So a checkpoint from before
// counts no more, and a phase that was done is to be done again, in the next generation. A checkpoint from
// before follow-started counts no more either, since what was written between the two is in no record.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "deployment-scripts/follow_input.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"
#include "deployment-scripts/rollout_record.h"
#include "deployment-scripts/version_key.h"
#include "ledger/event.h"

namespace exo {

// Where a version or attempt failed: what it followed.
inline constexpr char kStageFollow[] = "follow";

namespace rollout {

// A follow, as those who record and route need to know it.
struct WantedFollow {
  std::string run;
  VersionKey version;                 // that comes in
  std::vector<std::string> commands;  // public names
  std::uint64_t since = 0;            // the position of its first follow-started
  std::uint64_t began_at = 0;         // and of its newest
  // Set while what was recorded is to be replayed: the attempt whose messages they count as.
  std::optional<AttemptId> replays_for;
  std::uint64_t replay = 0;   // its number, while it is replayed; another begins with the first record
  bool held_back = false;     // what comes is neither recorded nor passed on
  bool is_relied_on = false;  // what was recorded before must be there

  bool operator==(const WantedFollow&) const = default;
};

}  // namespace rollout

// The volatile half: part of one VersionRollout, with its thread rules. Decides by the ledger's half, which
// it is given, and holds nothing that the ledger must remember.
class Follow {
 public:
  // Facts.
  void begun(const rollout::FollowBegun& begun) { begun_at_ = std::max(begun_at_, begun.began_at); }
  void is_short(const rollout::FollowShort& left) { short_ = short_ || left.replay == replay_; }
  void done(const rollout::FollowDone& done) {
    if (done.replay == replay_) counts_ = done.counts;
  }
  bool is_replay(std::uint64_t replay) const { return replay == replay_; }
  void lost(const std::string& reason) { lost_ = reason; }
  void asked(std::vector<std::string> commands, std::string message_id);
  // An attempt has begun: what the one before it had replayed is replayed again.
  void attempt_began();
  // Its attempt is paused or goes on: likewise.
  void attempt_paused_or_resumed();
  // The ledger holds that nothing is followed any more.
  void ended();

  // Whether everything that is to be followed is.
  bool in_effect(const RecordedFollow& record) const;
  // Why it cannot go on; null when it can.
  const std::string* trouble(const RecordedFollow& record) const;
  // What must be recorded, of what the settings declare, before an attempt may start.
  std::optional<LedgerEvent> before_attempt(const Script& script, const RecordedVersion& record) const;
  // What must be recorded while the attempt runs: that it asked for more, or that all is replayed.
  std::optional<LedgerEvent> during(const rollout::AttemptKey& attempt, bool attempt_waits,
                                    const RecordedFollow& record) const;
  // The messages that asked for what is in effect by now; given out once.
  std::vector<std::string> take_acknowledgements(const RecordedFollow& record);
  // The messages that have asked for anything, of a dry run, in which nothing is followed; given out once.
  std::vector<std::string> take_asked();

  // `replays_for`: the attempt that waits for the replay.
  std::optional<rollout::WantedFollow> wanted(const VersionKey& version, const RecordedFollow& record,
                                              const std::optional<rollout::AttemptId>& replays_for) const;

 private:
  struct Asked {
    std::vector<std::string> commands;
    std::string message_id;
  };

  std::uint64_t replay_ = 1;
  std::uint64_t begun_at_ = 0;
  bool short_ = false;
  std::optional<rollout::FollowCounts> counts_;
  std::string lost_;
  std::vector<Asked> asked_;
};

// The events, with what belongs to each in its details.
LedgerEvent follow_started_event(const VersionKey& version, const RecordedPhase& phase,
                                 std::vector<std::string> commands);
LedgerEvent follow_done_event(const rollout::AttemptKey& attempt, const rollout::FollowCounts& counts);
LedgerEvent follow_abandoned_event(const VersionKey& version, const RecordedPhase& phase,
                                   const std::string& reason);

// The runs for which the ledger holds that something is followed, also of versions that no host brings in.
std::set<std::string> followed_runs(const RolloutRecord& record);

// What the ledger's events do to its half: follow-started, …-done, …-abandoned, and what begins or ends an
// attempt, saves where it is, or opens the gate. Other events change nothing.
void apply_to_follow(RecordedVersion& version, const LedgerEvent& event);

}  // namespace exo
