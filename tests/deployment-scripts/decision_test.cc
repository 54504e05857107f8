// Which decision fits which state, and what the ledger is to hold of it.
#include "deployment-scripts/decision.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

const VersionKey kSearch{"todo-search", "0.0.1"};

// A version with a script, whose phases stand as a test says.
struct Situation {
  RecordedVersion record{.introduced = true, .has_script = true};
  Script script = make_script(kSearch);
  std::string environment = "local";
  PhaseActivity offline = PhaseActivity::kIdle;
  PhaseActivity online = PhaseActivity::kIdle;
  bool has_script = true;
  bool is_ready = false;
  std::optional<Phase> trial;
  std::vector<Phase> waiting;

  DecisionView view() const {
    return {.record = record,
            .script = has_script ? &script : nullptr,
            .environment = environment,
            .offline = offline,
            .online = online,
            .is_ready = is_ready,
            .trial = trial,
            .waiting = waiting};
  }
};

RecordedPhase phase(PhaseOutcome outcome) {
  RecordedPhase recorded;
  recorded.outcome = outcome;
  recorded.run = "todo-search-0.0.1-offline-1";
  recorded.attempt = 2;
  return recorded;
}

Situation offline_is(PhaseOutcome outcome) {
  Situation situation;
  situation.record.offline = phase(outcome);
  return situation;
}

Situation online_is(PhaseOutcome outcome) {
  Situation situation = offline_is(PhaseOutcome::kDone);
  situation.record.online = phase(outcome);
  situation.record.online.run = "todo-search-0.0.1-online-1";
  return situation;
}

Decision decision(DecisionVerb verb, std::optional<Phase> named = std::nullopt) {
  return {.verb = verb, .version = kSearch, .phase = named, .reason = "I looked", .who = "anna"};
}

std::string refusal(const Decision& decision, const Situation& situation) {
  const auto events = decide(decision, situation.view());
  return events ? "accepted" : events.error().code + ": " + events.error().message;
}

// "retry-decided offline, …".
std::string made_by(const Decision& decision, const Situation& situation) {
  const auto events = decide(decision, situation.view());
  if (!events) return events.error().message;
  std::vector<std::string> words;
  for (const LedgerEvent& event : events.value()) {
    const auto checked = check_event(event);
    EXPECT_TRUE(checked.ok()) << (checked.ok() ? "" : checked.error().message);
    words.push_back(event.type + " " + event.phase);
  }
  return join(words, ", ");
}

std::string fitting(Phase phase, const Situation& situation) {
  std::vector<std::string> words;
  for (const DecisionVerb verb : fitting_verbs(phase, situation.view())) words.emplace_back(to_text(verb));
  return join(words, " ");
}

TEST(Decision, IsRefusedWithoutAReason) {
  Decision wordless = decision(DecisionVerb::kRetry);
  wordless.reason = "";
  EXPECT_EQ(refusal(wordless, offline_is(PhaseOutcome::kFailed)),
            "usage: retry is kept in the history with a reason: say why, with --reason");
  wordless.verb = DecisionVerb::kDryRun;
  EXPECT_EQ(refusal(wordless, offline_is(PhaseOutcome::kFailed)),
            "usage: dry-run is kept in the history with a reason: say why, with --reason");
}

TEST(Decision, NeverSkipsAnOfflinePhaseAndSaysWhatToDoInstead) {
  EXPECT_EQ(
      refusal(decision(DecisionVerb::kSkip, Phase::kOffline), offline_is(PhaseOutcome::kFailed)),
      "does-not-fit: skip does not fit todo-search@0.0.1: an offline phase cannot be skipped, since its "
      "gate opens on a success alone; when its effect is there, say so: exo script mark-done "
      "todo-search@0.0.1 --phase offline --reason TEXT");
}

TEST(Decision, IsRefusedWithTheStateAndTheVerbsThatWouldFit) {
  Situation situation = online_is(PhaseOutcome::kUnderWay);
  situation.online = PhaseActivity::kRunning;
  EXPECT_EQ(refusal(decision(DecisionVerb::kRetry, Phase::kOnline), situation),
            "does-not-fit: retry does not fit todo-search@0.0.1: its online phase is running (what fits: "
            "cancel, pause, throttle)");
  EXPECT_EQ(
      refusal(decision(DecisionVerb::kRetry), situation),
      "does-not-fit: retry does not fit todo-search@0.0.1: its offline phase is done (no decision fits), "
      "its online phase is running (what fits: cancel, pause, throttle)");
}

TEST(Decision, RunsNothingAgainOutsideOfLocalAndTests) {
  Situation situation = online_is(PhaseOutcome::kDone);
  situation.environment = "production";
  EXPECT_EQ(
      refusal(decision(DecisionVerb::kRerun), situation),
      "does-not-fit: rerun does not fit todo-search@0.0.1: what is done is run again in local and in tests "
      "only, and this is production; give what is new a version of its own");
  situation.environment = "test";
  EXPECT_EQ(made_by(decision(DecisionVerb::kRerun), situation),
            "rerun-decided offline, rerun-decided online");
}

TEST(Decision, NeedsAScriptToRunOne) {
  Situation situation = offline_is(PhaseOutcome::kFailed);
  situation.has_script = false;
  EXPECT_EQ(refusal(decision(DecisionVerb::kRetry), situation),
            "does-not-fit: retry does not fit todo-search@0.0.1: its script is not in the application; put "
            "it back");
  EXPECT_EQ(made_by(decision(DecisionVerb::kMarkDone, Phase::kOffline), situation),
            "phase-marked-done offline");
}

TEST(Decision, AsksWhichPhaseWhereBothWouldDo) {
  EXPECT_EQ(
      refusal(decision(DecisionVerb::kMarkDone), Situation{}),
      "usage: mark-done fits both phases of todo-search@0.0.1: say which, with --phase offline or --phase "
      "online");
}

TEST(Decision, FindsThePhaseThatItFits) {
  EXPECT_EQ(made_by(decision(DecisionVerb::kRetry), offline_is(PhaseOutcome::kFailed)),
            "retry-decided offline");
  EXPECT_EQ(made_by(decision(DecisionVerb::kRetry), online_is(PhaseOutcome::kFailed)),
            "retry-decided online");
  EXPECT_EQ(made_by(decision(DecisionVerb::kSkip), online_is(PhaseOutcome::kFailed)), "phase-skipped online");
  EXPECT_EQ(made_by(decision(DecisionVerb::kBaseline), Situation{}),
            "phase-marked-done offline, phase-marked-done online");
}

TEST(Decision, FitsAsTheTableSays) {
  EXPECT_EQ(fitting(Phase::kOnline, Situation{}), "skip mark-done baseline pause throttle");
  EXPECT_EQ(fitting(Phase::kOnline, offline_is(PhaseOutcome::kDone)), "skip mark-done pause throttle")
      << "its script has begun";
  EXPECT_EQ(fitting(Phase::kOffline, Situation{}), "mark-done baseline pause throttle");
  EXPECT_EQ(fitting(Phase::kOnline, online_is(PhaseOutcome::kFailed)), "retry skip mark-done pause throttle");
  EXPECT_EQ(fitting(Phase::kOnline, online_is(PhaseOutcome::kInterrupted)),
            "retry skip mark-done pause throttle");
  EXPECT_EQ(fitting(Phase::kOnline, online_is(PhaseOutcome::kUnderWay)),
            "retry skip mark-done pause throttle")
      << "its host has died";
  EXPECT_EQ(fitting(Phase::kOnline, online_is(PhaseOutcome::kDone)), "rerun");
  EXPECT_EQ(fitting(Phase::kOnline, online_is(PhaseOutcome::kAbsent)), "rerun");
  EXPECT_EQ(fitting(Phase::kOnline, online_is(PhaseOutcome::kSkipped)), "retry mark-done");
  Situation waiting = online_is(PhaseOutcome::kFailed);
  waiting.online = PhaseActivity::kWaiting;
  EXPECT_EQ(fitting(Phase::kOnline, waiting), "retry skip mark-done cancel pause throttle");
  Situation ending = online_is(PhaseOutcome::kUnderWay);
  ending.online = PhaseActivity::kEnding;
  EXPECT_EQ(fitting(Phase::kOnline, ending), "");
  EXPECT_EQ(fitting(Phase::kOffline, ending), "") << "nothing is run again while something runs";
}

TEST(Decision, AboutAnAttemptWhoseHostDiedRecordsFirstThatItWasInterrupted) {
  EXPECT_EQ(made_by(decision(DecisionVerb::kRetry), offline_is(PhaseOutcome::kUnderWay)),
            "attempt-interrupted offline, retry-decided offline");
}

TEST(Decision, RunsAllOfAScriptAgain) {
  EXPECT_EQ(made_by(decision(DecisionVerb::kRerun), online_is(PhaseOutcome::kFailed)),
            "rerun-decided offline, rerun-decided online");
  EXPECT_EQ(made_by(decision(DecisionVerb::kRerun, Phase::kOffline), online_is(PhaseOutcome::kFailed)),
            "rerun-decided offline");
}

TEST(Decision, MakesADryRunOnlyOfAScriptThatHasDeclaredThatItCan) {
  Situation situation = online_is(PhaseOutcome::kDone);
  situation.is_ready = true;
  EXPECT_EQ(
      refusal(decision(DecisionVerb::kDryRun), situation),
      "does-not-fit: dry-run does not fit todo-search@0.0.1: deployment-scripts/todo-search-0.0.1.js has not "
      "declared that it can; when it heeds dryRun of its start message and writes nothing then, write "
      "\"dry-run: true\" into deployment-scripts/todo-search-0.0.1.yml");
  situation.script.settings.online.can_dry_run = true;
  EXPECT_EQ(made_by(decision(DecisionVerb::kDryRun), situation), "dry-run-started online");
  situation.is_ready = false;
  EXPECT_EQ(
      refusal(decision(DecisionVerb::kDryRun), situation),
      "does-not-fit: dry-run does not fit todo-search@0.0.1: it has no ready instance that the script could "
      "talk to");
}

TEST(Decision, MakesADryRunOfAPhaseThatIsPaused) {
  Situation situation;
  situation.is_ready = true;
  situation.script.settings.offline.can_dry_run = true;
  situation.record.offline.paused = "by anna: not before noon";
  EXPECT_EQ(made_by(decision(DecisionVerb::kDryRun), situation), "dry-run-started offline");
}

TEST(Decision, MakesADryRunOfWhatWouldBeRunNext) {
  Situation situation;
  situation.is_ready = true;
  situation.script.settings.offline.can_dry_run = situation.script.settings.online.can_dry_run = true;
  EXPECT_EQ(made_by(decision(DecisionVerb::kDryRun), situation), "dry-run-started offline");
  EXPECT_EQ(made_by(decision(DecisionVerb::kDryRun, Phase::kOnline), situation), "dry-run-started online");
  situation.record.offline = phase(PhaseOutcome::kDone);
  EXPECT_EQ(made_by(decision(DecisionVerb::kDryRun), situation), "dry-run-started online");
  situation.record.online = phase(PhaseOutcome::kDone);
  EXPECT_EQ(
      made_by(decision(DecisionVerb::kDryRun), situation),
      "dry-run fits both phases of todo-search@0.0.1: say which, with --phase offline or --phase online");
}

TEST(Decision, EndsATrialThatIsUnderWayAndNamesIt) {
  Situation situation = online_is(PhaseOutcome::kDone);
  situation.offline = situation.online = PhaseActivity::kVerification;
  situation.record.verify.dry_runs = 3;
  EXPECT_EQ(refusal(decision(DecisionVerb::kCancel), situation),
            "does-not-fit: cancel does not fit todo-search@0.0.1: its offline phase is not free while it is "
            "verified; look again when that has ended (no decision fits), its online phase is not free while "
            "it is verified; look again when that has ended (no decision fits)")
      << "it ends just now";
  situation.trial = Phase::kVerify;
  const auto events = decide(decision(DecisionVerb::kCancel), situation.view());
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(events.value().at(0).type, "trial-cancelled");
  EXPECT_EQ(events.value().at(0).phase, "verify");
  EXPECT_EQ(events.value().at(0).generation, 0u);
  EXPECT_EQ(events.value().at(0).run, "todo-search-0.0.1-verify-0");
  EXPECT_EQ(events.value().at(0).attempt, 3u);
  EXPECT_EQ(
      refusal(decision(DecisionVerb::kCancel, Phase::kOffline), situation),
      "does-not-fit: cancel does not fit todo-search@0.0.1: what is under way is a verification; to end "
      "that leave --phase out");
}

TEST(Decision, CancelsAPhaseThatWaitsBehindTheDryRunOfAnother) {
  Situation situation = online_is(PhaseOutcome::kFailed);
  situation.offline = situation.online = PhaseActivity::kDryRun;
  situation.trial = Phase::kOffline;
  situation.record.offline.dry_runs = 1;
  EXPECT_EQ(refusal(decision(DecisionVerb::kCancel, Phase::kOnline), situation),
            "does-not-fit: cancel does not fit todo-search@0.0.1: what is under way is the dry run of its "
            "offline phase; to end that leave --phase out")
      << "no attempt follows";
  situation.waiting = {Phase::kOnline};
  EXPECT_EQ(made_by(decision(DecisionVerb::kCancel, Phase::kOnline), situation), "cancel-decided online");
  EXPECT_EQ(made_by(decision(DecisionVerb::kCancel, Phase::kOffline), situation), "trial-cancelled offline");
  EXPECT_EQ(made_by(decision(DecisionVerb::kCancel), situation), "trial-cancelled offline");
}

TEST(Decision, HoldsWhoAndWhyAndWhatIsVouchedFor) {
  const auto events =
      decide(decision(DecisionVerb::kMarkDone, Phase::kOffline), offline_is(PhaseOutcome::kFailed).view());
  ASSERT_TRUE(events.ok());
  const LedgerEvent& event = events.value().front();
  EXPECT_EQ(event.who, "anna");
  EXPECT_EQ(event.generation, 1u);
  EXPECT_EQ(event.run, "todo-search-0.0.1-offline-1");
  EXPECT_EQ(event.attempt, 2u);
  EXPECT_EQ(event.details, R"({"algorithm":"sha256/lf","digest":"d1","reason":"I looked","script":)"
                           R"("deployment-scripts/todo-search-0.0.1.js"})");
}

TEST(Decision, ToRunAgainBeginsAGeneration) {
  const auto events =
      decide(decision(DecisionVerb::kRerun, Phase::kOnline), online_is(PhaseOutcome::kDone).view());
  ASSERT_TRUE(events.ok());
  EXPECT_EQ(events.value().front().generation, 2u);
  EXPECT_EQ(events.value().front().run, "");
}

TEST(Decision, HasAWordForEachVerb) {
  for (const DecisionVerb verb : kAllDecisionVerbs) EXPECT_EQ(parse_decision_verb(to_text(verb)), verb);
  EXPECT_EQ(parse_decision_verb("forget"), std::nullopt);
}

TEST(Decision, NamesTheEnvironmentInWhatIsToBeTyped) {
  EXPECT_EQ(command_for(DecisionVerb::kRetry, kSearch, std::nullopt, "production"),
            "exo script retry todo-search@0.0.1 --reason TEXT --environment production");
}

}  // namespace
}  // namespace exo
