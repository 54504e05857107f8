#include "host/script_edit.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

using Lines = std::vector<std::string>;

Script script(const VersionKey& version, const std::string& name, const std::string& settings) {
  Script script;
  script.brings_in = version;
  script.name = "deployment-scripts/" + name;
  script.settings_file = "deployment-scripts/" + settings;
  return script;
}

const ScriptCatalog& catalog() {
  static const ScriptCatalog kCatalog{
      .scripts = {script({"todo", "0.0.1"}, "todo-0.0.1.js", "todo-0.0.1.yml"),
                  script({"web", "1.0.0"}, "web-1.0.0", "web-1.0.0.yml")},
      .specs = {}};
  return kCatalog;
}

TEST(ScriptEdit, OfSpecsIsNobodysWhileAHostRuns) {
  EXPECT_EQ(describe_script_edits({"todo-0.0.1.feature", "nouns.yml", "steps/todo.js"}, catalog()), Lines());
}

TEST(ScriptEdit, OfAScriptIsALineHoweverManyFilesItHas) {
  EXPECT_EQ(
      describe_script_edits({"todo-0.0.1.js", "web-1.0.0/index.js", "web-1.0.0/lib/a.js"}, catalog()),
      (Lines{
          "deployment-scripts/todo-0.0.1.js has changed; what is started of it from now on runs it as it is "
          "now, and what is done is not run again; to have it run: exo script rerun todo@0.0.1 --reason TEXT",
          "deployment-scripts/web-1.0.0 has changed; what is started of it from now on runs it as it is now, "
          "and what is done is not run again; to have it run: exo script rerun web@1.0.0 --reason TEXT"}));
}

TEST(ScriptEdit, OfSettingsWaitsForADecision) {
  EXPECT_EQ(
      describe_script_edits({"todo-0.0.1.yml", "web-1.0.0/service.yml"}, catalog()),
      Lines{"deployment-scripts/todo-0.0.1.yml and deployment-scripts/web-1.0.0/service.yml have changed; "
            "they are read again when somebody decides about their script, as by exo script retry, or when "
            "exo run starts"});
}

TEST(ScriptEdit, OfAScriptThatCameWaitsForTheNextHost) {
  EXPECT_EQ(
      describe_script_edits({"todo-0.0.2.js"}, catalog()),
      Lines{"deployment-scripts/todo-0.0.2.js has changed; exo run reads it when it starts: stop it and "
            "start it again for that"});
}

TEST(ScriptEdit, OfWhatScriptsShareIsToldTogether) {
  EXPECT_EQ(
      describe_script_edits({"_a.js", "_b.js", "_c.js", "_d.js"}, catalog()),
      Lines{"deployment-scripts/_a.js, deployment-scripts/_b.js, deployment-scripts/_c.js and 1 more have "
            "changed; scripts that are started from now on find them as they are now"});
}

}  // namespace
}  // namespace exo
