#include "services/environment_variables.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <nlohmann/json.hpp>

namespace exo {
namespace {

Application shop() {
  ServiceVersion web;
  web.role = "web";
  web.version = parse_semantic_version("1.2.0").value();
  web.service_file = "web/service.yml";
  web.sends = {"users.list"};
  web.receives = {"users.listed"};
  web.translations = {{"users.list", "list"}};
  web.environment_variables = {{"LOG_LEVEL", "debug"}};
  web.secrets = {"API_KEY"};
  web.secret_places = {{"API_KEY", {.file = "web/service.yml", .line = 9, .key = "local.secrets"}}};
  ServiceVersion mail;
  mail.role = "mail-sender";
  mail.version = parse_semantic_version("0.0.1").value();
  mail.service_file = "mail/service.yml";
  mail.secrets = {"SMTP_PASSWORD"};
  mail.secret_places = {{"SMTP_PASSWORD", {.file = "mail/service.yml", .line = 7, .key = "local.secrets"}}};
  Application application;
  application.name = "shop";
  application.roles.push_back({.name = "web", .versions = {web}});
  application.roles.push_back({.name = "mail-sender", .versions = {mail}});
  return application;
}

InstanceIdentity identity() {
  return {.instance = "web-abc",
          .environment = "local",
          .bus = "ipc:///run/user/0/exo-ab12/bus",
          .token_file = "/run/user/0/exo-ab12/web-abc.token",
          .data_folder = "/shop/.exo/local/data/web",
          .root = "/exo",
          .programs = "/exo/build/bin",
          .node_path = "/exo/node_modules",
          .python = "/exo/bin/exo-python",
          .python_program = "/opt/python",
          .python_path = "/exo/python",
          .python_cache = "/shop/.exo/local/python-cache",
          .port = 40123};
}

Variables environment_of_web(const Variables& own, const std::vector<RoleAddress>& addresses = {}) {
  const Application application = shop();
  const auto list =
      environment_of_instance(application, application.roles[0].versions[0], identity(), addresses, own);
  return Variables(list.begin(), list.end());
}

TEST(EnvironmentVariables, WhatIsAnotherInstancesIsNotInherited) {
  const Variables variables = environment_of_web({{"ROLE", "other"},
                                                  {"EXO_TOKEN_FILE", "/other"},
                                                  {"EXO_SOMETHING", "of a later exo"},
                                                  {"EXOCOM_HOST", "other"},
                                                  {"EXOCOM_SOMETHING", "other"},
                                                  {"NODE_PATH", "/other"},
                                                  {"SERVICE_DATA", "other"},
                                                  {"PORT", "1"}});
  for (const auto& [name, value] : variables) EXPECT_EQ(value.find("other"), std::string::npos) << name;
  EXPECT_EQ(variables.count("EXO_SOMETHING") + variables.count("EXOCOM_HOST"), 0U);
  EXPECT_EQ(variables.at("PORT"), "40123");
}

TEST(EnvironmentVariables, PythonFindsTheRelayBeforeWhatTheServiceAdds) {
  EXPECT_EQ(environment_of_web({}).at("PYTHONPATH"), "/exo/python");
  const Variables variables = environment_of_web({{"PYTHONPATH", "/lib"}, {"EXO_PYTHON", "other"}});
  EXPECT_EQ(variables.at("PYTHONPATH"), "/exo/python:/lib");
  EXPECT_EQ(variables.at("EXO_PYTHON"), "/exo/bin/exo-python");
  EXPECT_EQ(variables.at("EXO_PYTHON_PROGRAM"), "/opt/python");
}

TEST(EnvironmentVariables, PythonWritesNothingBesideAService) {
  EXPECT_EQ(environment_of_web({}).at("PYTHONPYCACHEPREFIX"), "/shop/.exo/local/python-cache");
}

TEST(EnvironmentVariables, ASecretOfAnotherServiceIsNotInherited) {
  const Variables variables = environment_of_web({{"API_KEY", "mine"}, {"SMTP_PASSWORD", "not mine"}});
  EXPECT_EQ(variables.at("API_KEY"), "mine");
  EXPECT_EQ(variables.count("SMTP_PASSWORD"), 0U);
}

TEST(EnvironmentVariables, AnInstanceThatDoesNotListenGetsNoPort) {
  const Application application = shop();
  InstanceIdentity without_port = identity();
  without_port.port = 0;
  const auto list = environment_of_instance(application, application.roles[0].versions[0], without_port, {},
                                            {{"PORT", "1"}});
  EXPECT_EQ(Variables(list.begin(), list.end()).count("PORT"), 0U);
}

TEST(EnvironmentVariables, TheCallersEnvironmentIsInherited) {
  const Variables variables =
      environment_of_web({{"PATH", "/usr/bin"}, {"LC_ALL", "C"}, {"EXOTIC", "fruit"}});
  EXPECT_EQ(variables.at("PATH") + " " + variables.at("LC_ALL") + " " + variables.at("EXOTIC"),
            "/usr/bin C fruit");
}

TEST(EnvironmentVariables, AnotherUserIsAtHomeAndHasNoSessionOfExos) {
  const UnixUser user{.name = "shop", .home = "/srv/shop", .shell = "/bin/sh", .credentials = {}};
  InstanceIdentity of_another_user = identity();
  of_another_user.user = &user;
  const Variables inherited{{"HOME", "/root"},       {"USER", "root"},     {"LOGNAME", "root"},
                            {"SHELL", "/bin/zsh"},   {"MAIL", "/m"},       {"XDG_RUNTIME_DIR", "/run/user/0"},
                            {"SSH_AUTH_SOCK", "/s"}, {"SUDO_USER", "ada"}, {"LANG", "C"},
                            {"TMPDIR", "/t"},        {"TMP", "/t"},        {"TEMP", "/t"},
                            {"XAUTHORITY", "/x"},    {"GNUPGHOME", "/g"},  {"KRB5CCNAME", "/k"}};
  const Application application = shop();
  const auto list =
      environment_of_instance(application, application.roles[0].versions[0], of_another_user, {}, inherited);
  const Variables variables(list.begin(), list.end());
  EXPECT_EQ(variables.at("HOME") + " " + variables.at("USER") + " " + variables.at("LOGNAME") + " " +
                variables.at("SHELL") + " " + variables.at("LANG"),
            "/srv/shop shop shop /bin/sh C");
  for (const char* name : {"MAIL", "XDG_RUNTIME_DIR", "SSH_AUTH_SOCK", "SUDO_USER", "TMPDIR", "TMP", "TEMP",
                           "XAUTHORITY", "GNUPGHOME", "KRB5CCNAME"}) {
    EXPECT_EQ(variables.count(name), 0U) << name;
    EXPECT_EQ(environment_of_web(inherited).count(name), 1U) << name;
  }
}

TEST(EnvironmentVariables, AnInstanceIsToldWhoItIs) {
  const Variables variables = environment_of_web({});
  const Variables expected{{"ROLE", "web"},
                           {"EXO_BUS", "ipc:///run/user/0/exo-ab12/bus"},
                           {"EXO_VERSION", "1.2.0"},
                           {"EXO_INSTANCE", "web-abc"},
                           {"EXO_TOKEN_FILE", "/run/user/0/exo-ab12/web-abc.token"},
                           {"EXO_DATA", "/shop/.exo/local/data/web"},
                           {"EXO_ENVIRONMENT", "local"},
                           {"EXO_ROOT", "/exo"},
                           {"EXO_BIN", "/exo/build/bin"},
                           {"NODE_PATH", "/exo/node_modules"},
                           {"EXO_PYTHON", "/exo/bin/exo-python"},
                           {"EXO_PYTHON_PROGRAM", "/opt/python"},
                           {"PYTHONPATH", "/exo/python"},
                           {"PYTHONPYCACHEPREFIX", "/shop/.exo/local/python-cache"},
                           {"PYTHONUNBUFFERED", "1"},
                           {"PORT", "40123"},
                           {"LOG_LEVEL", "debug"},
                           {"SERVICE_DATA", service_data(shop())}};
  EXPECT_EQ(variables, expected);
}

TEST(EnvironmentVariables, WhatTheServiceStatesWinsOverWhatIsInheritedAndOrigins) {
  Application application = shop();
  application.roles[0].versions[0].environment_variables = {{"LOG_LEVEL", "stated"},
                                                            {"WEB_EXTERNAL_ORIGIN", "stated"}};
  const auto list = environment_of_instance(application, application.roles[0].versions[0], identity(),
                                            {{.role = "web", .host = "localhost", .port = 3000}},
                                            {{"LOG_LEVEL", "inherited"}});
  const Variables variables(list.begin(), list.end());
  EXPECT_EQ(variables.at("LOG_LEVEL") + " " + variables.at("WEB_EXTERNAL_ORIGIN"), "stated stated");
}

TEST(EnvironmentVariables, OriginsAreNamedByRoleAndType) {
  const Variables variables = environment_of_web(
      {}, {{.role = "web", .type = ServiceType::kPublic, .host = "localhost", .port = 3000},
           {.role = "user-store", .type = ServiceType::kPrivate, .host = "127.0.0.1", .port = 3001},
           {.role = "mail-sender", .type = ServiceType::kWorker, .host = "127.0.0.1", .port = 3002}});
  EXPECT_EQ(variables.at("WEB_EXTERNAL_ORIGIN"), "http://localhost:3000");
  EXPECT_EQ(variables.at("WEB_INTERNAL_ORIGIN"), "http://localhost:3000");
  EXPECT_EQ(variables.at("USER_STORE_INTERNAL_ORIGIN"), "http://127.0.0.1:3001");
  EXPECT_EQ(variables.count("USER_STORE_EXTERNAL_ORIGIN"), 0U);
  EXPECT_EQ(variables.at("MAIL_SENDER_HOST"), "127.0.0.1:3002");
}

TEST(EnvironmentVariables, AGatewayIsNamedWhereThereIsOne) {
  const Application application = shop();
  InstanceIdentity with_gateway = identity();
  with_gateway.gateway = GatewayAddress{.host = "127.0.0.1", .port = 3100};
  const auto list =
      environment_of_instance(application, application.roles[0].versions[0], with_gateway, {}, {});
  const Variables variables(list.begin(), list.end());
  EXPECT_EQ(variables.at("EXOCOM_HOST") + ":" + variables.at("EXOCOM_PORT"), "127.0.0.1:3100");
}

TEST(EnvironmentVariables, AScriptGoesByItsOwnName) {
  const Application application = shop();
  const auto list = environment_of_script(application, application.roles[0].versions[0], identity(), {}, {});
  const Variables variables(list.begin(), list.end());
  EXPECT_EQ(variables.at("ROLE"), "deployment-web-1.2.0");
  EXPECT_EQ(variables.at("LOG_LEVEL"), "debug");
  EXPECT_EQ(variables.count("PORT"), 0U);
}

TEST(EnvironmentVariables, AreSortedByName) {
  const Application application = shop();
  const auto list = environment_of_instance(application, application.roles[0].versions[0], identity(), {},
                                            {{"ZZZ", ""}, {"AAA", ""}});
  EXPECT_TRUE(std::is_sorted(list.begin(), list.end()));
}

TEST(ServiceData, HasTheShapeThatExoComReads) {
  const auto data = nlohmann::json::parse(service_data(shop()));
  const auto expected = nlohmann::json::parse(
      R"({"web": {"receives": ["users.listed"], "sends": ["users.list"],
                  "translations": [{"public": "users.list", "internal": "list"}]},
          "mail-sender": {"receives": [], "sends": [], "translations": []}})");
  EXPECT_EQ(data, expected);
}

TEST(ServiceData, IsLeftOutWhereNoProcessCouldBeGivenIt) {
  Application application = shop();
  application.roles[0].versions[0].sends.assign(1000, std::string(200, 'm'));
  const auto list =
      environment_of_instance(application, application.roles[1].versions[0], identity(), {}, {});
  EXPECT_EQ(Variables(list.begin(), list.end()).count("SERVICE_DATA"), 0U);
}

TEST(Secrets, ThatAreMissingOrEmptyAreNamed) {
  const ResolvedSecrets resolved = resolve_secrets({"A", "B", "C"}, {{"B", "value"}, {"C", ""}});
  EXPECT_EQ(resolved.missing, (std::vector<std::string>{"A", "C"}));
  EXPECT_EQ(resolved.values, (Variables{{"B", "value"}}));
}

TEST(Secrets, ThatAreMissingAreMistakesThatSayWhatToType) {
  const std::vector<Mistake> mistakes = missing_secrets(shop(), {{"SMTP_PASSWORD", "x"}});
  EXPECT_EQ(to_text(mistakes),
            "web/service.yml:9: local.secrets: web@1.2.0 needs the secret API_KEY, which is not in the "
            "environment of "
            "exo; set it before, as in \"export API_KEY=…\"\n");
}

TEST(Secrets, OfAllServicesAreEachNamedOnce) {
  Application application = shop();
  application.roles[1].versions[0].secrets = {"SMTP_PASSWORD", "API_KEY"};
  EXPECT_EQ(all_secrets(application), (std::vector<std::string>{"API_KEY", "SMTP_PASSWORD"}));
}

TEST(OwnEnvironment, HoldsWhatThisProcessWasStartedWith) {
  ASSERT_EQ(::setenv("EXO_TEST_VARIABLE", "a=b", 1), 0);
  EXPECT_EQ(own_environment().at("EXO_TEST_VARIABLE"), "a=b");
}

}  // namespace
}  // namespace exo
