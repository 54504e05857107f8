// Which versions wait for which.
#include <gtest/gtest.h>

#include "deployment-scripts/rollout.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using rollout::AnnouncementKind;

const VersionKey kTodo{"todo", "1.0.0"};
const VersionKey kSearch1{"todo-search", "0.0.1"};
const VersionKey kSearch2{"todo-search", "0.0.2"};

rollout::VersionToBringIn requiring(rollout::VersionToBringIn version, const VersionKey& required) {
  version.required_versions = {{.version = required, .place = {}}};
  return version;
}

TEST(Scripts, DoNotStartWhileAVersionWithoutOneIsOnItsWay) {
  RolloutBench bench;
  bench.begin({plain(kTodo), with_script(kSearch1)});
  bench.ready(kSearch1);
  EXPECT_FALSE(bench.has_attempt(kSearch1));
  bench.ready(kTodo);
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kLive);
  EXPECT_TRUE(bench.has_attempt(kSearch1));
}

TEST(Scripts, StartWhenAVersionWithoutOneHasFailed) {
  RolloutBench bench;
  bench.begin({plain(kTodo), with_script(kSearch1)});
  bench.ready(kSearch1);
  bench.feed(rollout::InstanceNotReady{kTodo, "it does not come"});
  EXPECT_TRUE(bench.has_attempt(kSearch1));
}

TEST(Scripts, OfSeveralVersionsRunSideBySide) {
  RolloutBench bench;
  bench.begin({with_script(kTodo), with_script(kSearch1)});
  bench.ready(kTodo);
  bench.ready(kSearch1);
  EXPECT_EQ(bench.rollout().running_scripts().size(), 2u);
}

TEST(Scripts, AreNotHeldUpByAVersionThatComesBackLater) {
  RolloutBench bench;
  bench.begin({plain(kTodo), with_script(kSearch1)});
  bench.feed(rollout::InstanceNotReady{kTodo, "it does not come"});
  bench.ready(kSearch1);
  bench.succeeds(kSearch1);
  bench.confirms_tables = false;
  bench.ready(kTodo);
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kShifting);
  EXPECT_TRUE(bench.has_attempt(kSearch1)) << bench.transcript();
}

TEST(RequiredVersion, ThatIsNotThereFailsTheOneThatRequiresIt) {
  RolloutBench bench;
  bench.begin({requiring(plain(kSearch2), kSearch1)});
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch2).reason,
            "it requires todo-search@0.0.1, which is not in the application and is not live here");
  EXPECT_TRUE(bench.all<rollout::StartInstances>().empty());
}

TEST(RequiredVersion, OfAnotherRoleIsWaitedForUntilItIsLive) {
  RolloutBench bench;
  bench.begin({requiring(plain(kTodo), kSearch1), with_script(kSearch1), plain(kSearch2)});
  bench.ready(kSearch2);
  bench.ready(kSearch1);
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kStaged) << "another version of that role is not enough";
  EXPECT_EQ(bench.status(kTodo).reason, "it waits for todo-search@0.0.1 to be live");
  bench.succeeds(kSearch1);
  bench.succeeds(kSearch1);
  EXPECT_EQ(bench.status(kTodo).state, VersionState::kStarting);
}

TEST(RequiredVersion, ThatFailsFailsTheOneThatRequiresIt) {
  RolloutBench bench;
  bench.begin({requiring(plain(kSearch2), kSearch1), plain(kSearch1)});
  bench.feed(rollout::InstanceNotReady{kSearch1, "gone"});
  EXPECT_EQ(bench.status(kSearch2).reason, "it requires todo-search@0.0.1, which failed");
  EXPECT_EQ(bench.all<rollout::Ready>().size(), 1u);
}

TEST(RequiredVersion, InACircleFailsAllOfIt) {
  RolloutBench bench;
  bench.begin({requiring(plain(kSearch1), kSearch2), requiring(plain(kSearch2), kSearch1)});
  EXPECT_EQ(bench.status(kSearch1).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kFailed);
}

TEST(RequiredVersion, ThatFailsClosesTheGateOfOneThatWasNotYetLive) {
  RolloutBench before;
  before.begin({plain(kSearch1), requiring(plain(kSearch2), kSearch1)});
  before.ready(kSearch1);
  before.confirms_tables = false;
  before.ready(kSearch2);
  ASSERT_EQ(before.status(kSearch2).state, VersionState::kShifting);
  RolloutBench bench(before.ledger());
  bench.begin({plain(kSearch1), requiring(plain(kSearch2), kSearch1)});
  bench.feed(rollout::InstanceNotReady{kSearch1, "gone"});
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch2).gate, GateState::kHeld);
  EXPECT_EQ(bench.events_of(kSearch2), "version-introduced, gate-opened, gate-held, version-failed");
}

TEST(RequiredVersion, IsWaitedForBeforeTheNextIsIntroduced) {
  RolloutBench bench;
  bench.begin({requiring(plain(kSearch2), kSearch1), with_script(kSearch1)});
  bench.ready(kSearch1);
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kStaged);
  EXPECT_EQ(bench.events_of(kSearch2), "");
  bench.succeeds(kSearch1);
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kStaged) << "its online phase is still to come";
  bench.succeeds(kSearch1);
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kStarting);
}

TEST(RequiredVersion, ThatWasLiveBeforeAndIsNoLongerInTheApplicationIsEnough) {
  RolloutBench before;
  before.begin({plain(kSearch1)});
  before.ready(kSearch1);
  RolloutBench bench(before.ledger());
  bench.begin({requiring(plain(kSearch2), kSearch1)});
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kStarting);
}

TEST(RequiredVersion, IsNoHurdleForOneThatWasLiveAlready) {
  RolloutBench before;
  before.begin({requiring(plain(kSearch2), kSearch1), plain(kSearch1)});
  before.ready(kSearch1);
  before.ready(kSearch2);
  RolloutBench bench(before.ledger());
  bench.begin({requiring(plain(kSearch2), kSearch1)});
  EXPECT_EQ(bench.status(kSearch2).state, VersionState::kStarting);
}

// --- what the settings of scripts say ----------------------------------------------------------------------

rollout::VersionToBringIn after(const VersionKey& version, const VersionKey& other) {
  ScriptSettings settings;
  settings.after = {{.version = other, .place = {}}};
  return with_script(version, settings);
}

rollout::VersionToBringIn requiring_script(const VersionKey& version, const VersionKey& other) {
  ScriptSettings settings;
  settings.required = {{.version = other, .place = {}}};
  return with_script(version, settings);
}

TEST(ScriptAfter, StartsEachPhaseWhenThatOfTheOtherIsDone) {
  RolloutBench bench;
  bench.begin({after(kSearch1, kTodo), with_script(kTodo)});
  bench.ready(kSearch1);
  bench.ready(kTodo);
  EXPECT_FALSE(bench.has_attempt(kSearch1));
  EXPECT_EQ(bench.status(kSearch1).reason, "its offline script runs after that of todo@1.0.0");
  EXPECT_EQ(bench.announced(AnnouncementKind::kScriptWaits).size(), 1u);
  bench.succeeds(kTodo);
  EXPECT_EQ(bench.attempt(kSearch1).run, "todo-search-0.0.1-offline-1");
  EXPECT_EQ(bench.status(kSearch1).reason, "");
  bench.succeeds(kSearch1);
  EXPECT_FALSE(bench.has_attempt(kSearch1)) << "its online phase waits, too";
  bench.succeeds(kTodo);
  EXPECT_EQ(bench.attempt(kSearch1).run, "todo-search-0.0.1-online-1");
}

TEST(ScriptAfter, DoesNotWaitForOneThatHasFailedForGood) {
  RolloutBench bench;
  PhaseSettings once;
  once.attempts = 1;
  bench.begin({after(kSearch1, kTodo), with_script(kTodo, both_phases(once))});
  bench.ready(kSearch1);
  bench.ready(kTodo);
  bench.fails(kTodo);
  EXPECT_TRUE(bench.has_attempt(kSearch1));
}

TEST(ScriptAfter, DoesNotWaitForOneThatIsNotHereOrHasNoScript) {
  RolloutBench bench;
  bench.begin({after(kSearch1, kSearch2), after(kSearch2, kTodo), plain(kTodo)});
  for (const VersionKey& key : {kSearch2, kTodo}) bench.ready(key);
  EXPECT_TRUE(bench.has_attempt(kSearch2));
  RolloutBench alone;
  alone.begin({after(kSearch1, kTodo)});
  alone.ready(kSearch1);
  EXPECT_TRUE(alone.has_attempt(kSearch1));
}

TEST(ScriptAfter, DoesNotWaitForOneThatWasDoneBefore) {
  RolloutBench before;
  before.begin({with_script(kTodo)});
  before.ready(kTodo);
  before.succeeds(kTodo);
  before.succeeds(kTodo);
  RolloutBench bench(before.ledger());
  bench.begin({with_script(kTodo), after(kSearch1, kTodo)});
  bench.ready(kSearch1);
  bench.ready(kTodo);
  EXPECT_TRUE(bench.has_attempt(kSearch1));
}

TEST(ScriptAfter, WaitsInNoCircle) {
  RolloutBench bench;
  bench.begin({after(kSearch1, kTodo), after(kTodo, kSearch1)});
  bench.ready(kSearch1);
  bench.ready(kTodo);
  EXPECT_EQ(bench.rollout().running_scripts().size(), 2u);
}

TEST(RequiredScript, IsDoneBeforeTheVersionIsIntroduced) {
  RolloutBench bench;
  bench.begin({requiring_script(kSearch1, kTodo), with_script(kTodo)});
  bench.ready(kTodo);
  EXPECT_EQ(bench.status(kSearch1).state, VersionState::kStaged);
  EXPECT_EQ(bench.status(kSearch1).reason, "it waits for the script of todo@1.0.0 to be done");
  bench.succeeds(kTodo);
  EXPECT_EQ(bench.status(kSearch1).state, VersionState::kStaged) << "its online phase is still to come";
  bench.succeeds(kTodo);
  EXPECT_EQ(bench.status(kSearch1).state, VersionState::kStarting);
}

TEST(RequiredScript, OfAVersionWithoutOneIsThereWhenItIsLive) {
  RolloutBench bench;
  bench.begin({requiring_script(kSearch1, kTodo), plain(kTodo)});
  EXPECT_EQ(bench.status(kSearch1).reason, "it waits for todo@1.0.0 to be live");
  bench.ready(kTodo);
  EXPECT_EQ(bench.status(kSearch1).state, VersionState::kStarting);
}

TEST(RequiredScript, ThatWillNotBeDoneFailsTheVersionUntilItIs) {
  RolloutBench bench;
  PhaseSettings once;
  once.attempts = 1;
  bench.begin({requiring_script(kSearch1, kTodo), with_script(kTodo, both_phases(once))});
  bench.ready(kTodo);
  bench.succeeds(kTodo);
  bench.fails(kTodo);
  EXPECT_EQ(bench.status(kSearch1).state, VersionState::kFailed);
  EXPECT_EQ(bench.status(kSearch1).reason,
            "it requires todo@1.0.0, which is live, but its script is not done");
  EXPECT_EQ(bench.rollout().record().of(kSearch1).stage, kStageRequires);
  const RolloutBench without_host(bench.ledger());
  EXPECT_EQ(without_host.status(kSearch1).state, VersionState::kFailed) << "though it was never introduced";
  EXPECT_EQ(without_host.status(kSearch1).reason, bench.status(kSearch1).reason);
  bench.decides(DecisionVerb::kRetry, kTodo);
  bench.succeeds(kTodo);
  EXPECT_EQ(bench.status(kSearch1).state, VersionState::kStarting);
}

TEST(RequiredScript, ThatIsNowhereFailsTheVersion) {
  RolloutBench bench;
  bench.begin({requiring_script(kSearch1, kTodo)});
  EXPECT_EQ(bench.status(kSearch1).reason,
            "it requires todo@1.0.0, which is not in the application and is not live here");
}

TEST(SkippedScript, IsRecordedOnceWhenItsVersionIsNotThere) {
  RolloutBench bench;
  bench.begin({plain(kTodo)}, "local", {make_script(kSearch1)});
  EXPECT_EQ(bench.events_of(kSearch1), "script-skipped");
  EXPECT_EQ(bench.announced(AnnouncementKind::kScriptSkipped).size(), 1u);
  RolloutBench again(bench.ledger());
  again.begin({plain(kTodo)}, "local", {make_script(kSearch1)});
  EXPECT_EQ(again.events_of(kSearch1), "script-skipped");
  EXPECT_TRUE(again.announced(AnnouncementKind::kScriptSkipped).empty());
}

TEST(SkippedScript, RunsWhenItsVersionIsIntroducedAfterAll) {
  RolloutBench before;
  before.begin({plain(kTodo)}, "local", {make_script(kSearch1)});
  RolloutBench bench(before.ledger());
  bench.begin({with_script(kSearch1)});
  bench.ready(kSearch1);
  EXPECT_TRUE(bench.has_attempt(kSearch1));
}

TEST(SkippedScript, IsNotOneWhoseVersionWasHereBefore) {
  RolloutBench before;
  before.begin({plain(kSearch1)});
  before.ready(kSearch1);
  RolloutBench bench(before.ledger());
  bench.begin({plain(kSearch2)}, "local", {make_script(kSearch1)});
  EXPECT_EQ(bench.events_of(kSearch1), before.events_of(kSearch1));
}

}  // namespace
}  // namespace exo
