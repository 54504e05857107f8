// Decisions that the command itself records, since no host runs.
#include "host/offline_decision.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/text.h"
#include "ledger/sqlite_ledger.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

const VersionKey kSearch{"todo-search", "0.0.1"};

// An application with one deployment script, in a folder of its own.
class OfflineDecisionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = "/tmp/exo-decision-XXXXXX";
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    application_ = pattern;
    fs::create_directory(application_ / "deployment-scripts");
    std::ofstream(application_ / "deployment-scripts/todo-search-0.0.1.js") << "module.exports = {};\n";
    ::unsetenv("EXO_HOME");
  }
  void TearDown() override { fs::remove_all(application_); }

  StateFolder state(const std::string& environment = "production") const {
    return StateFolder::of(application_, environment).value();
  }
  static Decision decision(DecisionVerb verb, std::optional<Phase> phase = std::nullopt,
                           const VersionKey& version = kSearch) {
    return {.verb = verb, .version = version, .phase = phase, .reason = "I looked", .who = "anna"};
  }
  // "recorded", or the code of the error.
  std::string decide(const Decision& decision) const {
    const auto recorded = decide_without_host(state(), {decision});
    return recorded.outcome ? "recorded" : recorded.outcome.error().code;
  }
  // A host that died while the offline phase ran.
  void host_dies_under_an_attempt() const {
    ASSERT_TRUE(state().create().ok());
    auto ledger = SqliteLedger::open({.folder = state().path().string(), .owner = this_process("host-1")});
    ASSERT_TRUE(ledger.ok());
    LedgerEvent started{.who = "exo", .host = "host-1", .type = "attempt-started", .role = "todo-search"};
    started.version = "0.0.1";
    started.phase = "offline";
    started.generation = 1;
    started.run = "todo-search-0.0.1-offline-1";
    started.attempt = 1;
    ASSERT_TRUE(ledger.value()->append(0, started).ok());
  }
  // "attempt-started exo, …".
  std::string ledger() const {
    const auto ledger = SqliteLedger::open_for_reading(state().path().string());
    if (!ledger) return ledger.error().code;
    std::vector<std::string> lines;
    const auto events = ledger.value()->read(1, 100);
    for (const LedgerEvent& event : events.value()) lines.push_back(event.type + " " + event.who);
    return join(lines, ", ");
  }

  fs::path application_;
};

TEST_F(OfflineDecisionTest, has_no_attempt_to_cancel) {
  EXPECT_EQ(decide(decision(DecisionVerb::kCancel)), "no-host");
}

TEST_F(OfflineDecisionTest, is_refused_while_somebody_else_owns_the_ledger) {
  ASSERT_TRUE(state().create().ok());
  const auto host = SqliteLedger::open({.folder = state().path().string(), .owner = this_process("host-1")});
  ASSERT_TRUE(host.ok());
  EXPECT_EQ(decide(decision(DecisionVerb::kBaseline)), "owned");
}

TEST_F(OfflineDecisionTest, about_a_version_that_nobody_knows_is_refused) {
  EXPECT_EQ(decide(decision(DecisionVerb::kMarkDone, Phase::kOffline, {"todo", "1.0.0"})), "unknown-version");
}

TEST_F(OfflineDecisionTest, begins_no_ledger_where_something_has_run) {
  ASSERT_TRUE(state().create().ok());
  std::ofstream(state().logs() / "todo-search-0.0.1-offline-1-1.log") << "it went well\n";
  EXPECT_EQ(decide(decision(DecisionVerb::kBaseline)), "ledger-missing");
  EXPECT_FALSE(fs::exists(state().path() / "ledger.head"));
}

TEST_F(OfflineDecisionTest, that_does_not_fit_records_nothing) {
  host_dies_under_an_attempt();
  EXPECT_EQ(decide(decision(DecisionVerb::kBaseline)), "does-not-fit");
  EXPECT_EQ(ledger(), "attempt-started exo");
}

TEST_F(OfflineDecisionTest, about_an_attempt_whose_host_died_records_that_first) {
  host_dies_under_an_attempt();
  EXPECT_EQ(decide(decision(DecisionVerb::kRetry)), "recorded");
  EXPECT_EQ(ledger(), "attempt-started exo, attempt-interrupted anna, retry-decided anna");
}

TEST_F(OfflineDecisionTest, is_given_back_as_the_ledger_holds_it) {
  const auto recorded = decide_without_host(state(), {decision(DecisionVerb::kBaseline)});
  ASSERT_TRUE(recorded.outcome.ok());
  ASSERT_EQ(recorded.events.size(), 2u);
  EXPECT_EQ(recorded.events[1].sequence, 2u);
  EXPECT_EQ(recorded.events[1].phase, "online");
  EXPECT_EQ(ledger(), "phase-marked-done anna, phase-marked-done anna");
}

TEST_F(OfflineDecisionTest, stops_at_the_first_that_is_refused) {
  const auto recorded = decide_without_host(
      state(),
      {decision(DecisionVerb::kBaseline), decision(DecisionVerb::kRetry), decision(DecisionVerb::kSkip)});
  EXPECT_EQ(recorded.events.size(), 2u);
  EXPECT_EQ(recorded.outcome.error().code, "does-not-fit");
}

TEST_F(OfflineDecisionTest, looks_at_no_other_scripts_mistakes) {
  std::ofstream(application_ / "deployment-scripts/todo-9.9.yml") << "timeout: soon\n";
  EXPECT_EQ(decide(decision(DecisionVerb::kMarkDone, Phase::kOffline)), "recorded");
  std::ofstream(application_ / "deployment-scripts/todo-search-0.0.1.yml") << "timeout: soon\n";
  EXPECT_EQ(decide(decision(DecisionVerb::kMarkDone, Phase::kOnline)), "mistakes");
}

TEST_F(OfflineDecisionTest, that_needs_the_script_of_a_version_which_was_taken_away_is_refused) {
  host_dies_under_an_attempt();
  fs::create_directory(application_ / "todo");
  std::ofstream(application_ / "todo/service.yml")
      << "type: worker\nversion: 1.0.0\ndevelopment:\n  scripts:\n    run: \"true\"\n";
  std::ofstream(application_ / "application.yml") << "name: todo\nservices:\n  todo:\n    location: ./todo\n";
  const auto refused = [&](DecisionVerb verb) {
    const auto recorded = decide_without_host(state(), {decision(verb)});
    return recorded.outcome ? "recorded" : recorded.outcome.error().message;
  };
  for (const DecisionVerb verb : {DecisionVerb::kUndo, DecisionVerb::kRetry}) {
    EXPECT_EQ(refused(verb), std::string(to_text(verb)) +
                                 " does not fit todo-search@0.0.1: it is not in the application; put it back "
                                 "into application.yml, under \"versions:\" of todo-search, with its files "
                                 "and its script, and start exo again");
  }
  EXPECT_EQ(ledger(), "attempt-started exo");
}

}  // namespace
}  // namespace exo
