#include "deployment-scripts/script_skeleton.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "deployment-scripts/script_catalog.h"

namespace exo {
namespace {

namespace fs = std::filesystem;

// An application's folder that goes away with the test.
class ScriptSkeletonTest : public testing::Test {
 protected:
  ScriptSkeletonTest() {
    std::string pattern = (fs::temp_directory_path() / "exo-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
  }
  ~ScriptSkeletonTest() override { fs::remove_all(folder_); }

  Result<WrittenFiles> make(const std::string& language = "js") const {
    return make_script({.application = folder_,
                        .skeletons = EXO_SCRIPT_SKELETONS,
                        .brings_in = {"todo-search", "0.0.1"},
                        .language = language});
  }
  void write(const std::string& name, const std::string& content) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name, std::ios::binary) << content;
  }
  std::string read(const std::string& name) const {
    std::ostringstream text;
    text << std::ifstream(folder_ / name, std::ios::binary).rdbuf();
    return text.str();
  }

  fs::path folder_;
};

TEST_F(ScriptSkeletonTest, KnowsNoOtherLanguages) {
  const auto made = make("cpp");
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, "usage");
  EXPECT_EQ(made.error().message,
            "there is no skeleton of a deployment script in \"cpp\"; the languages are js and py");
}

TEST_F(ScriptSkeletonTest, RefusesASecondScriptOfOneVersionAndMakesNothing) {
  write("deployment-scripts/todo-search-0.0.1.py", "mine");
  const auto made = make();
  ASSERT_FALSE(made.ok());
  EXPECT_EQ(made.error().code, "taken");
  EXPECT_FALSE(fs::exists(folder_ / "deployment-scripts/todo-search-0.0.1.feature"));
}

TEST_F(ScriptSkeletonTest, LeavesNothingOfWhatItCouldNotFinish) {
  write("deployment-scripts", "a file where the folder would be");
  EXPECT_FALSE(make().ok());
  EXPECT_EQ(read("deployment-scripts"), "a file where the folder would be");
}

TEST_F(ScriptSkeletonTest, MakesAScriptItsSpecAndTheFileOfNouns) {
  for (const std::string& language : script_languages()) {
    const auto made = make(language);
    ASSERT_TRUE(made.ok()) << made.error().message;
    const std::string script = "deployment-scripts/todo-search-0.0.1." + language;
    EXPECT_EQ(made.value().made,
              (std::vector<std::string>{script, "deployment-scripts/todo-search-0.0.1.feature",
                                        "deployment-scripts/nouns.yml"}));
    EXPECT_NE(read(script).find("\"deployment-todo-search-0.0.1-offline-done\""), std::string::npos);
    const LoadedScripts loaded = load_scripts(folder_);
    EXPECT_TRUE(loaded.mistakes.empty()) << to_string(loaded.mistakes[0]);
    EXPECT_EQ(loaded.catalog.scripts.size(), 1u);
    EXPECT_EQ(loaded.catalog.specs.size(), 1u);
    for (const std::string& name : made.value().made) {
      EXPECT_EQ(read(name).find("greeter"), std::string::npos) << name;
      EXPECT_EQ(read(name).find("1.2.3"), std::string::npos) << name;
    }
    fs::remove_all(folder_ / "deployment-scripts");
  }
}

TEST_F(ScriptSkeletonTest, KeepsASpecThatWasThereFirst) {
  write("deployment-scripts/todo-search-0.0.1.feature", "mine");
  const auto made = make();
  ASSERT_TRUE(made.ok()) << made.error().message;
  EXPECT_EQ(made.value().kept, (std::vector<std::string>{"deployment-scripts/todo-search-0.0.1.feature"}));
  EXPECT_EQ(read("deployment-scripts/todo-search-0.0.1.feature"), "mine");
}

}  // namespace
}  // namespace exo
