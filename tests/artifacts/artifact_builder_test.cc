#include "services/artifacts/artifact_builder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "base/process_output.h"
#include "services/artifacts/artifact_path.h"
#include "tests/artifacts/git_folder.h"

namespace exo {
namespace {

using testing_support::commit_all;
using testing_support::content_of;
using testing_support::git;
using testing_support::names_below;
using testing_support::TestFolder;

class ArtifactBuilderTest : public ::testing::Test {
 protected:
  ArtifactBuilderTest() {
    tree_.with("todo/service.yml", "version: 0.0.1\n").with("todo/lib/index.js", "1");
    tree_.with("deployment-scripts/todo-0.0.1.js", "2").with("deployment-scripts/other-0.0.1.js", "3");
    recipe_ = {.role = "todo",
               .version = "0.0.1",
               .build_place = "todo/service.yml:7",
               .build_within = std::chrono::minutes(1)};
    place(tree_.path());
  }

  void place(const std::filesystem::path& tree) {
    recipe_.service = {.folder = tree / "todo", .top = kServiceTop, .required = {"service.yml"}};
    recipe_.scripts = {.folder = tree / kScriptsTop,
                       .top = kScriptsTop,
                       .required = {"todo-0.0.1.js"},
                       .is_wanted = [](const std::string& name) { return name.starts_with("todo-"); }};
  }

  Result<StoredArtifact> build(EarlyStop stop = {}) { return build_artifact(recipe_, store_, stop); }

  StoredArtifact must_build() {
    auto built = build();
    EXPECT_TRUE(built.ok()) << (built.ok() ? "" : built.error().message);
    return built.ok() ? std::move(built).value() : StoredArtifact{};
  }

  std::string refusal() {
    const auto built = build();
    EXPECT_FALSE(built.ok());
    return built.ok() ? "" : built.error().message;
  }

  static std::vector<std::string> paths(const StoredArtifact& artifact) {
    std::vector<std::string> names;
    for (const ArtifactEntry& entry : artifact.manifest.entries) names.push_back(entry.path);
    return names;
  }

  TestFolder tree_;
  TestFolder out_;
  ArtifactStore store_{out_.path() / "artifacts"};
  ArtifactRecipe recipe_;
};

TEST_F(ArtifactBuilderTest, PacksWhatGitTracksAndTheScriptsOfTheVersion) {
  commit_all(tree_.path());
  tree_.with("todo/untracked", "x");
  const StoredArtifact artifact = must_build();
  EXPECT_EQ(paths(artifact), (std::vector<std::string>{"deployment-scripts/todo-0.0.1.js",
                                                       "service/lib/index.js", "service/service.yml"}));
  EXPECT_FALSE(artifact.manifest.origin.dirty);
  EXPECT_EQ(artifact.manifest.origin.time, 1'700'000'000);
  EXPECT_EQ(artifact.manifest.origin.commit.size(), 40U);
}

TEST_F(ArtifactBuilderTest, AnotherCloneGivesTheSameBytes) {
  commit_all(tree_.path());
  recipe_.build_command = "mkdir -p node_modules && date > /dev/null && cp service.yml node_modules/made";
  const std::string first = content_of(must_build().file);
  const TestFolder elsewhere;
  git(elsewhere.path(), {"clone", "--quiet", tree_.path().string(), "clone"});
  place(elsewhere.path() / "clone");
  store_ = ArtifactStore(elsewhere.path() / "artifacts");
  const StoredArtifact again = must_build();
  EXPECT_EQ(content_of(again.file), first);
  EXPECT_EQ(again.manifest.entries[2].path, "service/node_modules/made");
}

TEST_F(ArtifactBuilderTest, AnotherCommitOfTheSameFilesIsTheSameArtifact) {
  commit_all(tree_.path());
  const StoredArtifact first = must_build();
  git(tree_.path(), {"commit", "--quiet", "--allow-empty", "--message", "again"});
  EXPECT_EQ(must_build().digest, first.digest);
}

TEST_F(ArtifactBuilderTest, AChangedFileIsAnotherArtifactAndDirty) {
  commit_all(tree_.path());
  const StoredArtifact first = must_build();
  tree_.with("todo/lib/index.js", "changed");
  const StoredArtifact second = must_build();
  EXPECT_NE(second.digest, first.digest);
  EXPECT_TRUE(second.manifest.origin.dirty);
}

TEST_F(ArtifactBuilderTest, AChangedScriptIsDirtyAndThatOfAnotherVersionIsNot) {
  commit_all(tree_.path());
  tree_.with("deployment-scripts/other-0.0.1.js", "changed");
  EXPECT_FALSE(must_build().manifest.origin.dirty);
  tree_.with("deployment-scripts/todo-0.0.1.js", "changed");
  EXPECT_TRUE(must_build().manifest.origin.dirty);
}

TEST_F(ArtifactBuilderTest, AScriptThatGitDoesNotTrackIsNamed) {
  commit_all(tree_.path());
  git(tree_.path(), {"rm", "--quiet", "--cached", "deployment-scripts/todo-0.0.1.js"});
  EXPECT_NE(refusal().find("git add " + (tree_.path() / kScriptsTop / "todo-0.0.1.js").string()),
            std::string::npos);
}

TEST_F(ArtifactBuilderTest, WhatMustBeCommittedIsRefusedWhereItIsNot) {
  commit_all(tree_.path());
  recipe_.must_be_committed = true;
  recipe_.build_command = "touch ../../built";
  must_build();
  tree_.with("todo/lib/index.js", "changed");
  EXPECT_NE(refusal().find("its files differ from the commit"), std::string::npos);
}

TEST_F(ArtifactBuilderTest, WhatMustBeCommittedIsRefusedWhereNothingIs) {
  git(tree_.path(), {"init", "--quiet"});
  git(tree_.path(), {"add", "--all"});
  must_build();
  recipe_.must_be_committed = true;
  EXPECT_NE(refusal().find("its files are in no commit; commit them"), std::string::npos);
  recipe_.service.named = {"service.yml"};
  must_build();
}

TEST_F(ArtifactBuilderTest, NothingHasChangedSinceItWasBuilt) {
  tree_.with("todo/run", "#!/bin/sh\n");
  std::filesystem::permissions(tree_.path() / "todo/run", std::filesystem::perms::owner_all);
  std::filesystem::create_symlink("run", tree_.path() / "todo/start");
  commit_all(tree_.path());
  recipe_.build_command = "touch built";
  EXPECT_EQ(changed_since(must_build().manifest, recipe_).value(), std::vector<std::string>{});
}

TEST_F(ArtifactBuilderTest, WhatHasChangedSinceItWasBuiltIsNamed) {
  tree_.with("todo/run", "#!/bin/sh\n").with("todo/gone", "");
  commit_all(tree_.path());
  const StoredArtifact artifact = must_build();
  tree_.with("todo/lib/index.js", "changed").with("deployment-scripts/todo-0.0.1.js", "changed");
  tree_.with("todo/new", "").with("todo/untracked", "").with("deployment-scripts/other-0.0.1.js", "changed");
  std::filesystem::permissions(tree_.path() / "todo/run", std::filesystem::perms::owner_all);
  std::filesystem::remove(tree_.path() / "todo/gone");
  git(tree_.path(), {"add", "todo/new"});
  const std::vector<std::string> all{"deployment-scripts/todo-0.0.1.js", "service/gone",
                                     "service/lib/index.js", "service/new", "service/run"};
  EXPECT_EQ(changed_since(artifact.manifest, recipe_).value(), all);
}

TEST_F(ArtifactBuilderTest, WithoutGitItSaysWhatToDo) {
  EXPECT_NE(refusal().find("is in no git repository"), std::string::npos);
}

TEST_F(ArtifactBuilderTest, NamedFilesNeedNoGit) {
  tree_.with("todo/dist/a/b", "built").with("todo/secret", "x");
  recipe_.service.named = {"service.yml", "dist"};
  recipe_.scripts = {};
  const StoredArtifact artifact = must_build();
  EXPECT_EQ(paths(artifact), (std::vector<std::string>{"service/dist/a/b", "service/service.yml"}));
  EXPECT_EQ(artifact.manifest.origin, ArtifactOrigin{});
}

TEST_F(ArtifactBuilderTest, NamedFilesThatGitDoesNotTrackAreDirty) {
  commit_all(tree_.path());
  tree_.with("todo/built", "x");
  recipe_.service.named = {"service.yml"};
  EXPECT_FALSE(must_build().manifest.origin.dirty);
  recipe_.service.named = {"built", "service.yml"};
  EXPECT_TRUE(must_build().manifest.origin.dirty);
}

TEST_F(ArtifactBuilderTest, WhatCannotBePackedIsNamedAllAtOnce) {
  const auto link = [&](const char* target, const char* name) {
    std::filesystem::create_symlink(target, tree_.path() / "todo" / name);
  };
  link("/etc/passwd", "absolute");
  link("../deployment-scripts", "outside");
  link("lib/index.js", "inside");
  tree_.with("todo/two\nlines", "x");
  commit_all(tree_.path());
  const std::string said = refusal();
  EXPECT_NE(said.find("absolute is a link outside"), std::string::npos) << said;
  EXPECT_NE(said.find("outside is a link outside"), std::string::npos) << said;
  EXPECT_NE(said.find("two\\x0alines has a line end"), std::string::npos) << said;
  EXPECT_EQ(said.find("inside is"), std::string::npos) << said;
  EXPECT_TRUE(names_below(store_.folder()).empty());
}

TEST_F(ArtifactBuilderTest, ADeviceIsNamed) {
  ASSERT_EQ(::mkfifo((tree_.path() / "todo" / "pipe").c_str(), 0600), 0);
  recipe_.service.named = {"service.yml", "pipe"};
  recipe_.scripts = {};
  EXPECT_NE(refusal().find("pipe is neither a file nor a link"), std::string::npos);
}

TEST_F(ArtifactBuilderTest, AFailingBuildCommandShowsItsLastWordsAndItsEnd) {
  commit_all(tree_.path());
  recipe_.build_command = "echo one; echo two >&2; exit 3";
  const std::string said = refusal();
  EXPECT_NE(said.find("todo/service.yml:7"), std::string::npos) << said;
  EXPECT_NE(said.find("exit code 3"), std::string::npos) << said;
  EXPECT_NE(said.find("\n  one\n  two"), std::string::npos) << said;
  EXPECT_EQ(names_below(store_.folder()), (std::vector<std::string>{"logs", "logs/todo@0.0.1.log"}));
}

TEST_F(ArtifactBuilderTest, ABuildCommandMayNotTakeForEver) {
  commit_all(tree_.path());
  recipe_.build_command = "exec sleep 100";
  recipe_.build_within = std::chrono::milliseconds(50);
  EXPECT_NE(refusal().find("did not end within 50 ms"), std::string::npos);
}

TEST_F(ArtifactBuilderTest, TheBuildCommandFindsItsServiceAndTheWorkingTreeStaysAsItWas) {
  commit_all(tree_.path());
  recipe_.build_command =
      R"(echo "$ROLE $EXO_VERSION $SOURCE_DATE_EPOCH" > said && cp "$EXO_SOURCE/../todo/lib/index.js" copied)";
  const auto before = names_below(tree_.path() / "todo");
  const auto place = store_.unpack(must_build());
  ASSERT_TRUE(place.ok());
  EXPECT_EQ(content_of(place.value() / "service" / "said"), "todo 0.0.1 1700000000\n");
  EXPECT_EQ(content_of(place.value() / "service" / "copied"), "1");
  EXPECT_EQ(names_below(tree_.path() / "todo"), before);
}

TEST_F(ArtifactBuilderTest, StoppedInTheMiddleItLeavesNothingAndNobody) {
  commit_all(tree_.path());
  int ends[2] = {-1, -1};
  ASSERT_EQ(::pipe(ends), 0);
  // The command itself asks for the stop, so that it comes in its middle.
  recipe_.build_command =
      "echo > /proc/" + std::to_string(::getpid()) + "/fd/" + std::to_string(ends[1]) + "; exec sleep 100";
  const auto built = build({.fd = ends[0]});
  ASSERT_FALSE(built.ok());
  EXPECT_EQ(built.error().code, "stopped");
  EXPECT_EQ(names_below(store_.folder()), (std::vector<std::string>{"logs", "logs/todo@0.0.1.log"}));
  ::close(ends[0]);
  ::close(ends[1]);
}

}  // namespace
}  // namespace exo
