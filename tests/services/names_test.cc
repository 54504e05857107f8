#include "services/names.h"

#include <gtest/gtest.h>

#include "services/application.h"

namespace exo {
namespace {

TEST(Role, ThatCouldBeNoPartOfAFileOrMessageIsRefused) {
  for (const char* name :
       {"", "Web", "web_server", "web.server", "web server", "1web", "-web", "web-", "a--b", "wéb", "a/b",
        "exo", "exo-operator", "deployment-", "deployment-web", "operator", "operator-desk"}) {
    EXPECT_NE(fault_of_role(name), "") << name;
  }
  EXPECT_NE(fault_of_role(std::string(kMaxRoleBytes + 1, 'a')), "");
}

TEST(Role, ThatOnlyResemblesExosOwnIsLegal) {
  for (const char* name : {"web", "a", "todo-search", "web2", "a-1", "exo-web", "exosphere", "deployment",
                           "deployments", "operators", "tour-operator"}) {
    EXPECT_EQ(fault_of_role(name), "") << name;
  }
  EXPECT_EQ(fault_of_role(std::string(kMaxRoleBytes, 'a')), "");
}

TEST(MessageName, OfTheHostOrBeyondTheWireIsRefused) {
  for (const char* name : {"", "exo.", "exo.status", "a\nb", "a\tb", "\x7f"}) {
    EXPECT_NE(fault_of_message_name(name), "") << name;
  }
  EXPECT_NE(fault_of_message_name(std::string(kMaxNameBytes + 1, 'a')), "");
}

TEST(MessageName, MayHaveSpacesAndAnyLetters) {
  for (const char* name : {"todos.list", "users create", "größe", "exo", "exocom.x", "__status"}) {
    EXPECT_EQ(fault_of_message_name(name), "") << name;
  }
  EXPECT_EQ(fault_of_message_name(std::string(kMaxNameBytes, 'a')), "");
}

TEST(VariableName, ThatNoShellTakesIsRefused) {
  for (const char* name : {"", "1A", "A-B", "A B", "A=B", "Ä"})
    EXPECT_NE(fault_of_variable_name(name), "") << name;
}

TEST(VariableName, OfLettersDigitsAndUnderscoresIsLegal) {
  for (const char* name : {"A", "_", "a1", "DATABASE_URL", "_1"})
    EXPECT_EQ(fault_of_variable_name(name), "") << name;
}

TEST(VariableName, OfExoIsKnownByItsBeginning) {
  EXPECT_TRUE(is_variable_of_exo("ROLE") && is_variable_of_exo("EXO_BUS") && is_variable_of_exo("EXO_"));
  EXPECT_FALSE(is_variable_of_exo("EXOCOM_HOST") || is_variable_of_exo("ROLES") || is_variable_of_exo("EXO"));
  EXPECT_TRUE(is_variable_decided_by_exo("PORT") && is_variable_decided_by_exo("EXOCOM_HOST"));
  EXPECT_FALSE(is_variable_decided_by_exo("PORTS"));
}

TEST(ConstantCase, IsThatOfEnvironmentVariables) {
  EXPECT_EQ(constant_case("todo-search2"), "TODO_SEARCH2");
}

}  // namespace
}  // namespace exo
