// The decisions of people that the ledger does not hold yet.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "deployment-scripts/decision.h"
#include "deployment-scripts/rollout_action.h"
#include "deployment-scripts/rollout_input.h"
#include "ledger/event.h"

namespace exo {

// Takes decisions one after the other: the first is judged when its turn has come, by what is true then, and
// its events go to the ledger before anything else does, so that nothing comes between. Part of one Rollout,
// with its thread rules.
class PendingDecisions {
 public:
  // Judges a decision; gives its events.
  using Judge = std::function<Result<std::vector<LedgerEvent>>(const Decision&)>;

  void take(const rollout::Decide& decide) { waiting_.push_back({.decide = decide}); }

  // The event to be appended next, again and again until it is applied; empty when none is.
  std::optional<LedgerEvent> next(const Judge& judge);
  // The ledger holds `event`. Returns the decision when it made it, else null; good until the next call. One
  // that the ledger had refused, and is found in it now, makes the next decision be judged again.
  const Decision* applied(const LedgerEvent& event);
  // The ledger did not take the event that next() gave last: the decision is given up, since whoever decided
  // must know now. It may be found in the ledger later all the same, and takes effect then.
  void append_failed(const std::string& reason);
  // None of them is judged any more.
  void refuse_all(const Error& error);

  // What became of those that are over; said once.
  std::vector<rollout::Decided> take_answers();

 private:
  struct Waiting {
    rollout::Decide decide;
    bool judged = false;
    std::deque<LedgerEvent> left;       // of its events; not empty once it is judged
    std::vector<LedgerEvent> recorded;  // as the ledger holds them
  };
  void answer(std::optional<Error> refusal);

  std::deque<Waiting> waiting_;
  bool asked_ = false;  // next() gave an event whose fate is not known yet
  std::vector<rollout::Decided> answers_;
  Decision last_;
};

}  // namespace exo
