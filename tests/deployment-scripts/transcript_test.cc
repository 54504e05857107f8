// Whole rollouts as text: each input after ">", and below it what the core asks the host to do. The texts are
// in transcripts/; a change of behaviour shows in their diff. EXO_UPDATE_TRANSCRIPTS=1 writes them anew.
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/deployment-scripts/rollout_bench.h"

namespace exo {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const VersionKey kTodo{"todo", "1.0.0"};
const VersionKey kSearch{"todo-search", "0.0.1"};

std::string read_text(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void expect_transcript(const std::string& name, const RolloutBench& bench) {
  const std::string path = std::string(EXO_TRANSCRIPTS) + "/" + name + ".txt";
  if (std::getenv("EXO_UPDATE_TRANSCRIPTS") != nullptr) std::ofstream(path) << bench.transcript();
  EXPECT_EQ(bench.transcript(), read_text(path)) << "EXO_UPDATE_TRANSCRIPTS=1 writes " << path << " anew";
}

TEST(Transcript, OfAnOfflinePhaseThatFails) {
  RolloutBench bench;
  bench.begin({plain(kTodo), with_script(kSearch, both_phases({.attempts = 2}))});
  bench.ready(kSearch);
  bench.ready(kTodo);
  bench.fails(kSearch);
  bench.wait(seconds{1});
  bench.registers(kSearch);
  bench.exits(kSearch, "killed by SIGSEGV");
  bench.wait(kLastWords);
  expect_transcript("offline-phase-fails", bench);
}

TEST(Transcript, OfAScriptThatHangs) {
  RolloutBench bench;
  bench.begin({with_script(kSearch, both_phases({.stall = minutes{1}, .attempts = 1}))});
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.wait(minutes{1});
  bench.exits(kSearch, "killed by SIGKILL");
  expect_transcript("script-hangs", bench);
}

TEST(Transcript, OfTheSourceDocumentsScript) {
  RolloutBench bench;
  bench.begin({plain(kTodo), with_script(kSearch)});
  bench.ready(kTodo);
  bench.ready(kSearch);
  bench.succeeds(kSearch);
  bench.succeeds(kSearch);
  expect_transcript("source-document", bench);
}

TEST(Transcript, OfASecondRun) {
  RolloutBench before;
  before.begin({plain(kTodo), with_script(kSearch)});
  before.ready(kTodo);
  before.ready(kSearch);
  before.succeeds(kSearch);
  before.succeeds(kSearch);
  RolloutBench bench(before.ledger());
  bench.begin({plain(kTodo), with_script(kSearch)});
  bench.ready(kSearch);
  bench.ready(kTodo);
  expect_transcript("second-run", bench);
}

TEST(Transcript, OfAScriptAddedToAVersionThatIsLive) {
  RolloutBench before;
  before.begin({plain(kTodo), plain(kSearch)});
  before.ready(kTodo);
  before.ready(kSearch);
  RolloutBench bench(before.ledger());
  bench.begin({plain(kTodo), with_script(kSearch)});
  bench.ready(kTodo);
  bench.ready(kSearch);
  bench.registers(kSearch, {start_name(kSearch, Phase::kOnline)});
  bench.exits(kSearch);
  bench.succeeds(kSearch);
  expect_transcript("script-added-later", bench);
}

TEST(Transcript, OfAHostThatIsKilledAfterACheckpoint) {
  RolloutBench before;
  before.begin({with_script(kSearch)});
  before.ready(kSearch);
  before.registers(kSearch);
  before.feed(rollout::ScriptSaidCheckpoint{before.attempt(kSearch), R"({"page":7})", "m1"});
  RolloutBench bench(before.ledger());
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.feed(rollout::ScriptCouldNotStart{bench.attempt(kSearch), "lock", "held by 4711"});
  bench.wait(kLockRetryPause);
  bench.succeeds(kSearch);
  bench.succeeds(kSearch);
  expect_transcript("host-killed", bench);
}

TEST(Transcript, OfALedgerThatRefuses) {
  RolloutBench bench;
  bench.begin({plain(kTodo)});
  bench.ledger_refuses = true;
  bench.ready(kTodo);
  bench.wait(kAppendRetryPause);
  bench.ledger_refuses = false;
  bench.wait(kAppendRetryPause);
  expect_transcript("ledger-refuses", bench);
}

TEST(Transcript, OfAStop) {
  RolloutBench bench;
  bench.begin({with_script(kSearch)});
  bench.ready(kSearch);
  bench.registers(kSearch);
  bench.feed(rollout::ScriptSaidProgress{bench.attempt(kSearch), 1, 2, "half"});
  bench.feed(rollout::Stop{});
  bench.exits(kSearch, "killed by SIGTERM");
  expect_transcript("stop", bench);
}

// Each input and action has a line of its own, so that no two look alike in a log.
TEST(Description, OfEachInputNamesWhatItIsAbout) {
  const rollout::AttemptId id{"todo-1.0.0-online-1", 2};
  EXPECT_EQ(rollout::describe(rollout::InstanceLost{kTodo}), "instance-lost todo@1.0.0");
  EXPECT_EQ(rollout::describe(rollout::InstanceNotReady{kTodo, "gone"}),
            "instance-not-ready todo@1.0.0 \"gone\"");
  EXPECT_EQ(rollout::describe(rollout::ScriptActive{id}), "script-active todo-1.0.0-online-1/2");
  EXPECT_EQ(rollout::describe(rollout::ScriptSaidDone{id, 3, 1}),
            "script-said-done todo-1.0.0-online-1/2 failed messages 3, handled 1");
  EXPECT_EQ(rollout::describe(rollout::ScriptExited{id, "exit code 3", {}, ""}),
            "script-exited todo-1.0.0-online-1/2 exit code 3");
  EXPECT_EQ(rollout::describe(rollout::ScriptSaidProgress{id, 1.5, 3, ""}),
            "script-said-progress todo-1.0.0-online-1/2 1.5 of 3");
}

TEST(Description, OfABeginNamesScriptsAndRequirements) {
  rollout::VersionToBringIn search = with_script(kSearch);
  search.required_versions = {{.version = {kSearch.role, "0.0.0"}, .place = {}},
                              {.version = kTodo, .place = {}}};
  const rollout::Begin begin{.versions = {plain(kTodo), search},
                             .other_scripts = {make_script({"web", "2.0.0"})},
                             .environment = "staging"};
  EXPECT_EQ(
      rollout::describe(rollout::Input{begin}),
      "begin staging todo@1.0.0 todo-search@0.0.1+script(requires 0.0.0,todo@1.0.0) script-of:web@2.0.0");
}

}  // namespace
}  // namespace exo
