// Whom services run as where exo is root, which is an argument.
#include "host/service_users.h"

#include <gtest/gtest.h>

namespace exo {
namespace {

constexpr uid_t kRoot = 0;
constexpr uid_t kAda = 54'321;  // nobody of the user database

ServiceVersion version_of(const std::string& user) {
  ServiceVersion version;
  version.role = "web";
  version.version = parse_semantic_version("0.0.1").value();
  version.user.name = user;
  return version;
}

ServiceUsers users_of(const ServiceVersion& version, uid_t own) {
  Application application;
  application.roles.push_back({.name = "web", .versions = {version}});
  return {application, ScriptCatalog(), own};
}

// Nothing may make root of somebody who is not there.
TEST(ServiceUsersDeathTest, NobodyStaysRootBecauseTheirUserIsNotThere) {
  const ServiceVersion version = version_of("nobdoy");
  const ServiceUsers users = users_of(version, kRoot);
  EXPECT_DEATH((void)users.user_of(version), "service_users");
  EXPECT_DEATH((void)users.user_of(Script(), version), "service_users");
}

TEST(ServiceUsers, AUserThatIsNotThereHasNoNumber) {
  const ServiceVersion version = version_of("nobdoy");
  EXPECT_EQ(users_of(version, kRoot).number_of(version), std::nullopt);
}

TEST(ServiceUsers, WhoHasNoUserStaysWhoExoIs) {
  const ServiceVersion version = version_of("");
  for (const uid_t own : {kRoot, kAda}) {
    EXPECT_EQ(users_of(version, own).user_of(version), nullptr);
    EXPECT_EQ(users_of(version, own).number_of(version), own);
  }
}

TEST(ServiceUsers, RootBecomesWhoIsAskedForAndOthersStayWhoTheyAre) {
  const ServiceVersion version = version_of("nobody");
  const ServiceUsers of_root = users_of(version, kRoot);
  ASSERT_NE(of_root.user_of(version), nullptr);
  EXPECT_EQ(of_root.user_of(version)->name, "nobody");
  EXPECT_EQ(users_of(version, kAda).user_of(version), nullptr);
}

}  // namespace
}  // namespace exo
