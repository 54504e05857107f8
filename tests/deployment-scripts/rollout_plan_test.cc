// What a plan says, and that what it says is what comes.
#include "deployment-scripts/rollout_plan.h"

#include <gtest/gtest.h>

#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

const VersionKey kTodo{"todo", "1.0.0"};
const VersionKey kSearch{"todo-search", "0.0.1"};

rollout::Begin begin_of(std::vector<rollout::VersionToBringIn> versions,
                        const std::string& environment = "local") {
  return {.versions = std::move(versions), .environment = environment};
}

bool always(const Script&, Phase) {
  return true;
}

// One line for each step: "run the online phase of …: it never ran here".
std::string told(const std::vector<PlanStep>& steps) {
  std::string text;
  for (const PlanStep& step : steps) {
    text += std::string(to_text(step.kind)) + " | " + step.what + (step.why.empty() ? "" : ": " + step.why) +
            "\n";
  }
  return text;
}

std::vector<rollout::VersionToBringIn> todo_and_search(unsigned attempts = 1) {
  return {plain(kTodo), with_script(kSearch, both_phases({.attempts = attempts}))};
}

TEST(RolloutPlan, OfNothingIsNothing) {
  EXPECT_EQ(told(plan_rollout({}, begin_of({}), always)), "");
}

TEST(RolloutPlan, TellsAFirstRolloutInItsOrder) {
  EXPECT_EQ(
      told(plan_rollout({}, begin_of(todo_and_search()), always)),
      "introduce | introduce todo@1.0.0: it was never here\n"
      "introduce | introduce todo-search@0.0.1: it was never here\n"
      "open-gate | open the gate of todo@1.0.0: it has no offline phase\n"
      "live | todo@1.0.0 is live\n"
      "run-phase | run the offline phase of deployment-scripts/todo-search-0.0.1.js: it never ran here\n"
      "open-gate | open the gate of todo-search@0.0.1: its offline phase is done then\n"
      "run-phase | run the online phase of deployment-scripts/todo-search-0.0.1.js: it never ran here\n"
      "live | todo-search@0.0.1 is live\n");
}

TEST(RolloutPlan, LeavesOutAPhaseThatTheScriptDoesNotHandle) {
  for (const Phase handled : {Phase::kOffline, Phase::kOnline}) {
    const auto one = [&](const Script&, Phase phase) { return phase == handled; };
    std::vector<Phase> run;
    for (const PlanStep& step : plan_rollout({}, begin_of({with_script(kSearch)}), one)) {
      if (step.kind == PlanStepKind::kRunPhase) run.push_back(*step.phase);
    }
    EXPECT_EQ(run, std::vector<Phase>{handled});
  }
}

TEST(RolloutPlan, TellsWhatIsRecordedForAScriptThatFollows) {
  ScriptSettings settings;
  settings.offline.follow = {"todo-search.add", "todo-search.remove"};
  EXPECT_EQ(
      told(plan_rollout({}, begin_of({with_script(kSearch, settings)}), always)),
      "introduce | introduce todo-search@0.0.1: it was never here\n"
      "follow | record what production sends of todo-search.add and todo-search.remove: its script follows "
      "that\n"
      "run-phase | run the offline phase of deployment-scripts/todo-search-0.0.1.js: it never ran here\n"
      "open-gate | open the gate of todo-search@0.0.1: its offline phase is done then\n"
      "run-phase | run the online phase of deployment-scripts/todo-search-0.0.1.js: it never ran here\n"
      "live | todo-search@0.0.1 is live\n");
}

TEST(RolloutPlan, TellsHowAnAttemptEndedThatNoHostCouldRecord) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  rollout::Begin begin = begin_of({with_script(kSearch)});
  begin.exits = {{.exit = {.id = {"todo-search-0.0.1-offline-1", 1}, .status = "exit code 3"},
                  .effect = rollout::SeenExit::Effect::kFailed}};
  const std::string plan = told(plan_rollout(bench.ledger(), begin, always));
  EXPECT_EQ(
      plan.substr(0, plan.find('\n')),
      "interrupt | record attempt 1 at the offline phase of todo-search@0.0.1 as failed: it ended (exit "
      "code 3) before its host heard that it was done");
}

TEST(RolloutPlan, OfWhatIsThereStartsIt) {
  RolloutBench bench;
  bench.begin(todo_and_search());
  bench.ready(kTodo);
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  bench.succeeds(kSearch);
  EXPECT_EQ(told(plan_rollout(bench.ledger(), begin_of(todo_and_search()), always)),
            "comes-back | start todo@1.0.0: it was live before\n"
            "comes-back | start todo-search@0.0.1: it was live before\n");
}

TEST(RolloutPlan, SaysWhyAPhaseIsTriedAgain) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.attempts = 1}))});
  bench.ready(kSearch);
  bench.fails(kSearch);
  const auto begin = begin_of({with_script(kSearch)});
  EXPECT_NE(told(plan_rollout(bench.ledger(), begin, always)).find("js: attempt 1 failed\n"),
            std::string::npos);
  RolloutBench decided(bench.ledger());
  decided.begin({with_script(kSearch)});
  decided.decides(DecisionVerb::kRetry, kSearch, std::nullopt, "mended");
  EXPECT_NE(told(plan_rollout(decided.ledger(), begin, always))
                .find("js: to be tried again, decided by anna: mended\n"),
            std::string::npos);
}

TEST(RolloutPlan, SaysWhatStaysHeldAndWhy) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch);
  const auto steps = plan_rollout(bench.ledger(), begin_of({with_script(kSearch)}, "production"), always);
  ASSERT_EQ(steps.size(), 2u) << told(steps);
  EXPECT_EQ(steps[0].kind, PlanStepKind::kInterrupt);
  EXPECT_EQ(
      told({steps[1]}),
      "fail | leave todo-search@0.0.1 held: the host ended while it ran: interrupted, effect unknown\n");
}

TEST(RolloutPlan, PutsFirstWhatIsRequired) {
  const VersionKey next{"todo-search", "0.0.2"};
  rollout::VersionToBringIn requiring = plain(next);
  requiring.required_versions = {{.version = kSearch, .place = {}}};
  const std::string plan = told(plan_rollout({}, begin_of({requiring, with_script(kSearch)}), always));
  EXPECT_LT(plan.find("todo-search@0.0.1 is live"), plan.find("introduce todo-search@0.0.2"));
}

TEST(RolloutPlan, ComesTrueWhereAllGoesWell) {
  const auto steps = plan_rollout({}, begin_of(todo_and_search()), always);
  RolloutBench bench;
  bench.begin(todo_and_search());
  bench.ready(kTodo);
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  bench.succeeds(kSearch);
  std::vector<std::string> planned;
  planned.reserve(steps.size());
  for (const PlanStep& step : steps)
    planned.push_back(to_text(step.version) + " " + std::string(to_text(step.kind)));
  std::vector<std::string> done;
  for (const LedgerEvent& event : bench.ledger()) {
    const auto word = event.type == "version-introduced" ? "introduce"
                      : event.type == "attempt-started"  ? "run-phase"
                      : event.type == "gate-opened"      ? "open-gate"
                      : event.type == "version-live"     ? "live"
                                                         : "";
    if (*word != '\0') done.push_back(event.role + "@" + event.version + " " + word);
  }
  EXPECT_EQ(planned, done);
}

// A ledger in which the script's version was live, and somebody has decided that it is undone.
std::vector<LedgerEvent> undo_decided(const rollout::VersionToBringIn& version) {
  RolloutBench bench;
  bench.begin({plain(kTodo), version});
  bench.ready(kTodo);
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  bench.succeeds(kSearch);
  bench.confirms_tables = false;
  EXPECT_FALSE(bench
                   .decides({.verb = DecisionVerb::kUndo,
                             .version = kSearch,
                             .reason = "it loses entries",
                             .who = "anna",
                             .is_forced = true})
                   .refusal);
  return bench.ledger();
}

TEST(RolloutPlan, TellsAnUndoThatWaitsForItsVersion) {
  rollout::VersionToBringIn search = with_script(kSearch);
  search.script->may_undo = true;
  EXPECT_EQ(told(plan_rollout(undo_decided(search), begin_of({plain(kTodo)}), always)),
            "undo-waits | leave the undo of todo-search@0.0.1 waiting: its undo waits: it is not in the "
            "application; put it back into application.yml, under \"versions:\" of todo-search, with its "
            "files and its script, and start exo again\n"
            "hold | hold todo-search@0.0.1: it is undone by anna: it loses entries\n"
            "comes-back | start todo@1.0.0: it was live before\n");
}

TEST(RolloutPlan, TellsWhenAnotherContentTakesBack) {
  rollout::VersionToBringIn search = with_script(kSearch);
  search.script->may_undo = true;
  const std::vector<LedgerEvent> ledger = undo_decided(search);
  const std::string step =
      "run-phase | run the undo of deployment-scripts/todo-search-0.0.1.js: it is undone by anna: it loses "
      "entries";
  const std::string same = told(plan_rollout(ledger, begin_of({plain(kTodo), search}), always));
  EXPECT_NE(same.find(step + "\n"), std::string::npos) << same;
  search.script->digest = "d2";
  const std::string other = told(plan_rollout(ledger, begin_of({plain(kTodo), search}), always));
  EXPECT_NE(other.find(step + "; with another content of its script than the one that did it\n"),
            std::string::npos)
      << other;
}

}  // namespace
}  // namespace exo
