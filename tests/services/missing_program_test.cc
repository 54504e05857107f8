#include "services/missing_program.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "tests/services/application_folder.h"

namespace exo {
namespace {

namespace fs = std::filesystem;
using testing_support::ApplicationFolder;

// A folder with a program, a file that is none, and a folder of programs for PATH.
class MissingProgramTest : public testing::Test {
 protected:
  MissingProgramTest() {
    folder_.with("server.sh", "#!/bin/sh\n").with("notes.txt", "").with("bin/interpreter", "");
    fs::permissions(at("server.sh"), fs::perms::owner_all);
    fs::permissions(at("bin/interpreter"), fs::perms::owner_all);
  }

  std::string at(const std::string& name) const { return folder_.path() + "/" + name; }
  std::string fault_of(const std::string& program) const {
    return fault_of_program(program, folder_.path(), "/nowhere:" + at("bin"));
  }

  ApplicationFolder folder_;
};

TEST_F(MissingProgramTest, AProgramBesideTheServiceIsFoundOrTheNearestIsNamed) {
  EXPECT_EQ(fault_of("./srever.sh"), "there is no program \"./srever.sh\"; did you mean \"server.sh\"?");
  EXPECT_EQ(fault_of("./server.sh"), "");
}

TEST_F(MissingProgramTest, AProgramOnThePathIsFoundOrTheNearestIsNamed) {
  EXPECT_EQ(fault_of("interpretre"),
            "there is no program \"interpretre\" in any folder of PATH; install it, or mend the command; did "
            "you mean \"interpreter\"?");
  EXPECT_EQ(fault_of("interpreter"), "");
}

TEST_F(MissingProgramTest, AFileWithoutTheExecutableBitIsToldHowToGetIt) {
  EXPECT_EQ(fault_of("./notes.txt"), "\"./notes.txt\" is not executable; type: chmod +x " + at("notes.txt"));
}

TEST_F(MissingProgramTest, AFolderIsNoProgram) {
  EXPECT_EQ(fault_of("./bin"), "\"./bin\" is a folder, and no program");
}

TEST(ProgramOfACommand, IsItsFirstWordUnlessOnlyAShellKnows) {
  EXPECT_EQ(program_of("node server.js"), "node");
  EXPECT_EQ(program_of("./server"), "./server");
  EXPECT_EQ(program_of("cd web && node server.js"), std::nullopt);
  EXPECT_EQ(program_of("$EXO_BIN/todo"), std::nullopt);
  EXPECT_EQ(program_of("LANG=C node server.js"), std::nullopt);
}

TEST(MissingPrograms, AreNamedWithTheLineOfTheirCommandAndLookedForOnTheServicesOwnPath) {
  ApplicationFolder folder;
  folder.with("application.yml",
              "name: shop\nservices:\n  web: {location: ./web}\n  own: {location: ./own}\n");
  folder.with("web/service.yml",
              "version: 0.0.1\ndevelopment:\n  scripts:\n    run: no-such-interpreter x\n");
  folder.with("own/service.yml",
              "version: 0.0.1\ndevelopment:\n  scripts:\n    run: tool\nlocal:\n  environment-variables:\n"
              "    PATH: ./tools\n");
  folder.with("own/tools/tool", "");
  fs::permissions(folder.path() + "/own/tools/tool", fs::perms::owner_all);
  const auto missing = missing_programs(*load_application(folder.path()).application, {{"PATH", "/nowhere"}});
  ASSERT_EQ(missing.size(), 1U);
  EXPECT_EQ(
      to_string(missing[0]),
      "web/service.yml:4: web@0.0.1 cannot be started: there is no program \"no-such-interpreter\" in any "
      "folder of PATH; install it, or mend the command");
}

}  // namespace
}  // namespace exo
