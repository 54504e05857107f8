#include "cli/candidates.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace exo {
namespace {

using Words = std::vector<std::string>;

// A command line with one of each kind of argument.
class CandidatesTest : public ::testing::Test {
 protected:
  CandidatesTest() {
    exo_.set_version_flag("--version", "0");
    CLI::App* logs = exo_.add_subcommand("logs", "Shows logs");
    logs->add_option("ROLE", roles_, "Whose");
    logs->add_option("-a,--application", folder_, "Where")->type_name("FOLDER");
    logs->add_option("-e,--environment", environment_, "Which")->type_name("ENVIRONMENT");
    logs->add_flag("-f,--follow", follow_, "Go on");
    CLI::App* status = exo_.add_subcommand("status", "Shows the status");
    status->add_option("APPLICATION,-a,--application", folder_, "Where")->type_name("FOLDER");
    CLI::App* script = exo_.add_subcommand("script", "Decides about scripts");
    script->add_subcommand("list", "Shows them");
    CLI::App* retry = script->add_subcommand("retry", "Tries one again");
    retry->add_option("ROLE", roles_, "Which");
    retry->add_flag("--json", json_, "As JSON");
    exo_.add_subcommand("secret", "Not for people")->group("");
  }

  Words complete(const Words& words) {
    Words found;
    const Candidates candidates =
        find_candidates(exo_, words, [this](std::string_view kind, const ApplicationOptions& where) {
          asked_ = std::string(kind) + " in " + where.folder + " " + where.environment;
          return kind == "ROLE"          ? Words{"todo", "todo@0.0.1", "web"}
                 : kind == "ENVIRONMENT" ? Words{"local"}
                                         : Words{};
        });
    for (const Candidate& candidate : candidates.words) found.push_back(candidate.word);
    if (candidates.folders) found.emplace_back(":folders");
    return found;
  }

  CLI::App exo_{"", "exo"};
  Words roles_;
  std::string folder_;
  std::string environment_;
  std::string asked_;
  bool follow_ = false;
  bool json_ = false;
};

TEST_F(CandidatesTest, knows_nothing_of_verbs_that_are_none) {
  EXPECT_EQ(complete({}), Words{});
  EXPECT_EQ(complete({"x"}), Words{});
  EXPECT_EQ(complete({"frobnicate", ""}), Words{});
}

TEST_F(CandidatesTest, descends_into_a_verb_that_has_verbs_of_its_own) {
  EXPECT_EQ(complete({"script", ""}), (Words{"list", "retry"}));
  EXPECT_EQ(complete({"script", "re"}), Words{"retry"});
  EXPECT_EQ(complete({"script", "forget", ""}), Words{});
  EXPECT_EQ(complete({"script", "retry", "todo@"}), Words{"todo@0.0.1"});
  EXPECT_EQ(complete({"script", "retry", "todo", "--j"}), Words{"--json"});
}

TEST_F(CandidatesTest, gives_the_verbs_that_people_see) {
  EXPECT_EQ(complete({""}), (Words{"logs", "status", "script"}));
  EXPECT_EQ(complete({"st"}), Words{"status"});
}

TEST_F(CandidatesTest, describes_what_it_gives) {
  const auto found = find_candidates(exo_, {"lo"}, [](auto, const auto&) { return Words{}; });
  EXPECT_EQ(found.words, (std::vector<Candidate>{{"logs", "Shows logs"}}));
}

TEST_F(CandidatesTest, gives_options_that_were_not_given_yet) {
  EXPECT_EQ(complete({"logs", "--"}), (Words{"--help", "--application", "--environment", "--follow"}));
  EXPECT_EQ(complete({"logs", "-f", "web", "--f"}), Words{});
  EXPECT_EQ(complete({"logs", "--environment=local", "--e"}), Words{});
  EXPECT_EQ(complete({"--v"}), Words{"--version"});
}

TEST_F(CandidatesTest, gives_the_values_of_the_argument_that_comes_next) {
  EXPECT_EQ(complete({"logs", "to"}), (Words{"todo", "todo@0.0.1"}));
  EXPECT_EQ(complete({"logs", "web", "--follow", "todo@"}), Words{"todo@0.0.1"});
  EXPECT_EQ(complete({"logs", "--environment", ""}), Words{"local"});
  EXPECT_EQ(complete({"logs", "-e", "l"}), Words{"local"});
  EXPECT_EQ(complete({"logs", "--environment=lo"}), Words{"--environment=local"});
}

TEST_F(CandidatesTest, leaves_folders_to_the_shell) {
  EXPECT_EQ(complete({"logs", "-a", "exa"}), Words{":folders"});
  EXPECT_EQ(complete({"status", ""}), Words{":folders"});
}

TEST_F(CandidatesTest, gives_nothing_where_no_word_is_left_to_say) {
  EXPECT_EQ(complete({"status", "examples/todo-app", ""}), Words{});
  EXPECT_EQ(complete({"status", "-a", "examples/todo-app", ""}), Words{});
}

TEST_F(CandidatesTest, looks_values_up_where_the_words_before_say) {
  complete({"logs", "-a", "shop", "--environment=staging", ""});
  EXPECT_EQ(asked_, "ROLE in shop staging");
  complete({"logs", ""});
  EXPECT_EQ(asked_, "ROLE in  local");
}

}  // namespace
}  // namespace exo
