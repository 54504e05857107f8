// Records the commands that scripts follow, and replays them when a script is done.
//
// The rollout core says what is followed; the broker hands out a copy of each command and delivers it when
// this desk has it on the disk. All that has come by a turn of the host's loop shares one write and one sync.
// While the disk takes nothing, the commands wait in the broker, where their senders wait for credit and they
// for their deadlines; it is tried again each second.
//
// A record is replayed when what became of the command is known: what the version that serves has refused, or
// never got, is left out.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "bus/follow_events.h"
#include "deployment-scripts/follow.h"
#include "host/follow_log.h"
#include "host/follow_outside.h"
#include "host/follow_replay.h"
#include "host/script_runner.h"
#include "host/unsettled_records.h"

namespace exo {

// Used by the host's thread; what it learns is pushed to `inputs`. Owns none of its parts.
class FollowDesk {
 public:
  struct Parts {
    FollowOutside& outside;
    RolloutInputs& inputs;
    std::string host_id;
  };
  explicit FollowDesk(Parts parts) : parts_(std::move(parts)) {}

  // What is followed from now on: to be called before a table with it goes to the broker. Logs that are
  // wanted no more are removed, but not those of `runs`: the ledger holds that they are followed, for a
  // version that this host leaves alone or that it has not ended yet.
  void adopt(const std::vector<rollout::WantedFollow>& wanted, const std::set<std::string>& runs,
             MonotonicTime now);

  void take(const FollowedCommand& command);
  void take(const FollowedSettled& settled, MonotonicTime now);
  void take(const FollowBegun& begun);
  void take(const FollowWaits& waits, MonotonicTime now);
  void take(const FollowHeldBack& held_back);
  void take(const ReplaySettled& settled);

  // Makes durable what has come, and goes on with what is replayed.
  void drive(MonotonicTime now);
  // When drive() has something to do although nothing came.
  std::optional<MonotonicTime> wake_at() const;

 private:
  // What the broker waits for before it follows.
  struct Beginning {
    FollowWaits waits;  // the newest
    MonotonicTime tell_at;
  };
  struct Followed {
    Followed(std::unique_ptr<FollowFile> file, FollowLog::WhereNone where_no_log)
        : log(std::move(file)), where_none(where_no_log) {}

    rollout::WantedFollow wanted;
    FollowLog log;
    FollowLog::WhereNone where_none;  // as it was when this host began to follow
    bool is_lost = false;             // nothing is recorded any more; the core knows
    bool begun = false;               // the broker has said so, and the core is not told yet
    std::optional<Beginning> beginning;
    bool wait_is_told = false;           // people know
    bool broker_holds_back = false;      // no more copies come
    std::optional<FollowReplay> replay;  // while wanted.replays_for
    bool moved = false;                  // something was replayed since the core was told so
    bool failed = false;                 // the replay; the core knows
    bool short_told = false;
    bool done_told = false;
    bool is_in_trouble = false;             // people know
    std::optional<MonotonicTime> retry_at;  // the disk took nothing
    UnsettledRecords unsettled;
  };
  struct Place {
    std::string run;
    std::uint64_t sequence;
  };

  void adopt(Followed& followed, const rollout::WantedFollow& wanted, MonotonicTime now);
  void forget_unwanted(const std::vector<rollout::WantedFollow>& wanted);
  void forget_places(const std::string& run);
  // Whether there will be none any more.
  bool remove_strangers(const std::set<std::string>& runs);
  void open(Followed& followed, MonotonicTime now);
  void sync(Followed& followed, MonotonicTime now);
  void wait_for_disk(Followed& followed, const Error& error, MonotonicTime now);
  void disk_works(Followed& followed);
  void tell_recorded();
  void tell_waits(MonotonicTime now);
  void replay(Followed& followed, MonotonicTime now);
  void lose(Followed& followed, const std::string& reason);

  Parts parts_;
  bool strangers_are_gone_ = false;
  std::map<std::string, Followed> followed_;            // by run
  std::map<std::uint64_t, std::vector<Place>> places_;  // of copies that are recorded and not settled
  std::map<std::uint64_t, MonotonicTime> settled_by_;   // of the same copies
  std::uint64_t last_replay_ = 0;
  std::uint64_t last_copy_ = 0;
  std::uint64_t told_ = 0;  // the broker: all up to this one are recorded
};

}  // namespace exo
