#include "services/application.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "tests/services/application_folder.h"

namespace exo {
namespace {

using testing_support::ApplicationFolder;
using testing_support::kPlainService;

std::string with_plain_service(const std::string& lines) {
  return lines + std::string(kPlainService);
}

// The application, or a failed test that shows what was wrong with it.
Application loaded(const ApplicationFolder& folder) {
  LoadedApplication result = load_application(folder.path());
  EXPECT_TRUE(result.application.has_value()) << to_text(result.mistakes);
  return result.application ? std::move(*result.application) : Application{};
}

// The one version of the one service of an application, whose service.yml is `service`.
ServiceVersion loaded_service(const std::string& service, const std::string& application_lines = "") {
  ApplicationFolder folder;
  folder.with("application.yml", application_lines + "name: shop\nservices:\n  web:\n    location: ./web\n");
  folder.with("web/service.yml", service);
  const Application application = loaded(folder);
  const ServiceVersion* version = nullptr;
  if (!application.roles.empty()) version = &application.roles[0].versions[0];
  return version == nullptr ? ServiceVersion{} : *version;
}

TEST(Application, AVersionWithACopyIsAsTheCopySays) {
  ApplicationFolder folder;
  folder.with("application.yml",
              "name: shop\nservices: {web: {location: ./both}, shop: {location: ./both}}\n");
  folder.with("both/service.yml", kPlainService);
  folder.with("copy/service.yml", "version: 2.0.0\n" + std::string(kPlainService));
  const std::string tree = loaded(folder).find_role("web")->versions[0].folder;
  const std::string copy = folder.path() + "/copy";
  const LoadedApplication copied =
      load_application(folder.path(), {{{"web", tree}, {.folder = copy, .artifact = "ab"}}});
  ASSERT_TRUE(copied.application.has_value()) << to_text(copied.mistakes);
  const ServiceVersion& web = copied.application->find_role("web")->versions[0];
  EXPECT_EQ(to_string(web), "web@2.0.0");
  EXPECT_EQ(web.folder, copy);
  EXPECT_EQ(web.copy_of, "ab");
  EXPECT_EQ(web.service_file, "both/service.yml");
  const ServiceVersion& shop = copied.application->find_role("shop")->versions[0];
  EXPECT_EQ(shop.folder, tree);
  EXPECT_EQ(shop.copy_of, "");
}

TEST(Application, AFolderThatIsNotThereIsAMistake) {
  const LoadedApplication result = load_application("/no/such/folder");
  EXPECT_FALSE(result.application.has_value());
  EXPECT_EQ(to_text(result.mistakes),
            "/no/such/folder: there is no such folder; name the folder of an application\n");
}

TEST(Application, AFileInPlaceOfTheFolderIsAMistake) {
  ApplicationFolder folder;
  folder.with("application.yml", "name: shop\n");
  const LoadedApplication result = load_application(folder.path() + "/application.yml");
  ASSERT_EQ(result.mistakes.size(), 1U);
  EXPECT_EQ(result.mistakes[0].message,
            "this is not a folder; name the folder that holds the application.yml");
}

TEST(Application, AFileThatIsTooLargeIsAMistake) {
  ApplicationFolder folder;
  folder.with("application.yml", std::string(kMaxYamlFileBytes + 1, '#'));
  const LoadedApplication result = load_application(folder.path());
  ASSERT_EQ(result.mistakes.size(), 1U);
  EXPECT_NE(result.mistakes[0].message.find("is larger than"), std::string::npos);
}

TEST(Application, AFolderInPlaceOfAServiceFileIsAMistake) {
  ApplicationFolder folder;
  folder.with("application.yml", "name: shop\nservices:\n  web:\n    location: ./web\n")
      .with("web/service.yml/", "");
  const LoadedApplication result = load_application(folder.path());
  ASSERT_EQ(result.mistakes.size(), 1U);
  EXPECT_EQ(result.mistakes[0].file, "web/service.yml");
}

TEST(Application, MoreRolesThanTheLimitAreAMistake) {
  std::string services = "name: shop\nservices:\n";
  for (std::size_t i = 0; i <= kMaxRoles; ++i)
    services += "  role" + std::to_string(i) + ":\n    location: ./web\n";
  ApplicationFolder folder;
  folder.with("application.yml", services).with("web/service.yml", kPlainService);
  const LoadedApplication result = load_application(folder.path());
  ASSERT_EQ(result.mistakes.size(), 1U);
  EXPECT_EQ(result.mistakes[0].message, "has more than 1000 services; split the application");
}

TEST(Application, MistakesCarryWhatIsWrongInPieces) {
  ApplicationFolder folder;
  folder.with("application.yml", "name: shop\nservices:\n  web:\n    location: ./web\n");
  folder.with("web/service.yml", with_plain_service("type: pubic\n"));
  const LoadedApplication result = load_application(folder.path());
  ASSERT_EQ(result.mistakes.size(), 1U);
  EXPECT_EQ(result.mistakes[0],
            (Mistake{.file = "web/service.yml",
                     .line = 1,
                     .key = "type",
                     .value = "pubic",
                     .message = "\"pubic\" is not a type of service; write \"public\", \"private\" or "
                                "\"worker\"; did you mean \"public\"?",
                     .nearest = "public"}));
}

TEST(Application, ARoleOrVersionThatItDoesNotHaveIsNotFound) {
  ApplicationFolder folder;
  folder.with("application.yml", "name: shop\nservices:\n  web:\n    location: ./web\n");
  folder.with("web/service.yml", kPlainService);
  const Application application = loaded(folder);
  EXPECT_EQ(application.find_role("users"), nullptr);
  EXPECT_EQ(application.find_version("users", "0.0.1"), nullptr);
  EXPECT_EQ(application.find_version("web", "0.0.2"), nullptr);
  EXPECT_EQ(application.find_version("web", "0.0.1"), &application.roles[0].versions[0]);
}

// An application as the Exosphere tools of version 0.3x have it.
TEST(Application, RunsAsTheExosphereToolsHaveIt) {
  ApplicationFolder folder;
  folder.with("application.yml", R"(name: complex-setup-app
description: An app with complex setup
version: 0.0.1

local:
  dependencies:
    exocom:
      image: originate/exocom:0.27.0
    mongo:
      image: mongo:3.4.0
      persist: [/data/db]
      environment-variables: {DB_NAME: test-db}
  environment-variables:
    LOG_LEVEL: debug
  secrets:
    - SHARED_SECRET

remote:
  dependencies:
    exocom: {type: exocom, template-config: {version: 0.27.0}}
  environments:
    production:
      url: example.com
      region: us-west-2

services:
  html-server:
    location: ./html-server
  users:
    location: ./mongo-service
    dependency-data:
      exocom:
        translations:
          - public: users create
            internal: mongo create
)");
  folder.with("html-server/service.yml", R"(type: public
description: serves HTML
author: somebody

development:
  port: 3000
  scripts:
    run: node server.js
    test: npm test

production:
  port: 80
  health-check: /

dependency-data:
  exocom:
    sends:
      - users create
    receives:
      - users created
)");
  folder.with("mongo-service/service.yml", R"(type: worker
description: stores users
author: somebody

dependency-data:
  exocom:
    receives: [mongo create]
    sends: [mongo created]

development:
  scripts:
    run: node_modules/.bin/exo-js
local:
  environment-variables:
    COLLECTION_NAME: users
    LOG_LEVEL: info
  secrets: [MONGO_PASSWORD]
  dependencies:
    mongo: {image: "mongo:3.4.0"}
remote: {cpu: 128, memory: 128}
)");
  const Application application = loaded(folder);
  EXPECT_EQ(application.name, "complex-setup-app");
  EXPECT_EQ(application.folder, folder.path());
  ASSERT_EQ(application.roles.size(), 2U);

  const ServiceVersion& web = application.roles[0].versions[0];
  EXPECT_EQ(to_string(web), "html-server@0.0.1");
  EXPECT_FALSE(web.version_stated);
  EXPECT_EQ(web.type, ServiceType::kPublic);
  EXPECT_EQ(web.folder, folder.path() + "/html-server");
  EXPECT_EQ(web.service_file, "html-server/service.yml");
  EXPECT_EQ(web.run_command, "node server.js");
  EXPECT_EQ(web.port, 3000);
  EXPECT_EQ(web.sends, std::vector<std::string>{"users create"});
  EXPECT_EQ(web.receives, std::vector<std::string>{"users created"});

  const ServiceVersion& users = application.roles[1].versions[0];
  EXPECT_EQ(users.role, "users");
  EXPECT_EQ(users.type, ServiceType::kWorker);
  EXPECT_EQ(users.translations, (std::vector<MessageTranslation>{{"users create", "mongo create"}}));
  EXPECT_EQ(users.environment_variables, (std::vector<std::pair<std::string, std::string>>{
                                             {"LOG_LEVEL", "info"}, {"COLLECTION_NAME", "users"}}));
  EXPECT_EQ(users.secrets, (std::vector<std::string>{"SHARED_SECRET", "MONGO_PASSWORD"}));
}

// The layout before that: roles in sections by how far they reach, `startup.command`, `message-translation`.
TEST(Application, RunsAsTheOlderExosphereToolsHaveIt) {
  ApplicationFolder folder;
  folder.with("application.yml", R"(name: Example application
description: Demonstrates basic Exosphere application startup
author: somebody
version: '1.0'

development:
  dependencies:
    - name: exocom
      version: 0.26.1
production:
  dependencies:
    - name: exocom
      version: 0.26.1

services:
  public:
    web:
      location: ./web-server
  private:
    users:
      namespace: mongo
      location: ./mongo-service
      message-translation:
        - public: users create
          internal: mongo.create
  worker:
)");
  folder.with("web-server/service.yml", R"(name: test app web server
description: serves simple HTML pages as part of the test app
setup: npm install --loglevel error --depth 0
startup:
  command: node_modules/.bin/lsc server.ls
  online-text: web server running at port
restart:
  ignore:
    - "**/*.txt"
tests: node_modules/.bin/cucumber-js
messages:
  sends:
    - users.list
  receives:
docker:
  publish:
    - '4000:4000'
)");
  folder.with("mongo-service/service.yml", R"(type: mongo-service
messages:
  receives:
    - mongo.create
  sends:
    - mongo.created
environment:
  default:
    ENV1: value1
    ENV3: value3
  development:
    ENV3: dev_value3
  production:
  secrets:
    - EXOSPHERE_SECRET
development:
  scripts:
    run: echo "runs"
  dependencies:
    - name: mongo
      version: 3.4.0
dependencies:
  - name: postgres
)");
  const Application application = loaded(folder);
  ASSERT_EQ(application.roles.size(), 2U);
  const ServiceVersion& web = application.roles[0].versions[0];
  EXPECT_EQ(web.run_command, "node_modules/.bin/lsc server.ls");
  EXPECT_EQ(web.type, ServiceType::kPublic);
  EXPECT_EQ(web.sends, std::vector<std::string>{"users.list"});
  const ServiceVersion& users = application.roles[1].versions[0];
  EXPECT_EQ(users.type, ServiceType::kPrivate);
  EXPECT_EQ(users.translations, (std::vector<MessageTranslation>{{"users create", "mongo.create"}}));
  EXPECT_EQ(users.environment_variables,
            (std::vector<std::pair<std::string, std::string>>{{"ENV1", "value1"}, {"ENV3", "dev_value3"}}));
  EXPECT_EQ(users.secrets, std::vector<std::string>{"EXOSPHERE_SECRET"});
}

TEST(Application, ARoleMayHaveTheNameOfASection) {
  ApplicationFolder folder;
  folder.with("application.yml", "name: shop\nservices:\n  worker:\n    location: ./worker\n");
  folder.with("worker/service.yml", kPlainService);
  EXPECT_EQ(loaded(folder).roles[0].name, "worker");
}

TEST(Application, AServiceWithSeveralVersionsHasThemOldestFirst) {
  ApplicationFolder folder;
  folder.with("application.yml",
              "name: shop\nservices:\n  web:\n    versions:\n      - location: ./c\n      - location: ./a\n"
              "      - location: ./b\n");
  folder.with("a/service.yml", with_plain_service("version: 0.9.0\n"));
  folder.with("b/service.yml", with_plain_service("version: 0.10.0-rc.1\n"));
  folder.with("c/service.yml", with_plain_service("version: 0.10.0\nrequires:\n  - 0.9.0\n"));
  const Application application = loaded(folder);
  std::vector<std::string> versions;
  for (const ServiceVersion& version : application.roles[0].versions) versions.push_back(to_string(version));
  EXPECT_EQ(versions, (std::vector<std::string>{"web@0.9.0", "web@0.10.0-rc.1", "web@0.10.0"}));
  EXPECT_EQ(to_string(application.find_version("web", "0.10.0")->required_versions[0].version), "0.9.0");
}

TEST(Application, RequiredVersionsNeedNotBeInTheFolder) {
  const ServiceVersion version = loaded_service(with_plain_service("version: 2.0.0\nrequires: [1.0.0]\n"));
  ASSERT_EQ(version.required_versions.size(), 1U);
  EXPECT_EQ(version.required_versions[0].role, version.role);
  EXPECT_EQ(to_string(version.required_versions[0].version), "1.0.0");
}

TEST(Application, RequiredVersionsMayBeOfOtherRoles) {
  const ServiceVersion version =
      loaded_service(with_plain_service("version: 2.0.0\nrequires:\n  - 1.0.0\n  - accounts@3.1.0\n"));
  ASSERT_EQ(version.required_versions.size(), 2U);
  EXPECT_EQ(version.required_versions[1].role, "accounts");
  EXPECT_EQ(to_string(version.required_versions[1].version), "3.1.0");
  EXPECT_EQ(version.required_versions[1].place.line, 4);
}

TEST(Application, RolesKeepTheOrderOfTheFile) {
  ApplicationFolder folder;
  folder.with("application.yml",
              "name: shop\nservices:\n  web: {location: .}\n  admin: {location: .}\n  mail: {location: .}\n");
  folder.with("service.yml", kPlainService);
  std::string names;
  const Application application = loaded(folder);
  for (const Role& role : application.roles) names += role.name + " ";
  EXPECT_EQ(names, "web admin mail ");
}

TEST(Application, LocationsMayLieElsewhere) {
  ApplicationFolder elsewhere;
  elsewhere.with("service.yml", kPlainService);
  ApplicationFolder folder;
  const std::string beside = "../" + std::filesystem::path(elsewhere.path()).filename().string();
  folder.with("application.yml", "name: shop\nservices:\n  one:\n    location: " + elsewhere.path() +
                                     "\n  two:\n    location: " + beside + "\n");
  const Application application = loaded(folder);
  EXPECT_EQ(application.roles[0].versions[0].folder, elsewhere.path());
  EXPECT_EQ(application.roles[0].versions[0].service_file, elsewhere.path() + "/service.yml");
  EXPECT_EQ(application.roles[1].versions[0].folder, elsewhere.path());
  EXPECT_EQ(application.roles[1].versions[0].service_file, beside + "/service.yml");
}

TEST(Application, AFileOfAnAbsoluteLocationInsideIsNamedFromTheApplication) {
  ApplicationFolder folder;
  folder.with("application.yml", "name: shop\nservices:\n  web:\n    location: " + folder.path() + "/web\n");
  folder.with("web/service.yml", kPlainService);
  EXPECT_EQ(loaded(folder).roles[0].versions[0].service_file, "web/service.yml");
}

TEST(Application, APublicRoleTakesThePortOfItsVersions) {
  ApplicationFolder folder;
  folder.with("application.yml",
              "name: shop\nservices:\n  web:\n    versions:\n      - location: ./a\n      - location: ./b\n");
  folder.with("a/service.yml", "version: 1.0.0\ntype: public\n" + std::string(kPlainService));
  folder.with("b/service.yml",
              "version: 2.0.0\ntype: public\n" + std::string(kPlainService) + "  port: 4000\n");
  const Role role = loaded(folder).roles[0];
  EXPECT_TRUE(role.is_public);
  EXPECT_EQ(role.public_port, 4000);
  EXPECT_EQ(role.port_file + ":" + std::to_string(role.port_line), "b/service.yml:6");
}

TEST(Application, APublicRoleWithoutAPortLetsExoChoose) {
  ApplicationFolder folder;
  folder.with("application.yml", "name: shop\nservices:\n  web:\n    location: ./web\n");
  folder.with("web/service.yml", with_plain_service("type: public\n"));
  const Role role = loaded(folder).roles[0];
  EXPECT_TRUE(role.is_public);
  EXPECT_EQ(role.public_port, 0);
}

TEST(Application, AWorkersPortIsNoPublicPort) {
  ApplicationFolder folder;
  folder.with("application.yml", "name: shop\nservices:\n  a:\n    location: ./a\n  b:\n    location: ./b\n");
  folder.with("a/service.yml", with_plain_service("type: worker\n") + "  port: 3000\n");
  folder.with("b/service.yml", with_plain_service("type: public\n") + "  port: 3000\n");
  const Application application = loaded(folder);
  EXPECT_FALSE(application.roles[0].is_public);
  EXPECT_EQ(application.roles[0].versions[0].port, 3000);
  EXPECT_EQ(application.roles[1].public_port, 3000);
}

TEST(Application, TheSecondRoleOfAPortIsGivenAnotherWithANotice) {
  ApplicationFolder folder;
  folder.with("application.yml",
              "name: shop\nservices:\n  a:\n    location: ./web\n  b:\n    location: ./web\n");
  folder.with("web/service.yml", with_plain_service("version: 1.0.0\ntype: public\n") + "  port: 3000\n");
  const LoadedApplication result = load_application(folder.path());
  ASSERT_TRUE(result.application.has_value()) << to_text(result.mistakes);
  EXPECT_EQ(result.application->roles[0].public_port, 3000);
  EXPECT_EQ(result.application->roles[1].public_port, 0);
  ASSERT_EQ(result.notices.size(), 1U);
  EXPECT_EQ(to_string(result.notices[0]),
            "web/service.yml:6: the port 3000 belongs to \"a\" (web/service.yml:6); exo chooses a free one "
            "for \"b\"");
}

TEST(Application, AServiceThatStatesItsVersionIsNotNoticed) {
  ApplicationFolder folder;
  folder.with("application.yml", "name: shop\nservices:\n  web:\n    location: ./web\n");
  folder.with("web/service.yml", with_plain_service("version: 1.0.0\n"));
  EXPECT_TRUE(load_application(folder.path()).notices.empty());
}

TEST(ServiceFile, WhatItDoesNotSayHasItsDefault) {
  const ServiceVersion version = loaded_service(std::string(kPlainService));
  EXPECT_EQ(version.type, ServiceType::kWorker);
  EXPECT_EQ(version.data, DataSharing::kShared);
  EXPECT_EQ(version.readiness, kDefaultReadiness);
  EXPECT_EQ(version.port, 0);
  EXPECT_TRUE(version.sends.empty() && version.receives.empty() && version.translations.empty());
}

TEST(ServiceFile, WhatItSaysIsRead) {
  const ServiceVersion version = loaded_service(
      "version: 1.2.3-rc.1\ntype: private\ndescription: keeps users\ndata: own\nreadiness: 90\n" +
      std::string(kPlainService));
  EXPECT_EQ(to_string(version.version), "1.2.3-rc.1");
  EXPECT_TRUE(version.version_stated);
  EXPECT_EQ(version.type, ServiceType::kPrivate);
  EXPECT_EQ(version.description, "keeps users");
  EXPECT_EQ(version.data, DataSharing::kOwn);
  EXPECT_EQ(version.readiness, std::chrono::seconds(90));
}

TEST(ServiceFile, ReadinessMayHaveAUnit) {
  EXPECT_EQ(loaded_service(with_plain_service("readiness: 2m\n")).readiness, std::chrono::seconds(120));
}

TEST(ServiceFile, SaysHowItIsStartedAgainAndStopped) {
  const ServiceVersion version = loaded_service(
      with_plain_service("restarts: {pause: 20ms, longest-pause: 2s, steady-after: 5m}\nstop-within: 1m\n"
                         "ready: {message: health, answer-within: 700ms}\n"));
  EXPECT_EQ(version.restarts, (supervision::RestartRules{.pause = std::chrono::milliseconds(20),
                                                         .longest_pause = std::chrono::seconds(2),
                                                         .steady_after = std::chrono::minutes(5)}));
  EXPECT_EQ(version.stop_within, std::chrono::minutes(1));
  EXPECT_EQ(version.ready.answer_within, std::chrono::milliseconds(700));
}

TEST(ServiceFile, ThePauseThatIsNotStatedGivesWayToTheOther) {
  const auto first = loaded_service(with_plain_service("restarts: {pause: 40s}\n")).restarts;
  EXPECT_EQ(first.longest_pause, std::chrono::seconds(40));
  const auto longest = loaded_service(with_plain_service("restarts: {longest-pause: 100ms}\n")).restarts;
  EXPECT_EQ(longest.pause, std::chrono::milliseconds(100));
  EXPECT_EQ(longest.longest_pause, std::chrono::milliseconds(100));
}

TEST(ServiceFile, TheRunScriptWinsOverTheOlderStartupCommand) {
  const ServiceVersion version =
      loaded_service("startup: {command: old, online-text: online}\ndevelopment: {scripts: {run: new}}\n");
  EXPECT_EQ(version.run_command, "new");
  EXPECT_EQ(version.run_command_line, 2);
}

TEST(ServiceFile, TheOlderOnlineTextIsWhatAnInstanceIsWaitedForToSay) {
  EXPECT_EQ(loaded_service("startup: {command: old, online-text: online}\n").ready.text, "online");
  EXPECT_EQ(loaded_service("startup: {command: old, online-text: online}\nready: {text: up}\n").ready.text,
            "up");
}

TEST(ServiceFile, ARunScriptMayBeWrittenAsABlockOfOneLine) {
  EXPECT_EQ(loaded_service("development:\n  scripts:\n    run: |\n      node server.js\n").run_command,
            "node server.js");
  EXPECT_EQ(loaded_service("development:\n  scripts:\n    run: >\n      node\n      server.js\n").run_command,
            "node server.js");
}

TEST(ServiceFile, BothSpellingsOfMessagesCountTogether) {
  const ServiceVersion version = loaded_service(
      with_plain_service("messages:\n  sends: [a, b]\n  translations:\n    - {public: x, internal: a}\n"
                         "dependency-data:\n  exocom:\n    sends: [b, c]\n    translations:\n      - "
                         "{public: x, internal: a}\n"));
  EXPECT_EQ(version.sends, (std::vector<std::string>{"b", "c", "a"}));
  EXPECT_EQ(version.translations, (std::vector<MessageTranslation>{{"x", "a"}}));
}

TEST(ServiceFile, DataForOtherDependenciesMayHaveAnyShape) {
  const ServiceVersion version =
      loaded_service(with_plain_service("dependency-data:\n  nats: [1, {a: b}]\n  other: text\n"));
  EXPECT_EQ(version.run_command, "node server.js");
}

TEST(ServiceFile, ValuesOfVariablesAreTextAsWritten) {
  const ServiceVersion version = loaded_service(with_plain_service(
      "local:\n  environment-variables:\n    FLAG: yes\n    OCTAL: 0755\n    NONE:\n    QUOTED: 'a # b'\n"));
  EXPECT_EQ(version.environment_variables,
            (std::vector<std::pair<std::string, std::string>>{
                {"FLAG", "yes"}, {"OCTAL", "0755"}, {"NONE", ""}, {"QUOTED", "a # b"}}));
}

TEST(ServiceFile, WindowsLineEndsAreRead) {
  EXPECT_EQ(loaded_service("version: 1.0.0\r\ndevelopment:\r\n  scripts:\r\n    run: node server.js\r\n")
                .run_command,
            "node server.js");
}

// Whatever is in the files, they are read or mistaken; nothing crashes, hangs or comes out half.
TEST(Application, SurvivesEveryMutationOfItsFiles) {
  const std::string application = "name: shop\nservices:\n  web:\n    versions:\n      - location: ./web\n";
  const std::string service = with_plain_service(
      "version: 1.0.0\ntype: public\nrequires: [0.0.1]\nmessages:\n  sends: [a]\n  translations:\n"
      "    - {public: x, internal: a}\nlocal: {environment-variables: {A: b}, secrets: [C]}\n");
  const std::string alphabet = " \n\t:-[]{}\"'#&*!|>?,ax0.\xff";
  std::mt19937 random(20261120);
  ApplicationFolder folder;
  int sound = 0;
  for (int round = 0; round < 300; ++round) {
    std::string texts[2] = {application, service};
    std::string& text = texts[random() % 2];
    for (auto edits = random() % 3 + 1; edits > 0; --edits) {
      text.replace(random() % text.size(), random() % 4, random() % 3, alphabet[random() % alphabet.size()]);
    }
    folder.with("application.yml", texts[0]).with("web/service.yml", texts[1]);
    const LoadedApplication result = load_application(folder.path());
    ASSERT_EQ(result.application.has_value(), result.mistakes.empty()) << texts[0] << texts[1];
    if (!result.application) continue;
    ++sound;
    ASSERT_FALSE(result.application->roles.empty()) << texts[0];
    for (const Role& role : result.application->roles) ASSERT_FALSE(role.versions.empty()) << texts[0];
  }
  EXPECT_GT(sound, 5);
}

}  // namespace
}  // namespace exo
