#include "host/identity_check.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

const VersionKey kTodo{"todo", "1.0.0"};

LedgerEvent event(std::uint64_t sequence, std::string type, std::string details, std::string phase = "") {
  return {.sequence = sequence,
          .type = std::move(type),
          .role = kTodo.role,
          .version = kTodo.version,
          .phase = std::move(phase),
          .generation = 1,
          .run = "todo-1.0.0-offline-1",
          .attempt = 1,
          .details = std::move(details)};
}

// Introduced with files "f1"; its script "s1" was started, and ended as `end` says.
RolloutRecord record_with(const std::string& end) {
  RolloutRecord record;
  record.apply(event(1, "version-introduced", R"({"sources":{"sha256/lf":"f1"}})"));
  record.apply(event(2, "attempt-started", R"({"script":"todo.js","digest":"s1"})", "offline"));
  if (!end.empty()) record.apply(event(3, end, R"({"reason":"no disk"})", "offline"));
  return record;
}

rollout::VersionToBringIn todo(const std::string& files, const std::string& script) {
  rollout::VersionToBringIn version{.key = kTodo};
  if (!files.empty()) version.sources = {{"sha256/lf", files}};
  if (!script.empty()) version.script = Script{.brings_in = kTodo, .name = "todo.js", .digest = script};
  return version;
}

std::size_t refused(const RolloutRecord& record, const rollout::VersionToBringIn& version) {
  return second_contents(record, {version}).size();
}

TEST(SecondContents, AreOtherFilesUnderAVersionThatWasIntroduced) {
  const auto found = second_contents(record_with("attempt-done"), {todo("f2", "s1")});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0],
            "todo@1.0.0 was introduced with other files than those in its folder now (then f1, now f2); put "
            "back what was there, or give what is new a version of its own");
}

TEST(SecondContents, AreAnotherArtifactWhateverTheFolderHoldsNow) {
  RolloutRecord record;
  record.apply(event(1, "version-introduced", R"({"sources":{"sha256/artifact":"a1","sha256/lf":"f1"}})"));
  rollout::VersionToBringIn version = todo("f2", "");
  version.sources["sha256/artifact"] = "a1";
  EXPECT_EQ(refused(record, version), 0U);
  version.sources["sha256/artifact"] = "a2";
  const auto found = second_contents(record, {version});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(
      found[0],
      "todo@1.0.0 was introduced with other files than its artifact has (then a1, now a2); put back what "
      "was there, or give what is new a version of its own");
}

TEST(SecondContents, AreAnotherScriptThanTheOneThatRan) {
  const auto found = second_contents(record_with("attempt-done"), {todo("f1", "s2")});
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(
      found[0],
      "todo.js is not the script that ran as the offline phase of todo@1.0.0 (then s1, now s2); put back "
      "what was there, or give what is new a version of its own");
}

TEST(SecondContents, AreAllNamedAtOnce) {
  EXPECT_EQ(refused(record_with("attempt-done"), todo("f2", "s2")), 2U);
}

TEST(SecondContents, AreNoneWhereAllIsAsItWas) {
  EXPECT_EQ(refused(record_with("attempt-done"), todo("f1", "s1")), 0U);
}

TEST(SecondContents, AreAnotherScriptWhereTheFirstMayStillHaveHadAnEffect) {
  EXPECT_EQ(refused(record_with(""), todo("f1", "s2")), 1U);
  EXPECT_EQ(refused(record_with("attempt-interrupted"), todo("f1", "s2")), 1U);
}

TEST(SecondContents, AreNoneWhereAScriptThatFailedWasMended) {
  EXPECT_EQ(refused(record_with("attempt-failed"), todo("f1", "s2")), 0U);
}

// Its online phase was tried behind the offline one, with `script`, and ended as `end` says.
RolloutRecord with_online(const std::string& script, const std::string& end) {
  RolloutRecord record = record_with("attempt-done");
  record.apply(event(4, "attempt-started", R"({"digest":")" + script + R"("})", "online"));
  record.apply(event(5, end, R"({"reason":"no disk"})", "online"));
  return record;
}

TEST(SecondContents, AreNoneWhereTheLaterPhaseFailedAndTheScriptWasMended) {
  EXPECT_EQ(refused(with_online("s1", "attempt-failed"), todo("f1", "s2")), 0U);
}

TEST(SecondContents, AreJudgedByThePhaseThatRanLastAlone) {
  EXPECT_EQ(refused(with_online("s2", "attempt-done"), todo("f1", "s2")), 0U);
  EXPECT_EQ(refused(with_online("s2", "attempt-done"), todo("f1", "s1")), 1U);
  EXPECT_EQ(refused(with_online("s1", "attempt-interrupted"), todo("f1", "s2")), 1U);
}

TEST(SecondContents, AreAnotherScriptAfterAPhaseThatItDoesNotHave) {
  RolloutRecord record = record_with("attempt-done");
  record.apply(event(4, "phase-absent", R"({"digest":"s2"})", "online"));
  EXPECT_EQ(refused(record, todo("f1", "s2")), 0U);
  EXPECT_EQ(refused(record, todo("f1", "s1")), 1U);
}

TEST(SecondContents, AreRefusedToADecisionAsToAStart) {
  const Script script = *todo("f1", "s2").script;
  const auto code = [&script](const RolloutRecord& record, const std::string& environment) {
    const auto checked = check_script(record.of(kTodo), script, environment);
    return checked ? "taken" : checked.error().code;
  };
  EXPECT_EQ(code(with_online("s1", "attempt-failed"), "production"), "taken");
  EXPECT_EQ(code(with_online("s1", "attempt-interrupted"), "production"), "changed");
  EXPECT_EQ(code(with_online("s1", "attempt-interrupted"), "local"), "taken");
}

TEST(KnownAsArtifactsOnly, AreVersionsWhoseFoldersWereNotTheSame) {
  RolloutRecord record;
  record.apply(event(1, "version-introduced", R"({"sources":{"sha256/artifact":"a1"}})"));
  EXPECT_EQ(known_as_artifacts_only(record, {todo("f1", "")}).size(), 1U);
  EXPECT_EQ(known_as_artifacts_only(record, {todo("", "")}).size(), 1U) << "nor can the folder be read";
  EXPECT_TRUE(known_as_artifacts_only(RolloutRecord(), {todo("f1", "")}).empty()) << "it was never here";
  RolloutRecord same;
  same.apply(event(1, "version-introduced", R"({"sources":{"sha256/artifact":"a1","sha256/lf":"f1"}})"));
  EXPECT_TRUE(known_as_artifacts_only(same, {todo("f2", "")}).empty()) << "which second_contents() compares";
}

TEST(SecondContents, AreNoneWhereNothingCanBeCompared) {
  EXPECT_EQ(refused(record_with("attempt-done"), todo("", "")), 0U);
  EXPECT_EQ(refused(RolloutRecord(), todo("f2", "s2")), 0U);
}

}  // namespace
}  // namespace exo
