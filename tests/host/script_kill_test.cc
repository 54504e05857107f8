#include "host/script_kill.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

TEST(ScriptKill, SaysWhatWasExpectedOfWhatItCannotRead) {
  for (const char* text :
       {"", "todo=3", "todo@0.0.1", "@0.0.1=3", "todo@0.0=3", "todo@0.0.1=0", "todo@0.0.1=x", "todo@0.0.1=3x",
        "todo@0.0.1:later=3", "todo@0.0.1:=3", "3=todo@0.0.1"}) {
    const auto kill = ScriptKill::parse(text);
    ASSERT_FALSE(kill.ok()) << text;
    EXPECT_EQ(kill.error().code, "usage");
    EXPECT_NE(kill.error().message.find("expected ROLE@VERSION=N"), std::string::npos)
        << kill.error().message;
  }
}

TEST(ScriptKill, IsForEitherPhaseWhereNoneIsSaid) {
  const auto kill = ScriptKill::parse("todo-search@0.0.1-beta.1=3");
  ASSERT_TRUE(kill.ok()) << kill.error().message;
  EXPECT_EQ(kill.value(), (ScriptKill{.version = {"todo-search", "0.0.1-beta.1"}, .phase = {}, .after = 3}));
  EXPECT_TRUE(kill.value().is_for({"todo-search", "0.0.1-beta.1"}, Phase::kOffline));
  EXPECT_TRUE(kill.value().is_for({"todo-search", "0.0.1-beta.1"}, Phase::kOnline));
  EXPECT_FALSE(kill.value().is_for({"todo-search", "0.0.1"}, Phase::kOnline));
}

TEST(ScriptKill, IsForOnePhaseWhereThatIsSaid) {
  const auto kill = ScriptKill::parse("todo@0.0.1:online=12");
  ASSERT_TRUE(kill.ok()) << kill.error().message;
  EXPECT_FALSE(kill.value().is_for({"todo", "0.0.1"}, Phase::kOffline));
  EXPECT_TRUE(kill.value().is_for({"todo", "0.0.1"}, Phase::kOnline));
  EXPECT_EQ(kill.value().after, 12U);
}

}  // namespace
}  // namespace exo
