// Users that services are to run as. Who exo is, is an argument; what a user may do takes root to find out.
#include "host/user_check.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include <cstdlib>

#include "host/application_check.h"
#include "host/user_access.h"
#include "tests/services/application_folder.h"

namespace exo {
namespace {

using testing_support::ApplicationFolder;

constexpr uid_t kAda = 54'321;  // nobody of the user database

class UserCheckTest : public testing::Test {
 protected:
  UserCheckTest() {
    folder_.with("application.yml", "name: shop\nservices: {web: {location: ./web}}\n");
    folder_.with("web/server.sh", "");
    ::chmod(folder_.path().c_str(), 0755);
    // An exo that everybody may enter, wherever the one under test lies.
    folder_.with("exo/exo-keeper", "").with("exo/bus/relays/javascript/bin/exo-script.js", "");
    ::setenv("EXO_ROOT", (folder_.path() + "/exo").c_str(), 1);
    ::setenv("EXO_BIN", (folder_.path() + "/exo").c_str(), 1);
  }
  ~UserCheckTest() override {
    ::unsetenv("EXO_ROOT");
    ::unsetenv("EXO_BIN");
  }

  void web_says(const std::string& lines) {
    folder_.with("web/service.yml", "version: 0.0.1\ndevelopment: {scripts: {run: sh server.sh}}\n" + lines);
  }
  ApplicationCheck check(uid_t user) {
    return check_application({.application = folder_.path(),
                              .ports = {},
                              .environment = {{"PATH", "/usr/bin:/bin"}},
                              .user = user,
                              .state = StateFolder::of(folder_.path(), "local").value()});
  }
  std::string mistakes(uid_t user) { return without_folder(to_text(check(user).mistakes)); }
  std::string warnings(uid_t user) {
    std::string text;
    for (const Notice& warning : check(user).warnings) text += to_string(warning) + "\n";
    return without_folder(text);
  }
  std::string without_folder(std::string text) {
    for (std::size_t at = text.find(folder_.path()); at != std::string::npos; at = text.find(folder_.path()))
      text.replace(at, folder_.path().size(), "FOLDER");
    return text;
  }

  ApplicationFolder folder_;
};

TEST_F(UserCheckTest, AUserThatIsNotThereIsAMistakeWithTheNearestName) {
  web_says("user: nobdoy\n");
  EXPECT_EQ(mistakes(0),
            "web/service.yml:3: user: there is no user \"nobdoy\" on this machine; did you mean "
            "\"nobody\"?\n");
  EXPECT_EQ(check(0).mistakes[0].nearest, "nobody");
  EXPECT_EQ(mistakes(0), mistakes(kAda));
}

TEST_F(UserCheckTest, AUserThatIsLikeNoOtherIsToBeMade) {
  web_says("user: 4000000000\n");
  EXPECT_NE(mistakes(0).find("adduser"), std::string::npos) << mistakes(0);
}

TEST_F(UserCheckTest, OnlyRootMayAskForAnotherThanItself) {
  web_says("user: games\n");
  EXPECT_EQ(mistakes(kAda),
            "web/service.yml:3: user: exo runs as uid 54321, and only root may start a service as \"games\"; "
            "start exo as root, or leave `user` out\n");
}

TEST_F(UserCheckTest, ExosOwnUserIsNoMistakeByNameAndByNumber) {
  const UnixUser nobody = find_user("nobody").value();
  for (const std::string& word : {nobody.name, std::to_string(nobody.credentials.uid)}) {
    web_says("user: " + word + "\n");
    EXPECT_EQ(mistakes(nobody.credentials.uid), "") << word;
  }
}

TEST_F(UserCheckTest, TheUserOfAScriptsFolderIsLookedForToo) {
  web_says("");
  folder_.with("deployment-scripts/web-0.0.1/service.yml",
               "development: {scripts: {run: sh go.sh}}\nuser: nobdoy\n");
  EXPECT_EQ(mistakes(0),
            "deployment-scripts/web-0.0.1/service.yml:2: user: there is no user \"nobdoy\" on this "
            "machine; did you mean \"nobody\"?\n");
}

TEST_F(UserCheckTest, AScriptOfNoVersionIsNotLookedAt) {
  web_says("");
  folder_.with("deployment-scripts/web-0.0.9/service.yml",
               "development: {scripts: {run: sh go.sh}}\nuser: nobdoy\n");
  EXPECT_EQ(mistakes(0), "");
}

TEST_F(UserCheckTest, ALimitOfProcessesDoesNotBindRoot) {
  web_says("limits: {processes: 5}\n");
  EXPECT_EQ(
      warnings(0),
      "web/service.yml:3: web@0.0.1 runs as root, whose processes no limit counts: limits.processes has no "
      "effect; give the service a `user` of its own\n");
  EXPECT_EQ(warnings(kAda), "");
}

// What follows becomes somebody else and looks.
class UserCheckOfRootTest : public UserCheckTest {
 protected:
  void SetUp() override {
    if (::geteuid() != 0) GTEST_SKIP() << "only root may find out what another user may do";
  }
};

TEST_F(UserCheckOfRootTest, FindsNothingWhereNothingIsWrong) {
  web_says("user: games\nlimits: {processes: 5}\n");
  EXPECT_EQ(mistakes(0), "");
  EXPECT_EQ(warnings(0), "");
  EXPECT_EQ(check(0).users.others().size(), 1U);
}

TEST_F(UserCheckOfRootTest, AnApplicationsFolderThatIsClosedIsAMistake) {
  web_says("user: games\n");
  ::chmod(folder_.path().c_str(), 0700);
  EXPECT_EQ(
      mistakes(0),
      "web/service.yml:3: user: the user \"games\" may not enter FOLDER, the application's folder; type: "
      "chmod o+x FOLDER, or move what is in it to a folder that this user may enter\n");
}

TEST_F(UserCheckOfRootTest, AFolderOnTheWayToAServiceIsNamed) {
  web_says("user: games\n");
  ::chmod((folder_.path() + "/web").c_str(), 0700);
  EXPECT_NE(mistakes(0).find("may not enter FOLDER/web, the folder of web@0.0.1"), std::string::npos)
      << mistakes(0);
}

TEST_F(UserCheckOfRootTest, AFileThatTheCommandNamesAndTheUserMayNotReadIsAWarning) {
  web_says("user: games\n");
  ::chmod((folder_.path() + "/web/server.sh").c_str(), 0600);
  EXPECT_EQ(warnings(0),
            "web/service.yml:2: web@0.0.1 runs as \"games\", who may not read FOLDER/web/server.sh; "
            "type: chmod o+r FOLDER/web/server.sh\n");
}

TEST_F(UserCheckOfRootTest, AFolderOnTheWayToAFileIsWhatIsNamed) {
  folder_.with("web/lib/server.sh", "");
  folder_.with("web/service.yml",
               "development: {scripts: {run: sh lib/server.sh}}\nversion: 0.0.1\nuser: games\n");
  ::chmod((folder_.path() + "/web/lib").c_str(), 0700);
  EXPECT_EQ(warnings(0),
            "web/service.yml:1: web@0.0.1 runs as \"games\", who may not enter FOLDER/web/lib, on the "
            "way to FOLDER/web/lib/server.sh; type: chmod o+x FOLDER/web/lib\n");
}

TEST_F(UserCheckOfRootTest, AStateFolderThatTheUserCannotReachIsAMistake) {
  web_says("user: games\n");
  folder_.with("closed/", "");
  ::chmod((folder_.path() + "/closed").c_str(), 0700);
  const ApplicationCheck found =
      check_application({.application = folder_.path(),
                         .ports = {},
                         .environment = {{"EXO_HOME", folder_.path() + "/closed/home"}},
                         .user = 0});
  ASSERT_EQ(found.mistakes.size(), 1U);
  EXPECT_NE(found.mistakes[0].message.find("/closed, on the way to EXO_HOME; type: chmod o+x"),
            std::string::npos)
      << found.mistakes[0].message;
}

TEST_F(UserCheckOfRootTest, AProgramThatTheUserMayNotExecuteIsAWarning) {
  folder_.with("web/server", "#!/bin/sh\n");
  folder_.with("web/service.yml", "version: 0.0.1\ndevelopment: {scripts: {run: ./server}}\nuser: games\n");
  ::chmod((folder_.path() + "/web/server").c_str(), 0700);
  EXPECT_NE(warnings(0).find("who may not execute FOLDER/web/server"), std::string::npos) << warnings(0);
}

TEST_F(UserCheckOfRootTest, AScriptThatTheVersionsUserMayNotReadIsAWarning) {
  web_says("user: games\n");
  folder_.with("deployment-scripts/web-0.0.1.js", "exports['deployment-web-0.0.1-online-start'] = f;\n");
  ::chmod((folder_.path() + "/deployment-scripts/web-0.0.1.js").c_str(), 0600);
  EXPECT_EQ(
      warnings(0),
      "deployment-scripts/web-0.0.1.js: the deployment script of web@0.0.1 runs as \"games\", who may not "
      "read FOLDER/deployment-scripts/web-0.0.1.js; type: chmod o+r "
      "FOLDER/deployment-scripts/web-0.0.1.js\n");
}

TEST_F(UserCheckOfRootTest, AStateThatIsSomebodyElsesIsAMistake) {
  const uid_t games = find_user("games").value().credentials.uid;
  folder_.with(".exo/local/", "");
  ASSERT_EQ(::chown((folder_.path() + "/.exo").c_str(), games, games), 0);
  web_says("");
  EXPECT_EQ(mistakes(0), "");  // nobody is to be kept out
  web_says("user: games\n");
  EXPECT_EQ(mistakes(0),
            ".exo: belongs to games, and exo is run by root: its owner may know the key, and change what exo "
            "believes and writes there; type: chown -R root: FOLDER/.exo && rm -rf FOLDER/.exo/local/key "
            "FOLDER/.exo/local/python-cache; or, to begin anew, move FOLDER/.exo away\n");
  EXPECT_EQ(check(0).gaps.size(), 1U);
}

TEST_F(UserCheckOfRootTest, AFolderAboveTheStateThatTheUserMayChangeIsAMistake) {
  const uid_t games = find_user("games").value().credentials.uid;
  web_says("user: games\n");
  const std::string end =
      ", which holds exo's state, so that it could put another in its place and become root; type: ";
  const std::string otherwise =
      " FOLDER, or set EXO_HOME to a folder that is root's alone, as /var/lib/exo; where services need not "
      "be "
      "kept apart, as in development, leave `user` out\n";
  ASSERT_EQ(::chown(folder_.path().c_str(), games, games), 0);
  EXPECT_EQ(mistakes(0),
            "web/service.yml:3: user: the user \"games\" owns FOLDER" + end + "chown root" + otherwise);
  ASSERT_EQ(::chown(folder_.path().c_str(), 0, find_user("games").value().credentials.gid), 0);
  ::chmod(folder_.path().c_str(), 0775);
  EXPECT_EQ(mistakes(0),
            "web/service.yml:3: user: the user \"games\" may write FOLDER" + end + "chmod go-w" + otherwise);
  ::chmod(folder_.path().c_str(), 01775);  // as /tmp: nobody may rename what is another's
  EXPECT_EQ(mistakes(0), "");
  EXPECT_EQ(warnings(0), "");
}

TEST_F(UserCheckOfRootTest, WhatDecidesWhoRunsAsWhomIsAWarningWhereTheUserMayChangeIt) {
  const uid_t games = find_user("games").value().credentials.uid;
  web_says("user: games\n");
  folder_.with("deployment-scripts/web-0.0.1.js", "exports['deployment-web-0.0.1-online-start'] = f;\n");
  for (const char* name : {"/application.yml", "/web", "/web/service.yml", "/deployment-scripts"}) {
    const std::string path = folder_.path() + name;
    ASSERT_EQ(::chown(path.c_str(), games, games), 0);
    EXPECT_EQ(mistakes(0), "");
    EXPECT_EQ(warnings(0),
              "web/service.yml:3: the user \"games\" owns FOLDER" + std::string(name) +
                  ", and could change there what exo starts as root the next time; type: chown root FOLDER" +
                  name + "; where services need not be kept apart, as in development, leave `user` out\n");
    EXPECT_EQ(check(0).gaps.size(), 1U);
    ASSERT_EQ(::chown(path.c_str(), 0, 0), 0);
  }
}

TEST_F(UserCheckOfRootTest, AScriptThatRunsAsItsOwnerIsNoWarning) {
  const uid_t games = find_user("games").value().credentials.uid;
  web_says("user: games\n");
  folder_.with("deployment-scripts/web-0.0.1.js", "exports['deployment-web-0.0.1-online-start'] = f;\n");
  ASSERT_EQ(::chown((folder_.path() + "/deployment-scripts/web-0.0.1.js").c_str(), games, games), 0);
  EXPECT_EQ(warnings(0), "");
}

TEST(FoldersOnTheWay, AreThoseOfLinksToo) {
  ApplicationFolder folder;
  folder.with("real/deep/", "").with("links/", "");
  const std::string top = folder.path();
  std::filesystem::create_directory_symlink("../real", top + "/links/inner");
  std::filesystem::create_directory_symlink("links/inner", top + "/outer");
  std::vector<std::string> expected = folders_on_the_way(top);
  ASSERT_EQ(expected.front(), "/");
  ASSERT_EQ(expected.back(), top);
  for (const char* name : {"/links", "/real", "/real/deep"}) expected.push_back(top + name);
  EXPECT_EQ(folders_on_the_way(top + "/outer/deep/not-there/either"), expected);
}

// Two versions of one role; what each of them says besides.
class UsersOfOneRoleTest : public UserCheckOfRootTest {
 protected:
  UsersOfOneRoleTest() {
    folder_.with("application.yml",
                 "name: shop\nservices: {web: {versions: [{location: ./web}, {location: ./web-2}]}}\n");
    folder_.with("web-2/server.sh", "");
  }
  void versions_say(const std::string& first, const std::string& second) {
    web_says(first);
    folder_.with("web-2/service.yml",
                 "version: 0.0.2\ndevelopment: {scripts: {run: sh server.sh}}\n" + second);
  }
};

TEST_F(UsersOfOneRoleTest, MayNotShareDataUnderDifferentUsers) {
  versions_say("user: games\n", "user: nobody\n");
  EXPECT_EQ(mistakes(0),
            "web-2/service.yml:3: user: web@0.0.2 shares its data with web@0.0.1, which runs as "
            "\"games\"; give both the same user, or one of them \"data: own\"\n");
}

TEST_F(UsersOfOneRoleTest, MayNotShareDataWhereOneOfThemRunsAsExoItself) {
  versions_say("user: games\n", "");
  EXPECT_EQ(mistakes(0),
            "web/service.yml:3: user: web@0.0.1 shares its data with web@0.0.2, which runs as "
            "\"root\"; give both the same user, or one of them \"data: own\"\n");
}

TEST_F(UsersOfOneRoleTest, AreNotComparedWithAUserThatIsNotThere) {
  versions_say("user: games\n", "user: nobdoy\n");
  EXPECT_EQ(check(0).mistakes.size(), 1U) << mistakes(0);
}

TEST_F(UsersOfOneRoleTest, MayShareDataUnderOneUserWrittenInTwoWays) {
  versions_say("user: nobody\n", "user: 65534\n");
  EXPECT_EQ(mistakes(0), "");
}

TEST_F(UsersOfOneRoleTest, MayBeOfDifferentUsersWhereEachHasItsOwnData) {
  versions_say("user: games\n", "user: nobody\ndata: own\n");
  EXPECT_EQ(mistakes(0), "");
}

}  // namespace
}  // namespace exo
