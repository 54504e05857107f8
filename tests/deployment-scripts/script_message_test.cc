#include "deployment-scripts/script_message.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

const VersionKey kSearch{"todo-search", "0.0.1"};

TEST(ScriptMessageName, IsNotFoundInTheNameOfAnotherVersion) {
  EXPECT_EQ(parse_script_message_name(kSearch, "deployment-todo-search-0.0.2-online-done"), std::nullopt);
}

TEST(ScriptMessageName, IsNotFoundInAnUnknownPhaseOrWord) {
  EXPECT_EQ(parse_script_message_name(kSearch, "deployment-todo-search-0.0.1-midline-done"), std::nullopt);
  EXPECT_EQ(parse_script_message_name(kSearch, "deployment-todo-search-0.0.1-online-finished"), std::nullopt);
  EXPECT_EQ(parse_script_message_name(kSearch, "todos.list"), std::nullopt);
  EXPECT_EQ(parse_script_message_name(kSearch, ""), std::nullopt);
}

TEST(ScriptMessageName, IsAsTheSourceDocumentHasIt) {
  EXPECT_EQ(script_message_name(kSearch, Phase::kOffline, ScriptWord::kStart),
            "deployment-todo-search-0.0.1-offline-start");
  EXPECT_EQ(script_message_name(kSearch, Phase::kOnline, ScriptWord::kDone),
            "deployment-todo-search-0.0.1-online-done");
}

TEST(ScriptMessageName, IsReadBackFromWhatWasWritten) {
  for (const Phase phase : {Phase::kOffline, Phase::kOnline}) {
    for (const ScriptWord word :
         {ScriptWord::kStart, ScriptWord::kDone, ScriptWord::kFailed, ScriptWord::kProgress,
          ScriptWord::kCheckpoint, ScriptWord::kCheckpointed}) {
      const std::string name = script_message_name(kSearch, phase, word);
      EXPECT_EQ(parse_script_message_name(kSearch, name), (ScriptMessageName{phase, word})) << name;
    }
  }
}

}  // namespace
}  // namespace exo
