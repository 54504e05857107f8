#include "deployment-scripts/script_catalog.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace exo {
namespace {

namespace fs = std::filesystem;

// An application's folder that goes away with the test.
class ScriptCatalogTest : public testing::Test {
 protected:
  ScriptCatalogTest() {
    std::string pattern = (fs::temp_directory_path() / "exo-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    fs::create_directory(scripts());
  }
  ~ScriptCatalogTest() override { fs::remove_all(folder_); }

  fs::path scripts() const { return folder_ / "deployment-scripts"; }

  void write(const std::string& name, const std::string& content = "module.exports = {};\n") {
    fs::create_directories((scripts() / name).parent_path());
    std::ofstream(scripts() / name, std::ios::binary) << content;
  }
  void write_executable(const std::string& name) {
    write(name, "#!/bin/sh\n");
    fs::permissions(scripts() / name, fs::perms::owner_all);
  }

  std::vector<std::string> mistakes() const {
    std::vector<std::string> lines;
    for (const Mistake& mistake : load_scripts(folder_).mistakes) lines.push_back(to_string(mistake));
    return lines;
  }
  Script only_script() const {
    const LoadedScripts loaded = load_scripts(folder_);
    EXPECT_TRUE(loaded.mistakes.empty()) << to_string(loaded.mistakes[0]);
    EXPECT_EQ(loaded.catalog.scripts.size(), 1u);
    return loaded.catalog.scripts.empty() ? Script{} : loaded.catalog.scripts[0];
  }

  fs::path folder_;
};

// --- mistakes --------------------------------------------------------------------------------------------

TEST_F(ScriptCatalogTest, ReportsAScriptWithoutAVersionInItsName) {
  write("todo-search.js");
  ASSERT_EQ(mistakes().size(), 1u);
  EXPECT_EQ(mistakes()[0],
            "deployment-scripts/todo-search.js: expected a name like \"todo-search-0.0.1.js\": role, dash, "
            "version; what is no deployment script has a name that begins with \"_\"");
}

TEST_F(ScriptCatalogTest, ReportsAVersionThatIsNone) {
  write("todo-1.0.js");
  EXPECT_EQ(mistakes().size(), 1u);
}

TEST_F(ScriptCatalogTest, ReportsAScriptThatCannotBeRun) {
  write("todo-1.0.0.rb");
  ASSERT_EQ(mistakes().size(), 1u);
  EXPECT_EQ(mistakes()[0],
            "deployment-scripts/todo-1.0.0.rb: it cannot be run: give it the executable bit (chmod +x "
            "deployment-scripts/todo-1.0.0.rb), or write its handlers in a .js or .py file");
}

TEST_F(ScriptCatalogTest, ReportsTwoScriptsOfOneVersion) {
  write("todo-1.0.0.js");
  write_executable("todo-1.0.0.sh");
  ASSERT_EQ(mistakes().size(), 1u);
  EXPECT_EQ(mistakes()[0],
            "deployment-scripts/todo-1.0.0.sh: todo@1.0.0 has two scripts, this and "
            "deployment-scripts/todo-1.0.0.js; one version has one script: remove one");
}

TEST_F(ScriptCatalogTest, ReportsSettingsWithoutAScript) {
  write("todo-1.0.0.yml", "timeout: 1h\n");
  ASSERT_EQ(mistakes().size(), 1u);
  EXPECT_EQ(mistakes()[0],
            "deployment-scripts/todo-1.0.0.yml: these are settings of a script that is not there: add "
            "todo-1.0.0.js, or remove this file");
}

TEST_F(ScriptCatalogTest, ReportsSettingsWithTheOtherEnding) {
  write("todo-1.0.0.js");
  write("todo-1.0.0.yaml", "timeout: 1h\n");
  ASSERT_EQ(mistakes().size(), 1u);
  EXPECT_NE(mistakes()[0].find("rename it to todo-1.0.0.yml"), std::string::npos) << mistakes()[0];
}

TEST_F(ScriptCatalogTest, ReportsAFolderWithoutAServiceFile) {
  fs::create_directory(scripts() / "todo-1.0.0");
  ASSERT_EQ(mistakes().size(), 1u);
  EXPECT_NE(mistakes()[0].find("needs a service.yml"), std::string::npos) << mistakes()[0];
}

TEST_F(ScriptCatalogTest, ReportsAFolderWithoutACommand) {
  write("todo-1.0.0/service.yml", "type: worker\nmessages:\n  sends: todos.list\n");
  ASSERT_EQ(mistakes().size(), 2u);
  EXPECT_EQ(mistakes()[0],
            "deployment-scripts/todo-1.0.0/service.yml:1: development.scripts.run: expected the command that "
            "runs this script, such as \"run: ./migrate\"");
  EXPECT_NE(mistakes()[1].find("service.yml:3: messages.sends"), std::string::npos) << mistakes()[1];
}

TEST_F(ScriptCatalogTest, ReportsAFolderWhoseUserIsNoName) {
  write("todo-1.0.0/service.yml", "development: {scripts: {run: ./migrate}}\nuser: [games]\n");
  ASSERT_EQ(mistakes().size(), 1u);
  EXPECT_EQ(
      mistakes()[0],
      "deployment-scripts/todo-1.0.0/service.yml:2: user: expected the name of a Unix user, found a list");
}

TEST_F(ScriptCatalogTest, ReportsAllMistakesOfAllFilesAtOnce) {
  write("todo.js");
  write("web-1.0.0.js");
  write("web-1.0.0.yml", "timeout: never\nattempts: 0\n");
  write("users-1.0.0.rb");
  EXPECT_EQ(mistakes().size(), 4u);
}

// --- what is there ---------------------------------------------------------------------------------------

TEST_F(ScriptCatalogTest, IsEmptyWhenThereIsNoFolder) {
  fs::remove(scripts());
  const LoadedScripts loaded = load_scripts(folder_);
  EXPECT_TRUE(loaded.mistakes.empty());
  EXPECT_TRUE(loaded.catalog.scripts.empty());
}

TEST_F(ScriptCatalogTest, RunsJavascriptByTheLoader) {
  for (const std::string extension : {".js", ".cjs", ".mjs"}) {
    write("todo-search-0.0.1" + extension);
    const Script script = only_script();
    EXPECT_EQ(script.brings_in, (VersionKey{"todo-search", "0.0.1"}));
    EXPECT_EQ(script.kind, ScriptKind::kLoader);
    EXPECT_EQ(script.name, "deployment-scripts/todo-search-0.0.1" + extension);
    EXPECT_EQ(script.path, (scripts() / ("todo-search-0.0.1" + extension)).string());
    EXPECT_EQ(script.folder, folder_.string());
    EXPECT_EQ(script.settings_file, "deployment-scripts/todo-search-0.0.1.yml");
    EXPECT_EQ(script.digest_algorithm, "sha256/lf");
    EXPECT_EQ(script.digest.size(), 64u);
    EXPECT_EQ(script.sends, std::nullopt) << "a single file may send whatever some role receives";
    EXPECT_EQ(bus_role(script.brings_in), "deployment-todo-search-0.0.1");
    fs::remove(scripts() / ("todo-search-0.0.1" + extension));
  }
}

TEST_F(ScriptCatalogTest, RunsPythonByTheLoader) {
  write("todo-search-0.0.2.py", "from exorelay import handle\n");
  EXPECT_EQ(only_script().brings_in, (VersionKey{"todo-search", "0.0.2"}));
  EXPECT_EQ(only_script().kind, ScriptKind::kLoader);
}

TEST_F(ScriptCatalogTest, ReportsPythonWithoutAVersionInItsName) {
  write("todo.py");
  ASSERT_EQ(mistakes().size(), 1u);
  EXPECT_NE(mistakes()[0].find("expected a name like"), std::string::npos) << mistakes()[0];
}

TEST_F(ScriptCatalogTest, RunsAnExecutableFileAsItIs) {
  write_executable("todo-1.0.0.py");
  EXPECT_EQ(only_script().kind, ScriptKind::kExecutable);
}

TEST_F(ScriptCatalogTest, RunsAnExecutableFileWithoutAnExtension) {
  write_executable("todo-1.0.0-beta.1");
  EXPECT_EQ(only_script().brings_in, (VersionKey{"todo", "1.0.0-beta.1"}));
}

TEST_F(ScriptCatalogTest, RunsAFolderByItsOwnCommand) {
  write("todo-search-0.0.2-rc.1/service.yml",
        "type: worker\n"
        "development:\n  scripts:\n    run: node migrate.js\n"
        "messages:\n  sends:\n    - todos.list\n"
        "dependency-data:\n  exocom:\n    sends:\n      - todos.list\n      - todo-search.add\n");
  const Script script = only_script();
  EXPECT_EQ(script.kind, ScriptKind::kFolder);
  EXPECT_EQ(script.brings_in, (VersionKey{"todo-search", "0.0.2-rc.1"}));
  EXPECT_EQ(script.command, "node migrate.js");
  EXPECT_EQ(script.folder, (scripts() / "todo-search-0.0.2-rc.1").string());
  EXPECT_EQ(script.sends, (std::vector<std::string>{"todos.list", "todo-search.add"}));
}

TEST_F(ScriptCatalogTest, HoldsAFolderThatDeclaresNoMessagesToNone) {
  write("todo-1.0.0/service.yml", "development:\n  scripts:\n    run: ./migrate\n");
  EXPECT_EQ(only_script().sends, std::vector<std::string>{});
}

TEST_F(ScriptCatalogTest, ReadsTheUserOfAFolderWithItsPlace) {
  write("todo-1.0.0/service.yml", "development: {scripts: {run: ./migrate}}\nuser: games\n");
  const WantedUser expected{
      .name = "games",
      .place = {.file = "deployment-scripts/todo-1.0.0/service.yml", .line = 2, .key = "user"}};
  EXPECT_EQ(only_script().user, expected);
}

TEST_F(ScriptCatalogTest, ReadsTheSettingsBesideAScript) {
  write("todo-1.0.0.js");
  write("todo-1.0.0.yml", "attempts: 7\n");
  EXPECT_EQ(only_script().settings.online.attempts, 7u);
}

TEST_F(ScriptCatalogTest, ReadsTheSettingsBesideAFolder) {
  write("todo-1.0.0/service.yml", "development:\n  scripts:\n    run: ./migrate\n");
  write("todo-1.0.0.yml", "attempts: 7\n");
  EXPECT_EQ(only_script().settings.online.attempts, 7u);
}

TEST_F(ScriptCatalogTest, LeavesOtherFilesAlone) {
  write("todo-1.0.0.js");
  write("_shared.js");
  write(".eslintrc.js");
  write("README.md");
  write("package.json");
  write("notes");
  write("lib/common.js");
  write("node_modules/x/service.yml");
  EXPECT_EQ(only_script().brings_in.role, "todo");
}

// --- specs -----------------------------------------------------------------------------------------------

TEST_F(ScriptCatalogTest, ReportsASpecWithoutAVersionInItsName) {
  write("todo-search.feature");
  ASSERT_EQ(mistakes().size(), 1u);
  EXPECT_EQ(
      mistakes()[0],
      "deployment-scripts/todo-search.feature: a spec is named after the version that it is about, such as "
      "\"todo-search-0.0.1.feature\": role, dash, version");
}

TEST_F(ScriptCatalogTest, TakesASpecAndItsNounsAndStepsForNoScripts) {
  write("todo-search-0.0.1.js");
  write("todo-search-0.0.1.feature");
  write("nouns.yml");
  write("steps/more.js");
  EXPECT_EQ(only_script().name, "deployment-scripts/todo-search-0.0.1.js");
}

TEST_F(ScriptCatalogTest, FindsTheSpecsOfAVersionBesideItsScriptAndInItsFolder) {
  write("todo-0.0.2.feature");
  write("todo-0.0.2/service.yml", "development:\n  scripts:\n    run: ./migrate\n");
  write("todo-0.0.2/specs/more.feature");
  write("todo-0.0.2/node_modules/theirs.feature");
  write("todo-0.0.10.feature");
  const LoadedScripts loaded = load_scripts(folder_);
  ASSERT_TRUE(loaded.mistakes.empty()) << to_string(loaded.mistakes[0]);
  EXPECT_EQ(
      loaded.catalog.specs,
      (std::vector<Spec>{{.of = {"todo", "0.0.2"},
                          .files = {"deployment-scripts/todo-0.0.2.feature",
                                    "deployment-scripts/todo-0.0.2/specs/more.feature"}},
                         {.of = {"todo", "0.0.10"}, .files = {"deployment-scripts/todo-0.0.10.feature"}}}));
}

TEST_F(ScriptCatalogTest, GivesAFolderTheSameDigestWhateverItsSpecsSay) {
  write("todo-0.0.2/service.yml", "development:\n  scripts:\n    run: ./migrate\n");
  const std::string before = only_script().digest;
  write("todo-0.0.2/more.feature");
  EXPECT_EQ(only_script().digest, before);
}

TEST_F(ScriptCatalogTest, SortsByRoleAndThenByThePrecedenceOfVersions) {
  for (const std::string name : {"todo-0.10.0.js", "todo-0.9.0.js", "todo-0.10.0-beta.js", "a-9.0.0.js"}) {
    write(name);
  }
  std::string order;
  for (const Script& script : load_scripts(folder_).catalog.scripts) order += to_text(script.brings_in) + " ";
  EXPECT_EQ(order, "a@9.0.0 todo@0.9.0 todo@0.10.0-beta todo@0.10.0 ");
}

TEST_F(ScriptCatalogTest, FindsAScriptByItsVersion) {
  write("todo-1.0.0.js");
  const ScriptCatalog catalog = load_scripts(folder_).catalog;
  EXPECT_EQ(catalog.find({"todo", "2.0.0"}), nullptr);
  ASSERT_NE(catalog.find({"todo", "1.0.0"}), nullptr);
}

TEST_F(ScriptCatalogTest, NamesScriptsThatHaveLostTheirVersion) {
  write("todo-1.0.0.js");
  write("todo-2.0.0.js");
  write("todo-serach-0.0.1.js");
  const auto orphans =
      find_orphaned_scripts(load_scripts(folder_).catalog, {{"todo", "1.0.0"}, {"todo-search", "0.0.1"}});
  ASSERT_EQ(orphans.size(), 2u);
  EXPECT_EQ(orphans[0].message, "it is not run: todo has no version 2.0.0, it has 1.0.0");
  EXPECT_EQ(orphans[1].message,
            "it is not run: the application has no role todo-serach; did "
            "you mean \"todo-search\"?");
}

TEST(ScriptName, HasARoleThatMayHoldDashesAndDigits) {
  EXPECT_EQ(parse_script_name("todo-search-2-0.0.1"), (VersionKey{"todo-search-2", "0.0.1"}));
  EXPECT_EQ(parse_script_name("todo-1.0.0-beta.1+build.5"), (VersionKey{"todo", "1.0.0-beta.1+build.5"}));
  EXPECT_EQ(parse_script_name("-1.0.0"), std::nullopt);
  EXPECT_EQ(parse_script_name("1.0.0"), std::nullopt);
  EXPECT_EQ(parse_script_name("todo-01.0.0"), std::nullopt);
  EXPECT_EQ(parse_script_name(""), std::nullopt);
}

}  // namespace
}  // namespace exo
