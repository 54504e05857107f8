#include "deployment-scripts/version_state.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>

namespace exo {
namespace {

using State = VersionState;
using Cause = VersionCause;

TEST(VersionState, RefusesEveryPairThatIsNotListed) {
  const std::set<std::pair<State, Cause>> listed = {
      {State::kStaged, Cause::kIntroduced},
      {State::kStaged, Cause::kFailed},
      {State::kStarting, Cause::kOfflineStarted},
      {State::kStarting, Cause::kGateOpened},
      {State::kStarting, Cause::kOnlineStarted},
      {State::kStarting, Cause::kWentLive},
      {State::kStarting, Cause::kCameBack},
      {State::kStarting, Cause::kFailed},
      {State::kPreparing, Cause::kOfflineStarted},
      {State::kPreparing, Cause::kGateOpened},
      {State::kPreparing, Cause::kFailed},
      {State::kStarting, Cause::kUndoStarted},
      {State::kPreparing, Cause::kUndoStarted},
      {State::kUndoing, Cause::kUndoStarted},
      {State::kUndoing, Cause::kOfflineStarted},
      {State::kUndoing, Cause::kGateOpened},
      {State::kUndoing, Cause::kFailed},
      {State::kShifting, Cause::kOnlineStarted},
      {State::kShifting, Cause::kWentLive},
      {State::kShifting, Cause::kFailed},
      {State::kFinishing, Cause::kOnlineStarted},
      {State::kFinishing, Cause::kWentLive},
      {State::kFinishing, Cause::kCameBack},
      {State::kFinishing, Cause::kFailed},
      {State::kShifting, Cause::kDecided},
      {State::kFinishing, Cause::kDecided},
      {State::kLive, Cause::kOnlineStarted},
      {State::kLive, Cause::kFailed},
      {State::kLive, Cause::kDecided},
      {State::kFailed, Cause::kDecided},
      {State::kFailed, Cause::kInstancesBack},
      {State::kFailed, Cause::kDependencyBack},
  };
  for (const State state : kAllVersionStates) {
    for (const Cause cause : kAllVersionCauses) {
      EXPECT_EQ(next_state(state, cause).has_value(), listed.count({state, cause}) == 1)
          << to_text(state) << " + " << to_text(cause);
    }
  }
}

TEST(VersionState, DoesNotOpenTheGateOfAFailedVersion) {
  EXPECT_EQ(next_state(State::kFailed, Cause::kGateOpened), std::nullopt);
}

TEST(VersionState, DoesNotLeaveTheStatesThatComeLater) {
  for (const State state : {State::kMirroring, State::kDraining, State::kRetired, State::kWithdrawn}) {
    for (const Cause cause : kAllVersionCauses) {
      EXPECT_EQ(next_state(state, cause), std::nullopt) << to_text(state) << " + " << to_text(cause);
    }
  }
}

TEST(VersionState, LeadsFromStagedToLiveThroughBothPhases) {
  State state = State::kStaged;
  std::string way = std::string(to_text(state));
  for (const Cause cause : {Cause::kIntroduced, Cause::kOfflineStarted, Cause::kGateOpened,
                            Cause::kOnlineStarted, Cause::kWentLive}) {
    state = next_state(state, cause).value();
    way += " → " + std::string(to_text(state));
  }
  EXPECT_EQ(way, "staged → starting → preparing → shifting → finishing → live");
}

TEST(VersionState, FailsFromEveryStateOnTheWayAndFromLive) {
  for (const State state : {State::kStaged, State::kStarting, State::kPreparing, State::kShifting,
                            State::kFinishing, State::kLive}) {
    EXPECT_EQ(next_state(state, Cause::kFailed), State::kFailed) << to_text(state);
  }
}

TEST(VersionState, HasAWordOfItsOwnForEachValue) {
  std::set<std::string_view> states;
  for (const State state : kAllVersionStates) states.insert(to_text(state));
  EXPECT_EQ(states.size(), kAllVersionStates.size());
  std::set<std::string_view> causes;
  for (const Cause cause : kAllVersionCauses) causes.insert(to_text(cause));
  EXPECT_EQ(causes.size(), kAllVersionCauses.size());
}

TEST(VersionState, CallsGatesAndScriptsAsTheStatusContractDoes) {
  EXPECT_EQ(to_text(GateState::kHeld), "held");
  EXPECT_EQ(to_text(GateState::kOpen), "open");
  EXPECT_EQ(to_text(GateState::kDraining), "draining");
  EXPECT_EQ(to_text(ScriptState::kNone), "none");
  EXPECT_EQ(to_text(ScriptState::kPending), "pending");
  EXPECT_EQ(to_text(ScriptState::kRunning), "running");
  EXPECT_EQ(to_text(ScriptState::kDone), "done");
  EXPECT_EQ(to_text(ScriptState::kFailed), "failed");
  EXPECT_EQ(to_text(ScriptState::kInterrupted), "interrupted");
  EXPECT_EQ(to_text(ScriptState::kSkipped), "skipped");
  EXPECT_EQ(to_text(ScriptState::kUndone), "undone");
}

}  // namespace
}  // namespace exo
