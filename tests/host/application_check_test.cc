#include "host/application_check.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "host/check_report.h"
#include "services/forwarder/listening_sockets.h"
#include "tests/services/application_folder.h"

namespace exo {
namespace {

using testing_support::ApplicationFolder;

// An application of two services, of which `web` says what a test adds to its service.yml.
class ApplicationCheckTest : public testing::Test {
 protected:
  ApplicationCheckTest() {
    folder_.with("application.yml",
                 "name: shop\nservices:\n  web: {location: ./web}\n  todo: {location: ./todo}\n");
    folder_.with("web/service.yml", "version: 0.0.1\ndevelopment: {scripts: {run: sh web.sh}}\n");
    folder_.with(
        "todo/service.yml",
        "version: 0.0.1\ndevelopment: {scripts: {run: sh todo.sh}}\nmessages:\n  receives: [list, todo.add]\n"
        "  translations:\n    - {public: todos.list, internal: list}\n");
  }

  void web_also_says(const std::string& lines) {
    folder_.with("web/service.yml", "version: 0.0.1\ndevelopment: {scripts: {run: sh web.sh}}\n" + lines);
  }
  ApplicationCheck check(const std::map<std::string, std::uint16_t>& ports = {}) {
    return check_application(
        {.application = folder_.path(), .ports = ports, .environment = {{"PATH", "/bin"}}});
  }
  static std::string places(const std::vector<Mistake>& mistakes) {
    std::string text;
    for (const Mistake& mistake : mistakes) text += mistake.file + ":" + std::to_string(mistake.line) + " ";
    return text;
  }
  std::string warnings() {
    std::string text;
    for (const Notice& warning : check().warnings) text += to_string(warning) + "\n";
    return text;
  }

  ApplicationFolder folder_;
};

TEST_F(ApplicationCheckTest, FindsNothingWhereNothingIsWrong) {
  web_also_says("messages: {sends: [todos.list, todo.add]}\n");
  folder_.with("deployment-scripts/web-0.0.1.js", "exports['deployment-web-0.0.1-online-start'] = f;\n");
  EXPECT_EQ(to_text(check()), "shop: no mistake (2 services, 2 versions, 1 deployment script)\n");
}

TEST_F(ApplicationCheckTest, TellsTheMistakesOfServicesAndScriptsAtOnce) {
  web_also_says("type: pubic\nlocal: {secrets: [KEY]}\n");
  folder_.with("deployment-scripts/web.js", "");
  const ApplicationCheck found = check();
  ASSERT_EQ(found.mistakes.size(), 3U) << to_text(found.mistakes);
  EXPECT_EQ(found.mistakes[0].file, "deployment-scripts/web.js");
  EXPECT_EQ(found.mistakes[1].nearest, "public");
  EXPECT_EQ(found.mistakes[2].key, "local.secrets");
}

TEST_F(ApplicationCheckTest, TellsWhatOneServiceLacksWhateverIsWrongWithAnother) {
  folder_.with("todo/service.yml", "version: 1.0\n");
  web_also_says("user: nobdoy\nlocal: {secrets: [KEY]}\n");
  EXPECT_EQ(places(check().mistakes),
            "todo/service.yml:0 todo/service.yml:1 web/service.yml:3 web/service.yml:4 ");
}

// What an environment's ledger may hold is known only where one is meant.
TEST_F(ApplicationCheckTest, TellsWhatIsRequiredAndNowhere) {
  web_also_says("requires: [todo@0.0.9]\n");
  EXPECT_EQ(places(check().mistakes), "");
  const auto state = StateFolder::of(folder_.path(), "staging");
  ASSERT_TRUE(state) << state.error().message;
  CheckOptions options{
      .application = folder_.path(), .ports = {}, .environment = {{"PATH", "/bin"}}, .state = state.value()};
  const auto mistakes = check_application(options).mistakes;
  EXPECT_EQ(places(mistakes), "web/service.yml:3 ");
  EXPECT_NE(to_text(mistakes).find("not live in staging"), std::string::npos) << to_text(mistakes);
  options.only = {"todo"};
  EXPECT_EQ(places(check_application(options).mistakes), "") << "web is left out";
}

TEST_F(ApplicationCheckTest, AServiceThatCannotBeReadMakesNoOtherLookMisspelled) {
  folder_.with("todo/service.yml", "version: [\n");
  web_also_says("messages: {sends: [todo.add]}\n");
  const ApplicationCheck found = check({{"todo", 80}});
  ASSERT_EQ(found.mistakes.size(), 1U) << to_text(found.mistakes);
  EXPECT_EQ(found.mistakes[0].file, "todo/service.yml");
  EXPECT_EQ(to_text(found).find("warning"), std::string::npos) << to_text(found);
}

TEST_F(ApplicationCheckTest, TellsOfAPortThatAnotherProgramHas) {
  const auto other = open_listening_sockets({.role = "other", .port = 0});
  ASSERT_TRUE(other.ok());
  const std::string port = std::to_string(other.value().port);
  folder_.with("web/service.yml", "type: public\ndevelopment: {scripts: {run: sh web.sh}, port: " + port +
                                      "}\nlocal: {secrets: [KEY]}\n");
  CheckOptions options{.application = folder_.path(), .ports = {}, .environment = {{"PATH", "/bin"}}};
  EXPECT_EQ(places(check_application(options).mistakes), "web/service.yml:3 ");
  options.port_check = PortCheck::kTakenPorts;
  EXPECT_EQ(places(check_application(options).mistakes), "web/service.yml:2 web/service.yml:3 ");
  options.ports = {{"web", 0}};
  EXPECT_EQ(places(check_application(options).mistakes), "web/service.yml:3 ") << "any free port will do";
}

TEST_F(ApplicationCheckTest, NamesTheLineOfASecretThatIsNotSet) {
  web_also_says("local:\n  secrets:\n    - KEY\n");
  ASSERT_EQ(check().mistakes.size(), 1U);
  EXPECT_EQ(check().mistakes[0].line, 5);
  EXPECT_EQ(check().mistakes[0].key, "local.secrets");
}

TEST_F(ApplicationCheckTest, RefusesAPortForAServiceThatHasNone) {
  EXPECT_EQ(to_text(check({{"web", 80}}).mistakes),
            "--port web=80: the service \"web\" has no public port; only services with \"type: public\" have "
            "one\n");
  EXPECT_EQ(to_text(check({{"mail", 80}}).mistakes),
            "--port mail=80: there is no service \"mail\"; the services are web and todo\n");
}

TEST_F(ApplicationCheckTest, WarnsOfAMessageThatNobodyReceivesByItsPublicName) {
  web_also_says("messages:\n  sends:\n    - todos.lsit\n    - list\n");
  EXPECT_EQ(warnings(),
            "web/service.yml:5: no service receives \"todos.lsit\"; add it to the `receives` of one, or "
            "leave it out "
            "here (a reply needs no declaration); did you mean \"todos.list\"?\n"
            "web/service.yml:6: no service receives \"list\"; add it to the `receives` of one, or leave it "
            "out here (a "
            "reply needs no declaration)\n");
}

TEST_F(ApplicationCheckTest, WarnsOfAMessageThatAScriptsFolderSendsToNobody) {
  folder_.with("deployment-scripts/web-0.0.1/service.yml",
               "development: {scripts: {run: sh go.sh}}\nmessages:\n  sends: [todo.add, todo.remove, "
               "deployment-web-0.0.1-offline-done]\n");
  EXPECT_EQ(warnings(),
            "deployment-scripts/web-0.0.1/service.yml:3: no service receives \"todo.remove\"; add it to the "
            "`receives` "
            "of one, or leave it out here (a reply needs no declaration)\n");
}

TEST_F(ApplicationCheckTest, WarnsOfAProgramThatIsNotThere) {
  folder_.with("deployment-scripts/web-0.0.1/service.yml", "development: {scripts: {run: ./migrate}}\n");
  EXPECT_EQ(warnings(),
            "deployment-scripts/web-0.0.1/service.yml:1: the deployment script of web@0.0.1 cannot be "
            "started: there "
            "is no program \"./migrate\"\n");
}

TEST_F(ApplicationCheckTest, WarnsOfAScriptThatHandlesAnotherOnesMessages) {
  folder_.with("deployment-scripts/web-0.0.1.js",
               "// brings web in\nexports['deployment-todo-0.0.1-online-start'] = f;\n");
  EXPECT_EQ(warnings(),
            "deployment-scripts/web-0.0.1.js:2: this script never gets "
            "\"deployment-todo-0.0.1-online-start\"; write "
            "\"deployment-web-0.0.1-online-start\", or rename the file\n");
}

TEST_F(ApplicationCheckTest, WarnsOfAScriptWithoutAPhaseUnlessItMayPutTheNameTogether) {
  folder_.with("deployment-scripts/todo-0.0.1.js", "exports[`${name}-online-start`] = f;\n");
  folder_.with("deployment-scripts/web-0.0.1.js", "module.exports = {};\n");
  EXPECT_EQ(
      warnings(),
      "deployment-scripts/web-0.0.1.js: it has no phase, so that nothing of it runs; export a handler of "
      "\"deployment-web-0.0.1-offline-start\" or \"deployment-web-0.0.1-online-start\"\n");
}

TEST_F(ApplicationCheckTest, WarnsOfAScriptWhoseVersionIsNotThere) {
  folder_.with("deployment-scripts/web-0.0.9.js", "exports['deployment-web-0.0.9-online-start'] = f;\n");
  EXPECT_EQ(warnings(),
            "deployment-scripts/web-0.0.9.js: it is not run: web has no version 0.0.9, it has 0.0.1\n");
}

TEST_F(ApplicationCheckTest, CountsMistakesAndWarningsInTheLastLine) {
  web_also_says("local: {secrets: [A, B]}\nmessages: {sends: [nobody.hears]}\n");
  const std::string text = to_text(check());
  EXPECT_NE(text.find("web/service.yml:4: warning: no service"), std::string::npos) << text;
  EXPECT_NE(text.find("\n2 mistakes, 1 warning: exo run would refuse to start\n"), std::string::npos) << text;
}

TEST_F(ApplicationCheckTest, PrintsTheDocumentedKeysForMachines) {
  web_also_says("type: pubic\n");
  folder_.with("deployment-scripts/todo.js", "");
  const nlohmann::json report = nlohmann::json::parse(to_json(check()));
  EXPECT_TRUE(report.at("application").is_null());
  EXPECT_TRUE(report.at("warnings").is_array());
  const nlohmann::json& type = report.at("mistakes").at(1);
  EXPECT_EQ(type.at("file"), "web/service.yml");
  EXPECT_EQ(type.at("line"), 3);
  EXPECT_EQ(type.at("key"), "type");
  EXPECT_EQ(type.at("value"), "pubic");
  EXPECT_EQ(type.at("nearest"), "public");
  const nlohmann::json& script = report.at("mistakes").at(0);
  for (const char* key : {"line", "key", "value", "nearest"}) EXPECT_TRUE(script.at(key).is_null()) << key;
}

}  // namespace
}  // namespace exo
