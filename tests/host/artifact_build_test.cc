#include "host/artifact_build.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/digest.h"
#include "host/artifact_report.h"
#include "services/artifacts/artifact_path.h"
#include "tests/services/application_folder.h"

namespace exo {
namespace {

using testing_support::ApplicationFolder;

class ArtifactRecipeTest : public ::testing::Test {
 protected:
  ArtifactRecipeTest() {
    folder_.with("application.yml",
                 "name: shop\nservices:\n  todo: {location: ./todo}\n  todo-list: {location: ./list}\n");
    folder_.with("todo/service.yml", "version: 0.0.1-beta.1\ndevelopment: {scripts: {run: ./run}}\n");
    folder_.with("list/service.yml", "version: 0.0.1\ndevelopment: {scripts: {run: ./run}}\n");
  }

  ArtifactRecipe recipe(const std::string& role) {
    const LoadedApplication loaded = load_application(folder_.path());
    EXPECT_TRUE(loaded.application.has_value()) << to_text(loaded.mistakes);
    const LoadedScripts scripts = load_scripts(folder_.path());
    EXPECT_TRUE(scripts.mistakes.empty()) << to_text(scripts.mistakes);
    return recipe_of(*loaded.application, loaded.application->find_role(role)->versions.front(),
                     scripts.catalog);
  }

  ApplicationFolder folder_;
};

TEST_F(ArtifactRecipeTest, WithoutAScriptThereAreNone) {
  folder_.with("deployment-scripts/todo-list-0.0.1.js", "module.exports = {};");
  EXPECT_TRUE(recipe("todo").scripts.folder.empty());
}

TEST_F(ArtifactRecipeTest, TakesWhatBelongsToTheVersionOrToNone) {
  for (const char* name : {"todo-0.0.1-beta.1.js", "todo-0.0.1-beta.1.feature", "todo-list-0.0.1.js",
                           "_help.js", "nouns.yml", "steps/all.js"})
    folder_.with(std::string("deployment-scripts/") + name, name == std::string("nouns.yml") ? "{}" : "");
  const ArtifactSource scripts = recipe("todo").scripts;
  for (const char* name :
       {"todo-0.0.1-beta.1.js", "todo-0.0.1-beta.1.feature", "_help.js", "nouns.yml", "steps/all.js"})
    EXPECT_TRUE(scripts.is_wanted(name)) << name;
  for (const char* name :
       {"todo-list-0.0.1.js", "todo-list-0.0.1.yml", "todo-0.0.2.js", "todo-list-0.0.1/main.js"})
    EXPECT_FALSE(scripts.is_wanted(name)) << name;
  EXPECT_EQ(scripts.required,
            (std::vector<std::string>{"todo-0.0.1-beta.1.feature", "todo-0.0.1-beta.1.js"}));
}

TEST_F(ArtifactRecipeTest, NamedFilesAndTheBuildCommandAreThoseOfServiceYml) {
  folder_.with(
      "todo/service.yml",
      "development: {scripts: {run: ./run}}\nartifact:\n  files: [./dist/]\n  build: make\n  within: 5m\n");
  const ArtifactRecipe made = recipe("todo");
  EXPECT_EQ(made.service.named, (std::vector<std::string>{"service.yml", "dist"}));
  EXPECT_EQ(made.build_command, "make");
  EXPECT_EQ(made.build_place, "todo/service.yml:4");
  EXPECT_EQ(made.build_within, std::chrono::minutes(5));
}

StoredArtifact example() {
  StoredArtifact artifact{
      .file = "/artifacts/a.tar.zst",
      .digest = std::string(64, 'd'),
      .manifest =
          {.role = "todo",
           .version = "0.0.1",
           .entries = {{.path = "service/current", .kind = ArtifactEntry::Kind::kLink, .target = "run"},
                       {.path = "service/run",
                        .kind = ArtifactEntry::Kind::kProgram,
                        .size = 3000,
                        .digest = sha256_hex("x")}},
           .origin = {.commit = std::string(40, 'c'), .dirty = true, .time = 1'700'000'000}},
      .is_latest = true};
  return artifact;
}

TEST(ArtifactReportTest, JsonHasTheDocumentedKeys) {
  const auto json = nlohmann::ordered_json::parse(to_json(example(), ArtifactDetail::kEntries));
  EXPECT_EQ(json.dump(),
            R"({"role":"todo","version":"0.0.1","digest":"sha256:)" + std::string(64, 'd') +
                R"(","file":"/artifacts/a.tar.zst","files":2,"bytes":3000,"commit":")" +
                std::string(40, 'c') +
                R"(","dirty":true,"time":"2023-11-14T22:13:20.000Z","latest":true,"fault":null,"entries":[)" +
                R"({"path":"service/current","type":"link","target":"run"},)" +
                R"({"path":"service/run","type":"file","mode":"0755","size":3000,"sha256":")" +
                sha256_hex("x") + R"("}]})");
}

TEST(ArtifactReportTest, JsonOfOneThatCannotBeReadHasNulls) {
  const StoredArtifact damaged{.file = "/a", .digest = "d", .fault = Error{"damaged", "it is damaged"}};
  const auto json = nlohmann::json::parse(to_json(damaged, ArtifactDetail::kSummary));
  for (const char* key : {"role", "version", "files", "bytes", "commit", "dirty", "time"})
    EXPECT_TRUE(json.at(key).is_null()) << key;
  EXPECT_EQ(json.at("fault"), "it is damaged");
}

TEST(ArtifactReportTest, PeopleAreToldWhatItIsAndWhereItComesFrom) {
  EXPECT_EQ(summary_of(example()),
            "todo@0.0.1 sha256:dddddddddddd: 2 files, 2.9 KiB, of commit cccccccccccc, with changes since");
}

}  // namespace
}  // namespace exo
