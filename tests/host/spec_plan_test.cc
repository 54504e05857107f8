#include "host/spec_plan.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "host/application_check.h"
#include "tests/services/application_folder.h"

namespace exo {
namespace {

using testing_support::ApplicationFolder;
using Json = nlohmann::json;

// todo hears todo.add and todos.list; search@0.0.1 has a script and a spec.
class SpecPlanTest : public testing::Test {
 protected:
  SpecPlanTest() {
    folder_.with("application.yml",
                 "name: shop\nservices:\n  todo: {location: ./todo}\n  search: {location: ./search}\n");
    folder_.with(
        "todo/service.yml",
        "type: public\nversion: 0.0.1\ndevelopment: {port: 3000, scripts: {run: sh run.sh}}\nmessages:\n"
        "  receives: [list, todo.add]\n  translations:\n    - {public: todos.list, internal: list}\n");
    folder_.with(
        "search/service.yml",
        "version: 0.0.1\ndevelopment: {scripts: {run: sh run.sh}}\nmessages: {receives: [search.add]}\n");
    folder_.with("deployment-scripts/search-0.0.1.js", kScript);
    folder_.with("deployment-scripts/search-0.0.1.feature", "Feature: search\n");
  }

  std::string error_of(const std::vector<std::string>& wanted = {}) {
    const auto plan = plan_specs(options(wanted));
    return plan ? "none" : plan.error().code + ": " + plan.error().message;
  }
  Json plan(const std::vector<std::string>& wanted = {}) {
    const auto text = plan_specs(options(wanted));
    EXPECT_TRUE(text.ok()) << text.error().message;
    return text ? Json::parse(text.value()) : Json();
  }
  SpecOptions options(const std::vector<std::string>& wanted) const {
    return {.application = folder_.path(),
            .program = "/bin/exo",
            .logs = folder_.path() + "/.exo/test.logs",
            .wanted = wanted,
            .scenario = "some todos",
            .junit = "/tmp/junit.xml",
            .json = {},
            .keep = true};
  }

  static constexpr const char* kScript = "exports[\"deployment-search-0.0.1-offline-start\"] = () => {};\n";
  ApplicationFolder folder_;
};

TEST_F(SpecPlanTest, NamesTheScriptThatIsMissingAndWhatMakesIt) {
  folder_.with("deployment-scripts/todo-0.0.1.feature", "Feature: todo\n");
  EXPECT_EQ(
      error_of({"todo"}),
      "absent: deployment-scripts/todo-0.0.1.feature: there is no deployment script of todo@0.0.1; make one: "
      "exo script new todo@0.0.1");
}

TEST_F(SpecPlanTest, NamesTheVersionThatTheApplicationDoesNotHave) {
  folder_.with("deployment-scripts/search-0.0.2.feature", "Feature: search\n");
  folder_.with("deployment-scripts/search-0.0.2.js",
               "exports[\"deployment-search-0.0.2-online-start\"] = () => {};\n");
  EXPECT_EQ(error_of({"search@0.0.2"}),
            "absent: deployment-scripts/search-0.0.2.feature: the application has no search@0.0.2; add a "
            "folder whose "
            "service.yml says \"version: 0.0.2\" to search in application.yml");
}

TEST_F(SpecPlanTest, RunsTheSpecsThatCanBeRunAndTellsWhatOthersLack) {
  folder_.with("deployment-scripts/todo-0.0.1.feature", "Feature: todo\n");
  const Json json = plan();
  ASSERT_EQ(json["specs"].size(), 1U);
  EXPECT_EQ(json["specs"][0]["role"], "search");
  ASSERT_EQ(json["lacks"].size(), 1U);
  EXPECT_EQ(json["lacks"][0].get<std::string>().rfind("deployment-scripts/todo-0.0.1.feature: ", 0), 0U);
}

TEST_F(SpecPlanTest, HasARefusalThatReadersOfCucumbersJsonUnderstand) {
  const Json json = Json::parse(refusal_as_json({"absent", "todo@0.0.1 has no \"spec\""}));
  ASSERT_EQ(json.size(), 1U);
  const Json& scenario = json[0]["elements"][0];
  EXPECT_EQ(scenario["name"], "the specs can be run");
  EXPECT_EQ(scenario["steps"][0]["result"]["status"], "failed");
  EXPECT_EQ(scenario["steps"][0]["result"]["error_message"], "todo@0.0.1 has no \"spec\"");
}

TEST_F(SpecPlanTest, NamesAServiceThatIsMisspelled) {
  EXPECT_EQ(error_of({"serch"}), "usage: there is no service \"serch\"; did you mean \"search\"?");
}

TEST_F(SpecPlanTest, NamesTheSpecThatIsMissing) {
  EXPECT_EQ(error_of({"todo"}),
            "absent: todo@0.0.1 has no spec; write deployment-scripts/todo-0.0.1.feature, or have it begun: "
            "exo script "
            "new todo@0.0.1");
}

TEST_F(SpecPlanTest, NamesAVersionThatIsNone) {
  EXPECT_EQ(error_of({"search@0.0.2"}), "usage: \"search@0.0.2\" names no version of the application");
}

TEST_F(SpecPlanTest, TellsEveryMistakeInTheFileOfNouns) {
  folder_.with("deployment-scripts/nouns.yml",
               "todos:\n  role: tod\nsearch:\n  documents:\n    add: search.ad\n    list: nothing-like-it\n");
  EXPECT_EQ(error_of(),
            "mistakes: the application has 3 mistakes:\n"
            "deployment-scripts/nouns.yml:2: todos.role: \"tod\": the application has no such service; did "
            "you mean "
            "\"todo\"?\n"
            "deployment-scripts/nouns.yml:5: search.documents.add: \"search.ad\": search does not receive "
            "it; did you "
            "mean \"search.add\"?\n"
            "deployment-scripts/nouns.yml:6: search.documents.list: \"nothing-like-it\": search does not "
            "receive it; it "
            "receives search.add\n");
}

TEST_F(SpecPlanTest, WarnsOfTheSameMistakesWithoutATest) {
  folder_.with("deployment-scripts/nouns.yml", "todos:\n  role: tod\n");
  const ApplicationCheck check =
      check_application({.application = folder_.path(), .ports = {}, .environment = {}});
  EXPECT_TRUE(check.mistakes.empty()) << to_text(check.mistakes);
  ASSERT_FALSE(check.warnings.empty());
  bool found = false;
  for (const Notice& warning : check.warnings)
    found = found || warning.file == "deployment-scripts/nouns.yml";
  EXPECT_TRUE(found);
}

TEST_F(SpecPlanTest, SaysHowToBeginWhereThereIsNoSpec) {
  ApplicationFolder empty;
  empty.with("application.yml", "name: shop\nservices:\n  todo: {location: ./todo}\n");
  empty.with("todo/service.yml", testing_support::kPlainService);
  const auto plan = plan_specs({.application = empty.path(), .program = {}, .logs = {}});
  ASSERT_FALSE(plan.ok());
  EXPECT_EQ(plan.error().code, "absent");
  EXPECT_NE(plan.error().message.find("exo script new ROLE@VERSION"), std::string::npos)
      << plan.error().message;
}

TEST_F(SpecPlanTest, HoldsWhatTheProgramThatRunsThemNeeds) {
  folder_.with("deployment-scripts/steps/more.js", "");
  folder_.with("deployment-scripts/steps/node_modules/theirs.js", "");
  folder_.with("deployment-scripts/nouns.yml",
               "todos:\n  role: todo\n  entries:\n    list: todos.list\n    fields: {TITLE: title}\n");
  const Json json = plan({"search@0.0.1"});
  EXPECT_EQ(json["exo"], "/bin/exo");
  EXPECT_EQ(json["application"], folder_.path());
  EXPECT_EQ(json["publicRoles"], Json::parse(R"(["todo"])"));
  EXPECT_EQ(json["roles"], Json::parse(R"({"todo":["0.0.1"],"search":["0.0.1"]})"));
  EXPECT_EQ(json["services"]["todos"]["role"], "todo");
  EXPECT_EQ(json["services"]["todos"]["records"]["entries"],
            Json::parse(R"({"add":"","list":"todos.list","search":"","by":"text","in":"",
                "fields":[{"column":"TITLE","name":"title","type":"text"}],
                "place":"deployment-scripts/nouns.yml:4"})"));
  ASSERT_EQ(json["specs"].size(), 1U);
  EXPECT_EQ(json["specs"][0]["role"], "search");
  EXPECT_EQ(json["specs"][0]["files"][0], folder_.path() + "/deployment-scripts/search-0.0.1.feature");
  EXPECT_EQ(json["steps"], Json::array({folder_.path() + "/deployment-scripts/steps/more.js"}));
  EXPECT_EQ(json["options"]["keep"], true);
  EXPECT_EQ(json["options"]["name"], "some todos");
  EXPECT_EQ(json["options"]["junit"], "/tmp/junit.xml");
}

}  // namespace
}  // namespace exo
